"""Which options are listed, and how their markets move with their underlyings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ibtui.exchange import Exchange, Refused
from ibtui.exchange.listed import chains
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.told.reports import Tick
from tests.exchange.floor import AAPL, Floor

SPY = 756733
START = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


@pytest.fixture
def floor() -> Floor:
    return Floor(start=START)


def option(floor: Floor, root: str = "SPY", **fields: object) -> Listing:
    wanted: dict[str, object] = {"expiry": "20261218", "strike": 670, "right": "C", "sec_type": "OPT"}
    (found,) = floor.exchange.listings.find(root=root, **wanted | fields)  # type: ignore[arg-type]
    return found


# --- the chains


def test_chains_reach_two_years_with_weeks_in_between(floor: Floor) -> None:
    parameters = floor.exchange.option_parameters(SPY)
    smart = next(found for found in parameters if found.exchange == "SMART")
    assert (smart.trading_class, smart.multiplier) == ("SPY", "100")
    assert {"20261127", "20261204", "20261218", "20270115", "20281117"} <= set(smart.expirations)
    assert "20261224" in smart.expirations  # Christmas is a Friday
    assert min(smart.strikes) < 400
    assert max(smart.strikes) > 1000
    assert {670.0, 671.0} <= set(smart.strikes)


def test_options_on_futures_name_the_future_they_end_in(floor: Floor) -> None:
    (march,) = floor.exchange.listings.find(root="ES", sec_type="FUT", expiry="202703")
    quarterly = option(floor, "ES", sec_type="FOP", expiry="20270319", strike=6700)
    weekly = option(floor, "ES", sec_type="FOP", expiry="20270115", strike=6700)
    assert (quarterly.instrument.trading_class, weekly.instrument.trading_class) == ("ES", "EW3")
    assert quarterly.under_con_id == weekly.under_con_id == march.instrument.con_id
    assert quarterly.instrument.multiplier == 50
    assert floor.exchange.option_parameters(march.instrument.con_id)


def test_an_option_is_found_by_what_its_number_says(floor: Floor) -> None:
    for root, kind in (("SPY", "OPT"), ("AAPL", "OPT"), ("ES", "FOP")):
        found = floor.exchange.listings.find(root=root, sec_type=kind, expiry="202612")
        assert len({listing.instrument.con_id for listing in found}) == len(found) > 200
        again = Exchange(start=START).listings
        assert all(again.by_con_id(listing.instrument.con_id) == listing for listing in found[::37])
    assert floor.exchange.listings.by_con_id(found[0].instrument.con_id + 199_999_999) is None


def test_an_option_is_found_by_its_local_symbol(floor: Floor) -> None:
    listings = floor.exchange.listings
    for root, kind in (("SPY", "OPT"), ("AAPL", "OPT"), ("ES", "FOP")):
        chain = listings.find(root=root, sec_type=kind)
        names = {listing.instrument.local_symbol for listing in chain}
        assert len(names) == len(chain)
        for listing in chain[::211]:
            name = listing.instrument.local_symbol
            assert listings.find(local_symbol=name) == listings.find(local_symbol=name.lower()) == [listing]
            assert listings.find(local_symbol=name, sec_type=kind, root=root, right=listing.instrument.right) == [
                listing
            ]
            assert listings.find(local_symbol=name, strike=1.0) == listings.find(local_symbol=name[:-1]) == []
            assert listings.find(local_symbol=name, sec_type="STK") == listings.find(local_symbol=f"{name}0") == []


def test_to_look_up_one_option_makes_no_other(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    def counted(**fields: Any) -> Listing:
        made.append(fields)
        return Listing(**fields)

    monkeypatch.setattr(chains, "Listing", counted)
    for name, kind in (("SPY   261218C00670000", "OPT"), ("EW3F7 P6700", "FOP")):
        (found,) = floor.exchange.listings.find(local_symbol=name, sec_type=kind)
        assert found.instrument.local_symbol == name
    assert len(made) == 2


def test_an_option_is_described_as_ib_does(floor: Floor) -> None:
    item = option(floor).instrument
    assert (item.local_symbol, item.strike, item.right, item.multiplier) == (
        "SPY   261218C00670000",
        Decimal(670),
        "C",
        Decimal(100),
    )


def test_nothing_has_options_that_has_none(floor: Floor) -> None:
    assert floor.exchange.option_parameters(8894) == []
    with pytest.raises(Refused) as refusal:
        floor.exchange.greeks(AAPL)
    assert refusal.value.code == 200


def test_making_an_exchange_lists_no_options() -> None:
    exchange = Exchange(start=START)
    assert len(exchange.listings) < 200
    assert all(listing.instrument.sec_type not in ("OPT", "FOP") for listing in exchange.listings)


def test_open_interest_lies_around_the_money(floor: Floor) -> None:
    near, far = (floor.exchange.open_interest(option(floor, strike=strike).instrument.con_id) for strike in (670, 400))
    assert near > 20 * far > 0


# --- the markets


def test_an_option_is_quoted_around_its_worth_in_its_ticks(floor: Floor) -> None:
    for root in ("SPY", "AAPL"):
        strike = {"SPY": 670, "AAPL": 187.5}[root]
        listing = option(floor, root, strike=strike)
        tick, model = floor.exchange.tick(listing.instrument.con_id), floor.exchange.greeks(listing.instrument.con_id)
        assert model.option_price is not None
        assert tick.bid < model.option_price < tick.ask
        assert all(listing.grid().fits(Decimal(str(price))) for price in (tick.bid, tick.ask, tick.last))


def test_the_smile_is_higher_below_the_money_and_longer_expiries_are_flatter(floor: Floor) -> None:
    def volatility(strike: float, expiry: str) -> float:
        found = floor.exchange.greeks(option(floor, strike=strike, expiry=expiry).instrument.con_id).iv
        assert found is not None
        return found

    near = [volatility(strike, "20261218") for strike in (600, 670, 720)]
    far = [volatility(strike, "20271217") for strike in (600, 670, 720)]
    assert near[0] > near[1]
    assert max(near) - min(near) > max(far) - min(far)


def test_options_tick_with_the_underlying_only_while_watched(floor: Floor) -> None:
    con_id = option(floor).instrument.con_id
    floor.exchange.tick(con_id)
    floor.wait(seconds=5)
    assert floor.ticks(con_id) == []
    floor.exchange.watch(con_id)
    floor.wait(seconds=20)
    ticks = floor.ticks(con_id)
    assert len(ticks) > 10
    floor.exchange.unwatch(con_id)
    floor.wait(seconds=20)
    assert floor.ticks(con_id) == ticks


def test_asleep_or_awake_an_option_stands_at_the_same_price() -> None:
    asleep, awake = Floor(start=START), Floor(start=START)
    con_id = option(asleep).instrument.con_id
    awake.exchange.watch(con_id)
    for floor in (asleep, awake):
        floor.watch(SPY)
        floor.wait(minutes=7, seconds=11)
    assert asleep.exchange.tick(con_id) == awake.exchange.tick(con_id)


def test_a_put_falls_when_the_underlying_is_moved_up(floor: Floor) -> None:
    put, call = (option(floor, right=right).instrument.con_id for right in "PC")
    floor.watch(put, call)
    before = floor.exchange.tick(put), floor.exchange.tick(call)
    floor.exchange.set_price(SPY, 700.0)
    assert floor.exchange.tick(put).ask < before[0].bid
    assert floor.exchange.tick(call).bid > before[1].ask
    assert {tick.con_id for tick in floor.heard(Tick)} >= {put, call}


def test_an_options_bars_hold_the_trades_that_were_streamed(floor: Floor) -> None:
    con_id = option(floor).instrument.con_id
    floor.exchange.watch(con_id)
    for _ in range(5):
        floor.wait(minutes=1)
    trades = [tick for tick in floor.ticks(con_id) if tick.traded]
    bars = floor.exchange.history(con_id, end=floor.exchange.now, seconds=300, bar=60)
    assert len(bars) == 5
    for bar in bars:
        inside = [tick for tick in trades if bar.time <= tick.time < bar.time + timedelta(minutes=1)]
        prices = [tick.last for tick in inside]
        assert (bar.open, bar.high, bar.low, bar.close) == (prices[0], max(prices), min(prices), prices[-1])
        assert (bar.volume, bar.count) == (sum(tick.last_size for tick in inside), len(inside))


def test_an_order_in_an_option_fills_at_the_ask(floor: Floor) -> None:
    con_id = option(floor).instrument.con_id
    ask = floor.exchange.tick(con_id).ask
    order = floor.place("BUY", 2, con_id=con_id)
    assert floor.fills(order) == [(2, ask)]
    assert floor.account().positions[con_id].average_cost == pytest.approx(ask * 100, rel=1e-2)


def test_cutting_time_changes_nothing_for_options() -> None:
    floors = [Floor(start=START), Floor(start=START)]
    for floor, steps in zip(floors, (1, 40), strict=True):
        con_id = option(floor).instrument.con_id
        floor.exchange.watch(con_id)
        limit = floor.exchange.tick(con_id).bid - 0.05
        floor.place("BUY", 3, limit=f"{limit:.2f}", con_id=con_id)
        for _ in range(steps):
            floor.wait(seconds=80 / steps)
    assert floors[0].reports == floors[1].reports
