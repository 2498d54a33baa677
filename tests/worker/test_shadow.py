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
from ibtui.link.worker import Begin, FromWorker, ShadowFilled
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

    def quote(self, bid: float | None, ask: float | None, last: float | None = None, of: str = "SPY") -> list[float]:
        """Its fills' prices."""
        self.shadow.quoted(Quote(symbol=of, bid=bid, ask=ask, last=last))
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
