"""Writes a recording: facts in, daily folders of files out, with the spans marked that are missing."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.recording.folders import (
    MANIFEST,
    Manifest,
    day_ends,
    days,
    file_name,
    parse_name,
    read_manifest,
    write_manifest,
)
from ibtui.recording.members import append, read_lines, repair
from ibtui.recording.rows import KIND_OF, TABLES, Fact, Gap, write_line

KILLED = "the engine was not running"
OFF = "the recording was off"
ASLEEP = timedelta(seconds=60)
"""Without a flush for so long, nothing was recorded."""
SYNCED = 30
"""Every so many flushes the disk is waited for: more often it would keep the orders' journal waiting."""
_TICK = timedelta(microseconds=1)


class Writer:
    """The open day of one profile's recording; used by one thread. Every method may raise OSError.

    Rows are held until `flush`. Opened again, it goes on where the last one stopped or was killed, and marks the span
    in between.
    """

    def __init__(self, root: Path, profile: str, symbols: Iterable[str], now: datetime) -> None:
        self._root = root
        self._held: dict[str, list[str]] = {}
        self._known: set[str] = set()
        self.last = now - _TICK
        """The time of the newest fact."""
        self._flushes = 0
        self.rows = 0
        """Written since this writer began."""
        before = _before(root, now)
        self._open(Manifest(profile=profile, day=exchange_day(now), began=now, alive=now, symbols=tuple(symbols)))
        if before is not None:
            self._missed(before, now)

    @property
    def day(self) -> Path:
        """The folder that is written now."""
        return self._folder

    def write(self, time: datetime, fact: Fact, bar_length: str = "") -> datetime:
        """Hold one fact for the next flush; returns the time it got: later than the one before, never the same."""
        time = max(time, self.last + _TICK)
        if time >= self._ends:
            self._roll(time)
        self.last = time
        kind = KIND_OF[type(fact)]
        key = fact.symbol if isinstance(fact, Quote) else bar_length if isinstance(fact, Bar) else ""
        name = file_name(kind, key)
        table = TABLES[kind]
        held = self._held.get(name)
        if held is None:
            held = self._held[name] = [] if name in self._known else [table.header]
        held.append(write_line(table.write(time, fact)))
        self.rows += 1
        return time

    def open_gap(self, gap: Gap) -> None:
        """A span begins in which something is missing; known to who reads even if it never ends."""
        self._manifest.open_gaps += (gap,)

    def close_gap(self, gap: Gap, end: datetime) -> None:
        """Note that a gap in the recording has ended."""
        self._manifest.open_gaps = tuple(one for one in self._manifest.open_gaps if one != gap)
        self.write(end, Gap(begin=gap.begin, end=end, symbol=gap.symbol, reason=gap.reason))

    def symbols(self, symbols: tuple[str, ...]) -> None:
        """What is recorded from now on."""
        self._manifest.symbols = symbols

    def flush(self, now: datetime) -> None:
        """Put what is held into the files: from here on a killed process does not lose it."""
        if now - self._manifest.alive > ASLEEP:
            self.write(now, Gap(begin=self._manifest.alive, end=now, reason="the machine slept or was too busy"))
        if now >= self._ends:
            self._roll(now)
        self._write_held()
        self._manifest.alive = max(now, self.last)
        self._flushes += 1
        write_manifest(self._folder, self._manifest, synced=self._flushes % SYNCED == 1)

    def close(self, now: datetime) -> None:
        """The recording ends here, on purpose."""
        for gap in self._manifest.open_gaps:
            self.close_gap(gap, now)
        self._manifest.ended = max(now, self.last)
        self._flushes = 0
        self.flush(now)

    # days

    def _open(self, manifest: Manifest) -> None:
        self._folder = self._root / manifest.day.isoformat()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._ends = day_ends(manifest.day)
        self._manifest = manifest
        self._known.clear()
        if (self._folder / MANIFEST).exists():
            with suppress(IbtuiError):
                old = read_manifest(self._folder)
                manifest.began, manifest.rows = min(old.began, manifest.began), old.rows
        for file in self._folder.iterdir():
            if parse_name(file.name) is not None:
                repair(file)
                if file.exists():
                    self._known.add(file.name)
                    manifest.sizes[file.name] = file.stat().st_size

    def _roll(self, now: datetime) -> None:
        """Midnight: the old day ends with what it holds, gaps that are open go on in the new one."""
        old, midnight = self._manifest, self._ends
        still = old.open_gaps
        old.open_gaps = ()
        for gap in still:
            self._hold_gap(Gap(begin=gap.begin, end=midnight, symbol=gap.symbol, reason=gap.reason), midnight - _TICK)
        self._write_held()
        old.alive = old.ended = midnight
        write_manifest(self._folder, old)
        self._open(
            Manifest(profile=old.profile, day=exchange_day(now), began=midnight, alive=midnight, symbols=old.symbols)
        )
        self._manifest.open_gaps = tuple(Gap(begin=midnight, symbol=gap.symbol, reason=gap.reason) for gap in still)

    def _hold_gap(self, gap: Gap, time: datetime) -> None:
        name = file_name("gaps")
        header = [] if name in self._known else [TABLES["gaps"].header]
        self._held.setdefault(name, header).append(write_line(TABLES["gaps"].write(time, gap)))

    def _write_held(self) -> None:
        manifest = self._manifest
        for name in list(self._held):
            lines = self._held[name]
            manifest.sizes[name] = append(self._folder / name, "".join(lines))
            header = name not in self._known
            self._known.add(name)
            manifest.rows[name] = manifest.rows.get(name, 0) + len(lines) - header
            del self._held[name]

    def _missed(self, before: Manifest, now: datetime) -> None:
        """Mark what nobody recorded since the writer before this one."""
        for gap in before.open_gaps:
            self.write(now, Gap(begin=gap.begin, end=before.alive, symbol=gap.symbol, reason=gap.reason))
        reason = OFF if before.ended is not None else KILLED
        self.write(now, Gap(begin=before.alive, end=now, reason=reason))


def _before(root: Path, now: datetime) -> Manifest | None:
    """The newest day there is, with `alive` set back where files lost what it says they hold."""
    found = list(days(root))
    if not found:
        return None
    try:
        manifest = read_manifest(found[-1])
    except IbtuiError:
        return None  # of a later version: what it holds is not for this one to judge
    if not manifest.profile:
        manifest.alive = max((_last_time(file, manifest.began) for file in _files(found[-1])), default=manifest.began)
    lost = [name for name, size in manifest.sizes.items() if _size(found[-1] / name) < size]
    if lost:
        manifest.alive = min(_last_time(found[-1] / name, manifest.began) for name in lost)
        manifest.ended = None
    return manifest if manifest.alive <= now else None


def _files(day: Path) -> Iterable[Path]:
    return (file for file in day.iterdir() if parse_name(file.name) is not None)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _last_time(file: Path, nothing: datetime) -> datetime:
    """The time of a file's last row, or `nothing`."""
    last = ""
    with suppress(OSError):
        for last in read_lines(file):  # noqa: B007 - the last one is wanted
            pass
    try:
        return datetime.fromisoformat(last.partition(",")[0])
    except ValueError:
        return nothing
