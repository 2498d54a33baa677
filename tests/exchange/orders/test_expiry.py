"""Contracts that end: futures settle, options are exercised, assigned or lapse, and nothing of them is left."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from ibtui.exchange import Exchange, Refused
from ibtui.exchange.listed.instruments import Leg
from ibtui.exchange.markets.combos import combo
from ibtui.exchange.saved import Saved
from ibtui.exchange.told.reports import PositionReport
from tests.exchange.floor import AAPL, Floor

LAST_DAY = datetime(2026, 12, 18, 20, 0, tzinfo=UTC)
"""A third Friday: index futures and monthly options end."""
SPY = 756733


@pytest.fixture
def floor() -> Floor:
    return Floor(start=LAST_DAY)


def option(floor: Floor, strike: float, right: str = "C", expiry: str = "20261218", root: str = "SPY") -> int:
    kind = "FOP" if root == "ES" else "OPT"
    (found,) = floor.exchange.listings.find(
        root=root, sec_type=kind, expiry=expiry, strike=strike, right=right, trading_class=root
    )
    return found.instrument.con_id


def quantity(floor: Floor, con_id: int) -> int:
    position = floor.account().positions.get(con_id)
    return int(position.quantity) if position else 0


def test_a_future_is_settled_at_its_last_price_and_gone(floor: Floor) -> None:
    (front, *_) = floor.exchange.listings.find(root="ES", sec_type="FUT")
    assert front.instrument.expiry == "20261218"
    con_id = front.instrument.con_id
    floor.hold(6700, 6700.25, con_id=con_id)
    floor.place("BUY", 2, con_id=con_id)
    waiting = floor.place("BUY", 1, limit="1000", tif="GTC", con_id=con_id)
    floor.hold(6710, 6710.25, con_id=con_id)
    floor.wait(hours=9)
    position = floor.account().positions[con_id]
    assert position.quantity == 0
    assert position.realized_pnl == pytest.approx(2 * 50 * (6710.125 - 6700.25) - 2 * 2.25)
    assert floor.order(waiting).state == "Cancelled"
    assert floor.order(waiting).reason.endswith("Contract expired")
    (following, *_) = floor.exchange.listings.find(root="ES", sec_type="FUT")
    assert following.instrument.expiry > "20261218"
    assert con_id not in {item.instrument.con_id for item in floor.exchange.listings}


def test_an_option_in_the_money_becomes_its_stock_and_others_lapse(floor: Floor) -> None:
    level = floor.exchange.tick(SPY).last
    call, put = option(floor, round(level) - 20), option(floor, round(level) - 20, "P")
    short = option(floor, round(level) + 20, "P")
    for con_id, side in ((call, "BUY"), (put, "BUY"), (short, "SELL")):
        floor.exchange.watch(con_id)
        floor.place(side, 3, con_id=con_id)
    floor.wait(seconds=30)
    assert [quantity(floor, con_id) for con_id in (call, put, short)] == [3, 3, -3]
    before = floor.account().net_liquidation
    floor.reports.clear()
    floor.wait(hours=9)
    assert [quantity(floor, con_id) for con_id in (call, put, short, SPY)] == [0, 0, 0, 600]
    stock = floor.account().positions[SPY]
    assert stock.average_cost == pytest.approx(round(level))  # three hundred at the one strike, as many at the other
    assert floor.account().net_liquidation == pytest.approx(before, rel=0.01)
    told = {report.con_id: report.quantity for report in floor.heard(PositionReport)}
    assert told == {call: 0, put: 0, short: 0, SPY: 600}


def test_an_option_on_a_future_becomes_the_future(floor: Floor) -> None:
    (_, march, *_) = floor.exchange.listings.find(root="ES", sec_type="FUT")
    level = floor.exchange.tick(march.instrument.con_id).last
    found = floor.exchange.listings.find(root="ES", sec_type="FOP", right="P", expiry="20270115")
    put = min(found, key=lambda one: abs(float(one.instrument.strike) - level * 1.05))
    assert put.under_con_id == march.instrument.con_id
    floor.exchange.watch(put.instrument.con_id)
    floor.place("BUY", 1, con_id=put.instrument.con_id)
    floor.wait(seconds=30)
    floor.exchange.exercise("DU1234567", put.instrument.con_id, Decimal(1))
    assert quantity(floor, put.instrument.con_id) == 0
    future = floor.account().positions[march.instrument.con_id]
    assert future.quantity == -1
    assert future.average_cost == 50 * float(put.instrument.strike)


def test_a_holder_exercises_or_gives_up_when_he_wants(floor: Floor) -> None:
    level = floor.exchange.tick(SPY).last
    call = option(floor, round(level) + 5, expiry="20270115")
    floor.exchange.watch(call)
    floor.place("BUY", 4, con_id=call)
    floor.wait(seconds=30)
    with pytest.raises(Refused, match="in the money"):
        floor.exchange.exercise("DU1234567", call, Decimal(1))
    floor.exchange.exercise("DU1234567", call, Decimal(1), override=True)
    assert (quantity(floor, call), quantity(floor, SPY)) == (3, 100)
    floor.exchange.lapse("DU1234567", call, Decimal(3))
    assert (quantity(floor, call), quantity(floor, SPY)) == (0, 100)
    for account, con_id, wanted in (("DU1234567", call, 1), ("DU9", call, 1), ("DU1234567", AAPL, 1)):
        with pytest.raises(Refused):
            floor.exchange.exercise(account, con_id, Decimal(wanted))


def test_new_weeks_come_as_old_ones_go(floor: Floor) -> None:
    def weeks() -> list[str]:
        found = floor.exchange.option_parameters(SPY)[0].expirations
        return sorted(found)

    before = weeks()
    con_id = option(floor, 600)
    floor.wait(days=8)
    after = weeks()
    assert before[0] == "20261218"
    assert after[0] > "20261218"
    assert set(after) - set(before)
    assert not floor.exchange.listings.find(root="SPY", sec_type="OPT", expiry="20261218")
    expired = floor.exchange.listings.by_con_id(con_id)
    assert expired is not None
    assert expired.instrument.expiry == "20261218"


def test_a_combination_ends_with_its_first_leg() -> None:
    floor = Floor(start=datetime(2026, 12, 19, 4, 58, tzinfo=UTC))  # two minutes before its day ends in New York
    legs = [Leg(option(floor, 600), 1, 1), Leg(option(floor, 600, expiry="20270115"), 1, -1)]
    con_id = combo(floor.exchange.listings, legs).instrument.con_id
    order = floor.place("BUY", 1, limit="-500", tif="GTC", con_id=con_id)
    assert floor.order(order).state == "Submitted"
    floor.wait(minutes=3)
    assert floor.order(order).state == "Cancelled"


def test_what_expired_is_still_known_after_a_restart() -> None:
    """An option that was listed after the exchange began, and has expired since."""
    begin, ends = datetime(2026, 10, 26, 15, 0, tzinfo=UTC), datetime(2026, 12, 24, 15, 0, tzinfo=UTC)
    new = f"{ends:%Y%m%d}"
    assert new not in Exchange(seed=7, start=begin).option_parameters(SPY)[0].expirations
    floor = Floor(start=begin)
    floor.exchange = Exchange(seed=7, start=begin, at=ends)
    con_id = option(floor, round(floor.exchange.tick(SPY).last / 5) * 5, expiry=new)
    order = floor.place("SELL", 1, limit="900", tif="GTC", con_id=con_id)
    assert floor.order(order).state == "Submitted"
    floor.wait(hours=15)
    assert floor.order(order).state == "Cancelled"
    saved = msgspec.json.decode(msgspec.json.encode(floor.exchange.snapshot()), type=Saved)
    other = Exchange.restore(saved)
    assert other.order(order) == floor.order(order)
