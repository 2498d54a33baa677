"""Orders that TWS keeps to itself: a dialog or a precaution of its own waits there for a click."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.orders import PLACE_ORDER
from ibtui.gateway.wire.requests import CANCEL_ORDER

CANCELLED = 202, "Order Canceled - reason:"


class Asking(Protocol):
    """A client, as far as this knows it."""

    def fulfil(self, layout: Layout, values: Values) -> None:
        """Carry out one of its requests."""

    def error(self, request: int, code: int, text: str) -> None:
        """Send the client an error message about one of its requests."""


class HeldRequest(NamedTuple):
    """A request that TWS took and did not pass on."""

    client: Asking
    layout: Layout
    values: Values


class Dialogs:
    """While it asks, each order that is placed or changed waits here, in no list, until `click`.

    That TWS lists such an order nowhere, and what it answers to a cancel of one, is not verified.
    """

    def __init__(self) -> None:
        self._asks = False
        self._code, self._text = 0, ""
        self._waiting: list[HeldRequest] = []

    def ask(self, code: int, text: str) -> None:
        """Keep every order from now on; its client hears `code`, and nothing at all for 0."""
        self._asks, self._code, self._text = True, code, text

    def click(self, *, send: bool) -> None:
        """Somebody at TWS sends what waits on, or deletes it without a word; new orders pass again."""
        waiting, self._waiting, self._asks = self._waiting, [], False
        for request in waiting if send else ():
            request.client.fulfil(request.layout, request.values)

    def keeps(self, client: Asking, layout: Layout, values: Values) -> bool:
        """Whether a request ends here: an order, or the cancel of one that waits."""
        if layout.id == CANCEL_ORDER.id:
            return self._cancelled(client, values["orderId"])
        if not self._asks or layout.id != PLACE_ORDER.id:
            return False
        self._waiting.append(HeldRequest(client, layout, values))
        if self._code:
            client.error(values["orderId"], self._code, self._text)
        return True

    def _cancelled(self, client: Asking, order_id: int) -> bool:
        kept = [one for one in self._waiting if one.client is not client or one.values["orderId"] != order_id]
        found = len(kept) < len(self._waiting)
        self._waiting = kept
        if found:
            client.error(order_id, *CANCELLED)
        return found
