"""Combinations: prices from the legs' books, fills in the legs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ibtui.exchange import Refused
from ibtui.exchange.listed.instruments import Leg, Listing
from ibtui.exchange.markets.combos import combo
from ibtui.exchange.told.reports import Execution, HistoryBar, PositionReport, Tick
from tests.exchange.floor import AAPL, MSFT, Floor

START = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
SAP = 14204


@pytest.fixture
def floor() -> Floor:
    return Floor(start=START)


def option(floor: Floor, strike: float) -> int:
    (found,) = floor.exchange.listings.find(root="SPY", sec_type="OPT", expiry="20261218", strike=strike, right="C")
    return found.instrument.con_id


def spread(floor: Floor) -> tuple[Listing, int, int]:
    """Buying the 670 call and selling the 680 call."""
    low, high = option(floor, 670), option(floor, 680)
    return combo(floor.exchange.listings, [Leg(low, 1, 1), Leg(high, 1, -1)]), low, high


def test_a_spread_is_quoted_from_its_legs_books(floor: Floor) -> None:
    listing, low, high = spread(floor)
    whole, bought, sold = (floor.exchange.tick(con_id) for con_id in (listing.instrument.con_id, low, high))
    assert whole.ask == pytest.approx(bought.ask - sold.bid)
    assert whole.bid == pytest.approx(bought.bid - sold.ask)
    assert whole.bid < whole.ask
    assert listing.instrument.multiplier == 100
    assert listing.instrument.sec_type == "BAG"


def test_a_spread_the_other_way_round_costs_less_than_nothing(floor: Floor) -> None:
    _, low, high = spread(floor)
    listing = combo(floor.exchange.listings, [Leg(low, 1, -1), Leg(high, 1, 1)])
    assert floor.exchange.tick(listing.instrument.con_id).ask < 0


def test_the_same_legs_are_the_same_listing(floor: Floor) -> None:
    assert spread(floor)[0] is spread(floor)[0]
    listing = spread(floor)[0]
    assert floor.exchange.listings.by_con_id(listing.instrument.con_id) is listing


def test_a_spread_moves_with_its_underlying_while_watched(floor: Floor) -> None:
    listing, *_ = spread(floor)
    con_id = listing.instrument.con_id
    before = floor.exchange.tick(con_id)
    floor.exchange.watch(con_id)
    floor.wait(seconds=20)
    assert len(floor.ticks(con_id)) > 5
    floor.exchange.set_price(756733, 690.0)
    assert floor.exchange.tick(con_id).bid > before.ask
    floor.exchange.unwatch(con_id)
    floor.reports.clear()
    floor.wait(seconds=20)
    assert [tick for tick in floor.heard(Tick) if tick.con_id != 756733] == []


def test_an_order_fills_in_the_legs_which_add_up_to_its_price(floor: Floor) -> None:
    listing, low, high = spread(floor)
    ask = floor.exchange.tick(listing.instrument.con_id).ask
    floor.place("BUY", 3, con_id=listing.instrument.con_id)
    whole, bought, sold = floor.heard(Execution)
    assert (whole.con_id, int(whole.quantity), whole.price) == (listing.instrument.con_id, 3, ask)
    assert whole.commission == 0
    assert (bought.con_id, bought.side.value, int(bought.quantity)) == (low, "BUY", 3)
    assert (sold.con_id, sold.side.value, int(sold.quantity)) == (high, "SELL", 3)
    assert bought.price - sold.price == pytest.approx(ask)
    assert {report.con_id: report.quantity for report in floor.heard(PositionReport)} == {low: 3, high: -3}
    assert set(floor.account().positions) == {low, high}


def test_a_limit_below_zero_is_an_order(floor: Floor) -> None:
    _, low, high = spread(floor)
    listing = combo(floor.exchange.listings, [Leg(low, 1, -1), Leg(high, 1, 1)])
    bid = floor.exchange.tick(listing.instrument.con_id).bid
    rests = floor.place("BUY", 1, limit=f"{bid - 1:.2f}", con_id=listing.instrument.con_id)
    fills = floor.place("BUY", 1, limit=f"{bid + 3:.2f}", con_id=listing.instrument.con_id)
    assert floor.states(rests, fills) == ["Submitted", "Filled"]


@pytest.mark.parametrize(("seconds", "bar"), [(600, 5), (7200, 60), (86400, 3600), (5 * 86400, 3600)])
def test_its_past_is_that_of_its_legs(floor: Floor, seconds: int, bar: int) -> None:
    listing, low, high = spread(floor)

    def past(con_id: int, what: str) -> dict[datetime, HistoryBar]:
        bars = floor.exchange.history(con_id, end=START, seconds=seconds, bar=bar, what=what)
        return {item.time: item for item in bars}

    whole, bought, sold = (past(con_id, "MIDPOINT") for con_id in (listing.instrument.con_id, low, high))
    assert len(whole) >= seconds // bar // (2 if bar >= 60 else 6)  # options seldom trade
    for time, item in whole.items():
        assert item.close == pytest.approx(bought[time].close - sold[time].close)
        assert item.low <= min(item.open, item.close) <= max(item.open, item.close) <= item.high
    asks, bids, trades = (past(listing.instrument.con_id, what) for what in ("ASK", "BID", "TRADES"))
    assert all(bids[time].close < whole[time].close < asks[time].close for time in whole)
    assert {time: item.close for time, item in trades.items()} == {time: item.close for time, item in whole.items()}
    assert {item.volume for item in trades.values()} == {0}


def test_ratios_weigh_the_legs(floor: Floor) -> None:
    pair = combo(floor.exchange.listings, [Leg(AAPL, 2, 1), Leg(MSFT, 1, -1)])
    apple, microsoft = floor.exchange.tick(AAPL), floor.exchange.tick(MSFT)
    assert floor.exchange.tick(pair.instrument.con_id).ask == pytest.approx(2 * apple.ask - microsoft.bid)


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ([Leg(AAPL, 1, 1)], 321),
        ([Leg(AAPL, 0, 1), Leg(MSFT, 1, -1)], 321),
        ([Leg(AAPL, 1, 1), Leg(1, 1, -1)], 200),
        ([Leg(AAPL, 1, 1), Leg(SAP, 1, -1)], 321),
    ],
)
def test_what_cannot_be_combined_is_refused(floor: Floor, legs: list[Leg], code: int) -> None:
    with pytest.raises(Refused) as refusal:
        combo(floor.exchange.listings, legs)
    assert refusal.value.code == code


@pytest.mark.parametrize("minutes", [1, 12])
def test_cutting_time_changes_no_order_of_a_combination(minutes: int) -> None:
    executed: list[list[Execution]] = []
    for steps in (1, 10 * minutes):
        floor = Floor(start=START)
        listing, *_ = spread(floor)
        con_id = listing.instrument.con_id
        tick = floor.exchange.tick(con_id)
        floor.place("BUY", 5, limit=f"{tick.ask - 0.02:.2f}", con_id=con_id)
        floor.place("SELL", 5, limit=f"{tick.bid + 0.02:.2f}", con_id=con_id)
        for _ in range(steps):
            floor.exchange.advance(floor.exchange.now + timedelta(minutes=minutes) / steps)
        executed.append(floor.exchange.executions())
    assert executed[0] == executed[1]
    assert minutes == 1 or executed[0]
