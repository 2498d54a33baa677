"""Past bars of any span: asked of IB piece by piece, at the pace it allows, and kept on disk for the next time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.cutting import HOUR, Cutting, cutting_of
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.rate import Rate
from ibtui.engine.session import SessionPort
from ibtui.link.messages import History

T = TypeVar("T")
PAGE = 5_000
"""The most bars that one answer holds."""
BUDGET, WINDOW = 55, 600.0
"""Questions about bars of less than a minute in so many seconds: IB allows 60, and a chart may want some."""
PACED = 15.0
"""Seconds to wait after IB said that it was asked too often."""
EMPTY = 3
"""Answers without data in a row after which there is taken to be none further back."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS bar (symbol TEXT, seconds INTEGER, time INTEGER, open REAL, high REAL, low REAL, close REAL,
    volume REAL, PRIMARY KEY (symbol, seconds, time)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS covered (symbol TEXT, seconds INTEGER, begin INTEGER, end INTEGER);
"""
_PUT = "INSERT OR REPLACE INTO bar VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_GET = """SELECT time, open, high, low, close, volume FROM bar
WHERE symbol = ? AND seconds = ? AND time >= ? AND time < ? ORDER BY time LIMIT ?"""
_COVERING = (
    "SELECT begin FROM covered WHERE symbol = ? AND seconds = ? AND begin < ? AND end >= ? ORDER BY begin LIMIT 1"
)
_FORGET = "DELETE FROM covered WHERE symbol = ? AND seconds = ? AND begin >= ? AND end <= ?"
_COVER = "INSERT INTO covered VALUES (?, ?, ?, ?)"


class WantedBars(NamedTuple):
    """Bars of one instrument, length and, from an hour on, hours."""

    instrument: Instrument
    seconds: int
    hours: BarHours

    @property
    def key(self) -> str:
        """What they are kept under."""
        symbol = self.instrument.symbol
        return symbol if self.seconds < HOUR else f"{symbol} {self.hours}"


class Archive:
    """Goes back from the end of what is wanted, so that a piece begins where the next ends and no gap can be between.

    What it knows is on disk as soon as it was answered: an interrupted download goes on where it was.
    """

    def __init__(
        self,
        session: SessionPort,
        resolve: Callable[[str], Awaitable[Instrument]],
        folder: Path,
        clock: Clock,
        *,
        hours: BarHours | None = None,
    ) -> None:
        """`hours` of which bars of an hour and more are where nobody says; None for each instrument's usual ones."""
        self._session = session
        self._resolve = resolve
        self._folder = folder
        self._clock = clock
        self._hours = hours
        self._store: BarStore | None = None
        self._asking = asyncio.Lock()
        self._asked = Rate(BUDGET, WINDOW)
        self._empty: dict[tuple[str, int], int] = {}

    async def answer(
        self, symbol: str, seconds: int, begin: datetime, end: datetime, hours: BarHours | None = None
    ) -> History:
        """A page of bars from `begin`, or what is missing before it can be told, after asking IB once.

        Raises IbtuiError: what `resolve` and the session raise, `usage` for an end before its begin, `no_file` when the
        bars cannot be kept.
        """
        if begin >= end:
            raise IbtuiError("usage", "The end of the history lies before its beginning.")
        instrument = await self._resolve(symbol)
        cutting = cutting_of(instrument, seconds, hours or self._hours)
        wanted = WantedBars(instrument, seconds, cutting.kept)
        ended = self._ended(cutting)
        first, last = int(begin.timestamp()), int(min(end.timestamp(), ended))
        async with self._asking:
            missing = await self._run(lambda store: store.missing(wanted.key, seconds, first, last))
            if missing is None:
                return await self._page(wanted, first, last)
            if wait := self._wait(seconds):
                return History(symbol=instrument.symbol, missing=datetime.fromtimestamp(missing, UTC), wait=wait)
            return await self._ask(wanted, first, last, missing)

    def _ended(self, cutting: Cutting) -> float:
        """When the bar begins that runs now: those before it have closed."""
        now = self._clock.now()
        if cutting.seconds < HOUR:
            return now.timestamp() // cutting.seconds * cutting.seconds
        span = cutting.of(now)
        return (now if span is None else span.time).timestamp()

    async def close(self) -> None:
        if self._store is not None:
            await self._run(lambda store: store.close())

    async def _page(self, wanted: WantedBars, first: int, last: int) -> History:
        symbol = wanted.instrument.symbol
        found = await self._run(lambda store: store.bars(wanted.key, wanted.seconds, first, last))
        bars = [bar._replace(symbol=symbol) for bar in found]
        more = datetime.fromtimestamp(bars[-1].time.timestamp() + 1, UTC) if len(bars) == PAGE else None
        return History(symbol=symbol, bars=tuple(bars), next=more)

    async def _ask(self, wanted: WantedBars, first: int, last: int, before: int) -> History:
        instrument, seconds = wanted.instrument, wanted.seconds
        key = (wanted.key, seconds)
        self._asked.count(self._clock.monotonic())
        try:
            found = await self._session.history_before(
                instrument, bar=seconds, end=datetime.fromtimestamp(before, UTC), hours=wanted.hours
            )
        except IbtuiError as error:
            if error.code != "history_paced":
                raise
            return History(symbol=instrument.symbol, missing=datetime.fromtimestamp(before, UTC), wait=PACED)
        bars = [bar for bar in found if bar.time.timestamp() < before]
        self._empty[key] = 0 if bars else self._empty.get(key, 0) + 1
        if bars:
            begin = min(int(bars[0].time.timestamp()), before - seconds)
        else:
            begin = first if self._empty[key] >= EMPTY else before - max(86_400, seconds)
        await self._run(lambda store: store.put(key, bars, begin, before))
        missing = await self._run(lambda store: store.missing(*key, first, last))
        if missing is None:
            return await self._page(wanted, first, last)
        return History(symbol=instrument.symbol, missing=datetime.fromtimestamp(missing, UTC))

    def _wait(self, seconds: int) -> float:
        """How long IB may not be asked."""
        return 0.0 if seconds >= 60 else self._asked.wait(self._clock.monotonic())

    async def _run(self, work: Callable[[BarStore], T]) -> T:
        """Have the store do something, away from the event loop."""

        def run() -> T:
            if self._store is None:
                self._store = BarStore(self._folder)
            return work(self._store)

        try:
            return await asyncio.to_thread(run)
        except (sqlite3.Error, OSError) as error:
            raise IbtuiError("no_file", f"Past bars cannot be kept in {self._folder} ({error}).") from None


class BarStore:
    """Bars and the spans that are known, of one profile."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._connection = sqlite3.connect(folder / "bars.sqlite", check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(_SCHEMA)

    def missing(self, symbol: str, seconds: int, first: int, last: int) -> int | None:
        """The end of the newest span that is not known, in seconds since 1970; None when all of it is."""
        while last > first:
            row = self._connection.execute(_COVERING, (symbol, seconds, last, last)).fetchone()
            if row is None:
                return last
            last = int(row[0])
        return None

    def bars(self, symbol: str, seconds: int, first: int, last: int) -> list[Bar]:
        """The first of them, oldest first, at most `PAGE`."""
        rows = self._connection.execute(_GET, (symbol, seconds, first, last, PAGE))
        return [Bar(symbol, datetime.fromtimestamp(time, UTC), *figures) for time, *figures in rows]

    def put(self, key: tuple[str, int], bars: list[Bar], begin: int, end: int) -> None:
        """Keep an answer: all bars from `begin` up to `end`."""
        with self._connection:
            self._connection.executemany(_PUT, [(*key, int(bar.time.timestamp()), *bar[2:]) for bar in bars])
            self._connection.execute(_FORGET, (*key, begin, end))
            self._connection.execute(_COVER, (*key, begin, end))

    def close(self) -> None:
        self._connection.close()
