"""What a close sends, worked out: beside which stops, in how many orders, and what has to be gone first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.coins import as_taken
from ibtui.domain.instrument import Instrument
from ibtui.domain.leaving import Slice, slices
from ibtui.domain.order import FOREIGN, YOU, Order, OrderIntent, new_ref
from ibtui.domain.position import closing_side
from ibtui.domain.terms import OrderType, Terms


class Aim(Struct, frozen=True, kw_only=True):
    """What a person wants to be rid of in one instrument, whatever is held and guarded when it is carried out."""

    symbol: str
    quantity: Decimal | None = None
    """The most that is closed; None for all that is held by then."""
    limit_price: Decimal | None = None
    outside: bool = False
    cancel_entries: bool = False
    """Entries on the other side, which could open the position again, are taken back too."""
    despite_unknown: bool = False
    alone: bool = False
    """It joins no group: IB took no order into one."""
    despite_uncovered: bool = False


def tradable(instrument: Instrument, held: Decimal) -> Decimal:
    """The whole lots of a position, without its sign."""
    lots = (abs(held) / instrument.lot).to_integral_value(ROUND_FLOOR)
    return lots * instrument.lot


def in_the_way(aim: Aim, held: Decimal, orders: Iterable[Order]) -> tuple[Order, ...]:
    """Orders of ours that go before a whole close: it would double with them, or they would open anew.

    Stops and targets of the position stay: they go with the fill of the close.
    """
    mine = [order for order in orders if order.owner != FOREIGN]
    if held == 0:
        return tuple(mine) if aim.cancel_entries else ()
    side = closing_side(held)
    guarding = [order for order in mine if order.side is side and (order.protective or order.role == "target")]
    others = [order for order in mine if order not in guarding and (aim.cancel_entries or order.side is side)]
    return tuple(others) if aim.quantity is None else ()


def intents(
    aim: Aim,
    instrument: Instrument,
    held: Decimal,
    orders: Sequence[Order],
    new_ref: Callable[[], str],
) -> tuple[OrderIntent, ...]:
    """The orders of a close, for what is held and guarded now; none where not a single lot is held."""
    most = tradable(instrument, held)
    quantity = most if aim.quantity is None else min(aim.quantity, most)
    if quantity <= 0:
        return ()
    signed = most if held > 0 else -most
    beside = () if aim.alone else orders
    parts = slices(signed, quantity, beside)
    return tuple(order(aim, instrument, held, part.quantity, new_ref(), part.group) for part in parts)


def sliced(intent: OrderIntent, parts: Sequence[Slice]) -> tuple[OrderIntent, ...]:
    """An exit as these parts, the first under its own ref; one that does not close at once stays one order."""
    if len(parts) == 1:
        return (intent.with_terms(oca_group=parts[0].group),)
    if not intent.reduce_only or intent.type != OrderType.MKT:
        return (intent,)
    refs = [intent.ref, *(new_ref() for _ in parts[1:])]
    return tuple(
        replace(intent.with_terms(quantity=part.quantity, oca_group=part.group), ref=ref)
        for ref, part in zip(refs, parts, strict=True)
    )


def order(aim: Aim, instrument: Instrument, held: Decimal, quantity: Decimal, ref: str, group: str = "") -> OrderIntent:
    """One order against a position."""
    terms = Terms(
        symbol=aim.symbol,
        side=closing_side(held),
        quantity=quantity,
        type=OrderType.MKT if aim.limit_price is None else OrderType.LMT,
        limit_price=aim.limit_price,
        oca_group=group,
        outside_hours=aim.outside,
    )
    return OrderIntent(
        ref=ref,
        owner=YOU,
        terms=as_taken(terms, instrument, None),
        reduce_only=True,
        despite_unknown=aim.despite_unknown,
        despite_uncovered=aim.despite_uncovered,
    )
