"""Where each error message of IB belongs: the connection, an order, a request, a market data line, or nobody."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.broker.data.quotes import Quotes
from ibtui.broker.error_table import Effect
from ibtui.broker.errors import RATE_EXCEEDED, TOO_LATE, effect, level, with_cure
from ibtui.broker.orders.tracking import OrderTracker
from ibtui.broker.transport.farms import NOTICES
from ibtui.broker.transport.wire import Wire
from ibtui.domain.event import BrokerSaid, Event, RateExceeded
from ibtui.domain.text.sanitize import sanitize


class Messages:
    """Sorts IB's one stream of errors, warnings and notices."""

    def __init__(
        self,
        orders: OrderTracker,
        quotes: Quotes,
        wire: Wire,
        emit: Callable[[Event], None],
        connectivity: Callable[[int, str], None],
    ) -> None:
        self._orders = orders
        self._quotes = quotes
        self._wire = wire
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
        if effect(code) is not Effect.NOTE and self._wire.requests.fail(number, code, text):
            return
        if code in TOO_LATE:
            return
        if code in NOTICES:
            self._farm(code, text)
            return
        self._emit(BrokerSaid(code=code, text=with_cure(code, text), level=level(code)))
        self._connectivity(code, text)

    def _farm(self, code: int, text: str) -> None:
        """A notice about a farm: told where it changes something."""
        farm = self._wire.farms.hear(code, text)
        if farm is not None:
            self._emit(BrokerSaid(code=code, text=with_cure(code, text), level=level(code)))
        if farm is not None and farm.kind == "market data":
            (self._quotes.stop if farm.down else self._quotes.resume)(farm.name)
        if not NOTICES[code].down:
            self._quotes.retry_failed()

    def _flooded(self, text: str) -> None:
        """Whatever id it comes under: it is about everything that was written within the last second."""
        self._wire.lane.rest()
        self._emit(BrokerSaid(code=RATE_EXCEEDED, text=text, level=level(RATE_EXCEEDED)))
        self._orders.flooded()
        self._emit(RateExceeded(text=text))
