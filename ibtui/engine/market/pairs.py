"""Which currency pairs stream for their rate alone: those without which money cannot be told in the account's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ibtui.domain.currency import MIDDLE, pair_name
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.engine.session import SessionPort
from ibtui.engine.truth.state import State

FIRST_RATE = 2.0
"""Seconds to wait for the first market of a pair that an order needs."""


@dataclass(eq=False, repr=False)
class ConversionPairs:
    """Asks IB for the pair of a currency that it tells no rate of: the account has none of it yet.

    A pair takes one of the market data lines, as long as this engine lives.
    """

    session: SessionPort
    state: State
    stream: Callable[[Instrument], None]
    """Stream the market of an instrument from now on."""
    unlisted: set[tuple[str, ...]] = field(default_factory=set)
    """Pairs that IB does not know: they are not asked for again."""

    async def ensure(self, currency: str) -> None:
        """The rate of a currency is known once this returns, unless IB tells none within 2 s."""
        account = self.state.account
        if account is None or not account.currency or account.rate(currency) is not None:
            return
        for route in _routes(currency, account.currency):
            pairs = [] if route in self.unlisted else await self._resolved(route)
            if pairs:
                for pair in pairs:
                    self.stream(pair)
                await self._rated(currency)
                return

    async def _resolved(self, route: tuple[str, ...]) -> list[Instrument]:
        """The pairs of these names; none when IB does not know one of them, or does not answer."""
        try:
            return [await self.session.resolve(name) for name in route]
        except IbtuiError as error:
            if error.code == "unknown_symbol":
                self.unlisted.add(route)
            return []

    async def _rated(self, currency: str) -> None:
        """Wait for the market that makes the rate known, as long as an order may wait."""
        known: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def look(quote: Quote | None) -> None:
            if self.state.rate(currency) is not None and not known.done():
                known.set_result(None)

        listeners = self.state.listeners.quote
        listeners.append(look)
        try:
            look(None)
            async with asyncio.timeout(FIRST_RATE):
                await known
        except TimeoutError:
            pass  # the gate says what is missing
        finally:
            listeners.remove(look)


def _routes(currency: str, into: str) -> Iterator[tuple[str, ...]]:
    """Names of pairs that lead from one currency to another, the likeliest first."""
    yield (pair_name(currency, into),)
    if MIDDLE not in (currency, into):
        yield pair_name(currency, MIDDLE), pair_name(into, MIDDLE)
