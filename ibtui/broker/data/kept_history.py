"""History that IB keeps up to date: streams of bars that are watched, since they stop without a word.

They stop at midnight in New York, with error 10182, when a trade is corrected (10225), and with the connection to IB or
its data; sometimes for no reason that anybody tells. Each is asked for again then, whole: what it tells overlaps with
what it told before, and whoever hears it merges by time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.data.history import SIZES, duration, history_request, told_bar
from ibtui.broker.data.history_budget import HistoryBudget
from ibtui.broker.errors import level, with_cure
from ibtui.broker.transport.pacing import Rank
from ibtui.broker.transport.wire import Wire
from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.cutting import Cutting, cutting_of
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.event import BrokerSaid, Event
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument

SILENCE = 300.0
"""Seconds without an update in an open session after which a stream is asked for again; doubled each time in vain."""
_LONGEST = 3_600.0
_AGAIN = 10.0
"""Seconds to wait after an error before a stream is asked for again; doubled each time in vain."""

KeptBarsHeard = Callable[[tuple[Bar, ...]], None]


class KeptStream:
    """One stream: its request, and since when it is silent."""

    def __init__(self, instrument: Instrument, cutting: Cutting, count: int, heard: KeptBarsHeard) -> None:
        self.instrument = instrument
        self.cutting = cutting
        self.count = count
        self.heard = heard
        self.number = 0
        """Request id; 0 while nothing is asked."""
        self.rows: list[Bar] | None = []
        """What came of its first answer; None once that is whole."""
        self.day: date | None = None
        """New York's day on which it was asked for."""
        self.updated = 0.0
        """Monotonic seconds of its newest answer."""
        self.vain = 0
        """How often it was asked for since it told anything."""
        self.due: float | None = None
        """Monotonic seconds at which to ask again after an error."""
        self.trouble = ""


class KeptHistory:
    """The streams that are wanted, carried from connection to connection."""

    def __init__(
        self,
        wire: Wire,
        contracts: Contracts,
        budget: HistoryBudget,
        emit: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._wire = wire
        self._contracts = contracts
        self._budget = budget
        self._emit = emit
        self._clock = clock
        self._streams: list[KeptStream] = []

    def keep(
        self, instrument: Instrument, *, bar: int, hours: BarHours | None, count: int, heard: KeptBarsHeard
    ) -> Callable[[], None]:
        """Stream bars; `Session.keep` says what of them."""
        if bar not in SIZES:
            raise IbtuiError("bad_bar", f"IB has no bars of {bar} s; use one of {', '.join(SIZES.values())}.")
        self._budget.begin_stream(instrument.symbol)
        stream = KeptStream(instrument, cutting_of(instrument, bar, hours), count, heard)
        self._streams.append(stream)
        self._request(stream)

        def end() -> None:
            if stream in self._streams:
                self._streams.remove(stream)
                self._cancel(stream)
                self._budget.end_stream()

        return end

    def start(self) -> None:
        """A new connection: ask for everything that is wanted."""
        for stream in self._streams:
            stream.number = 0
            self._request(stream)

    def restart(self) -> None:
        """IB may have lost its side of the streams."""
        for stream in self._streams:
            self._again(stream)

    def look(self) -> None:
        """Ask again for what has stopped without a word; to be called every few seconds."""
        now, today = self._clock.monotonic(), exchange_day(self._clock.now())
        for stream in self._streams:
            refused = stream.due is not None and now >= stream.due
            stopped = stream.due is None and (stream.day != today or self._silent(stream, now))
            if stream.number and (refused or stopped):
                self._again(stream)

    def row(self, number: int, row: Any) -> bool:
        """A bar of a first answer; False when the number is none of a stream."""
        stream = self._of(number)
        if stream is not None and stream.rows is not None:
            stream.rows.append(told_bar(stream.instrument.symbol, row))
        return stream is not None

    def whole(self, number: int) -> bool:
        """A first answer is whole."""
        stream = self._of(number)
        if stream is None:
            return False
        bars, stream.rows = tuple(stream.rows or ()), None
        self._told(stream, bars)
        return True

    def update(self, number: int, row: Any) -> None:
        """A bar as it stands now; IB writes an empty one while nothing has traded."""
        stream = self._of(number)
        if stream is not None and row.date and row.high > 0:
            self._told(stream, (told_bar(stream.instrument.symbol, row),))

    def complained(self, number: int, code: int, text: str) -> bool:
        """An error on a stream, which is over then; False when the id is none of them."""
        stream = self._of(number)
        if stream is None:
            return False
        if stream.due is None:
            stream.due = self._clock.monotonic() + min(_AGAIN * 2**stream.vain, _LONGEST)
        if stream.trouble != text:
            stream.trouble = text
            said = f"bars of {stream.instrument.symbol}: {with_cure(code, text)}"
            self._emit(BrokerSaid(code=code, text=said, symbol=stream.instrument.symbol, level=level(code)))
        return True

    def _told(self, stream: KeptStream, bars: tuple[Bar, ...]) -> None:
        stream.updated, stream.vain, stream.trouble = self._clock.monotonic(), 0, ""
        stream.due = None
        stream.heard(bars)

    def _silent(self, stream: KeptStream, now: float) -> bool:
        """Whether it should have told something by now: its session is open, and a first answer always comes."""
        patience = min(SILENCE * 2**stream.vain, _LONGEST)
        if now - stream.updated < patience:
            return False
        moment = self._clock.now()
        span = stream.cutting.of(moment)
        return stream.rows is not None or (span is not None and span.begin <= moment)

    def _of(self, number: int) -> KeptStream | None:
        return next((stream for stream in self._streams if stream.number == number), None) if number else None

    def _again(self, stream: KeptStream) -> None:
        self._cancel(stream)
        stream.vain += 1
        self._request(stream)

    def _request(self, stream: KeptStream) -> None:
        if not self._wire.connected:
            return
        number = stream.number = self._wire.requests.new_id()
        stream.rows, stream.due, stream.updated = [], None, self._clock.monotonic()
        stream.day = exchange_day(self._clock.now())
        contract = self._contracts.contract(stream.instrument)
        span = duration(stream.cutting.seconds, stream.count)
        request = history_request(stream.instrument, contract, stream.cutting.seconds, "", span, stream.cutting.kept)

        def send() -> None:
            if stream.number == number:
                self._wire.write("reqHistoricalData", number, *request, True, [])

        self._wire.in_turn(send, Rank.PERSON)

    def _cancel(self, stream: KeptStream) -> None:
        number, stream.number = stream.number, 0
        if number and self._wire.connected:
            self._wire.queue("cancelHistoricalData", number)

    def __iter__(self) -> Iterator[KeptStream]:
        return iter(self._streams)
