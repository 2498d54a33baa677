"""What the engine process writes to its log file, which people read in a terminal: warnings, errors, tracebacks."""

from __future__ import annotations

import logging

from ibtui.domain.text.sanitize import sanitize

LONGEST = 20_000
"""Characters of one record, its traceback included."""


class CleanFormatter(logging.Formatter):
    """Records without anything that moves a cursor, hides or reorders; lines stay lines."""

    def format(self, record: logging.LogRecord) -> str:
        return sanitize(super().format(record), LONGEST, lines=True)


def write_clean() -> None:
    """From now on this process writes warnings and worse to its standard error, sanitized."""
    handler = logging.StreamHandler()
    handler.setFormatter(CleanFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
