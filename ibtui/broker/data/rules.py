"""IB's market rules: the price grids that many instruments share, each asked for once."""

from __future__ import annotations

import contextlib
from typing import Any

from ibtui.broker.transport.pacing import Rank
from ibtui.broker.transport.wire import Wire
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Band
from ibtui.domain.money import exact

SECONDS = 2.0
"""How long an instrument waits for its price grid; without it the smallest step is taken for the whole."""


class MarketRules:
    """Price grids by IB's number. A refusal is not told apart from silence: IB names no request in it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[int, tuple[Band, ...]] = {}

    async def of(self, details: Any) -> tuple[Band, ...]:
        """The price grid at the exchange where orders in a described contract go; empty when it is not known."""
        number = _number(details)
        if number and number not in self._known:
            await self._ask(number)
        return self._known.get(number, ())

    def heard(self, number: int, steps: list[Any]) -> None:
        """Take over a price grid that IB told."""
        bands = sorted(Band(exact(step.lowEdge), exact(step.increment)) for step in steps if step.increment > 0)
        self._known[number] = tuple(bands)
        self._wire.requests.end(_key(number))

    async def _ask(self, number: int) -> None:
        with contextlib.suppress(TimeoutError, IbtuiError):
            await self._wire.requests.ask(
                _key(number),
                lambda: self._wire.send("reqMarketRule", number),
                SECONDS,
                self._wire.lane.room(1, Rank.PERSON),
            )


def _key(number: int) -> str:
    return f"market rule {number}"


def _number(details: Any) -> int:
    """The rule that stands beside the contract's own exchange; 0 when there is none."""
    exchanges, rules = details.validExchanges.split(","), details.marketRuleIds.split(",")
    found = dict(zip(exchanges, rules, strict=False)).get(details.contract.exchange, rules[0])
    return int(found) if found.isdigit() else 0
