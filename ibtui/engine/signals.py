"""Signals of other programs on their way in: at most so many, told to all who listen, watched for in files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ibtui.domain.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal, signal
from ibtui.engine.state import State
from ibtui.recording.signals import parse_line

PER_SECOND = 500
"""Signals of other programs that are taken within a second."""
LOOK = 0.25
"""Seconds between two looks at a watched file."""
LONGEST_READ = 256 * 1024
"""Bytes that one look takes in."""
_FUTURE = timedelta(minutes=1)


class Signals:
    """The one way in for what other programs say."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._second = 0
        self._taken = 0

    def take(self, signals: Iterable[Signal]) -> int:
        """Check and pass on; returns how many.

        Raises IbtuiError `bad_signal`, or `too_many_signals` when they come faster than `PER_SECOND`; those before the
        one at fault are passed on.
        """
        count = 0
        for one in signals:
            checked = self._checked(one)
            self._count()
            self._state.signalled(checked)
            count += 1
        return count

    def _checked(self, one: Signal) -> Signal:
        if one.time > self._clock.now() + _FUTURE:
            raise IbtuiError("bad_signal", "A signal's time lies in the future; announce it with `due` instead.")
        return signal(
            one.time,
            one.kind,
            one.symbol,
            one.value,
            expected=one.expected,
            text=one.text,
            source=one.source,
            due=one.due,
        )

    def _count(self) -> None:
        second = int(self._clock.monotonic())
        if second != self._second:
            self._second, self._taken = second, 0
        if self._taken >= PER_SECOND:
            raise IbtuiError("too_many_signals", f"More than {PER_SECOND} signals within a second; send fewer.")
        self._taken += 1


async def watch(file: Path, signals: Signals, state: State, clock: Clock) -> None:
    """Tell every line that is added to `file` from now on; a line that does not fit is said in the log."""
    tail = Tail(file)
    while True:
        for line in await asyncio.to_thread(tail.lines):
            try:
                signals.take((parse_line(line, clock.now(), file.stem),))
            except IbtuiError as error:
                state.log.say("ERROR", f"{file.name}: {error.message}")
        await asyncio.sleep(LOOK)


class Tail:
    """The whole lines added to a file since it was first looked at; a file that is new, or anew, is read from its
    start."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._inode, self._at = self._facts() or (0, 0)
        self._rest = b""

    def lines(self) -> list[str]:
        """New lines, oldest first; none when the file is not there."""
        facts = self._facts()
        if facts is None:
            self._inode, self._at, self._rest = 0, 0, b""
            return []
        inode, size = facts
        if inode != self._inode or size < self._at:
            self._inode, self._at, self._rest = inode, 0, b""
        if size == self._at:
            return []
        *whole, self._rest = (self._rest + self._read()).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole if line.strip()]

    def _read(self) -> bytes:
        try:
            with self._file.open("rb") as file:
                file.seek(self._at)
                data = file.read(LONGEST_READ)
        except OSError:
            return b""
        self._at += len(data)
        return data

    def _facts(self) -> tuple[int, int] | None:
        """Inode and size."""
        try:
            found = os.stat(self._file)
        except OSError:
            return None
        return found.st_ino, found.st_size
