"""The decision log of a run: every order with its reason and what became of it, and what the strategy logged.

What is told to a strategy's hooks is one moment of thought: the reason of the orders asked for in a hook is what
`explain` said last in that hook. Records are kept in the order in which they were asked for, on disk once they are
many, so that a long run takes no more memory than a short one.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Literal

import msgspec
from msgspec import Struct

from ibtui.domain.text.sanitize import sanitize
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.moments import bound

IN_MEMORY = 1024 * 1024
"""Bytes of records that are kept in memory."""
End = Literal["filled", "refused", "cancelled", "expired", "working", ""]
"""What became of an order; empty for a line that the strategy logged."""
Explained = tuple[str, tuple[object, ...]]
"""What `explain` was called with."""


class Became(Struct, frozen=True, kw_only=True):
    """One thing that happened to an order."""

    time: datetime
    """Aware UTC: the begin of the bar in which it happened."""
    text: str
    """A clause: `filled 100 at 10.02`."""


class DecisionRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order and what became of it, or a line that the strategy logged; names only ever grow."""

    time: datetime
    """When it was asked for or said, aware UTC: the close of the bars it was decided on."""
    ref: str = ""
    """The order's, empty for a line of the log."""
    symbol: str = ""
    text: str
    """What was asked for, or said."""
    reason: str = ""
    """What the strategy explained in the same hook; for a stop or a target the order that it came with."""
    became: tuple[Became, ...] = ()
    end: End = ""


class _Pending:
    """An order whose end is not known yet."""

    __slots__ = ("became", "number", "record")

    def __init__(self, number: int, record: DecisionRecord) -> None:
        self.number = number
        self.record = record
        self.became: list[Became] = []


class DecisionLog:
    """Takes what is asked, explained, said and what became of it; iterating gives the records in their order."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - it lives as long as the run's result
        self._places = array("q")
        """Of each record in the file, -1 while it is not there."""
        self._open: dict[str, _Pending] = {}
        self._unexplained: list[_Pending] = []
        self.orders = 0
        """How many orders were asked for."""

    # what happens

    def asked(self, ref: str, symbol: str, text: str, time: datetime, *, reason: str = "") -> None:
        """An order is asked for; without a reason it takes what its hook explains."""
        record = DecisionRecord(time=time, ref=ref, symbol=symbol, text=text, reason=reason)
        pending = self._open[ref] = _Pending(len(self._places), record)
        self._places.append(-1)
        self.orders += 1
        if not reason:
            self._unexplained.append(pending)

    def became(self, ref: str, time: datetime, text: str, end: End = "") -> None:
        """Something happened to an order; with an `end` nothing more will."""
        pending = self._open.get(ref)
        if pending is None:
            return
        pending.became.append(Became(time=time, text=text))
        if end:
            pending.record = msgspec.structs.replace(pending.record, end=end)
            if pending not in self._unexplained:
                self._finish(pending)

    def said(self, time: datetime, text: str) -> None:
        """The strategy logged a line."""
        self._places.append(-1)
        self._write(len(self._places) - 1, DecisionRecord(time=time, text=sanitize(text)))

    def hook_ended(self, explained: Explained | None) -> None:
        """A hook has returned; `explained` is what it called `explain` with last, None for not at all."""
        reason = "" if explained is None or not self._unexplained else worded(explained)
        for pending in self._unexplained:
            pending.record = msgspec.structs.replace(pending.record, reason=reason)
        ended, self._unexplained = [one for one in self._unexplained if one.record.end], []
        for pending in ended:
            self._finish(pending)

    # what is read

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[DecisionRecord]:
        """Every record, by the time at which it was asked for; what has not ended is still working."""
        working = {one.number: one for one in self._open.values()}
        for number, place in enumerate(self._places):
            if place < 0:
                one = working[number]
                yield msgspec.structs.replace(one.record, became=tuple(one.became), end="working")
            else:
                self._file.seek(place)
                yield msgspec.json.decode(self._file.readline(), type=DecisionRecord)
        self._file.seek(0, 2)

    def _finish(self, pending: _Pending) -> None:
        del self._open[pending.record.ref]
        self._write(pending.number, msgspec.structs.replace(pending.record, became=tuple(pending.became)))

    def _write(self, number: int, record: DecisionRecord) -> None:
        self._places[number] = self._file.tell()
        self._file.write(msgspec.json.encode(record) + b"\n")

    def __del__(self) -> None:
        self._file.close()


def worded(explained: Explained) -> str:
    """An explanation as its reader sees it."""
    text, values = explained
    return sanitize(text.format(*values) if values else text, 200)


def follow(strategy: Strategy, log: DecisionLog, explanation: Callable[[], Explained]) -> None:
    """Tell the log where the hooks of this strategy begin and end; `explanation` is what it explained last.

    A run without a log calls the hooks as they are.
    """
    seen = explanation()

    def boundary() -> None:
        nonlocal seen
        now = explanation()
        log.hook_ended(None if now is seen else now)
        seen = now

    bound(strategy, boundary)
