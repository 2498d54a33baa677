"""Tells the engine which orders of a shadow may still trade, when that has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace

from ibtui.domain.order import Order
from ibtui.domain.terms import TimeInForce
from ibtui.link.worker import FromWorker, ShadowOrders
from ibtui.strategies.paper.working import NEVER, Working

Standing = tuple[str, float, float, bool, datetime]
"""What of an order may change: its ref, quantity and price, whether it waits, when it is over."""


class ShadowTelling:
    """Knows what was told last; `shown` makes an order of a working one."""

    def __init__(self, send: Callable[[FromWorker], None], shown: Callable[[Working], Order]) -> None:
        self._send = send
        self._shown = shown
        self._told: tuple[Standing, ...] = ()

    def tell(self, working: Iterable[Working]) -> None:
        """These may still trade, oldest first."""
        orders = tuple(working)
        standing = tuple((one.ref, one.quantity, one.price, one.waits, one.ends) for one in orders)
        if standing != self._told:
            self._told = standing
            self._send(ShadowOrders(orders=tuple(map(self._order, orders))))

    def _order(self, working: Working) -> Order:
        """With the time in force that the engine would choose, and when a day order is over."""
        tif = TimeInForce.GTC if working.overnight else TimeInForce.DAY
        over = None if working.overnight or working.ends == NEVER else working.ends
        return replace(self._shown(working), terms=working.terms(tif), over_by=over)
