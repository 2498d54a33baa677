"""What IB described of contracts, kept on disk for backtests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from ibtui.domain.instrument import Instrument
from ibtui.engine.tasks import Tasks
from ibtui.recording.described import keep_described, worth_keeping

log = logging.getLogger(__name__)


class KeptContracts:
    """Writes down each contract that is described, away from the event loop; several that come together at once."""

    def __init__(self, file: Path, seen: list[Callable[[Instrument], None]], tasks: Tasks) -> None:
        """`seen` are called with every instrument that is met; this joins them."""
        self._file = file
        self._tasks = tasks
        self._fresh: dict[str, Instrument] = {}
        self._writing: asyncio.Task[None] | None = None
        seen.append(self._seen)

    def keeping(self, resolve: Callable[[str], Awaitable[Instrument]]) -> Callable[[str], Awaitable[Instrument]]:
        """The same question, answered when what was learned by it is on the disk."""

        async def resolved(text: str) -> Instrument:
            instrument = await resolve(text)
            if self._writing is not None:
                await asyncio.wait([self._writing])
            return instrument

        return resolved

    def _seen(self, instrument: Instrument) -> None:
        if not worth_keeping(instrument):
            return
        self._fresh[instrument.symbol] = instrument
        if self._writing is None:
            self._writing = self._tasks.start("contracts", self._write())

    async def _write(self) -> None:
        """Put on disk what there is, until nothing is left; a disk that takes nothing costs the file alone."""
        try:
            while self._fresh:
                fresh, self._fresh = self._fresh, {}
                await asyncio.to_thread(keep_described, self._file, tuple(fresh.values()))
        except OSError as error:
            log.warning("contracts cannot be kept in %s: %s", self._file, error)
        finally:
            self._writing = None
