"""The strategy's own orders as its worker knows them: asked for, live, settled."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.link.worker import OrderRequest


class OwnOrders:
    """Which of a strategy's orders may still trade.

    An order is settled only when it is done and all its fills have been told: the broker may report `filled` before the
    fills, and a position counted in between would be wrong.
    """

    def __init__(self, orders: Iterable[Order]) -> None:
        self._asked: dict[str, OrderRequest] = {}
        self._open: dict[str, Order] = {order.ref: order for order in orders if order.live}
        self._settled: set[str] = set()
        self._told: dict[str, dict[str, Decimal]] = {order.ref: _counted(order) for order in self._open.values()}
        """By ref and symbol, what its fills add up to."""

    def ask(self, request: OrderRequest) -> None:
        """A request is on its way to the engine."""
        self._asked[request.ref] = request

    def refused(self, ref: str) -> None:
        self._asked.pop(ref, None)

    def moved(self, order: Order) -> None:
        """Take the engine's newest word on an order; a settled one never comes back."""
        self._asked.pop(_request_ref(order.ref), None)
        if order.ref not in self._settled:
            self._open[order.ref] = order
            self._settle(order.ref)

    def filled(self, fill: Fill) -> None:
        """Take a fill, told once."""
        told = self._told.setdefault(fill.ref, {})
        told[fill.symbol] = told.get(fill.symbol, Decimal(0)) + fill.quantity
        self._settle(fill.ref)

    def corrected(self, fill: Fill, difference: Decimal) -> None:
        """A fill that was told before is larger or smaller by a signed quantity."""
        told = self._told.setdefault(fill.ref, {})
        told[fill.symbol] = told.get(fill.symbol, Decimal(0)) + difference * fill.side.sign
        self._settle(fill.ref)

    def _settle(self, ref: str) -> None:
        order = self._open.get(ref)
        if order is None or order.live:
            return
        told = self._told.get(ref, {})
        if all(told.get(symbol, Decimal(0)) >= quantity for symbol, quantity in _counted(order).items()):
            del self._open[ref]
            self._told.pop(ref, None)
            self._settled.add(ref)

    def all(self) -> list[Order]:
        """Every order that may still trade, oldest first."""
        return list(self._open.values())

    def open(self, symbol: str) -> list[Order]:
        """Orders that may still change the position, oldest first; combos with it as a leg too."""
        return [order for order in self._open.values() if _trades(order, symbol)]

    def asked(self, symbol: str) -> list[OrderRequest]:
        """Requests that the engine has not answered, oldest first."""
        return [request for request in self._asked.values() if _trades(request, symbol)]

    def exiting(self, symbol: str) -> bool:
        """A closing order is already under way."""
        return any(request.reduce_only for request in self.asked(symbol)) or any(
            order.role == "exit" and not order.protective for order in self.open(symbol)
        )


def _counted(order: Order) -> dict[str, Decimal]:
    """What an order's fills must add up to, by symbol."""
    if not order.combo:
        return {order.symbol: order.filled}
    return {leg.symbol: order.filled * leg.ratio for leg in order.combo}


def _trades(order: Order | OrderRequest, symbol: str) -> bool:
    return order.symbol == symbol or any(leg.symbol == symbol for leg in order.combo)


def _request_ref(ref: str) -> str:
    """The ref of the request that an order came from: legs carry a suffix."""
    return ref.partition("-")[0]
