"""How far a long run is: a bar for a person, lines of JSON for a program, both on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ibtui.domain.bar import Bar

if TYPE_CHECKING:
    from pathlib import Path

    from ibtui.cli.past import Chosen


@contextmanager
def shown(how: str, chosen: Chosen) -> Iterator[Callable[[Bar], None] | None]:
    """What `progress` of a run may be called with; None where nobody looks."""
    if how == "json":
        first, last = _first(chosen), _last(chosen)
        yield lambda bar: _line(_share(bar, first, last), bar)
    elif how == "auto" and sys.stderr.isatty():
        with _bar(chosen) as told:
            yield told
    else:
        yield None


@contextmanager
def _bar(chosen: Chosen) -> Iterator[Callable[[Bar], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    first, last = _first(chosen), _last(chosen)
    columns = (TextColumn("  {task.fields[day]}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=1.0 if last else None, day="")
        yield lambda bar: progress.update(task, completed=_share(bar, first, last) or 0.0, day=f"{bar.time:%Y-%m-%d}")


def _line(share: float | None, bar: Bar) -> None:
    sys.stderr.buffer.write(msgspec.json.encode({"progress": share, "time": bar.time}) + b"\n")
    sys.stderr.buffer.flush()


def _share(bar: Bar, first: datetime | None, last: datetime | None) -> float | None:
    """From 0 to 1 by the time of the bar; None when the end is not known."""
    if first is None or last is None or last <= first:
        return None
    return round(min(max((bar.time - first) / (last - first), 0.0), 1.0), 4)


def _first(chosen: Chosen) -> datetime | None:
    return next((group[0].time for group in chosen.source.bars()), None)


def _last(chosen: Chosen) -> datetime | None:
    """When the last bars of the files began, as far as that can be read without reading them."""
    ends = [_last_of(path) for path in chosen.source.paths]
    return None if None in ends or not ends else max(end for end in ends if end is not None)


def _last_of(path: Path) -> datetime | None:
    from ibtui.domain.failure import IbtuiError
    from ibtui.recording.bars import BarColumns
    from ibtui.recording.sheet import called
    from ibtui.recording.times import reader

    if path.suffix.lower() != ".csv":
        return None
    try:
        with path.open("rb") as file:
            header = called(file.readline().decode("utf-8-sig").strip().split(","))
            file.seek(max(path.stat().st_size - 4_096, 0))
            last = file.read().decode("utf-8", "replace").strip().rpartition("\n")[2].split(",")
        text = last[BarColumns(path, header).time].strip('"')
        return reader(text)(text)
    except (OSError, ValueError, IndexError, IbtuiError):
        return None


class Counted:
    """Counts runs of so many, and knows the best."""

    def __init__(self, total: int, show: Callable[[Counted], None]) -> None:
        self.total = total
        self.done = 0
        self.best: float | None = None
        """The figure of the best run."""
        self._score = float("-inf")
        self._show = show

    def tell(self, figure: float | None, score: float) -> None:
        """One more is done; a higher score is better."""
        self.done += 1
        if score > self._score:
            self._score, self.best = score, figure
        self._show(self)


@contextmanager
def counted(how: str, total: int) -> Iterator[Counted]:
    """What is told of every run of a sweep, shown as a bar, as lines of JSON or not at all."""
    if how == "json":
        yield Counted(total, _count_line)
    elif how == "auto" and sys.stderr.isatty():
        with _count_bar(total) as told:
            yield told
    else:
        yield Counted(total, lambda told: None)


def _count_line(told: Counted) -> None:
    share = round(told.done / told.total, 4) if told.total else None
    line = {"progress": share, "done": told.done, "total": told.total, "best": told.best}
    sys.stderr.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stderr.buffer.flush()


@contextmanager
def _count_bar(total: int) -> Iterator[Counted]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("  best {task.fields[best]}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total, best="–")

        def show(told: Counted) -> None:
            progress.update(task, completed=told.done, best="–" if told.best is None else f"{told.best:,.2f}")

        yield Counted(total, show)
