"""The end of a terminal by an error that nobody foresaw: kept once, written to the log, told in one sentence."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

from textual.worker import WorkerFailed

from ibtui import __version__
from ibtui.domain.failure import IbtuiError

LONGEST = 200
"""Characters of an error's own words that the sentence repeats."""


class Crash:
    """The first error that ended a terminal; whatever fails after it is only logged."""

    def __init__(self, log: Path | None) -> None:
        """`log` is the file that tracebacks are added to; None keeps none, as in tests."""
        self._log = log
        self._error: BaseException | None = None
        self._unwritten = ""

    def note(self, error: BaseException) -> None:
        """Take an error that nobody caught, with its traceback."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        self._error = self._error or cause
        self._write("".join(traceback.format_exception(cause)))

    def failure(self) -> IbtuiError | None:
        """`internal`, with one sentence on what failed and where more is to be read; None when nothing did."""
        error = self._error
        if error is None:
            return None
        words = " ".join(str(error).split())[:LONGEST]
        what = type(error).__name__ + (f": {words}" if words else "")
        return IbtuiError(
            "internal",
            f"The terminal failed inside ({what}) and has ended; the engine, its orders and its strategies go on. "
            f"{self._where()}",
        )

    def _where(self) -> str:
        if self._unwritten:
            return f"The traceback could not be written to {self._log}: {self._unwritten}."
        return f"The traceback is in {self._log}." if self._log else "No log was kept."

    def _write(self, text: str) -> None:
        if self._log is None:
            return
        try:
            with self._log.open("a", encoding="utf-8", errors="replace") as file:
                file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  ibtui {__version__}\n{text}\n")
        except OSError as error:
            self._unwritten = error.strerror or type(error).__name__
