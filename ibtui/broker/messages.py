"""Where each error message of IB belongs: the connection, an order, a request, a market data line, or nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ibtui.broker.data.kept_history import KeptHistory
from ibtui.broker.data.quotes import Quotes
from ibtui.broker.error_table import Effect
from ibtui.broker.errors import RATE_EXCEEDED, TOO_LATE, effect, level, with_cure
from ibtui.broker.orders.tracking import OrderTracker
from ibtui.broker.transport.farms import NOTICES
from ibtui.broker.transport.wire import Wire
from ibtui.domain.event import BrokerSaid, Event, RateExceeded
from ibtui.domain.text.sanitize import sanitize


@dataclass(eq=False, repr=False)
class Messages:
    """Sorts IB's one stream of errors, warnings and notices."""

    orders: OrderTracker
    quotes: Quotes
    kept: KeptHistory
    wire: Wire
    emit: Callable[[Event], None]
    connectivity: Callable[[int, str], None]

    def heard(self, number: int, code: int, text: str, _advanced: str = "") -> None:
        """An error message; `number` is an order id, a request id or -1."""
        text = sanitize(text)
        if code == RATE_EXCEEDED:
            self._flooded(text)
            return
        if number > 0 and self.orders.complain(number, code, text):
            return
        if self.quotes.complained(number, code, text):
            return
        if self.kept.complained(number, code, text):
            return
        if effect(code) is not Effect.NOTE and self.wire.requests.fail(number, code, text):
            return
        if code in TOO_LATE:
            return
        if code in NOTICES:
            self._farm(code, text)
            return
        self.emit(BrokerSaid(code=code, text=with_cure(code, text), level=level(code)))
        self.connectivity(code, text)

    def _farm(self, code: int, text: str) -> None:
        """A notice about a farm: told where it changes something."""
        farm = self.wire.farms.hear(code, text)
        if farm is not None:
            self.emit(BrokerSaid(code=code, text=with_cure(code, text), level=level(code)))
        if farm is not None and farm.kind == "market data":
            (self.quotes.stop if farm.down else self.quotes.resume)(farm.name)
        if not NOTICES[code].down:
            self.quotes.retry_failed()

    def _flooded(self, text: str) -> None:
        """Whatever id it comes under: it is about everything that was written within the last second."""
        self.wire.lane.rest()
        self.emit(BrokerSaid(code=RATE_EXCEEDED, text=text, level=level(RATE_EXCEEDED)))
        self.orders.flooded()
        self.emit(RateExceeded(text=text))
