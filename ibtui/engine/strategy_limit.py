"""A strategy's own limit: how large a position it may build, whatever the account allows."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument, SecType
from ibtui.domain.money import plain
from ibtui.domain.order import Order, Side
from ibtui.link.worker import Wish

_LARGEST: dict[SecType, Decimal] = {
    "FUT": Decimal(10),
    "OPT": Decimal(10),
    "CASH": Decimal(1_000_000),
}
_LARGEST_STOCK = Decimal(1_000)


def largest_position(instrument: Instrument) -> Decimal:
    """The largest long or short position a strategy may hold: 1,000 shares, 10 contracts, 1,000,000 of a currency."""
    return _LARGEST.get(instrument.sec_type, _LARGEST_STOCK)


def left(instrument: Instrument, held: Decimal, orders: Iterable[Order]) -> Decimal:
    """Quantity it may still add to the side it is on."""
    live = [order for order in orders if order.live and order.symbol == instrument.symbol]
    reach = max(abs(held + _working(live, Side.BUY)), abs(held - _working(live, Side.SELL)))
    return max(largest_position(instrument) - reach, Decimal(0))


def check(wish: Wish, instrument: Instrument, held: Decimal, orders: Iterable[Order]) -> None:
    """Raise IbtuiError `strategy_limit` for a wish that could carry the position past the limit.

    Every order of its own that may still fill counts as filled; what can only reduce the position passes.
    """
    live = [order for order in orders if order.live and order.symbol == wish.symbol]
    reach = held + wish.side.sign * (_working(live, wish.side) + wish.quantity)
    if held * wish.side.sign < 0 and reach * held >= 0:
        return
    if wish.reduce_only:
        raise IbtuiError(
            "would_flip", f"It holds {plain(held)} {wish.symbol}: closing {plain(wish.quantity)} is too much."
        )
    largest = largest_position(instrument)
    if abs(reach) > largest:
        raise IbtuiError(
            "strategy_limit",
            f"{wish.side} {plain(wish.quantity)} {wish.symbol} could carry its position to {plain(reach)}; "
            f"its own limit is {plain(largest)}.",
        )


def _working(live: Iterable[Order], side: Side) -> Decimal:
    """What entries and exits on `side` may still trade; targets and stops only follow an entry."""
    return sum((o.remaining for o in live if o.side is side and o.role in ("entry", "exit")), Decimal(0))
