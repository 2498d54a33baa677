"""Random books of one instrument, and what they would do to a position, worked out by letting the market run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from msgspec.structs import replace

from ibtui.domain.order import FOREIGN, YOU, Order, OrderStatus, Side
from tests.flat_orders import flat_order

SYMBOL = "AAPL"
_ZERO = Decimal(0)
_AT_WORK = (OrderStatus.WORKING, OrderStatus.PARTLY_FILLED)


class Book(NamedTuple):
    """A position, signed, and the live orders of its instrument."""

    held: Decimal
    orders: tuple[Order, ...]

    def of(self, owner: str) -> tuple[Order, ...]:
        return tuple(order for order in self.orders if order.owner == owner)

    def at_work(self, *, stops: bool, side: Side) -> list[Order]:
        """Orders of a side that are stops, or are none, and that the market may fill."""
        found = (order for order in self.orders if order.side is side and order.status in _AT_WORK)
        return [order for order in found if _is_stop(order) is stops]


def run_over(orders: Iterable[Order], book: Sequence[Order]) -> Decimal:
    """What these orders trade when the market runs over all of them.

    Each trades what it may: a child what its parent has brought and no sibling took; its group shrinks by as much.
    """
    orders = tuple(orders)
    left = {order.ref: order.remaining for order in orders}
    brought = {o.ref: o.filled for o in book if o.parent is None}
    for child in book:
        if child.parent is not None and child.parent in brought:
            brought[child.parent] -= child.filled
    total = _ZERO
    for order in orders:
        traded = max(min(left[order.ref], brought.get(order.parent or "", left[order.ref])), _ZERO)
        total += traded
        if order.parent in brought:
            brought[order.parent] -= traded
        for other in orders:
            if other.ref == order.ref or (order.oca_group and other.oca_group == order.oca_group):
                left[other.ref] -= traded
    return total


def covered(book: Book) -> Decimal:
    """What stops, anybody's, take off the position when the market runs against it."""
    against = Side.SELL if book.held > 0 else Side.BUY
    return run_over(book.at_work(stops=True, side=against), book.orders) if book.held else _ZERO


def beyond(book: Book) -> Decimal:
    """The most that stops, targets or closes of one side trade beyond what there is to close.

    What guards the position is an exit, whoever's it is; else what was sent as one.
    """
    most = _ZERO
    for side in Side:
        closable = max(-side.sign * book.held, _ZERO)
        ours = [o for o in book.orders if o.owner != FOREIGN and o.role != "entry" and o.status in _AT_WORK]
        ours = [order for order in ours if order.side is side]
        guards = book.at_work(stops=True, side=side) if closable else [o for o in ours if _is_stop(o)]
        targets = [order for order in ours if order.role == "target"]
        closes = [order for order in ours if order.role == "exit" and not _is_stop(order)]
        most = max(most, *(run_over(kind, book.orders) - closable for kind in (guards, targets, closes)))
    return most


def _is_stop(order: Order) -> bool:
    return order.type in ("STP", "STP LMT", "TRAIL")


_SIZES = st.sampled_from([40, 60, 100]).map(Decimal)
"""Few, so that books often fit."""
_STATUS = st.sampled_from(
    [OrderStatus.WORKING, OrderStatus.WORKING, OrderStatus.PARTLY_FILLED, OrderStatus.UNKNOWN, OrderStatus.PENDING]
)


_TERMS: dict[str, dict[str, Any]] = {
    "stop": {"type": "STP", "stop_price": Decimal(180)},
    "target": {"type": "LMT", "limit_price": Decimal(195)},
}


@st.composite
def books(draw: DrawFn) -> Book:
    """A position with brackets, lone stops in groups and in none, foreign and trailing ones, and closes."""
    held = draw(st.sampled_from([0, 40, 60, 100, -40, -60, -100]))
    orders: list[Order] = []
    for number in range(draw(st.integers(1, 3))):
        orders += draw(st.one_of(_bracket(number), _stop(number), _foreign(number), _close(number)))
    return Book(Decimal(held), tuple(orders))


@st.composite
def _bracket(draw: DrawFn, number: int) -> list[Order]:
    """Target and stop of an entry that has filled, or fills in parts."""
    side, size = draw(st.sampled_from(Side)), draw(_SIZES)
    left = draw(st.sampled_from([0, 0, 40, 60]))
    ref, group = f"bracket{number}", f"ibtui-bracket{number}"
    owner = draw(st.sampled_from([YOU, "mine"]))
    facts: dict[str, Any] = {"owner": owner, "oca_group": group, "parent": ref, "quantity": size}
    family = []
    if left:
        status = OrderStatus.PARTLY_FILLED if left < size else OrderStatus.WORKING
        family.append(
            _order(
                ref,
                side.other,
                quantity=size,
                filled=size - left if left < size else _ZERO,
                status=status,
                type="LMT",
                limit_price=Decimal(185),
                owner=owner,
            )
        )
    waits = left >= size and left > 0
    for kind in draw(st.sampled_from([("stop",), ("target", "stop"), ("target",)])):
        status = OrderStatus.WAITING if waits else draw(_STATUS)
        family.append(_order(f"{ref}-{kind[0]}", side, role=kind, status=status, **facts, **_TERMS[kind]))
    return family


@st.composite
def _stop(draw: DrawFn, number: int) -> list[Order]:
    """A stop that was sent alone, as an exit or as an order like any other."""
    return [
        _order(
            f"stop{number}",
            draw(st.sampled_from(Side)),
            quantity=draw(_SIZES),
            status=draw(_STATUS),
            role=draw(st.sampled_from(["entry", "exit"])),
            owner=draw(st.sampled_from([YOU, "mine"])),
            oca_group=draw(st.sampled_from(["", f"ibtui-stop{number}", "ibtui-shared"])),
            type="STP",
            stop_price=draw(st.sampled_from([Decimal(179), Decimal(181)])),
        )
    ]


@st.composite
def _foreign(draw: DrawFn, number: int) -> list[Order]:
    """An order of another program."""
    kind = draw(st.sampled_from(["STP", "TRAIL", "STP LMT", "LMT"]))
    price = None if kind == "TRAIL" else Decimal(178)
    side = draw(st.sampled_from(Side))
    facts: dict[str, Any] = {"quantity": draw(_SIZES), "type": kind, "owner": FOREIGN, "stop_price": price}
    return [_order(f"perm-{number}", side, **facts, oca_group=draw(st.sampled_from(["", "theirs"])))]


@st.composite
def _close(draw: DrawFn, number: int) -> list[Order]:
    """A close of ours that works, alone or in the group of a stop."""
    group = draw(st.sampled_from(["", "ibtui-shared"]))
    facts: dict[str, Any] = {"quantity": draw(_SIZES), "status": draw(_STATUS), "type": "LMT"}
    side = draw(st.sampled_from(Side))
    return [_order(f"close{number}-x", side, role="exit", limit_price=Decimal(190), oca_group=group, **facts)]


def _order(ref: str, side: Side, **facts: Any) -> Order:
    order = flat_order(Order, {"ref": ref, "symbol": SYMBOL, "side": side, "status": OrderStatus.WORKING, **facts})
    if order.status is OrderStatus.PARTLY_FILLED and not order.filled:
        return replace(order, filled=Decimal(10))
    return order
