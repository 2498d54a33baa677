"""Whose orders are whose: a client id and its own order id on one side, the exchange's number on the other."""

from __future__ import annotations

from msgspec import Struct

from ibtui.gateway.wire.codec import Values

LAST_ID = 2**31 - 2
"""The highest order id that TWS takes; it reads 32 bits, and the next number means that there is none."""


class PlacedOrder(Struct, frozen=True):
    """An order as its client knows it.

    An order that no client placed has client id 0 and order id 0 until client 0 takes it over, with an id below 0.
    """

    client_id: int
    order_id: int
    perm_id: int
    terms: Values
    """The fields of placeOrder as they came last."""


class Registry:
    """Every order of this gateway's life; ids belong to client ids and outlive connections."""

    def __init__(self) -> None:
        self._by_perm_id: dict[int, PlacedOrder] = {}
        self._by_order_id: dict[tuple[int, int], PlacedOrder] = {}
        self._highest: dict[int, int] = {}

    def add(self, order: PlacedOrder) -> None:
        """Enter an order, or its new terms."""
        self._by_perm_id[order.perm_id] = order
        self._by_order_id[order.client_id, order.order_id] = order
        self.use(order.client_id, order.order_id)

    def use(self, client_id: int, order_id: int) -> None:
        """Note that this id was used, even if nothing came of it."""
        self._highest[client_id] = max(self.highest(client_id), order_id)

    def highest(self, client_id: int) -> int:
        """The highest order id this client ever used; 0 when it used none."""
        return self._highest.get(client_id, 0)

    def placed(self) -> list[PlacedOrder]:
        """Every order that a client placed, oldest first."""
        return list(self._by_perm_id.values())

    def used(self) -> dict[int, int]:
        """The highest order id that each client id used."""
        return dict(self._highest)

    def by_order_id(self, client_id: int, order_id: int) -> PlacedOrder | None:
        return self._by_order_id.get((client_id, order_id))

    def by_perm_id(self, perm_id: int) -> PlacedOrder:
        return self._by_perm_id.get(perm_id) or PlacedOrder(0, 0, perm_id, {})

    def order_id(self, perm_id: int | None) -> int:
        """The order id of an order; 0 for none, or for one that no client placed."""
        return 0 if perm_id is None else self.by_perm_id(perm_id).order_id

    def bind(self, perm_id: int) -> PlacedOrder:
        """Give an order that no client placed to client 0, under the next id below 0, as TWS does."""
        lowest = min((order_id for client_id, order_id in self._by_order_id if client_id == 0), default=0)
        order = PlacedOrder(0, min(lowest, 0) - 1, perm_id, {})
        self.add(order)
        return order

    def roll_back(self, client_id: int, count: int) -> None:
        """Forget that the highest `count` ids were used, as TWS does after some restarts; their orders stay."""
        self._highest[client_id] = max(self.highest(client_id) - count, 0)
