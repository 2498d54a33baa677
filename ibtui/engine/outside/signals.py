"""Signals of other programs on their way in: at most so many, told to all who listen, watched for in files."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.rate import Rate
from ibtui.domain.signal import Signal, signal
from ibtui.engine.truth.state import State
from ibtui.recording.signals import parse_line

PER_SECOND = 500
"""Signals of other programs that are taken within a second."""
LOOK = 0.25
"""Seconds between two looks at a watched file."""
LONGEST_READ = 256 * 1024
"""Bytes that one look takes in."""
LONGEST_LINE = 64 * 1024
"""Bytes of a line; a longer one is passed over."""
SAID = 10
"""Lines that do not fit which one look names; the others are counted."""
_FUTURE = timedelta(minutes=1)


class Signals:
    """The one way in for what other programs say."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._rate = Rate(PER_SECOND)

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
        if not self._rate.allows(self._clock.monotonic()):
            raise IbtuiError("too_many_signals", f"More than {PER_SECOND} signals within a second; send fewer.")


async def watch(file: Path, signals: Signals, state: State, clock: Clock) -> None:
    """Tell every line that is added to `file` from now on; a line that does not fit is said in the log."""
    tail = Tail(file)
    while True:
        lines, trouble = await asyncio.to_thread(tail.look)
        wrong = [trouble] if trouble else []
        for line in lines:
            try:
                signals.take((parse_line(line, clock.now(), file.stem),))
            except IbtuiError as error:
                wrong.append(error.message)
            except Exception as error:  # whatever a foreign line breaks costs that line
                wrong.append(f"A line cannot be read: {type(error).__name__}: {error}.")
        more = [f"{len(wrong) - SAID:,} more lines were left out for such reasons."] if len(wrong) > SAID else []
        for text in wrong[:SAID] + more:
            state.log.say("ERROR", f"{file.name}: {text}")
        await asyncio.sleep(LOOK)


class Tail:
    """The whole lines added to a file since it was first looked at; a file that is new, or anew, is read from its
    start."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._trouble = self._told = ""
        self._inode, self._at = self._facts() or (0, 0)
        self._rest = b""
        self._passing = False
        """In a line that is too long, which is passed over to its end."""

    def look(self) -> tuple[list[str], str]:
        """New lines, and what is newly in the way, in one sentence or empty."""
        lines = self.lines()
        told, self._told = self._told, self._trouble
        trouble, self._trouble = self._trouble, ""
        return lines, trouble if trouble != told else ""

    def lines(self) -> list[str]:
        """New lines, oldest first; none when the file is not there."""
        facts = self._facts()
        if facts is None:
            self._inode, self._at, self._rest, self._passing = 0, 0, b"", False
            return []
        inode, size = facts
        if inode != self._inode or size < self._at:
            self._inode, self._at, self._rest, self._passing = inode, 0, b"", False
        if size == self._at:
            return []
        return self._split(self._read())

    def _split(self, data: bytes) -> list[str]:
        if self._passing:
            _, ended, data = data.partition(b"\n")
            self._passing = not ended
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            self._rest, self._passing = b"", True
            self._trouble = f"A line of more than {LONGEST_LINE // 1024} KiB is left out."
        return [line.decode("utf-8", "replace") for line in whole if line.strip()]

    def _read(self) -> bytes:
        try:
            # The file may have become a pipe since it was looked at, which nobody may wait for.
            with open(os.open(self._file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                file.seek(self._at)
                data: bytes = file.read(LONGEST_READ) or b""
        except OSError as error:
            self._trouble = f"It cannot be read: {error.strerror or error}."
            return b""
        self._at += len(data)
        return data

    def _facts(self) -> tuple[int, int] | None:
        """Inode and size; None for what is not there, and for what is no plain file."""
        try:
            found = os.stat(self._file)
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(found.st_mode):
            self._trouble = "It is not a plain file; nothing is read from it."
            return None
        return found.st_ino, found.st_size
