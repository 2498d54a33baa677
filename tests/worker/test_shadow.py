"""A shadow's orders fill on the live market after each decision, in the hours in which they would trade."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import SetClock
from ibtui.domain.calendar.trading_hours import OpenSpan, TradingHours
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.domain.signal import signal
from ibtui.link.worker import Begin, Drawn, FromWorker, ShadowFilled
from ibtui.strategies.author.asking import asked, given
from ibtui.worker.shadow import Shadow

BEGUN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def stock(symbol: str) -> Instrument:
    return Instrument(symbol=symbol, con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")


class ShadowStage:
    """A shadow with the messages that it sends."""

    def __init__(self, *symbols: str, hours: TradingHours | None = None) -> None:
        self.sent: list[FromWorker] = []
        begin = Begin(parameters={}, position={}, orders=(), equity=100_000.0, shadow=True, time=BEGUN)
        self.shadow = Shadow(self.sent.append, begin, symbols or ("SPY",))
        told = {} if hours is None else dict.fromkeys(symbols or ("SPY",), hours)
        self.shadow.trade(tuple(map(stock, symbols or ("SPY",))), told)
        self.shadow.live = self.shadow.sending = True
        self.at(BEGUN)

    def at(self, moment: datetime) -> None:
        self.shadow.clock = SetClock(moment)
        self.shadow.now = moment

    def ask(self, signed: int, **prices: float | None) -> None:
        terms = asked(
            "SPY", Side.BUY if signed > 0 else Side.SELL, abs(signed), prices.get("limit"), prices.get("stop")
        )
        self.shadow.place(terms, target=given("tp", prices.get("tp")), protect=given("sl", prices.get("sl")))

    def quote(
        self, bid: float | None, ask: float | None, last: float | None = None, of: str = "SPY", *, halted: bool = False
    ) -> list[float]:
        """Its fills' prices."""
        self.shadow.quoted(Quote(symbol=of, bid=bid, ask=ask, last=last, halted=halted))
        return [fill.price for fill in self.shadow.filled_since()]

    def settle(self) -> list[float]:
        return [fill.price for fill in self.shadow.settle()]

    def bar(self, moment: datetime, opened: float, close: float) -> list[float]:
        bar = Bar("SPY", moment, opened, max(opened, close), min(opened, close), close)
        self.shadow.bars_closed((bar,), 60)
        return [fill.price for fill in self.shadow.match((bar,))]

    @property
    def filled(self) -> list[ShadowFilled]:
        return [one for one in self.sent if isinstance(one, ShadowFilled)]


def test_an_order_fills_on_the_market_after_its_decision_not_at_the_open_of_a_bar_that_runs() -> None:
    stage = ShadowStage()
    stage.bar(BEGUN - MINUTE, 100, 100)
    assert stage.quote(104.99, 105.01, 105.0) == []
    stage.shadow.happened(signal(BEGUN + timedelta(seconds=45), "news", "SPY", text="beats"))
    stage.ask(10)
    assert stage.settle() == [105.01]
    assert stage.bar(BEGUN, 100, 105) == []
    assert stage.shadow.position("SPY") == 10
    (told,) = stage.filled
    assert (told.fill.price, told.fill.time, told.position) == (105.01, BEGUN + timedelta(seconds=45), Decimal(10))


def test_a_limit_waits_for_the_far_side_and_fills_at_its_price() -> None:
    stage = ShadowStage()
    stage.quote(99.99, 100.01, 100.0)
    stage.ask(10, limit=99.9)
    assert stage.settle() == []
    assert stage.quote(99.89, 99.91, 99.95) == []
    assert stage.quote(99.8, 99.85, 99.85) == [99.9]


def test_a_limit_that_the_market_has_passed_takes_the_far_side() -> None:
    stage = ShadowStage()
    stage.quote(99.99, 100.01, 100.0)
    stage.ask(10, limit=101)
    assert stage.settle() == [100.01]


def test_a_stop_is_set_off_by_the_last_trade_and_takes_the_far_side() -> None:
    stage = ShadowStage()
    stage.quote(99.99, 100.01, 100.0)
    stage.ask(10, sl=99.0, tp=103.0)
    assert stage.settle() == [100.01]
    assert stage.quote(98.9, 99.2, 99.1) == [], "the bid alone sets nothing off"
    assert stage.quote(98.9, 99.1, 98.95) == [98.9]
    assert stage.shadow.orders("SPY") == ()
    assert stage.shadow.position("SPY") == 0


def test_a_partial_exit_shrinks_the_stop() -> None:
    stage = ShadowStage()
    stage.quote(99.99, 100.01, 100.0)
    stage.ask(100, sl=95.0)
    stage.settle()
    stage.ask(-50)
    assert stage.settle() == [99.99]
    assert [(order.role, order.quantity) for order in stage.shadow.orders("SPY")] == [("stop", Decimal(50))]


OPEN = OpenSpan(BEGUN - timedelta(hours=1), BEGUN + timedelta(hours=6))
NEXT = OpenSpan(OPEN.begin + timedelta(days=1), OPEN.end + timedelta(days=1))
DAY = timedelta(days=1)
HOURS = TradingHours(since=OPEN.begin - DAY, until=NEXT.end + DAY, regular=(OPEN, NEXT), extended=(OPEN, NEXT))


def test_an_order_of_the_evening_waits_for_the_open() -> None:
    stage = ShadowStage(hours=HOURS)
    stage.at(OPEN.end + timedelta(minutes=1))
    stage.quote(99.9, 100.1, 100.0)
    stage.ask(10)
    assert stage.settle() == []
    stage.at(OPEN.end + timedelta(hours=2))
    assert stage.quote(101.9, 102.1, 102.0) == []
    stage.at(NEXT.begin)
    assert stage.quote(102.9, 103.1, 103.0) == [103.1]


def test_a_day_order_is_over_with_its_session() -> None:
    stage = ShadowStage(hours=HOURS)
    stage.quote(99.99, 100.01, 100.0)
    stage.ask(10, sl=80.0)
    stage.settle()
    stage.ask(10, limit=90)
    stage.settle()
    stage.at(OPEN.end)
    stage.quote(99.99, 100.01, 100.0)
    assert [order.role for order in stage.shadow.orders("SPY")] == ["stop"]


# halted markets


def test_nothing_fills_while_the_market_is_halted_and_what_waits_meets_the_market_after_it() -> None:
    stage = ShadowStage()
    stage.quote(99.99, 100.01, 100.0)
    stage.ask(10, sl=95.0)
    stage.settle()
    assert stage.quote(89.9, 90.1, 90.0, halted=True) == []
    stage.ask(5)
    assert stage.settle() == []
    refused = next(one.text for one in stage.sent if isinstance(one, Drawn) and "refused" in one.text)
    assert "BUY 5 SPY would be refused: SPY is halted" in refused, "as live"
    assert stage.quote(90.9, 91.1, 91.0) == [90.9]
    assert stage.shadow.position("SPY") == 0


def test_a_limit_waits_through_a_halt() -> None:
    stage = ShadowStage()
    stage.quote(99.99, 100.01, 100.0)
    stage.ask(10, limit=99.0)
    stage.settle()
    assert stage.quote(97.9, 98.1, 98.0, halted=True) == []
    assert stage.quote(100.9, 101.1, 101.0) == []
    assert stage.quote(98.8, 98.9, 98.9) == [99.0]


# combos


def combined(stage: ShadowStage, limit: float | None = None, *, sign: int = 1) -> None:
    """One of a long and a short leg."""
    side = Side.BUY if sign > 0 else Side.SELL
    stage.shadow.combo((("SPY", 1), ("QQQ", -1)), side, 10, limit)


def test_a_combo_trades_whole_each_leg_at_the_side_that_it_meets() -> None:
    stage = ShadowStage("SPY", "QQQ")
    stage.quote(99.99, 100.01, 100.0)
    stage.shadow.bars_closed((Bar("QQQ", BEGUN - MINUTE, 50, 50, 50, 50),), 60)
    combined(stage)
    assert stage.settle() == [], "of one leg no quote has come yet"
    assert stage.quote(49.9, 50.1, 50.0, of="QQQ") == [100.01, 49.9]
    assert [stage.shadow.position(symbol) for symbol in ("SPY", "QQQ")] == [10, -10]
    assert len({fill.fill.ref for fill in stage.filled}) == 1
    combined(stage, sign=-1)
    assert stage.settle() == [99.99, 50.1]
    assert stage.shadow.held == ()


def test_a_combos_limit_is_what_its_legs_cost_together() -> None:
    stage = ShadowStage("SPY", "QQQ")
    stage.quote(99.99, 100.01, 100.0)
    stage.quote(49.9, 50.1, 50.0, of="QQQ")
    combined(stage, 50.05)
    assert stage.settle() == [], "100.01 less 49.90 is 50.11"
    assert stage.quote(49.95, 50.15, 50.0, of="QQQ") == []
    assert stage.quote(49.97, 50.17, 50.0, of="QQQ") == [100.01, 49.97]


def test_a_combo_waits_while_one_of_its_legs_is_halted() -> None:
    stage = ShadowStage("SPY", "QQQ")
    stage.quote(99.99, 100.01, 100.0)
    stage.quote(49.9, 50.1, 50.0, of="QQQ")
    combined(stage, 50.05)
    assert stage.settle() == []
    assert stage.quote(49.99, 50.2, 50.0, of="QQQ", halted=True) == []
    assert stage.quote(99.78, 99.8, 99.8) == []
    assert stage.quote(49.8, 50.0, 50.0, of="QQQ") == [99.8, 49.8]


# bars without quotes


def test_without_quotes_a_bar_fills_what_was_asked_for_before_it_began_by_the_rules_of_a_backtest() -> None:
    stage = ShadowStage()
    stage.bar(BEGUN - MINUTE, 100, 100)
    stage.at(BEGUN)
    stage.ask(10, sl=95.0, tp=105.0)
    assert stage.settle() == []
    assert stage.bar(BEGUN, 101, 102) == [101], "at the open"
    assert stage.bar(BEGUN + MINUTE, 104, 106) == [105.0], "the target"
    assert stage.shadow.position("SPY") == 0


def test_without_quotes_the_bar_inside_which_it_was_asked_for_fills_nothing() -> None:
    stage = ShadowStage()
    stage.bar(BEGUN - MINUTE, 100, 100)
    stage.at(BEGUN + MINUTE / 2)
    stage.ask(10)
    stage.settle()
    assert stage.bar(BEGUN, 100, 105) == []
    assert stage.bar(BEGUN + MINUTE, 106, 107) == [106]


def test_once_a_quote_was_seen_bars_fill_nothing() -> None:
    stage = ShadowStage()
    stage.bar(BEGUN - MINUTE, 100, 100)
    stage.quote(99.99, 100.01, 100.0)
    stage.at(BEGUN)
    stage.ask(10, limit=90)
    stage.settle()
    assert stage.bar(BEGUN, 95, 85) == []
    assert stage.quote(84.9, 85.0, 85.0) == [90.0]
