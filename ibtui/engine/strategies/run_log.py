"""What one run says in the engine's log, as much of it as a person can read."""

from __future__ import annotations

import asyncio

from ibtui.domain.rate import Rate
from ibtui.engine.strategies.host import Host
from ibtui.link.worker import Failed

LINES_PER_SECOND = 10
"""Lines of a strategy that reach the log."""


class RunLog:
    """The lines of one run; those that come too fast are counted."""

    def __init__(self, name: str, host: Host) -> None:
        self._name = name
        self._host = host
        self._rate = Rate(LINES_PER_SECOND)
        self._unsaid = 0

    def say(self, text: str) -> None:
        """Add a line, or count it."""
        if not self._rate.allows(asyncio.get_running_loop().time()):
            self._unsaid += 1
            return
        more = f" (and {self._unsaid:,} lines that were too many)" if self._unsaid else ""
        self._unsaid = 0
        self._host.say("STRAT", f"{self._name}: {text}{more}")

    def trace(self, failed: Failed) -> None:
        """The end of the traceback, as far as a log line carries it."""
        if failed.trace:
            self.say(" | ".join(line.strip() for line in failed.trace.splitlines()[-6:]))
