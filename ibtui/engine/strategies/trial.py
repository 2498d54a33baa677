"""Whether a strategy would start with these parameters, before anything is done that its start would need."""

from __future__ import annotations

import asyncio

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.worker_process import WorkerProcess
from ibtui.link.worker import Begin, Described, Failed, FromWorker, Load, Started


async def trial(load: Load, parameters: dict[str, str], seconds: float) -> None:
    """Have a short-lived worker take the parameters; nothing it asks for goes anywhere.

    Raises IbtuiError bad_parameter with the sentence of what does not fit, strategy_failed or no_process.
    """
    said: asyncio.Queue[FromWorker | None] = asyncio.Queue()
    try:
        worker = await WorkerProcess.spawn(said.put_nowait, lambda: said.put_nowait(None))
    except OSError as error:
        raise IbtuiError("no_process", f"Its process could not be started: {error.strerror}.") from None
    try:
        async with asyncio.timeout(seconds):
            worker.say(load)
            await _answer(said, Described)
            worker.say(Begin(parameters=parameters, position={}, orders=(), equity=None, shadow=True))
            await _answer(said, Started)
    except TimeoutError:
        raise IbtuiError("strategy_failed", f"It did not begin within {seconds:g} s.") from None
    finally:
        worker.end()
        await worker.ended.wait()


async def _answer(said: asyncio.Queue[FromWorker | None], kind: type[Described | Started]) -> None:
    """Wait for an answer of this kind; other words are overheard."""
    while not isinstance(message := await said.get(), kind):
        if isinstance(message, Failed):
            code = "bad_parameter" if message.code == "bad_parameter" else "strategy_failed"
            raise IbtuiError(code, sanitize(message.message))
        if message is None:
            raise IbtuiError("strategy_failed", "Its process ended before it began.")
