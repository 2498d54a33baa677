"""Changes of working orders: the same judges as for a new one, and never more than what an exit protects."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.domain.order import Order, OrderIntent, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType
from ibtui.risk.change_rules import Standing, adds, bared, check_change
from ibtui.risk.facts import Facts, Recent
from ibtui.risk.gate import check
from ibtui.risk.options import Stake
from tests.risk.optioned import CALL, STOCK
from tests.risk.stage import LIMITS, QUOTE, facts, intent, order

PARENT = "bbbbbbbbbbbb"


def entry(quantity: int = 100, **changes: Any) -> Order:
    return order(quantity=Decimal(quantity), **changes)


def exit_of(role: str, quantity: int = 100, **changes: Any) -> Order:
    price = {"limit_price": Decimal(195)} if role == "target" else {"limit_price": None, "stop_price": Decimal(180)}
    fields: dict[str, Any] = {
        "ref": f"{PARENT}-{role[0]}",
        "role": role,
        "side": Side.SELL,
        "type": "LMT" if role == "target" else "STP",
        "quantity": Decimal(quantity),
        "parent": PARENT,
        "oca_group": f"ibtui-{PARENT}",
    }
    return order(**(fields | price | changes))


def wanted(of: Order, **changes: Any) -> OrderIntent:
    terms: dict[str, Any] = {
        "ref": of.ref,
        "symbol": of.symbol,
        "side": of.side,
        "quantity": of.quantity,
        "type": OrderType(of.type),
        "limit_price": of.limit_price,
        "stop_price": of.stop_price,
        "reduce_only": of.role != "entry",
    }
    return intent(**(terms | changes))


def standing(of: Order, closable: int = 0, **changes: Any) -> Standing:
    return Standing(order=of, closable=Decimal(closable), **changes)


def code(found: Standing, world: Facts | None = None, limits: Limits = LIMITS, **changes: Any) -> str | None:
    refusal = check_change(found, wanted(found.order, **changes), world or facts(), limits)
    return None if refusal is None else refusal.code


HALTED_THERE = replace(QUOTE, halted=True)
DELAYED = replace(QUOTE, kind="delayed")


@pytest.mark.parametrize(
    ("world", "limits", "changes", "expected"),
    [
        ({}, LIMITS, {"limit_price": Decimal("187.30")}, None),
        ({}, LIMITS, {"quantity": Decimal(200)}, None),
        ({}, LIMITS, {"limit_price": Decimal("187.305")}, "off_tick"),
        ({}, LIMITS, {"limit_price": Decimal(197)}, "price_collar"),
        ({}, LIMITS, {"quantity": Decimal(3_000)}, "too_large"),
        ({}, Limits(order_quantity=150), {"quantity": Decimal(151)}, "too_large"),
        ({}, Limits(order_value=18_730), {"limit_price": Decimal("187.40")}, "too_large"),
        ({"now": 106.0}, LIMITS, {"limit_price": Decimal("187.30")}, "stale_quote"),
        ({"now": 106.0}, LIMITS, {"quantity": Decimal(50)}, None),
        ({"quote": None}, LIMITS, {"limit_price": Decimal("187.30")}, "stale_quote"),
        ({"quote": HALTED_THERE}, LIMITS, {"limit_price": Decimal("187.30")}, "instrument_halted"),
        ({"quote": DELAYED}, LIMITS, {"limit_price": Decimal("187.30")}, "delayed_quotes"),
        ({"halted": True}, LIMITS, {"limit_price": Decimal("187.30")}, "halted"),
        ({"halted": True}, LIMITS, {"quantity": Decimal(101)}, "halted"),
        ({"halted": True}, LIMITS, {"quantity": Decimal(99)}, None),
        ({"halted": True, "connection": "disconnected"}, LIMITS, {"quantity": Decimal(99)}, "not_connected"),
        ({"read_only": True}, LIMITS, {"quantity": Decimal(99)}, "read_only"),
        ({}, LIMITS, {"quantity": Decimal("NaN")}, "bad_quantity"),
        ({}, LIMITS, {"quantity": Decimal("99.5")}, "bad_quantity"),
        ({"recent": (Recent(intent(ref="c", limit_price=Decimal("187.30")), 100.4),)}, LIMITS,
         {"limit_price": Decimal("187.30")}, "duplicate"),
        ({"orders": (order(ref="cccccccccccc", status=OrderStatus.UNKNOWN),)}, LIMITS,
         {"quantity": Decimal(101)}, "unknown_order"),
        ({"orders": (order(ref="cccccccccccc", status=OrderStatus.UNKNOWN),)}, LIMITS,
         {"limit_price": Decimal("187.30")}, None),
    ],
)  # fmt: skip
def test_an_entry_is_judged_as_the_order_it_becomes(
    world: dict[str, Any], limits: Limits, changes: dict[str, Any], expected: str | None
) -> None:
    assert code(standing(entry()), facts(**world), limits, **changes) == expected


@pytest.mark.parametrize(
    ("of", "held", "changes", "expected"),
    [
        (entry(), 0, {"quantity": Decimal(101)}, True),
        (entry(), 0, {"limit_price": Decimal("187.30")}, True),
        (entry(), 0, {"quantity": Decimal(99)}, False),
        (entry(), -200, {"quantity": Decimal(150)}, False),  # it buys back what is short
        (entry(), -200, {"quantity": Decimal(201)}, True),
        (exit_of("stop"), 100, {"stop_price": Decimal(181)}, False),
        (exit_of("target"), 100, {"limit_price": Decimal(194)}, False),
    ],
)
def test_a_change_that_only_reduces_adds_no_risk(of: Order, held: int, changes: dict[str, Any], expected: bool) -> None:
    """What adds none needs no arming and passes a halt."""
    assert adds(standing(of, closable=held), wanted(of, **changes), facts(held=Decimal(held))) is expected


def test_an_order_that_buys_back_may_be_repriced_in_a_halt() -> None:
    short = facts(halted=True, held=Decimal(-200))
    assert code(standing(entry()), short, limit_price=Decimal("187.30")) is None
    assert code(standing(entry()), short, quantity=Decimal(150)) is None
    assert code(standing(entry()), short, quantity=Decimal(201)) == "halted"


def test_no_less_than_what_has_traded() -> None:
    half = standing(entry(filled=Decimal(50)))
    assert code(half, quantity=Decimal(50)) == "bad_quantity"
    assert code(half, quantity=Decimal(51)) is None


def test_a_call_that_is_sold_stays_covered_when_it_grows() -> None:
    of = order(symbol=CALL.symbol, side=Side.SELL, quantity=Decimal(1), limit_price=Decimal("4.00"))
    market = Quote(symbol=CALL.symbol, bid=3.9, ask=4.1, received=100.0)
    world = facts(instrument=CALL, quote=market, stakes=(Stake(STOCK, Decimal(150)),))
    assert code(standing(of), world, limit_price=Decimal("4.10")) is None
    assert code(standing(of), world, quantity=Decimal(2)) == "uncovered"


def test_an_entry_stays_on_its_side_of_its_children() -> None:
    found = standing(entry(), children=(exit_of("stop", stop_price=Decimal("187.00")), exit_of("target")))
    assert code(found, limit_price=Decimal("187.10")) is None
    assert code(found, limit_price=Decimal("186.90")) == "bad_bracket"


FILLED: dict[str, Any] = {"filled": Decimal(100), "status": OrderStatus.FILLED}
GONE: dict[str, Any] = {"status": OrderStatus.CANCELLED}


@pytest.mark.parametrize("role", ["stop", "target"])
@pytest.mark.parametrize(
    ("parent", "siblings", "closable", "beside", "most"),
    [
        ({}, (), 0, (), 100),
        ({"filled": Decimal(40)}, (), 40, (), 100),
        ({"filled": Decimal(40)}, (30,), 10, (), 70),
        (FILLED, (), 100, (), 100),
        (FILLED, (), 60, (), 60),
        (GONE | {"filled": Decimal(40)}, (), 40, (), 40),
        (FILLED, (), 0, (), 0),
        (FILLED, (), 300, (200,), 100),
    ],
)
def test_a_child_is_no_larger_than_what_it_protects(
    role: str, parent: dict[str, Any], siblings: tuple[int, ...], closable: int, beside: tuple[int, ...], most: int
) -> None:
    child = exit_of(role, quantity=1, status=OrderStatus.WORKING)
    other = "target" if role == "stop" else "stop"
    family = (child, *(exit_of(other, quantity=100, filled=Decimal(n)) for n in siblings))
    others = tuple(exit_of(role, quantity=n, ref="d-x", parent=None, oca_group="") for n in beside)
    found = standing(child, closable, parent=entry(**parent), family=family, beside=(*others, child))
    assert found.room == most
    for quantity in (most, most + 1, 2_000):
        if quantity > 1:
            assert code(found, quantity=Decimal(quantity)) == (None if quantity <= most else "would_increase")


def test_a_lone_stop_is_no_larger_than_the_position() -> None:
    stop = exit_of("entry", 60, parent=None, ref="eeeeeeeeeeee", type="STP", limit_price=None, stop_price=Decimal(180))
    assert code(standing(stop, 100), quantity=Decimal(100)) is None
    assert code(standing(stop, 100), quantity=Decimal(101)) == "would_increase"
    # where nothing is held it is an entry
    assert code(standing(stop, 0), quantity=Decimal(101)) is None
    assert code(standing(stop, 0), facts(halted=True), quantity=Decimal(101)) == "halted"


def test_an_exit_is_no_larger_than_what_can_be_closed() -> None:
    leaving = exit_of("exit", 60, parent=None, type="LMT", limit_price=Decimal(190), stop_price=None)
    world = facts(held=Decimal(100))
    assert code(standing(leaving, 100), world, quantity=Decimal(100)) is None
    assert code(standing(leaving, 100), world, quantity=Decimal(101)) == "would_increase"


def test_only_others_that_would_close_the_same_leave_an_exit_less_room() -> None:
    kind: dict[str, Any] = {"parent": None, "type": "LMT", "limit_price": Decimal(190), "stop_price": None}
    leaving, another = exit_of("exit", 60, **kind), exit_of("exit", 30, **kind, ref="c" * 12, oca_group="")
    nothing_of_it = (
        leaving,
        exit_of("exit", 500, **kind, ref="d" * 12, oca_group="", side=Side.BUY),
        exit_of("exit", 500, **kind, ref="e" * 12, oca_group="", status=OrderStatus.WAITING),
        exit_of("stop", 500, parent=None, ref="f" * 12, oca_group=""),  # a stop: one of the two will fill
        exit_of("exit", 500, **kind, ref="g" * 12),  # of its own group
    )
    assert standing(leaving, 100, beside=nothing_of_it).room == 100
    assert standing(leaving, 100, beside=(*nothing_of_it, another)).room == 70
    assert standing(leaving, 20, beside=(another,)).room == 0


@pytest.mark.parametrize(("world", "place"), [({}, "the market"), ({"quote": None}, "where it stood")])
def test_a_price_that_is_moved_out_of_sight_is_told_from_where_that_is(world: dict[str, Any], place: str) -> None:
    found = standing(exit_of("stop"), 100, parent=entry(**FILLED))
    refusal = check_change(found, wanted(found.order, stop_price=Decimal(80)), facts(**world), LIMITS)
    assert refusal is not None
    assert f"from {place}" in refusal.sentence


@pytest.mark.parametrize("stop", ["181", "179"])
@pytest.mark.parametrize("halted", [False, True])
def test_a_halt_lets_a_stop_come_nearer_and_not_go_away(stop: str, halted: bool) -> None:
    found = standing(exit_of("stop"), 100, parent=entry(**FILLED))
    expected = "halted" if halted and stop == "179" else None
    assert code(found, facts(halted=halted), stop_price=Decimal(stop)) == expected
    assert code(found, facts(halted=halted), quantity=Decimal(50)) is None


@pytest.mark.parametrize("world", [{}, {"quote": HALTED_THERE}, {"quote": DELAYED}, {"quote": None}, {"now": 900.0}])
def test_a_stop_may_be_moved_on_whatever_market_but_not_out_of_sight(world: dict[str, Any]) -> None:
    found = standing(exit_of("stop"), 100, parent=entry(**FILLED))
    target = standing(exit_of("target"), 100, parent=entry(**FILLED))
    assert code(found, facts(**world), stop_price=Decimal(182)) is None
    assert code(found, facts(**world), stop_price=Decimal("0.01")) == "price_collar"
    assert code(target, facts(**world), limit_price=Decimal(200)) is None
    assert code(target, facts(**world), limit_price=Decimal(1_950)) == "price_collar"
    assert code(found, facts(**world), Limits(exit_collar_percent=1), stop_price=Decimal(170)) == "price_collar"


def test_a_child_that_waits_is_measured_from_its_entry() -> None:
    """The market is far below the entry: the stop of what is not bought yet would not trigger at once."""
    parent = entry(type="STP", limit_price=None, stop_price=Decimal(200))
    found = standing(exit_of("stop", stop_price=Decimal(195)), parent=parent)
    assert code(found, stop_price=Decimal(198)) is None
    assert code(found, stop_price=Decimal(201)) == "bad_bracket"
    assert code(found, stop_price=Decimal(90)) == "price_collar"


def test_a_change_that_takes_a_stop_from_a_position_says_so() -> None:
    stop = exit_of("stop")
    found = standing(stop, 100, parent=entry(**FILLED), family=(stop,))
    assert bared(found, wanted(stop, quantity=Decimal(30))) == f"70 AAPL would stand without the stop {stop.ref}"
    assert bared(found, wanted(stop, quantity=Decimal(100))) == ""
    small = standing(stop, 60, parent=entry(**FILLED), family=(stop,))
    assert bared(small, wanted(stop, quantity=Decimal(60))) == ""


@given(
    quantity=st.integers(1, 4_000),
    cents=st.integers(17_000, 20_500),
    age=st.sampled_from([0.5, 4.9, 5.1]),
    halted=st.booleans(),
    quote=st.sampled_from([QUOTE, HALTED_THERE, DELAYED, None, Quote(symbol="AAPL")]),
    held=st.sampled_from([0, 100, -100, -5_000]),
    filled=st.sampled_from([0, 40]),
)
def test_what_a_new_order_may_not_be_no_order_becomes(
    quantity: int, cents: int, age: float, halted: bool, quote: Quote | None, held: int, filled: int
) -> None:
    """Any change of an entry but a smaller quantity passes only where its rest would pass as a new order."""
    of = entry(filled=Decimal(filled))
    terms: dict[str, Any] = {"quantity": Decimal(quantity), "limit_price": Decimal(cents) / 100}
    world = facts(now=100 + age, halted=halted, quote=quote, held=Decimal(held))
    if code(standing(of), world, **terms) is not None or (quantity <= 100 and terms["limit_price"] == of.limit_price):
        return
    rest = wanted(of, **(terms | {"quantity": Decimal(quantity - filled)}))
    assert check(rest, world, LIMITS) is None
