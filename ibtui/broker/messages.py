"""Where each error message of IB belongs: the connection, an order, a request, a market data line, or nobody."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.broker.errors import NOTES, RATE_EXCEEDED, level
from ibtui.broker.orders import Orders
from ibtui.broker.pacing import Lane
from ibtui.broker.quotes import Quotes
from ibtui.broker.requests import Requests
from ibtui.domain.event import BrokerSaid, Event, RateExceeded
from ibtui.domain.text import sanitize

_LATE = frozenset({300, 366})
"""A cancelled request was already gone."""


class Messages:
    """Sorts IB's one stream of errors, warnings and notices."""

    def __init__(
        self,
        orders: Orders,
        quotes: Quotes,
        requests: Requests,
        lane: Lane,
        emit: Callable[[Event], None],
        connectivity: Callable[[int, str], None],
    ) -> None:
        self._orders = orders
        self._quotes = quotes
        self._requests = requests
        self._lane = lane
        self._emit = emit
        self._connectivity = connectivity

    def heard(self, number: int, code: int, text: str, _advanced: str = "") -> None:
        """An error message; `number` is an order id, a request id or -1."""
        text = sanitize(text)
        if code == RATE_EXCEEDED:
            self._flooded(text)
            return
        if number > 0 and self._orders.complain(number, code, text):
            return
        if self._quotes.complained(number, code, text):
            return
        if code not in NOTES and self._requests.fail(number, code, text):
            return
        if code in _LATE:
            return
        self._emit(BrokerSaid(code=code, text=text, level=level(code)))
        self._quotes.farm(code)
        self._connectivity(code, text)

    def _flooded(self, text: str) -> None:
        """Whatever id it comes under: it is about everything that was written within the last second."""
        self._lane.rest()
        self._emit(BrokerSaid(code=RATE_EXCEEDED, text=text, level=level(RATE_EXCEEDED)))
        self._orders.flooded()
        self._emit(RateExceeded(text=text))
