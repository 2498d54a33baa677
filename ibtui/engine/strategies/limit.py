"""A strategy's own limit: how large a position it may build, whatever the account allows."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument, SecType
from ibtui.domain.money import plain
from ibtui.domain.order import Order, Side
from ibtui.link.worker import Wish
from ibtui.risk.reducing import exact_limit

_LARGEST: dict[SecType, Decimal] = {
    "FUT": Decimal(10),
    "OPT": Decimal(10),
    "CASH": Decimal(1_000_000),
}
_LARGEST_STOCK = Decimal(1_000)


def largest_position(instrument: Instrument, most: float | None = None) -> Decimal:
    """The largest long or short position a strategy may hold: its limit `position_quantity`, `most`.

    1,000 shares, 10 contracts, 1,000,000 of a currency when it has none.
    """
    return exact_limit(most) if most is not None else _LARGEST.get(instrument.sec_type, _LARGEST_STOCK)


def left(instrument: Instrument, held: Decimal, orders: Iterable[Order], most: float | None = None) -> Decimal:
    """Quantity it may still add to the side it is on."""
    live = _of(instrument.symbol, orders)
    reach = max(abs(held + _working(live, Side.BUY)), abs(held - _working(live, Side.SELL)))
    return max(largest_position(instrument, most) - reach, Decimal(0))


def check(
    wish: Wish, instrument: Instrument, held: Decimal, orders: Iterable[Order], most: float | None = None
) -> None:
    """Raise IbtuiError `strategy_limit` for a wish that could carry the position past the limit.

    Every order of its own that may still fill counts as filled; what can only reduce the position passes.
    """
    live = _of(wish.symbol, orders)
    reach = held + wish.side.sign * (_working(live, wish.side) + wish.quantity)
    if held * wish.side.sign < 0 and reach * held >= 0:
        return
    if wish.reduce_only:
        raise IbtuiError(
            "would_flip", f"It holds {plain(held)} {wish.symbol}: closing {plain(wish.quantity)} is too much."
        )
    largest = largest_position(instrument, most)
    if abs(reach) > largest:
        raise IbtuiError(
            "strategy_limit",
            f"{wish.side} {plain(wish.quantity)} {wish.symbol} could carry its position to {plain(reach)}; "
            f"its own limit is {plain(largest)}.",
        )


def _of(symbol: str, orders: Iterable[Order]) -> list[tuple[Side, Decimal]]:
    """What live entries and exits may still trade of an instrument, also as a leg of a combo.

    Targets and stops only follow an entry.
    """
    found: list[tuple[Side, Decimal]] = []
    for order in orders:
        if not order.live or order.role not in ("entry", "exit"):
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
