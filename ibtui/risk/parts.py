"""What an order trades of each instrument: of itself, or of the legs of a combo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.order import Order, Side


def in_symbol(orders: Iterable[Order], symbol: str) -> tuple[Order, ...]:
    """Those of an instrument, and what combos among them trade of it as orders of that alone."""
    found = (order if order.symbol == symbol else part_of(order, symbol) for order in orders)
    return tuple(order for order in found if order is not None)


def part_of(order: Order, symbol: str) -> Order | None:
    """What a combo trades of one of its legs, as an order of that alone; None for what is no leg of it."""
    for leg in order.combo:
        if leg.symbol == symbol:
            side = leg.side if order.side is Side.BUY else leg.side.other
            part = order.with_terms(
                symbol=symbol,
                side=side,
                quantity=order.quantity * leg.ratio,
                type="COMBO",
                limit_price=None,
                combo=(),
            )
            return replace(part, filled=order.filled * leg.ratio)
    return None


def sold(order: Order) -> Iterator[tuple[str, Decimal]]:
    """What a live order may still sell, by symbol."""
    for symbol in (leg.symbol for leg in order.combo) if order.combo else (order.symbol,):
        part = part_of(order, symbol) if order.combo else order
        if part is not None and part.side is Side.SELL:
            yield symbol, part.remaining
