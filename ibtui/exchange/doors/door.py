"""What every door of the exchange has."""

from __future__ import annotations

from ibtui.exchange.parts import ExchangeParts


class ExchangeDoor:
    """One side of the exchange; all of them open on the same parts."""

    def __init__(self, parts: ExchangeParts) -> None:
        self._parts = parts
