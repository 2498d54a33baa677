"""What the gate is told of options and combos: the parts of a combo, and what the account has of one underlying."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from ibtui.domain.combo import combo_quote, weights
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderIntent
from ibtui.domain.quote import Quote
from ibtui.engine.truth.state import State
from ibtui.risk.facts import Part
from ibtui.risk.options import Stake
from ibtui.risk.parts import part_of, sold


def parts(state: State, intent: OrderIntent, now: float, without: Collection[str]) -> tuple[Part, ...]:
    """The legs of a combo as they stand; none while one of them is not known."""
    items = [state.instruments.get(leg.symbol) for leg in intent.combo]
    known = state.connection.state == "active"
    return tuple(
        Part(
            leg=leg,
            instrument=item,
            held=state.closable(leg.symbol) if known else None,
            moved=state.positions.moved(leg.symbol, now),
            orders=live(state, leg.symbol, without),
        )
        for leg, item in zip(intent.combo, items, strict=True)
        if item is not None and None not in items
    )


def live(state: State, symbol: str, without: Collection[str]) -> tuple[Order, ...]:
    """Live orders of an instrument, and what live combos trade of it as an order of that alone."""
    own = [order for order in state.orders.live(symbol) if order.ref not in without]
    combos = (order for order in state.orders.all_live() if order.combo and order.ref not in without)
    return (*own, *(part for order in combos if (part := part_of(order, symbol)) is not None))


def market(state: State, intent: OrderIntent, found: tuple[Part, ...]) -> Quote | None:
    """The market of what the intent trades; a combo's is made of those of its legs."""
    if not intent.combo:
        return state.quotes.get(intent.symbol)
    return combo_quote(intent.symbol, intent.combo, state.instruments, state.quotes) if found else None


def gross(state: State, intent: OrderIntent, found: tuple[Part, ...]) -> float:
    """What the legs of a combo cost together at the middle of their markets, signs aside."""
    if not found:
        return 0.0
    each = weights(intent.combo, state.instruments).items()
    middles = ((weight, state.quotes.get(symbol)) for symbol, weight in each)
    return sum(abs(weight) * (quote.mid or 0.0) for weight, quote in middles if quote is not None)


def stakes(
    state: State, instrument: Instrument | None, now: float, without: Collection[str], ref: str
) -> tuple[Stake, ...]:
    """What the account surely has of an instrument's underlying, options on it included.

    A fill that the broker's count may not contain yet counts where it makes less of it, and so does what entries and
    exits that are out would sell. Orders in `without` are taken as cancelled, and `ref` is the order being judged.
    """
    if instrument is None:
        return ()
    held: dict[str, Decimal] = {}
    for position in state.positions.all():
        held[position.symbol] = position.quantity + min(state.positions.moved(position.symbol, now), Decimal(0))
    for order in state.orders.all_live():
        if order.ref in without or order.ref.partition("-")[0] == ref or order.protective or order.role == "target":
            continue
        for symbol, quantity in sold(order):
            held[symbol] = held.get(symbol, Decimal(0)) - quantity
    found = ((state.instruments.get(symbol), quantity) for symbol, quantity in held.items())
    return tuple(
        Stake(item, quantity)
        for item, quantity in found
        if item is not None and (item.root, item.currency) == (instrument.root, instrument.currency)
    )
