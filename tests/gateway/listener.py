"""A client without a wire: keeps what services send it, for tests that move simulated time themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ibtui.exchange.exchange import Exchange
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.services.service import GatewayClient, Service
from ibtui.gateway.wire.codec import Values, encode
from ibtui.gateway.wire.fields import Layout


class Listener:
    """What was sent, oldest first, as name and values; everything is written as well, so that it must be writable."""

    id, version = 1, 176

    def __init__(self) -> None:
        self.congested = False
        self.sent: list[tuple[str, Values]] = []

    def send(self, layout: Layout, **values: Any) -> None:
        encode(layout, values, self.version)
        self.sent.append((layout.name, values))

    def error(self, request: int, code: int, text: str) -> None:
        self.sent.append(("error", {"reqId": request, "errorCode": code, "errorString": text}))

    def named(self, name: str) -> list[Values]:
        return [values for called, values in self.sent if called == name]


class Desk:
    """One service of one listener in front of an exchange."""

    def __init__(self, exchange: Exchange, make: Callable[[GatewayClient, Backend], Service]) -> None:
        self.exchange, self.client = exchange, Listener()
        self.backend = Backend(exchange)
        self.service = make(self.client, self.backend)

    def ask(self, layout: Layout, values: Values) -> None:
        """Send a request; what the exchange reports of it is not yet heard."""
        self.service.handlers()[layout.id](values)

    def hear(self) -> None:
        """Pass on what the exchange reported."""
        for report in self.backend.take():
            self.service.report(report)
        self.service.settle()

    def advance(self, seconds: float, step: float = 0.05) -> None:
        """Let simulated time pass in steps, hearing after each."""
        end = self.exchange.now + timedelta(seconds=seconds)
        while self.exchange.now < end:
            self.exchange.advance(min(self.exchange.now + timedelta(seconds=step), end))
            self.hear()
