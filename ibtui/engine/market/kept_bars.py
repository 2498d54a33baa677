"""Bars of an hour and more: IB's own history kept up to date, one stream for each instrument and length."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.bar_builder import BarsClosed
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.cutting import cutting_of
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.engine.market.kept_series import KeptSeries
from ibtui.engine.session import SessionPort

IDLE = timedelta(minutes=5)
"""After the last question about a stream that no strategy watches until it is ended."""
PATIENCE = timedelta(seconds=60)
"""How long bars of one time wait for those of other instruments that should have closed."""
AGAIN = timedelta(seconds=15)
"""Between two questions about the same bar that has settled."""
_FIRST = 60
"""Bars that a stream begins with at least."""
_WAIT = 30.0
"""Seconds to wait for the first answer of a stream."""

Key = tuple[str, int]


class KeptLine:
    """One stream, what it has told, and who needs it."""

    def __init__(self, instrument: Instrument, series: KeptSeries) -> None:
        self.instrument = instrument
        self.series = series
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.end: Callable[[], None] = lambda: None
        self.watchers = 0
        self.asked = 0
        """How many bars were asked of IB at most."""
        self.used = datetime.min.replace(tzinfo=UTC)
        self.tried: datetime | None = None
        """When it was last asked anew how a bar closed."""
        self.task: asyncio.Task[None] | None = None


class KeptWatch:
    """Who is told of the closed bars of some instruments, those of one time together."""

    def __init__(self, lines: Sequence[KeptLine], callback: BarsClosed) -> None:
        self.lines = lines
        self._callback = callback
        self._waiting: dict[datetime, dict[str, Bar]] = {}

    def add(self, bar: Bar) -> None:
        self._waiting.setdefault(bar.time, {})[bar.symbol] = bar

    def tell(self, now: datetime) -> None:
        """Hand on what is complete, in order of time; what is missing is not waited for without end."""
        for time in sorted(self._waiting):
            found = self._waiting[time]
            whole = len(found) == len(self.lines)
            if not whole and now < max(line.series.due(time) for line in self.lines) + PATIENCE:
                return
            del self._waiting[time]
            self._callback(
                tuple(found[line.instrument.symbol] for line in self.lines if line.instrument.symbol in found)
            )


class KeptBars:
    """Hands on each closed bar once and in order; what a stream lost while it was away is merged in by time."""

    def __init__(
        self, session: SessionPort, clock: Clock, hours: BarHours | None = None, late: timedelta = timedelta(minutes=2)
    ) -> None:
        """`hours` of which the bars are, None for each instrument's usual ones; `late` is what `KeptSeries` says."""
        self._session = session
        self._clock = clock
        self.hours = hours
        self._late = late
        self._lines: dict[Key, KeptLine] = {}
        self._watches: list[KeptWatch] = []
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, instruments: Sequence[Instrument], seconds: int, callback: BarsClosed) -> Callable[[], None]:
        """Call back with the bars of each time when they have closed; returns what ends the watch.

        Raises IbtuiError as `SessionPort.keep` does.
        """
        lines = [self._line(instrument, seconds) for instrument in instruments]
        watch = KeptWatch(lines, callback)
        self._watches.append(watch)
        for line in lines:
            line.watchers += 1
            line.series.begin(self._clock.now())

        def unwatch() -> None:
            if watch in self._watches:
                self._watches.remove(watch)
                for line in lines:
                    line.watchers -= 1
                    line.used = self._clock.now()

        return unwatch

    async def bars(self, instrument: Instrument, seconds: int, count: int) -> tuple[Bar, ...]:
        """At most `count` bars, oldest first, the running one last; raises IbtuiError when IB gives none."""
        line = self._line(instrument, seconds)
        line.used = self._clock.now()
        if count > line.asked:
            found = await self._session.history(instrument, bar=seconds, count=count, hours=self.hours)
            line.series.answer(found, self._clock.now())
            line.asked = count
            if line.watchers:
                line.series.begin(self._clock.now())
        elif not line.first.done():
            try:
                async with asyncio.timeout(_WAIT):
                    await asyncio.shield(line.first)
            except TimeoutError:
                raise IbtuiError("no_answer", f"IB did not tell the bars of {instrument.symbol}; ask again.") from None
        return line.series.newest(count)

    def closed(self, bars: Iterable[Bar], seconds: int) -> list[Bar]:
        """Which of some bars have closed, of instruments that are watched."""
        now = self._clock.now()
        lines = {symbol: line for (symbol, length), line in self._lines.items() if length == seconds}
        closed = {symbol: {bar.time for bar in line.series.closed(now)} for symbol, line in lines.items()}
        return [bar for bar in bars if bar.time in closed.get(bar.symbol, ())]

    def flush(self) -> None:
        """Hand on what has closed, ask anew about what should have, and end what nobody needs."""
        now = self._clock.now()
        for key, line in list(self._lines.items()):
            if not line.watchers and now - line.used > IDLE:
                del self._lines[key]
                line.end()
                continue
            if self._session.state != "active" or not line.first.done():
                continue
            for bar in line.series.fresh(now) if line.watchers else ():
                for watch in self._watches:
                    if line in watch.lines:
                        watch.add(bar)
            if line.watchers and line.series.asks(now) and (line.tried is None or now - line.tried >= AGAIN):
                line.tried = now
                line.task = asyncio.get_running_loop().create_task(self._ask_anew(line, key[1]))
        for watch in list(self._watches):
            watch.tell(now)

    async def _ask_anew(self, line: KeptLine, seconds: int) -> None:
        """Ask how the newest bars closed; what IB does not tell now is asked again."""
        try:
            found = await self._session.history(line.instrument, bar=seconds, count=3, hours=self.hours)
        except IbtuiError:
            return
        line.series.answer(found, self._clock.now())
        line.tried = None
        self.flush()

    def _line(self, instrument: Instrument, seconds: int) -> KeptLine:
        key = (instrument.symbol, seconds)
        line = self._lines.get(key)
        if line is not None:
            return line
        line = KeptLine(instrument, KeptSeries(cutting_of(instrument, seconds, self.hours), self._late))
        line.used = self._clock.now()
        line.asked = _FIRST

        def heard(bars: tuple[Bar, ...]) -> None:
            now = self._clock.now()
            (line.series.update if len(bars) == 1 and line.first.done() else line.series.answer)(bars, now)
            if not line.first.done():
                line.first.set_result(None)
                if line.watchers:
                    line.series.begin(now)

        line.end = self._session.keep(instrument, bar=seconds, count=_FIRST, hours=self.hours, heard=heard)
        self._lines[key] = line
        self._arm()
        return line

    def _arm(self) -> None:
        """Look each second, as long as there is a stream."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1.0, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self.flush()
        if self._lines:
            self._arm()
