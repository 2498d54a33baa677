"""How orders fill on bars: the next open, gaps, stops before targets, and never on what was seen already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ibtui.backtest import Settings
from ibtui.backtest.broker import Simulated
from ibtui.domain.instrument import Instrument, SecType
from ibtui.strategies.paper.working import Working
from tests.backtest.past import FREE, OPENED, Row, Script, bars, play, prices

FLAT: Row = (100.0, 101.0, 99.0, 100.0)


def test_a_market_order_fills_at_the_next_open() -> None:
    result, script = play(bars(FLAT, (102, 103, 101, 102)), {0: lambda s: s.buy("A", 10)})
    assert prices(result) == [("BUY", 10, 102)]
    assert result.final_equity == 100_000
    assert script.told[0].price == 102


def test_an_order_of_the_last_bar_never_fills() -> None:
    result, _ = play(bars(FLAT, FLAT), {1: lambda s: s.buy("A", 10)})
    assert prices(result) == []


@pytest.mark.parametrize(
    ("limit", "row", "price"),
    [
        (99.5, (100, 101, 99, 100), 99.5),
        (98.0, (100, 101, 99, 100), None),
        (99.5, (99, 101, 98, 100), 99.0),
        (99.0, (100, 101, 99, 100), 99.0),
    ],
)
def test_a_limit_fills_at_its_price_or_a_better_open(limit: float, row: Row, price: float | None) -> None:
    result, _ = play(bars(FLAT, row), {0: lambda s: s.buy("A", 10, limit=limit)})
    assert prices(result) == ([] if price is None else [("BUY", 10, price)])


@pytest.mark.parametrize(
    ("stop", "row", "price"),
    [
        (101.0, (100, 102, 99, 100), 101.0),
        (101.0, (103, 104, 102, 103), 103.0),
        (101.0, (100, 100.5, 99, 100), None),
    ],
)
def test_a_stop_fills_at_its_price_or_a_worse_open(stop: float, row: Row, price: float | None) -> None:
    result, _ = play(bars(FLAT, row), {0: lambda s: s.buy("A", 10, stop=stop)})
    assert prices(result) == ([] if price is None else [("BUY", 10, price)])


ENTRY: dict[int, Callable[[Script], Any]] = {0: lambda s: s.buy("A", 10, sl=95.0, tp=105.0)}


@pytest.mark.parametrize(
    ("after", "price"),
    [
        ((100, 106, 94, 100), 95.0),
        ((100, 106, 99, 100), 105.0),
        ((100, 101, 94, 100), 95.0),
        ((93, 94, 90, 92), 93.0),
        ((107, 108, 94, 100), 107.0),
    ],
    ids=["both: stop first", "target", "stop", "gap through the stop", "open above the target comes first"],
)
def test_a_bracket_ends_once(after: Row, price: float) -> None:
    result, _ = play(bars(FLAT, FLAT, after, FLAT), ENTRY)
    assert prices(result) == [("BUY", 10, 100), ("SELL", 10, price)]
    assert result.trades.closed_count == 1


def test_a_bracket_may_end_in_the_bar_of_its_entry() -> None:
    result, _ = play(bars(FLAT, (100, 101, 94, 99), FLAT), ENTRY)
    assert prices(result) == [("BUY", 10, 100), ("SELL", 10, 95)]


def test_a_target_is_not_reached_in_the_bar_in_which_a_limit_filled_inside() -> None:
    deeds: dict[int, Callable[[Script], Any]] = {0: lambda s: s.buy("A", 10, limit=98.0, sl=90.0, tp=103.0)}
    result, _ = play(bars(FLAT, (100, 104, 97, 99), (99, 100, 98, 99)), deeds)
    assert prices(result) == [("BUY", 10, 98)]


def test_a_close_takes_the_bracket_along() -> None:
    deeds: dict[int, Callable[[Script], Any]] = {**ENTRY, 1: lambda s: s.close("A")}
    result, _ = play(bars(FLAT, FLAT, FLAT, (100, 120, 80, 100)), deeds)
    assert prices(result) == [("BUY", 10, 100), ("SELL", 10, 100)]


def test_closing_twice_sells_once() -> None:
    def twice(script: Script) -> None:
        script.close("A")
        script.close("A")

    result, _ = play(bars(FLAT, FLAT, FLAT, FLAT), {0: lambda s: s.buy("A", 10), 1: twice})
    assert prices(result) == [("BUY", 10, 100), ("SELL", 10, 100)]


def test_a_cancelled_order_takes_its_children_along() -> None:
    def change(script: Script) -> None:
        script.cancel(script.orders("A")[0].ref)
        assert script.orders("A") == ()

    deeds: dict[int, Callable[[Script], Any]] = {0: lambda s: s.buy("A", 10, limit=90.0, sl=80.0), 1: change}
    result, _ = play(bars(FLAT, FLAT, (85, 86, 70, 80)), deeds)
    assert prices(result) == []


def test_slippage_and_commissions_cost() -> None:
    settings = Settings(commission="ib", slippage=2)
    result, _ = play(bars(FLAT, FLAT, FLAT), {0: lambda s: s.buy("A", 1_000), 1: lambda s: s.close("A")}, settings)
    assert prices(result) == [("BUY", 1_000, 100.02), ("SELL", 1_000, 99.98)]
    assert result.trades.commissions == 10.0
    assert result.final_equity == pytest.approx(100_000 - 40 - 10)


def test_a_limit_order_does_not_slip() -> None:
    result, _ = play(bars(FLAT, FLAT), {0: lambda s: s.buy("A", 10, limit=99.5)}, Settings(slippage=5))
    assert prices(result) == [("BUY", 10, 99.5)]


def test_what_the_account_cannot_carry_is_refused_and_counted() -> None:
    result, _ = play(bars(FLAT, FLAT, FLAT), {0: lambda s: s.buy("A", 2_100), 1: lambda s: s.buy("A", 1_900)}, FREE)
    assert prices(result) == [("BUY", 1_900, 100)]
    assert list(result.refusals.values()) == [1]
    assert "buying power" in next(iter(result.refusals))


def test_money_becomes_a_quantity() -> None:
    result, _ = play(bars(FLAT, FLAT), {0: lambda s: s.buy("A", cash=1_050)})
    assert prices(result) == [("BUY", 10, 100)]


def test_a_short_earns_when_the_price_falls() -> None:
    result, _ = play(bars(FLAT, FLAT, (90, 91, 89, 90)), {0: lambda s: s.sell("A", 10)})
    assert result.final_equity == 100_100
    assert result.open_trades == 1


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_quantity_that_is_none_is_a_mistake(bad: float) -> None:
    with pytest.raises(ValueError, match="quantity"):
        play(bars(FLAT, FLAT), {0: lambda s: s.buy("A", bad)})


def test_a_symbol_that_it_does_not_trade_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not what it trades"):
        play(bars(FLAT, FLAT), {0: lambda s: s.buy("B", 1)})


DAYS = [day for n in range(3) for day in bars(FLAT, FLAT, start=OPENED + timedelta(days=n, hours=6, minutes=28))]


def test_an_entry_is_good_for_its_day() -> None:
    """As live: what did not trade by the evening is gone; asked for at the last close, it is for the next day."""
    late, script = play(DAYS, {0: lambda s: s.buy("A", 1, limit=90.0), 1: lambda s: s.buy("A", 2, limit=91.0)})
    assert prices(late) == []
    assert [order.quantity for order in script.orders("A")] == []
    low = [*DAYS[:3], *bars((90, 101, 80, 100), start=DAYS[3][0].time), *DAYS[4:]]
    filled, _ = play(low, {0: lambda s: s.buy("A", 1, limit=90.0), 1: lambda s: s.buy("A", 2, limit=91.0)})
    assert prices(filled) == [("BUY", 2, 90)]


def test_a_protective_stop_is_good_until_it_is_cancelled() -> None:
    low = [*DAYS[:5], *bars((100, 101, 80, 100), start=DAYS[5][0].time)]
    result, _ = play(low, {0: lambda s: s.buy("A", 1, sl=95.0)})
    assert prices(result) == [("BUY", 1, 100), ("SELL", 1, 95)]


@pytest.mark.parametrize(("sec_type", "paid"), [("FUT", -37.02), ("STK", 0.01)])
def test_slippage_goes_below_zero_where_prices_do(sec_type: SecType, paid: float) -> None:
    item = Instrument(symbol="A", con_id=0, sec_type=sec_type, root="A", exchange="NYMEX", currency="USD")
    broker = Simulated(Settings(slippage=2, instruments={"A": item}), ("A",), 60, check=lambda *_: None)
    sale = Working("b1", "A", -1, 1.0, "MKT", 0.0)
    assert broker.slipped(sale, -37.0 if sec_type == "FUT" else 0.01) == pytest.approx(paid)
