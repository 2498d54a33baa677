"""The economic calendar: entries of files, announced when they become known and told when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal
from ibtui.engine.outside.reading import read_apart

AHEAD = timedelta(days=60)
"""How far ahead an entry is announced."""
LOOK = 5.0
"""Seconds between two looks at the files, and the longest that an entry is told late."""

AT_ONCE = 50
"""Entries that are announced before the engine has its turn."""


class Calendar:
    """Entries of `files`; `tell` gets those that are due, and each new one ahead of time with its `due`.

    `announced` are the entries to come within 60 days, for a strategy that starts later. An entry that was due before
    the calendar was first read is history and is not told; one whose figure is written into the file later is told
    again.
    """

    def __init__(
        self, files: tuple[Path, ...], *, clock: Clock, tell: Callable[[Signal], None], say: Callable[[str], None]
    ) -> None:
        self._files = files
        self._clock = clock
        self._tell = tell
        self._say = say
        self._read: dict[Path, tuple[int, ...]] = {}
        self._entries: dict[Path, tuple[Signal, ...]] = {}
        self._known: set[Signal] = set()
        self._told_to = clock.now()
        """Entries due up to here were told."""

    @property
    def announced(self) -> tuple[Signal, ...]:
        now = self._clock.now()
        coming = (one for entries in self._entries.values() for one in entries if now < one.time <= now + AHEAD)
        return tuple(_announcement(one, now) for one in sorted(coming, key=lambda one: one.time))

    async def run(self) -> None:
        """Look at the files and the clock for ever."""
        while True:
            try:
                await self.refresh()
                self.tell_due()
            except Exception as error:  # a calendar is foreign: whatever it breaks, the next look comes
                self._say(f"The calendars were not read: {type(error).__name__}: {error}")
            await asyncio.sleep(LOOK)

    async def refresh(self) -> None:
        """Read what changed, and announce what it adds."""
        for file in self._files:
            changed = await asyncio.to_thread(_changed, file)
            if changed == self._read.get(file):
                continue
            self._read[file] = changed
            try:
                entries, left_out = await read_apart(file, self._clock.now())
            except IbtuiError as error:
                self._say(f"The calendar keeps what it knew: {error.message}")
            else:
                for sentence in left_out:
                    self._say(f"Calendar: {sentence}")
                before, self._entries[file] = self._entries.get(file, ()), entries
                self._tell_figures(before, entries)
        await self._announce()

    def tell_due(self) -> None:
        """Tell every entry whose time has come since this was last asked."""
        since, self._told_to = self._told_to, self._clock.now()
        for entries in self._entries.values():
            for one in entries:
                if since < one.time <= self._told_to:
                    self._tell(one)

    def _tell_figures(self, before: tuple[Signal, ...], entries: tuple[Signal, ...]) -> None:
        """An entry was due already and the file now has its figure."""
        waited = {replace(one, value=None) for one in before if one.value is None and one.time <= self._told_to}
        for one in entries:
            if one.value is not None and replace(one, value=None) in waited:
                self._tell(replace(one, time=self._clock.now()))

    async def _announce(self) -> None:
        for number, one in enumerate(self.announced):
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
            entry = replace(one, time=_NEVER)
            if entry not in self._known:
                self._known.add(entry)
                self._tell(one)


_NEVER = datetime.min.replace(tzinfo=UTC)


def _announcement(entry: Signal, now: datetime) -> Signal:
    """The entry ahead of its time: what it will bring is not known yet."""
    return replace(entry, time=now, due=entry.time, value=None)


def _changed(file: Path) -> tuple[int, ...]:
    """What shows that a file is another one; zeros when it is not there."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        return (0,)
    return found.st_mtime_ns, found.st_size, found.st_ino
