"""The end of a terminal by an error that nobody foresaw: kept once, written to the log, told in one sentence."""

from __future__ import annotations

from pathlib import Path

from textual.worker import WorkerFailed

from ibtui.domain.failure import IbtuiError
from ibtui.link.crash_log import CrashLog, in_words


class Crash:
    """The first error that ended a terminal; whatever fails after it is only logged."""

    def __init__(self, log: Path | None) -> None:
        """`log` is the file that tracebacks are added to; None keeps none, as in tests."""
        self._log = CrashLog(log)
        self._error: BaseException | None = None

    def note(self, error: BaseException) -> None:
        """Take an error that nobody caught, with its traceback."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        self._error = self._error or cause
        self._log.add(cause)

    def failure(self) -> IbtuiError | None:
        """`internal`, with one sentence on what failed and where more is to be read; None when nothing did."""
        error = self._error
        if error is None:
            return None
        return IbtuiError(
            "internal",
            f"The terminal failed inside ({in_words(error)}) and has ended; "
            f"the engine, its orders and its strategies go on. {self._log.where}",
        )
