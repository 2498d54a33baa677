"""An account over the past is called for margin at the close that a hand calculates, and ruin ends its run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.backtest import Result, Settings, run
from ibtui.backtest.account.books import PastBooks
from ibtui.backtest.account.carrying import Carrying
from ibtui.backtest.account.contracts import PastContracts
from ibtui.backtest.account.margin_calls import PastMargin
from ibtui.backtest.decisions import DecisionLog
from ibtui.backtest.report import figures
from ibtui.backtest.summary import Summary, summary
from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal
from ibtui.risk.margin_rule import MarginRule, margin_rule
from ibtui.strategies import param
from ibtui.strategies.author.parameters import values
from ibtui.strategies.paper.book import PaperTrade
from tests.backtest.past import Script, play

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
Deeds = dict[int, Callable[[Script], Any]]


def days(symbol: str, *closes: float, start: datetime = MONDAY) -> list[tuple[Bar, ...]]:
    return [(Bar(symbol, start + timedelta(days=n), c, c, c, c),) for n, c in enumerate(closes)]


def account(cash: float = 1_000.0, *margin: str, **named: Any) -> Settings:
    return Settings(cash=cash, commission="none", margin=margin_rule(margin), **named)


def told(result: Result) -> Summary:
    return summary(result, strategy="s", parameters={})


def play_one(deeds: Deeds, settings: Settings, *closes: float, name: str = "ESZ6") -> Result:
    class Told(Script):
        symbol = name

        def on_start(self) -> None:
            super().on_start()
            self.deeds = deeds

    return run(Told, days(name, *closes), {"symbol": name}, settings, seconds=86_400)


def test_a_long_on_a_loan_is_called_at_the_first_close_that_no_longer_keeps_it() -> None:
    """200 at 10 with 1,000: below 1,000 / (200 x 0.75) = 6.667 equity is less than 25 % of the value."""
    deeds: Deeds = {0: lambda s: s.buy("A", 200)}
    kept, _ = play(days("A", 10, 10, 8, 6.67, 6.67), deeds, account(), seconds=86_400)
    assert kept.trades.causes == {}
    assert kept.trades.quantity("A") == 200
    called, _ = play(days("A", 10, 10, 8, 6.67, 6.66, 9), deeds, account(), seconds=86_400)
    (trade,) = called.trades.closed()
    assert (trade.closed, trade.exit) == (MONDAY + timedelta(days=4), 6.66)
    assert trade.cause == "liquidated: equity of 332.00 USD is below 333.00 that keeps positions"
    assert called.trades.causes == {"liquidation": 1}
    assert called.final_equity == pytest.approx(332)
    assert called.ruined is None
    assert called.moments == 6


def test_a_squeezed_short_is_called_above_the_price_that_thirty_percent_keep() -> None:
    """3,000 of cash for 200 short: 3,000 / (200 x 1.3) = 11.538."""
    deeds: Deeds = {0: lambda s: s.sell("A", 200)}
    kept, _ = play(days("A", 10, 10, 11.53), deeds, account(), seconds=86_400)
    assert kept.trades.quantity("A") == -200
    called, _ = play(days("A", 10, 10, 11.53, 11.54), deeds, account(), seconds=86_400)
    assert called.trades.open == {}
    assert called.final_equity == pytest.approx(692)


def test_a_call_pays_slippage_and_commission_and_is_logged_and_told_to_the_strategy() -> None:
    heard: list[Signal] = []
    log = DecisionLog()

    class Told(Script):
        def on_start(self) -> None:
            super().on_start()
            self.deeds = {0: lambda s: s.buy("A", 200)}

        def on_event(self, event: Signal) -> None:
            heard.append(event)

    settings = Settings(cash=1_000, slippage=2, commission="ib")
    result = run(Told, days("A", 9, 9, 5.3, 5), {"symbol": "A"}, settings, seconds=86_400, decisions=log)
    (trade,) = result.trades.closed()
    assert trade.exit == pytest.approx(5.28)
    assert trade.commission == pytest.approx(2.0)
    assert [(event.kind, event.symbol, event.value) for event in heard] == [("liquidation", "A", -200.0)]
    assert any("liquidated: equity of" in record.text for record in log)


def test_ruin_inside_a_gap_ends_the_run_on_its_day() -> None:
    deeds: Deeds = {0: lambda s: s.buy("A", 200)}
    result, script = play(days("A", 10, 10, 8, 4, 12, 14), deeds, account(), seconds=86_400)
    assert result.ruined == date(2026, 3, 5)
    assert result.moments == 4
    assert script.number == 4
    assert result.final_equity == pytest.approx(-200)
    assert result.max_drawdown == pytest.approx(-1.2)
    assert result.end.date() == date(2026, 3, 5)
    found = told(result)
    assert found.ruined == date(2026, 3, 5)
    assert found.warnings[0] == "Ruined on 2026-03-05: equity was at or below zero, and the run ends there."
    assert ("ruined on", "2026-03-05") in figures(found)


def test_an_account_that_a_stop_ruins_in_a_gap_ends_too() -> None:
    """The stop fills at the open of 4: nothing is held at that close."""
    deeds: Deeds = {0: lambda s: s.buy("A", 200, sl=9)}
    result, _ = play(days("A", 10, 10, 4, 12), deeds, account(), seconds=86_400)
    assert result.ruined == date(2026, 3, 4)
    assert result.final_equity == pytest.approx(-200)
    assert list(result.trades.closed())[-1].cause == ""


def test_without_margin_nothing_is_called_and_the_run_says_that() -> None:
    deeds: Deeds = {0: lambda s: s.buy("A", 200)}
    result, _ = play(days("A", 10, 10, 4, 12), deeds, account(1_000, "none"), seconds=86_400)
    assert result.ruined is None
    assert result.final_equity == pytest.approx(1_400)
    assert told(result).assumptions[0].startswith("no margin, and no end of the account")


def test_a_future_is_kept_by_the_figures_of_its_root() -> None:
    """20,000 and one contract of 50 a point: below 5,000 - 6,500 / 50 = 4,870 it is not."""
    settings = account(20_000, "reg-t", "ES=15000/13500")
    deeds: Deeds = {0: lambda s: s.buy("ESZ6", 1)}
    assert play_one(deeds, settings, 5_000, 5_000, 4_870).trades.quantity("ESZ6") == 1
    called = play_one(deeds, settings, 5_000, 5_000, 4_869.75)
    assert called.trades.causes == {"liquidation": 1}
    assert called.final_equity == pytest.approx(13_487.5)
    refused = play_one({0: lambda s: s.buy("ESZ6", 2)}, settings, 5_000, 5_000)
    assert [(one.code, one.count) for one in refused.refused] == [("buying_power", 1)]
    assert "30,000.00" in refused.refused[0].sentence
    assert "ES 15,000/13,500 by your figures" in told(called).assumptions[0]


def test_a_future_without_figures_is_held_until_equity_is_gone_unless_the_rule_was_named() -> None:
    deeds: Deeds = {0: lambda s: s.buy("ESZ6", 1)}
    assert play_one(deeds, account(20_000), 5_000, 5_000, 4_600.25, 5_000).ruined is None
    gone = play_one(deeds, account(20_000), 5_000, 5_000, 4_600, 5_000)
    assert gone.ruined == date(2026, 3, 4)
    assert "ESZ6 bind nothing until equity is gone" in told(gone).assumptions[0]
    with pytest.raises(IbtuiError, match="write --margin ES=INITIAL/MAINTENANCE in USD"):
        play_one(deeds, account(20_000, "reg-t"), 5_000, 5_000)


def test_a_cash_account_sells_nothing_short_and_borrows_nothing() -> None:
    deeds: Deeds = {0: lambda s: s.sell("A", 10), 1: lambda s: s.buy("A", 101), 2: lambda s: s.buy("A", 100)}
    result, _ = play(days("A", 10, 10, 10, 10, 2), deeds, account(1_000, "cash"), seconds=86_400)
    assert [one.sentence for one in result.refused] == ["A cannot be sold short in a cash account."]
    assert result.refused[0].count == 2
    assert result.trades.quantity("A") == 100
    assert result.trades.causes == {}


@pytest.mark.parametrize("rule", ["reg-t", "none"])
def test_no_account_sells_a_coin_short(rule: str) -> None:
    deeds: Deeds = {
        0: lambda s: s.buy("BTC.USD", 1),
        1: lambda s: s.sell("BTC.USD", 2),
        2: lambda s: s.close("BTC.USD"),
    }
    result = play_one(deeds, account(1_000, rule), 10, 10, 10, 10, 10, name="BTC.USD")
    assert [one.sentence for one in result.refused] == ["BTC.USD cannot be sold short in a margin account."]
    assert result.trades.quantity("BTC.USD") == 0


def test_the_position_that_binds_most_goes_first_and_the_rest_stays_when_it_is_kept() -> None:
    """120 A and 80 B at 10 with 1,000: at B 1 equity is 280, and 320 would keep both."""
    rows = [(*a, *b) for a, b in zip(days("A", 10, 10, 10, 10), days("B", 10, 10, 4, 1), strict=True)]

    class Told(Script):
        pair: tuple[str, ...] = param(("A", "B"), kind="symbols")

        def on_start(self) -> None:
            super().on_start()
            self.deeds = {0: lambda s: (s.buy("A", 120), s.buy("B", 80))}

    result = run(Told, rows, values(Told, {}), account(), seconds=86_400)
    assert [(trade.symbol, trade.exit) for trade in result.trades.closed()] == [("A", 10.0)]
    assert result.trades.causes == {"liquidation": 1}
    assert result.trades.quantity("B") == 80


# what carrying costs


def test_a_weekend_costs_three_nights_of_the_fee_and_of_the_interest() -> None:
    """5,000 short at 3.6 % of 360 days: 0.50 a night; 1,000 borrowed: 0.10."""
    friday = datetime(2026, 3, 5, 15, tzinfo=UTC)
    closes = [*days("A", 50, 50, start=friday), *days("A", 50, start=friday + timedelta(days=4))]
    short, _ = play(closes, {0: lambda s: s.sell("A", 100)}, account(10_000, borrow_fee=0.036), seconds=86_400)
    assert short.borrow_fees == pytest.approx(1.5)
    assert short.final_equity == pytest.approx(9_998.5)
    long, _ = play(closes, {0: lambda s: s.buy("A", 40)}, account(1_000, interest=0.036), seconds=86_400)
    assert long.interest == pytest.approx(-0.3)
    assert long.final_equity == pytest.approx(999.7)
    assert [trade.profit for trade in long.trades.closed()] == []
    assert ("interest", "-0.30") in figures(told(long))
    assert told(short).assumptions[1:] == ("borrowed shares 3.6 % a year", "no interest on loans")


def test_a_fee_that_takes_the_last_of_the_margin_calls_the_account() -> None:
    """At 6.67 equity is 0.50 above what keeps 200; a night of interest on 1,000 at 36 % takes 1."""
    deeds: Deeds = {0: lambda s: s.buy("A", 200)}
    result, _ = play(days("A", 10, 10, 6.67, 6.67), deeds, account(interest=0.36), seconds=86_400)
    assert result.trades.causes == {"liquidation": 1}


def test_cash_earns_nothing_unless_it_is_said() -> None:
    closes = days("A", 50, 50, 50)
    assert play(closes, {}, account(), seconds=86_400)[0].interest == 0
    assert play(closes, {}, account(credit_interest=0.36), seconds=86_400)[0].interest == pytest.approx(2.001)


@given(value=st.floats(1, 1e6), nights=st.integers(1, 30), rate=st.floats(0, 0.5), equity=st.floats(1e4, 1e6))
def test_a_longs_loan_is_what_it_costs_beyond_equity(value: float, nights: int, rate: float, equity: float) -> None:
    settings = Settings(cash=equity, commission="none", interest=rate)
    books = PastBooks(settings, ("A",), PastContracts(settings, ("A",), 60, {}))
    books.fill(0.0, PaperTrade("A", 1.0, value))
    Carrying(books).accrue(nights)
    assert books.interest == pytest.approx(min(equity - value, 0.0) * rate * nights / 360, abs=1e-6)


# the floor


@given(
    cash=st.floats(100, 1e6),
    held=st.lists(
        st.tuples(st.sampled_from([-1, 1]), st.integers(1, 500), st.integers(1, 300)), min_size=1, max_size=3
    ),
    moves=st.lists(st.floats(0.05, 5), min_size=3, max_size=3),
    leverage=st.sampled_from([1.0, 2.0, 5.0]),
)
def test_no_price_calls_an_account_whose_equity_is_above_its_floor(
    cash: float, held: list[tuple[int, int, int]], moves: list[float], leverage: float
) -> None:
    symbols = tuple("ABC"[: len(held)])
    settings = Settings(cash=cash, commission="none", leverage=leverage)
    books = PastBooks(settings, symbols, PastContracts(settings, symbols, 60, {}))
    for symbol, (sign, quantity, price) in zip(symbols, held, strict=True):
        books.fill(0.0, PaperTrade(symbol, float(sign * quantity), float(price)))
    margin = PastMargin(books)
    floor = margin.floor()
    for symbol, moved in zip(symbols, moves, strict=False):
        books.last[symbol] *= moved
    if books.worth < margin.keeps() * (1 - 1e-9) or books.worth <= 0:
        assert books.worth < floor * (1 + 1e-6) + 1e-6
    if len(held) == 1 and books.worth > margin.keeps() * (1 + 1e-9) > 0:
        assert books.worth > floor * (1 - 1e-6) - 1e-6


# what is typed


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("reg-t", "cash"), "one margin rule"),
        (("ES",), "A margin is reg-t, cash, none, or ROOT="),
        (("ES=1/2",), "not above what opens it"),
        (("ES=50%/20",), "A margin is reg-t"),
        (("ES=1e3",), "A margin is reg-t"),
    ],
)
def test_what_is_no_margin_is_refused_with_what_to_write(typed: tuple[str, ...], words: str) -> None:
    with pytest.raises(IbtuiError, match=words):
        margin_rule(typed)


def test_figures_are_money_or_shares_and_leave_the_rule_as_it_was() -> None:
    assert margin_rule(()) == MarginRule()
    rule = margin_rule(("es=15000", "TSLA=60%/40%"))
    assert (rule.kind, rule.asked) == ("reg-t", False)
    assert {root: own.words for root, own in rule.own.items()} == {"ES": "15,000/15,000", "TSLA": "60 %/40 %"}
