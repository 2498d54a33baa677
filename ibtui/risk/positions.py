"""How large a position may become: what counts as filled, where an order could carry it, and a strategy's own limit."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

from ibtui.domain.instrument import Instrument, SecType
from ibtui.domain.money import plain
from ibtui.domain.order import Order, Side
from ibtui.domain.refusal import Measured, Refusal
from ibtui.domain.words import trade_words
from ibtui.risk.reducing import exact_limit

_LARGEST: dict[SecType, Decimal] = {
    "FUT": Decimal(10),
    "OPT": Decimal(10),
    "CASH": Decimal(1_000_000),
}
_LARGEST_STOCK = Decimal(1_000)
Quantity = TypeVar("Quantity", float, Decimal)


def counts(role: str) -> bool:
    """Whether a working order counts as filled where that makes a position larger.

    Entries and exits do. Targets and stops only follow an entry, or guard what is held.
    """
    return role in ("entry", "exit")


def shrinks(held: Quantity, traded: Quantity, after: Quantity) -> bool:
    """Whether what trades `traded` only makes a position of `held` smaller when that ends as `after`; all signed."""
    return held * traded < 0 and held * after >= 0


def largest_position(instrument: Instrument, most: float | None = None) -> Decimal:
    """The largest long or short position a strategy may hold: its limit `position_quantity`, `most`.

    1,000 shares, 10 contracts, 1,000,000 of a currency when it has none.
    """
    return exact_limit(most) if most is not None else _LARGEST.get(instrument.sec_type, _LARGEST_STOCK)


def left(instrument: Instrument, held: Decimal, orders: Iterable[Order], most: float | None = None) -> Decimal:
    """Quantity a strategy may still add to the side it is on."""
    live = _of(instrument.symbol, orders)
    reach = max(abs(held + _working(live, Side.BUY)), abs(held - _working(live, Side.SELL)))
    return max(largest_position(instrument, most) - reach, Decimal(0))


def check_own(
    side: Side,
    quantity: Decimal,
    instrument: Instrument,
    held: Decimal,
    orders: Iterable[Order],
    most: float | None = None,
    *,
    reduce_only: bool = False,
) -> Refusal | None:
    """Why a strategy may not trade so much of an instrument, None when it may: `would_flip`, `strategy_limit`.

    `held` and `orders` are its own. Every order of its own that may still fill counts as filled; what can only reduce
    the position passes.
    """
    symbol = instrument.symbol
    reach = held + side.sign * (_working(_of(symbol, orders), side) + quantity)
    if shrinks(held, side.sign * quantity, reach):
        return None
    if reduce_only:
        return Refusal("would_flip", f"It holds {plain(held)} {symbol}: closing {plain(quantity)} is too much.")
    largest = largest_position(instrument, most)
    if abs(reach) <= largest:
        return None
    what = trade_words(side, quantity, symbol)
    words = f"{what} could carry its position to {{value}}; its own limit is {plain(largest)}."
    return Refusal("strategy_limit", words, "position_quantity", measured=Measured(reach, float(largest)))


def _of(symbol: str, orders: Iterable[Order]) -> list[tuple[Side, Decimal]]:
    """What live entries and exits may still trade of an instrument, also as a leg of a combo."""
    found: list[tuple[Side, Decimal]] = []
    for order in orders:
        if not order.live or not counts(order.role):
            continue
        if order.symbol == symbol:
            found.append((order.side, order.remaining))
        for leg in order.combo:
            if leg.symbol == symbol:
                side = leg.side if order.side is Side.BUY else leg.side.other
                found.append((side, order.remaining * leg.ratio))
    return found


def _working(live: Iterable[tuple[Side, Decimal]], side: Side) -> Decimal:
    """What is out on `side`."""
    return sum((quantity for which, quantity in live if which is side), Decimal(0))
