"""The shape of everything that answers: a service handles the requests of one noun for one client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ibtui.exchange.told.reports import Report
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Layout

Handler = Callable[[Values], None]
"""Answers one decoded request; raises Refused to answer it with an error."""


class GatewayClient(Protocol):
    """One connected program, as services see it."""

    id: int
    version: int
    """The server version both sides agreed on."""

    @property
    def congested(self) -> bool:
        """It does not read what it is sent: what can wait should."""

    def send(self, layout: Layout, **values: Any) -> None:
        """Queue one message; it leaves with everything else of this turn of the loop."""

    def error(self, request: int, code: int, text: str) -> None:
        """Queue an error about a request or an order; -1 for one about neither."""


class Service:
    """One client's dealings with one noun: its requests, and what it subscribed to."""

    def __init__(self, client: GatewayClient, backend: Backend) -> None:
        self.client = client
        self.backend = backend

    def handlers(self) -> Mapping[int, Handler]:
        """The handlers of its requests, by message id."""
        raise NotImplementedError

    def started(self) -> None:
        """The client has its id and waits to be greeted."""

    def report(self, report: Report) -> None:
        """Something happened at the exchange."""

    def settle(self) -> None:
        """Everything that happened up to now was reported."""

    def each_second(self) -> None:
        """Another second of this machine's time went by."""

    def ended(self) -> None:
        """The connection is gone: what was held for it can go as well."""
