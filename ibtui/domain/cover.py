"""What exits do to a position when they fill: how much of it stops cover, and what they would trade beyond it.

Only one order of an OCA group fills, so a group counts once. A child may trade no more than its parent has brought.
Exits of one kind, stops, targets or closes, count together; those of different kinds do not, since whichever fills
first makes the others smaller or takes them back. Quantities are unsigned, a position is signed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.order import FOREIGN, Order, OrderStatus, Side
from ibtui.domain.position import Cover
from ibtui.domain.terms import Terms

Kind = Literal["stop", "target", "exit"]
"""What an exit does: it guards, takes a profit, or closes."""
KINDS: tuple[Kind, ...] = ("stop", "target", "exit")

_ZERO = Decimal(0)


class Coverage(Struct, frozen=True, kw_only=True):
    """How the exits at work compare with one position."""

    held: Decimal
    covered: Decimal
    """What its stops would trade against it; more than is held where they are too large."""
    stop: float | None = None
    """The price of the stop nearest to the market."""
    over: Decimal = _ZERO
    """How much more than there is to close exits of one kind would trade."""
    beyond: Kind = "stop"
    """The kind of which that is the most."""

    @property
    def bare(self) -> Decimal:
        """What stands without a stop."""
        return max(abs(self.held) - self.covered, _ZERO)

    @property
    def word(self) -> Cover:
        """A position without any stop is BARE first, whatever else is left over; a flat one is full or OVER."""
        if self.held and not self.covered:
            return "BARE"
        if self.over:
            return "OVER"
        return "part" if self.bare else "full"


def coverage(held: Decimal, orders: Iterable[Order]) -> Coverage:
    """What the orders of one instrument, anybody's, do to what is held of it now."""
    book = tuple(orders)
    return _compared(held, guarding(held, book), book)


def coverage_after(
    held: Decimal, side: Side, quantity: Decimal, orders: Iterable[Order], *, brings: Collection[Kind] = ()
) -> Coverage:
    """The same once `quantity` has traded on `side` by an order that `brings` exits of its own, as large as itself.

    A stop that guards what is held before stays an exit, although alone it could be taken for an entry afterwards.
    """
    after = held + side.sign * quantity
    own = [_child(side.other, quantity, kind) for kind in brings]
    book = (*orders, *own)
    stops = {order.ref: order for order in (*guarding(held, book), *guarding(after, book))}
    return _compared(after, tuple(stops.values()), book)


def brought(target: object | None, protect: object | None) -> tuple[Kind, ...]:
    """The exits that an entry with these prices brings; None for no price."""
    prices: tuple[tuple[Kind, object | None], ...] = (("target", target), ("stop", protect))
    return tuple(kind for kind, price in prices if price is not None)


def cover(held: Decimal, orders: Iterable[Order]) -> tuple[Cover, float | None]:
    """The word for how much of a position its stops cover, and the price of the one nearest to the market."""
    found = coverage(held, orders)
    return found.word, found.stop


def protection(held: Decimal, orders: Iterable[Order]) -> Decimal:
    """The quantity that live protective stops would trade against a position of one instrument.

    A stop waiting for its parent, or for a condition, protects nothing yet.
    """
    book = tuple(orders)
    return together(_unconditional(guarding(held, book)), book)


def guarding(held: Decimal, orders: Iterable[Order]) -> list[Order]:
    """Live protective stops that would trade against a position; a flat one has none."""
    return [o for o in orders if o.protective and o.status.at_work and o.side.sign * held < 0]


def _unconditional(stops: Iterable[Order]) -> list[Order]:
    """Those that the market alone sets off; one that also waits for a time or another price may come too late."""
    return [order for order in stops if not order.terms.conditions]


def orphans(held: Decimal, orders: Iterable[Order]) -> tuple[Order, ...]:
    """Live exits of ours in one instrument that have nothing to close: a fill would open or enlarge a position."""
    return tuple(order for order in orders if _leaves(order) and order.side.sign * held >= 0)


def needed(held: Decimal, orders: Iterable[Order]) -> list[Order]:
    """Stops sent as entries without which a position would be barer, beside the exits that guard it.

    One that is too large is needed where no other guards as much. Of those that guard the same, the nearest to the
    market is.
    """
    book = tuple(orders)
    stops = [order for order in guarding(held, book) if order.role != "entry"]
    lone = (o for o in book if o.role == "entry" and o.protective and o.live and o.side.sign * held < 0)
    found = []
    for order in sorted(lone, key=nearness, reverse=True):
        if together(stops, book) < min(together([*stops, order], book), abs(held)):
            found.append(order)
            stops += [order] if order.status.at_work else []
    return found


def nearness(stop: Order) -> Decimal:
    """The larger, the nearer to the market is a stop of its side."""
    return -stop.side.sign * (stop.stop_price or _ZERO)


def together(orders: Iterable[Order], book: Iterable[Order] = ()) -> Decimal:
    """What orders of one side can trade together; `book` holds their parents and siblings."""
    return sum(by_group(orders, book).values(), _ZERO)


def grouped(orders: Iterable[Order]) -> list[list[Order]]:
    """Orders with those of their OCA group, in the order of the first of each; one in no group is alone."""
    groups: dict[str, list[Order]] = {}
    for order in orders:
        groups.setdefault(order.oca_group or order.ref, []).append(order)
    return list(groups.values())


def by_group(orders: Iterable[Order], book: Iterable[Order] = ()) -> dict[str, Decimal]:
    """By OCA group, or by the ref of an order in none: what of it can trade, as much as its largest order."""
    entering, taken = _parents(book)
    groups: dict[str, Decimal] = {}
    for order in orders:
        key = order.oca_group or order.ref
        quantity = order.remaining
        if order.parent in entering:
            quantity = min(quantity, entering[order.parent] - taken.get(order.parent, _ZERO))
        groups[key] = max(groups.get(key, _ZERO), quantity)
    return groups


def _parents(book: Iterable[Order]) -> tuple[dict[str | None, Decimal], dict[str | None, Decimal]]:
    """By the refs of live parents, what they have brought so far, and what their children took of it."""
    entering: dict[str | None, Decimal] = {}
    taken: dict[str | None, Decimal] = {}
    for order in book:
        if order.parent is not None:
            taken[order.parent] = taken.get(order.parent, _ZERO) + order.filled
        elif order.live:
            entering[order.ref] = order.filled
    return entering, taken


def _compared(held: Decimal, stops: Sequence[Order], book: Sequence[Order]) -> Coverage:
    guards = _unconditional(order for order in stops if order.side.sign * held < 0)
    prices = [order.stop_price for order in guards if order.stop_price is not None]
    nearest = (max(prices) if held > 0 else min(prices)) if prices else None
    over, beyond = _over(held, stops, book)
    return Coverage(
        held=held,
        covered=together(guards, book),
        stop=None if nearest is None else float(nearest),
        over=over,
        beyond=beyond,
    )


def _over(held: Decimal, stops: Sequence[Order], book: Sequence[Order]) -> tuple[Decimal, Kind]:
    """The most that exits of one kind and side would trade beyond the position; `stops` count as exits."""
    known = {order.ref for order in stops}
    found: dict[tuple[Side, Kind], list[Order]] = {}
    for order in book:
        if order.ref in known or _leaves(order):
            found.setdefault((order.side, _kind(order)), []).append(order)
    most, beyond = _ZERO, KINDS[0]
    for (side, kind), exits in found.items():
        over = together(exits, book) - max(-side.sign * held, _ZERO)
        if (over, -KINDS.index(kind)) > (most, -KINDS.index(beyond)):
            most, beyond = over, kind
    return most, beyond


def _leaves(order: Order) -> bool:
    """An exit of ours at work, by its role; a combo's position is that of its legs."""
    return order.role != "entry" and order.owner != FOREIGN and order.status.at_work and not order.combo


def _kind(order: Order) -> Kind:
    if order.protective:
        return "stop"
    return "target" if order.role == "target" else "exit"


def _child(side: Side, quantity: Decimal, kind: Kind) -> Order:
    """An exit that a bracket's entry brings, once it works."""
    return Order(
        ref=f"-{kind}",
        role=kind,
        terms=Terms(symbol="", side=side, quantity=quantity, type="STP" if kind == "stop" else "LMT", oca_group="-"),
        status=OrderStatus.WORKING,
    )
