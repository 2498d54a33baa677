"""The talk with one run's process: a question at a time, and whatever else is said to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.engine.strategies.run_log import RunLog
from ibtui.engine.worker_process import WorkerProcess
from ibtui.link import worker

_ANSWERS = {worker.Described: "its import", worker.Started: "on_start", worker.Changed: "the change"}
"""What did not end when that answer did not come."""

M = TypeVar("M", worker.Described, worker.Started, worker.Changed)


class Talk:
    """`hear` gets what the process says, `gone` is told when it has ended; before `open` nothing is said."""

    def __init__(
        self, log: RunLog, patience: float, *, hear: Callable[[worker.FromWorker], None], gone: Callable[[], None]
    ) -> None:
        """`patience` is how long an answer may take, in seconds."""
        self._log = log
        self._patience = patience
        self._hear = hear
        self._gone = gone
        self._answer: asyncio.Future[worker.FromWorker] = asyncio.get_running_loop().create_future()
        self.process: WorkerProcess | None = None

    @property
    def waits(self) -> bool:
        """A question has not been answered yet."""
        return not self._answer.done()

    @property
    def fault(self) -> str:
        """Why the process ended, in one sentence."""
        assert self.process is not None
        return self.process.fault or f"its process ended by itself ({self.process.exit_words})"

    async def open(self, name: str) -> None:
        """Start the process; raises IbtuiError `no_process` when the machine cannot."""
        try:
            self.process = await WorkerProcess.spawn(self._hear, self._gone)
        except OSError as error:
            raise IbtuiError("no_process", f"{name} could not be started: {error.strerror}.") from None

    async def ask(self, question: worker.Load | worker.Begin | worker.SetParameters, kind: type[M]) -> M:
        """The answer to a question; raises IbtuiError `strategy_failed` or `bad_parameter`."""
        assert self.process is not None
        self._answer = asyncio.get_running_loop().create_future()
        self.process.say(question)
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._answer
        except TimeoutError:
            sentence = f"{_ANSWERS[kind]} did not end within {self._patience:g} s."
            raise IbtuiError("strategy_failed", sentence) from None
        if isinstance(answer, worker.Failed):
            self._log.trace(answer)
            raise IbtuiError("bad_parameter" if answer.code == "bad_parameter" else "strategy_failed", answer.message)
        if not isinstance(answer, kind):
            raise IbtuiError("strategy_failed", "it answered something else than it was asked.")
        return answer

    def answered(self, message: worker.FromWorker) -> None:
        """This is what the question that waits was asked for."""
        if self.waits:
            self._answer.set_result(message)

    def say(self, message: worker.ToWorker) -> None:
        """Say something, if there is a process."""
        if self.process is not None:
            self.process.say(message)

    def say_quote(self, quote: Quote, moment: datetime) -> None:
        """Say the newest quote of a symbol, which came at `moment`; where the process is behind, only that."""
        if self.process is not None:
            self.process.say_quote(quote, moment)

    async def finish(self, seconds: float) -> None:
        """Let it run `on_stop` for so long, then end it; returns when it is gone."""
        if self.process is None:
            return
        self.process.say(worker.Finish())
        try:
            async with asyncio.timeout(seconds):
                await self.process.ended.wait()
        except TimeoutError:
            await self.end()

    async def end(self) -> None:
        """End it now; returns when it is gone."""
        if self.process is not None:
            self.process.end()
            await self.process.ended.wait()

    def kill(self, patience: float) -> None:
        """End it in so many seconds, without waiting for that."""
        if self.process is not None:
            self.process.end(patience=patience)
