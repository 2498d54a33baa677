"""Day orders whose session is over: ended, and what they traded is not known until IB, or a fill, says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.calendar.trading_hours import day_order_ends, read_hours
from ibtui.domain.event import Filled, HoursSeen, Reconciled
from ibtui.domain.fill import Fill
from ibtui.domain.order import HELD_BEFORE, UNLISTED, Order, OrderStatus, Side
from ibtui.engine.journal.journal import Recovered
from ibtui.engine.truth.settle import Absence, session_over
from ibtui.engine.truth.state import State
from tests.clocks import ManualClock
from tests.engine.followed import on_stage, status
from tests.exits.stage import CON_IDS, Stage
from tests.flat_orders import flat_order

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=NEW_YORK)
REF = "aaaaaaaaaaaa"
STOCK = read_hours(
    "US/Eastern",
    "20261123:0400-20261123:2000;20261124:0400-20261124:2000;20261126:CLOSED;20261127:0400-20261127:1700",
    "20261123:0930-20261123:1600;20261124:0930-20261124:1600;20261126:CLOSED;20261127:0930-20261127:1300",
)
FUTURE = read_hours(
    "US/Central",
    "20261122:1700-20261123:1600;20261123:1700-20261124:1600;20261124:1700-20261125:1600",
    "20261123:0830-20261123:1600;20261124:0830-20261124:1600;20261125:0830-20261125:1600",
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


def order(**changes: Any) -> Order:
    fields: dict[str, Any] = {
        "ref": REF,
        "perm_id": 5,
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(100),
        "type": "LMT",
        "limit_price": Decimal("187.25"),
        "status": OrderStatus.WORKING,
        "created": MONDAY,
        "changed": MONDAY,
    }
    return flat_order(Order, fields | changes)


class Morning:
    """An engine that starts at a moment with these orders in its journal."""

    def __init__(self, now: datetime, *orders: Order) -> None:
        self.clock = ManualClock(now)
        self.state = State(self.clock, lambda record: None)
        self.state.recover(Recovered(orders=orders, fills=(), positions={}))

    def reconcile(self, **shown: Any) -> None:
        fields: dict[str, Any] = {"orders": (), "completed": (), "fills": (), "positions": ()} | shown
        self.state.apply(Reconciled(epoch=1, time=self.clock.now(), **fields))

    def order(self, ref: str = REF) -> Order:
        found = self.state.orders.get(ref)
        assert found is not None
        return found

    def said(self) -> str:
        return "\n".join(f"{line.kind} {line.text}" for line in self.state.log.after(0)[0])


def fill(quantity: int) -> Fill:
    return Fill(
        exec_id="0001.0001.01",
        ref=REF,
        symbol="AAPL",
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=187.0,
        time=MONDAY.astimezone(UTC),
        owner="you",
    )


@pytest.mark.parametrize(
    ("placed", "ends"),
    [
        (at(23, 10), at(23, 20)),
        (at(23, 18), at(24, 16)),  # after the regular close it belongs to the next day
        (at(23, 21), at(24, 20)),
        (at(25, 12), at(27, 17)),  # Thanksgiving is no session, and the day after is a half one
        (at(27, 16), None),
        (at(22, 12), None),
    ],
)
def test_a_day_order_of_a_stock_is_over_with_the_regular_and_the_extended_session(
    placed: datetime, ends: datetime | None
) -> None:
    assert STOCK is not None
    assert day_order_ends(STOCK, placed) == ends


def test_where_trading_never_pauses_a_day_order_is_over_within_a_day() -> None:
    coin = read_hours(
        "UTC", *["20261123:0000-20261123:2400;20261124:0000-20261124:2400;20261125:0000-20261125:2400"] * 2
    )
    assert coin is not None
    assert day_order_ends(coin, at(23, 10)) == at(24, 10)


@pytest.mark.parametrize(
    ("placed", "ends"), [(at(23, 10), at(23, 17)), (at(23, 17, 30), at(24, 17)), (at(23, 22), at(24, 17))]
)
def test_a_day_order_of_a_future_is_over_with_its_own_session(placed: datetime, ends: datetime) -> None:
    assert FUTURE is not None
    assert day_order_ends(FUTURE, placed) == ends


@pytest.mark.parametrize(
    ("created", "now", "over"),
    [
        (at(23, 10), at(24, 9, 59), False),
        (at(23, 10), at(24, 10, 1), True),
        (at(27, 18), at(30, 15, 59), False),  # the weekend is no time of any session
        (at(28, 10), at(30, 15, 59), False),
        (at(27, 10), at(30, 15, 1), True),
    ],
)
def test_without_trading_hours_a_day_of_week_days_must_have_passed(
    created: datetime, now: datetime, over: bool
) -> None:
    assert session_over(order(created=created), None, now) is over


@given(
    st.timedeltas(timedelta(), timedelta(days=366)).map(lambda after: MONDAY.astimezone(UTC) + after),
    st.timedeltas(timedelta(), timedelta(days=30)),
)
def test_without_trading_hours_it_is_over_between_one_day_and_a_weekend_later(
    created: datetime, passed: timedelta
) -> None:
    over = session_over(order(created=created), None, created + passed)
    assert over >= (passed > timedelta(days=3))
    assert over <= (passed > timedelta(days=1))


def test_hours_that_were_known_when_it_was_sent_count_before_all_others() -> None:
    sent = order(over_by=at(23, 20))
    assert not session_over(sent, STOCK, at(23, 19, 59))
    assert session_over(sent, STOCK, at(23, 20))
    assert not session_over(order(), STOCK, at(23, 19, 59))
    assert session_over(order(), STOCK, at(23, 20))


def test_a_day_order_of_an_earlier_session_has_ended_with_its_outcome_unknown() -> None:
    morning = Morning(at(24, 12), order(), order(ref="b" * 12, perm_id=6, tif="GTC"))
    morning.reconcile()
    assert (morning.order().status, morning.order().filled) == (OrderStatus.ENDED, Decimal(0))
    assert "it may have traded" in morning.order().reason
    assert (
        "ERROR BUY 100 AAPL LMT 187.25 ended, outcome unknown: a day order of a session that is over" in morning.said()
    )
    assert morning.order("b" * 12).status is OrderStatus.UNKNOWN


def test_what_traded_before_stays_known_and_the_rest_is_not() -> None:
    morning = Morning(at(24, 12), order(status=OrderStatus.PARTLY_FILLED, filled=Decimal(40)))
    morning.reconcile()
    assert (morning.order().status, morning.order().filled) == (OrderStatus.ENDED, Decimal(40))


def test_executions_and_completed_orders_are_proof() -> None:
    morning = Morning(at(24, 12), order())
    morning.reconcile(fills=(fill(100),))
    assert morning.order().status is OrderStatus.FILLED
    morning = Morning(at(24, 12), order())
    morning.reconcile(completed=(order(status=OrderStatus.CANCELLED),))
    assert morning.order().status is OrderStatus.CANCELLED


@pytest.mark.parametrize(("traded", "stands"), [(100, OrderStatus.FILLED), (40, OrderStatus.ENDED)])
def test_a_fill_that_comes_later_counts_and_is_told_aloud(traded: int, stands: OrderStatus) -> None:
    morning = Morning(at(24, 12), order())
    morning.reconcile()
    morning.state.apply(Filled(fill=fill(traded)))
    assert (morning.order().status, morning.order().filled) == (stands, Decimal(traded))
    assert f"ERROR {REF} was a day order of a session that is over" in morning.said()


def test_children_that_are_gone_end_with_a_parent_whose_outcome_is_unknown() -> None:
    legs = {"perm_id": 6, "side": Side.SELL, "tif": "GTC", "parent": REF, "role": "stop", "type": "STP"}
    child = order(ref=f"{REF}-s", status=OrderStatus.WAITING, **legs)
    morning = Morning(at(24, 12), child, order())
    morning.reconcile()
    assert morning.order(child.ref).status is OrderStatus.ENDED
    morning = Morning(at(24, 12), child, order(status=OrderStatus.PARTLY_FILLED, filled=Decimal(40)))
    morning.reconcile()
    assert morning.order(child.ref).status is OrderStatus.UNKNOWN


def test_within_its_session_a_missing_order_stays_unknown() -> None:
    assert STOCK is not None
    morning = Morning(at(23, 19, 59), order())
    morning.state.apply(HoursSeen(symbol="AAPL", hours=STOCK))
    morning.reconcile()
    assert morning.order().status is OrderStatus.UNKNOWN
    morning.clock.advance(60)
    morning.reconcile()
    assert morning.order().status is OrderStatus.ENDED


@pytest.mark.parametrize(("owner", "held"), [("orb", True), ("you", False)])
def test_two_owners_orders_that_ended_on_both_sides_hold_the_instrument(owner: str, held: bool) -> None:
    other = order(ref="b" * 12, perm_id=6, side=Side.SELL, owner=owner)
    morning = Morning(at(24, 12), order(), other)
    morning.reconcile()
    hold = morning.state.holds.held("AAPL")
    assert (hold is not None) is held
    morning.state.apply(Filled(fill=fill(100)))
    morning.reconcile(completed=(replace(other, status=OrderStatus.CANCELLED),))
    assert morning.state.holds.held("AAPL") is None


def test_three_owners_orders_that_ended_on_both_sides_hold_it_as_two_do() -> None:
    others = [order(ref=name * 12, perm_id=n, side=Side.SELL, owner=name) for n, name in enumerate("bc", 6)]
    morning = Morning(at(24, 12), order(), *others)
    morning.reconcile()
    assert morning.state.holds.held("AAPL") is not None


def test_each_instrument_is_held_for_its_own_orders_alone() -> None:
    symbols = [f"S{number}" for number in range(12)]
    both = symbols[::2]
    orders = [order(ref=f"b{name:>11}", perm_id=n, symbol=name) for n, name in enumerate(symbols, 10)]
    orders += [
        order(ref=f"s{name:>11}", perm_id=n, symbol=name, side=Side.SELL, owner="orb")
        for n, name in enumerate(both, 50)
    ]
    morning = Morning(at(24, 12), *orders)
    morning.reconcile()
    assert sorted(hold.symbol for hold in morning.state.holds.all()) == sorted(both)


@pytest.mark.parametrize(
    ("reason", "filled", "told"),
    [
        ("held by TWS: a precaution", 0, HELD_BEFORE),
        ("held by TWS: a precaution", 40, UNLISTED),  # it went on after all
        ("", 0, UNLISTED),
        ("", 40, UNLISTED),
    ],
)
def test_what_a_person_does_about_a_missing_order_depends_on_whether_tws_held_it(
    reason: str, filled: int, told: str
) -> None:
    morning = Morning(at(23, 12), order(reason=reason, filled=Decimal(filled)))
    morning.reconcile()
    assert (morning.order().status, morning.order().reason) == (OrderStatus.UNKNOWN, told)


def test_two_absences_prove_more_than_one_only_two_seconds_apart() -> None:
    absence = Absence()
    counts = []
    for now in (0.0, 1.0, 1.9, 2.0, 3.9, 4.0):
        absence.add(now, epoch=1)
        counts.append(absence.count)
    assert counts == [1, 1, 1, 2, 2, 3]


def test_a_night_shorter_than_a_day_ends_a_day_order_too(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (bought,) = (await stage.driver.do("buy 40 AAPL @ 186.00")).orders
        assert bought.over_by == at(23, 20)
        await stage.stop()
        stage.exchange.set_book(CON_IDS["AAPL"], bid=185.5, ask=185.6, bid_size=100, ask_size=100)
        await stage.leap(timedelta(hours=23))
        assert stage.positions() == {"AAPL": 40}
        await stage.start(ready=False)
        await stage.driver.until(lambda shown: shown.connection.state == "active")
        assert await status(stage, bought.ref) is OrderStatus.ENDED
        held = stage.driver.engine.parts.state.holds.held("AAPL")
        assert held is not None
        assert held.counted == 40

    on_stage(tmp_path, test, always_open=False)


def test_a_night_away_leaves_a_filled_day_order_ended_and_the_position_as_ib_counts_it(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (bought,) = (await stage.driver.do("buy 40 AAPL @ 186.00")).orders
        (kept,) = (await stage.driver.do("buy 50 MSFT @ 390 gtc")).orders
        await stage.stop()
        stage.exchange.set_book(CON_IDS["AAPL"], bid=185.5, ask=185.6, bid_size=100, ask_size=100)
        await stage.leap(timedelta(hours=26))
        assert stage.positions() == {"AAPL": 40}
        stage.hold()
        await stage.start()
        assert await status(stage, bought.ref) is OrderStatus.ENDED
        assert await status(stage, kept.ref) is OrderStatus.WORKING
        (position,) = (await stage.driver.status()).positions
        assert position.quantity == 40

    on_stage(tmp_path, test)
