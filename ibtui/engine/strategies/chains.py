"""The option chains that one strategy asks for: of what it trades, a few a second, each answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ibtui.domain.failure import IbtuiError
from ibtui.domain.rate import Rate
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.strategies.host import Host
from ibtui.link.worker import ChainAnswer, ChainRequest, ToWorker

STRIKES = 14
"""Of one chain: 28 market data lines, which are asked for within a second."""
REQUESTS_PER_SECOND = 5


class ChainAnswers:
    """`tell` answers the worker; `offered` takes the names of options that it may trade from then on."""

    def __init__(
        self, host: Host, *, tell: Callable[[ToWorker], None], offered: set[str], fail: Callable[[str], None]
    ) -> None:
        self._host = host
        self._tell = tell
        self._offered = offered
        self._fail = fail
        self._rate = Rate(REQUESTS_PER_SECOND)
        self._asking: set[asyncio.Task[None]] = set()

    def ask(self, request: ChainRequest, symbols: tuple[str, ...]) -> None:
        """Answer a request when IB has; too many of them fail the run."""
        if not self._rate.allows(asyncio.get_running_loop().time()):
            self._fail(f"it asked for more than {REQUESTS_PER_SECOND} chains within a second")
            return
        task = asyncio.create_task(self._answer(request, symbols))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def close(self) -> None:
        """Answer no further question about a chain."""
        for task in self._asking:
            task.cancel()

    async def _answer(self, request: ChainRequest, symbols: tuple[str, ...]) -> None:
        try:
            if request.symbol not in symbols:
                raise IbtuiError("bad_order", f"{sanitize(request.symbol, 24)} is not what it trades.")
            listed = await self._host.chain(request.symbol, days=request.days, strikes=STRIKES)
        except IbtuiError as error:
            self._tell(ChainAnswer(id=request.id, code=error.code, message=error.message))
        except Exception as error:
            # A mistake of the engine must not leave a strategy waiting for what never comes.
            self._fail(f"its chain could not be handled: {sanitize(repr(error))}")
        else:
            self._offered.update(item.symbol for item in listed.instruments)
            self._tell(ChainAnswer(id=request.id, chain=listed.chain, instruments=listed.instruments))
