"""How many questions about history may be open at IB at once: streams that are kept up to date and single questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ibtui.domain.bar import HISTORY_REQUESTS
from ibtui.domain.event import HistoryRequests
from ibtui.domain.failure import IbtuiError

STREAMS = 44
"""Of which streams may take so many, so that a chart or a download finds room."""


class HistoryBudget:
    """Counts what is open, and tells each change of it. A stream is refused when there is no room, a single question
    waits for some.
    """

    def __init__(
        self,
        emit: Callable[[HistoryRequests], None] = lambda event: None,
        *,
        most: int = HISTORY_REQUESTS,
        streams: int = STREAMS,
    ) -> None:
        self._emit = emit
        self._most = most
        self._room = asyncio.Condition()
        self._streams = streams
        self.streaming = 0
        self.asking = 0

    @property
    def open(self) -> int:
        """Questions that are open now."""
        return self.streaming + self.asking

    def begin_stream(self, symbol: str) -> None:
        """Count a stream; raises IbtuiError `no_history` when there are as many as may be."""
        if self.streaming >= self._streams or self.open >= self._most:
            raise IbtuiError(
                "no_history",
                f"Bars of {symbol} cannot be kept up to date: {self.open} of IB's {self._most} open history requests "
                "are in use; switch off a strategy with bars of an hour or more.",
            )
        self.streaming += 1
        self._tell()

    def end_stream(self) -> None:
        """The stream needs its place no more."""
        self.streaming -= 1
        self._tell()
        self._wake()

    @asynccontextmanager
    async def question(self, seconds: float) -> AsyncIterator[None]:
        """Room for one question during the block; raises IbtuiError `history_paced` when none came within `seconds`."""
        async with self._room:
            try:
                async with asyncio.timeout(seconds):
                    await self._room.wait_for(lambda: self.open < self._most)
            except TimeoutError:
                raise IbtuiError(
                    "history_paced",
                    f"All {self._most} history requests that IB allows at once are open; ask again soon.",
                ) from None
            self.asking += 1
        self._tell()
        try:
            yield
        finally:
            self.asking -= 1
            self._tell()
            self._wake()

    def _tell(self) -> None:
        self._emit(HistoryRequests(open=self.open))

    def _wake(self) -> None:
        """Look for whoever waits; there is a loop, since somebody asked."""

        async def wake() -> None:
            async with self._room:
                self._room.notify_all()

        self._waker = asyncio.get_running_loop().create_task(wake())
