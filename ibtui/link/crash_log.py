"""Errors that nobody foresaw: their tracebacks in a file, and where that is, for the terminal and the command line."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

from ibtui import __version__
from ibtui.domain.text.sanitize import sanitize

LONGEST = 200
"""Characters of an error's own words that a sentence repeats."""

LONGEST_TRACE = 100_000
"""Characters of a traceback that are kept."""


class CrashLog:
    """Adds tracebacks to a file, and says where they are."""

    def __init__(self, path: Path | None) -> None:
        """None keeps none, as in tests."""
        self._path = path
        self._unwritten = ""

    def add(self, error: BaseException) -> None:
        """Never raises: what cannot be written is said by `where`."""
        if self._path is None:
            return
        text = sanitize("".join(traceback.format_exception(error)), LONGEST_TRACE, lines=True)
        try:
            with self._path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  ibtui {__version__}\n{text}\n")
        except OSError as failure:
            self._unwritten = failure.strerror or type(failure).__name__

    @property
    def where(self) -> str:
        """One sentence for the end of another."""
        if self._unwritten:
            return f"The traceback could not be written to {self._path}: {self._unwritten}."
        return f"The traceback is in {self._path}." if self._path else "No log was kept."


def in_words(error: BaseException) -> str:
    """`ZeroDivisionError: division by zero`, in one line of bounded length."""
    words = sanitize(str(error), LONGEST)
    return type(error).__name__ + (f": {words}" if words else "")
