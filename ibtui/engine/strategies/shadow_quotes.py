"""The market of options that a shadow's orders are in: asked for when the first order is, as a live order would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable

from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.run_log import RunLog


class ShadowQuotes:
    """`instruments` are those whose quotes the run is told, and grow; `offered` are the options that it was shown."""

    def __init__(
        self,
        host: Host,
        log: RunLog,
        *,
        instruments: dict[str, Instrument],
        offered: Container[str],
        quoted: Callable[[Quote], None],
    ) -> None:
        self._host = host
        self._log = log
        self._instruments = instruments
        self._offered = offered
        self._quoted = quoted
        self._asked: set[str] = set()
        self._asking: set[asyncio.Task[None]] = set()

    def follow(self, orders: Iterable[Order]) -> None:
        """Have quotes come of everything that these would trade."""
        for order in orders:
            for symbol in [leg.symbol for leg in order.combo] or [order.symbol]:
                if symbol not in self._instruments and symbol in self._offered and symbol not in self._asked:
                    self._asked.add(symbol)
                    task = asyncio.create_task(self._ask(symbol))
                    self._asking.add(task)
                    task.add_done_callback(self._asking.discard)

    def close(self) -> None:
        """Ask for nothing more."""
        for task in self._asking:
            task.cancel()

    async def _ask(self, symbol: str) -> None:
        try:
            self._instruments[symbol] = await self._host.resolve(symbol)
        except IbtuiError as error:
            self._log.say(f"shadow: orders in {symbol} cannot fill: {error.message}")
            return
        if (quote := self._host.quote(symbol)) is not None:
            self._quoted(quote)
