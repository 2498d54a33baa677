"""Keeps unit tests from opening a connection or starting a program, whatever code does it on their behalf."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

FORBIDDEN = {
    "socket.bind": "listened",
    "socket.connect": "connected",
    "socket.getaddrinfo": "looked up a host",
    "subprocess.Popen": "started a program",
    "os.exec": "became another program",
    "os.fork": "forked",
    "os.forkpty": "forked",
    "os.posix_spawn": "started a program",
    "os.system": "started a program",
}
"""Events that Python announces before it does what they are named for, and what a test did that caused one."""


class TrespassError(Exception):
    """A unit test did what only a test of another layer may do."""


class Guard:
    """Watches one test at a time; an audit hook cannot be taken out again, so there is one for the whole run."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        """What the test did, which it may have kept from failing it."""
        self._watching = False
        sys.addaudithook(self._hear)

    @contextmanager
    def over(self, watch: bool) -> Iterator[None]:
        """Watch what is done in this block, or leave it alone."""
        self.seen.clear()
        self._watching = watch
        try:
            yield
        finally:
            self._watching = False

    def judge(self) -> None:
        """Raises TrespassError when anything was seen."""
        if self.seen:
            raise TrespassError(f"a unit test {' and '.join(self.seen)}: tests/layers.py does not see why")

    def _hear(self, event: str, _: object) -> None:
        if self._watching and event in FORBIDDEN:
            self.seen.append(FORBIDDEN[event])
            raise TrespassError(f"a unit test {FORBIDDEN[event]}")


GUARD = Guard()
