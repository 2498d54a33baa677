"""How a close is split beside the stops that guard a position: never more than is held, never barer than before."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.instrument import Instrument
from ibtui.domain.leaving import Slice, guarded, slices
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import OrderType, Terms
from ibtui.engine.desk.exits import Aim, in_the_way, intents, sliced
from ibtui.engine.desk.stop_split import divisible

BTC = Instrument(
    symbol="BTC.USD", con_id=2, sec_type="CRYPTO", root="BTC", exchange="PAXOS", currency="USD", lot=Decimal("1e-8")
)
AMZN = Instrument(symbol="AMZN", con_id=3, sec_type="STK", root="AMZN", exchange="SMART", currency="USD")


def guard(quantity: int, group: str, *, target: bool = False, owner: str = "you", side: Side = Side.SELL) -> Order:
    kind = "target" if target else "stop"
    return Order(
        ref=f"{group or 'none'}-{kind}-{quantity}",
        role="target" if target else "stop",
        owner=owner,
        terms=Terms(
            symbol="AMZN", side=side, quantity=Decimal(quantity), type="LMT" if target else "STP", oca_group=group
        ),
        status=OrderStatus.WORKING,
    )


def test_stops_that_guard_as_much_are_taken_in_one_order_however_they_are_listed() -> None:
    guards = [guard(50, name) for name in ("c", "a", "b")]
    for orders in permutations(guards):
        assert slices(Decimal(150), Decimal(100), orders) == (Slice(Decimal(50), "a"), Slice(Decimal(50), "b"))


groups = st.lists(st.integers(1, 150), max_size=4)
"""What each of the groups guards."""


@given(st.integers(1, 200), st.integers(1, 250), groups, st.booleans(), st.sampled_from((1, -1)))
def test_a_split_neither_flips_nor_bares_a_position(
    size: int, wanted: int, covers: list[int], targets: bool, sign: int
) -> None:
    held, side = Decimal(size * sign), Side.SELL if sign > 0 else Side.BUY
    orders = [guard(cover, f"g{number}", side=side) for number, cover in enumerate(covers)]
    if targets:
        orders += [guard(cover, f"g{number}", target=True, side=side) for number, cover in enumerate(covers)]
    found = slices(held, Decimal(wanted), orders)
    assert sum(part.quantity for part in found) == min(wanted, size)
    assert all(part.quantity > 0 for part in found)
    joined = [part.group for part in found if part.group]
    assert len(joined) == len(set(joined))
    before = guarded(held, orders)
    left = size - min(wanted, size)
    # IB ends a group when one of its orders has filled
    after = sum(cover for group, cover in before.items() if group not in joined)
    bare_before = max(size - sum(before.values()), 0)
    assert max(left - after, 0) <= bare_before
    assert all(part.quantity <= before[part.group] for part in found if part.group)
    # whatever fills, of a group only one order does: only a part that no stop guards trades beside stops
    alone = sum(part.quantity for part in found if not part.group)
    if sum(covers) <= size and wanted >= size:
        assert alone + sum(before.values()) <= size


def test_what_no_stop_guards_goes_first_of_a_part() -> None:
    assert [_fields(part) for part in slices(Decimal(100), Decimal(40), [guard(60, "g")])] == [(40, "")]
    parts = slices(Decimal(100), Decimal(70), [guard(60, "g"), guard(30, "h")])
    assert [_fields(part) for part in parts] == [(60, "g"), (10, "")]


def _fields(part: Slice) -> tuple[int, str]:
    return int(part.quantity), part.group


def test_the_stops_of_others_are_not_joined() -> None:
    orders = [guard(100, "g", owner="other"), guard(50, "h", owner="dip")]
    assert [_fields(part) for part in slices(Decimal(100), Decimal(100), orders)] == [(50, "h"), (50, "")]
    assert [_fields(part) for part in slices(Decimal(50), Decimal(50), orders, "orb")] == [(50, "")]


def test_the_tiniest_lots_close_and_fractions_of_a_lot_stay() -> None:
    def sent(instrument: Instrument, held: str) -> list[Decimal]:
        aim = Aim(symbol=instrument.symbol)
        return [intent.quantity for intent in intents(aim, instrument, Decimal(held), (), lambda: "aaaaaaaaaaaa")]

    assert sent(BTC, "0.00025289") == [Decimal("0.00025289")]
    assert sent(AMZN, "1.5") == [1]
    assert sent(AMZN, "-1.5") == [1]
    assert sent(AMZN, "0.5") == []


def test_what_would_double_goes_first_and_what_guards_stays() -> None:
    resting = Order(
        ref="r-x",
        role="exit",
        terms=Terms(symbol="AMZN", side=Side.SELL, quantity=Decimal(5), type="LMT"),
        status=OrderStatus.WORKING,
    )
    entry = Order(
        ref="e",
        role="entry",
        terms=Terms(symbol="AMZN", side=Side.BUY, quantity=Decimal(5), type="STP"),
        status=OrderStatus.WORKING,
    )
    orders = [guard(10, "g"), guard(10, "g", target=True), resting, entry]
    aim = Aim(symbol="AMZN")
    assert [order.ref for order in in_the_way(aim, Decimal(10), orders)] == ["r-x"]
    flat = Aim(symbol="AMZN", cancel_entries=True)
    assert [order.ref for order in in_the_way(flat, Decimal(10), orders)] == ["r-x", "e"]
    assert len(in_the_way(flat, Decimal(0), orders)) == 4
    assert in_the_way(Aim(symbol="AMZN", quantity=Decimal(3)), Decimal(10), orders) == ()


def test_only_an_exit_at_market_goes_out_in_parts() -> None:
    parts = (Slice(Decimal(60), "g"), Slice(Decimal(10)))
    (whole,) = intents(Aim(symbol="AMZN", quantity=Decimal(70), alone=True), AMZN, Decimal(100), (), lambda: "a" * 12)
    first, second = sliced(whole, parts)
    assert [(int(one.quantity), one.oca_group) for one in (first, second)] == [(60, "g"), (10, "")]
    assert (first.ref, second.reduce_only) == (whole.ref, True)
    assert second.ref != whole.ref
    limit = whole.with_terms(type=OrderType.LMT, limit_price=Decimal(200))
    assert sliced(limit, parts) == (limit,)
    entry = replace(whole, reduce_only=False)
    assert sliced(entry, parts) == (entry,)
    assert sliced(limit, parts[:1]) == (limit.with_terms(oca_group="g"),)


@pytest.mark.parametrize(
    ("stop", "over"),
    [
        (guard(100, "g"), 40),
        (guard(100, "g").with_terms(type="STP LMT"), None),
        (guard(100, "g").with_terms(quantity=Decimal(30)), None),  # what no stop guards is closed beside it
        (replace(guard(100, "g"), status=OrderStatus.UNKNOWN), None),
        (replace(guard(100, "g"), status=OrderStatus.PENDING), None),
    ],
)
def test_a_plain_stop_at_work_is_split_for_a_close_of_a_part(stop: Order, over: int | None) -> None:
    wanted = intents(
        Aim(symbol="AMZN", quantity=Decimal(40), alone=True), AMZN, Decimal(100), (stop,), lambda: "a" * 12
    )
    assert divisible(Decimal(100), wanted, (stop,)) == (None if over is None else (stop, Decimal(over)))


def test_a_stop_whose_group_the_close_joins_is_not_split() -> None:
    stop, other = guard(60, "g"), guard(40, "h")
    wanted = intents(Aim(symbol="AMZN", quantity=Decimal(70)), AMZN, Decimal(100), (stop, other), lambda: "a" * 12)
    assert [(int(one.quantity), one.oca_group) for one in wanted] == [(60, "g"), (10, "")]
    assert divisible(Decimal(100), wanted, (stop, other)) == (other, Decimal(10))
    assert divisible(Decimal(100), wanted, (stop,)) is None
