"""Whether orders that IB tells of can be what a command came to, where no journal says what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ibtui.commands.command import Close, Flatten, Trade
from ibtui.domain.order import Order, legs
from ibtui.domain.terms import OrderType, TimeInForce
from ibtui.engine.commands.wanted import intent_of


def fits(command: Trade | Close | Flatten, orders: Sequence[Order]) -> bool:
    """Whether these orders, as IB tells them, can be what a command came to."""
    return _fits_trade(command, orders) if isinstance(command, Trade) else _fits_close(command, orders)


def _fits_trade(command: Trade, orders: Iterable[Order]) -> bool:
    for order in orders:
        suffix = order.ref[-2:] if "-" in order.ref else ""
        leg = next((leg for leg in legs(intent_of(command, "")) if leg.ref == suffix), None)
        if leg is None or (leg.symbol.upper(), leg.side, leg.type) != (order.symbol, order.side, order.type):
            return False
        if (leg.limit_price, leg.stop_price) != (order.limit_price, order.stop_price):
            return False
        if leg.tif != order.tif and not (leg.type == OrderType.MKT and order.tif == TimeInForce.IOC):  # a coin's
            return False
        if order.cash is not None or leg.cash is not None:
            if leg.cash not in (None, order.cash):
                return False
        elif leg.parent is None and leg.quantity != order.quantity:  # a stop shrinks with what it guards
            return False
    return True


def _fits_close(command: Close | Flatten, orders: Sequence[Order]) -> bool:
    symbol = (command.symbol if isinstance(command, Close) else command.target).upper()
    limit = command.limit_price if isinstance(command, Close) else None
    kind = OrderType.MKT if limit is None and not command.outside else OrderType.LMT
    if not all(order.role == "exit" and order.type == kind for order in orders):
        return False
    if symbol != "ALL" and any(order.symbol != symbol for order in orders):
        return False
    if limit is not None and any(order.limit_price != limit for order in orders):
        return False
    if isinstance(command, Close) and command.quantity is not None:
        return sum(order.quantity for order in orders) == command.quantity
    return True
