"""Recording: which instruments, switched on and off, and what the engine learns handed to the thread that writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from ibtui.domain.bar import Bar, bar_seconds
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import BrokerSaid, ConnectionChanged
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.engine.journal.journal import Journal
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.market.recorder_thread import GapEnds, GapOpens, RecordedList, RecordedRow, RecorderThread
from ibtui.engine.truth.state import State
from ibtui.link.messages import Recording
from ibtui.recording.rows import Decision, Fact, Gap

WATCHLIST = "watchlist"
"""Stands for whatever is on the watchlist."""
_KEY = "recording"
_TICK = timedelta(microseconds=1)


class RecordingSettings(Struct, frozen=True, kw_only=True):
    """What is recorded, as the journal keeps it for the next engine."""

    symbols: tuple[str, ...] = ()
    bars: str = ""


@dataclass(eq=False, repr=False, kw_only=True)
class Recorder:
    """Records what `wanted` names: every quote, and all signals, orders, fills and decisions of the engine.

    `resolve` makes an instrument stream. A failed disk ends the recording and nothing else; the next engine, or the
    next `start`, tries again.
    """

    state: State
    journal: Journal
    clock: Clock
    bars: LiveBars
    folder: Path
    profile: str
    resolve: Callable[[str], Awaitable[Instrument]]

    def __post_init__(self) -> None:
        kept = self.journal.latch(_KEY)
        self._wanted = msgspec.json.decode(kept, type=RecordingSettings) if kept else RecordingSettings()
        self._thread: RecorderThread | None = None
        self._since: datetime | None = None
        self._trouble = ""
        self._last = self.clock.now()
        self._gaps: dict[str, Gap] = {}
        """Those that are open, by symbol; an empty one for everything."""
        self._unwatch: Callable[[], None] | None = None
        self._listed: tuple[str, ...] = ()
        self._basis: tuple[object, object] = (None, None)
        """What the list was made of."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The instruments that are recorded; looked up for every quote, so made anew only when a list changed."""
        if self._thread is None:
            return ()
        basis = (self._wanted, self.state.watchlist)
        if basis[0] is not self._basis[0] or basis[1] is not self._basis[1]:
            self._basis = basis
            self._listed = tuple(dict.fromkeys(self._named()))
            self._thread.put(RecordedList(self._listed), self._last)
            self.state.touch("session")
        return self._listed

    def moment(self) -> datetime:
        """Now, and later than ever before: no two facts have the same time, so that it tells their order."""
        self._last = max(self.clock.now(), self._last + _TICK)
        return self._last

    # on and off

    async def start(self, symbols: Iterable[str], bars: str) -> Recording:
        """Record these as well; raises IbtuiError for an unknown symbol or bar length, before anything is recorded."""
        _check_length(bars)
        named = [WATCHLIST if symbol.lower() == WATCHLIST else symbol for symbol in symbols]
        if not named:
            raise IbtuiError("usage", "Name what to record: symbols, or `watchlist`.")
        found = [WATCHLIST if symbol == WATCHLIST else (await self.resolve(symbol)).symbol for symbol in named]
        self._want(RecordingSettings(symbols=tuple(dict.fromkeys((*self._wanted.symbols, *found))), bars=bars))
        self._begin()
        return self.told(f"recording {', '.join(self.symbols) or 'the watchlist, which is empty'}")

    async def stop(self) -> Recording:
        """Record nothing any more, in the next engine neither."""
        thread, self._trouble = self._thread, ""
        self._want(RecordingSettings())
        await self.close()
        self.state.touch("session")
        if thread is None:
            return self.told("nothing was recorded")
        self.state.log.say("INFO", f"recording ended after {thread.rows:,} rows")
        return self.told(f"recording ended after {thread.rows:,} rows in {thread.folder}")

    def resume(self) -> None:
        """Go on with what the engine before this one recorded."""
        if self._wanted.symbols:
            self._begin()

    async def stream(self) -> None:
        """The session is active: make what is recorded stream."""
        for symbol in self._wanted.symbols if self._thread is not None else ():
            if symbol != WATCHLIST:
                try:
                    await self.resolve(symbol)
                except IbtuiError as error:
                    self.state.log.say("ERROR", f"{symbol} cannot be recorded: {error.message}")

    async def close(self) -> None:
        """End the recording, so that its files are whole."""
        self._end_bars()
        thread, self._thread = self._thread, None
        self._gaps.clear()
        if thread is not None:
            await thread.close()

    def told(self, message: str = "") -> Recording:
        """What is recorded now, as clients are told it."""
        thread = self._thread
        if thread is None:
            return Recording(on=False, message=message or self._trouble or "nothing is recorded")
        folder = "" if thread.folder is None else str(thread.folder)
        return Recording(
            on=True,
            message=message or f"recording {', '.join(self.symbols)}",
            symbols=self.symbols,
            bars=self._wanted.bars,
            folder=folder,
            since=self._since,
            rows=thread.rows,
            dropped=thread.dropped,
        )

    def _want(self, wanted: RecordingSettings) -> None:
        self._wanted = wanted
        self.journal.set_latch(_KEY, msgspec.json.encode(wanted).decode())

    def _named(self) -> Iterable[str]:
        for symbol in self._wanted.symbols:
            yield from self.state.watchlist if symbol == WATCHLIST else (symbol,)

    def _begin(self) -> None:
        self._trouble = ""
        if self._thread is None:
            symbols = tuple(dict.fromkeys(self._named()))
            self._thread = RecorderThread(self.folder, self.profile, symbols, self.clock, self._failed)
            self._since = self.clock.now()
            self.state.log.say("INFO", f"recording {', '.join(self._wanted.symbols)}")
            if self.state.connection.state != "active":
                self._open_gap("", _no_session(self.state.connection))
        self._end_bars()
        if self._wanted.bars:
            self._unwatch = self.bars.watch(bar_seconds(self._wanted.bars), self._on_bars)
        self.state.touch("session")

    def _failed(self, why: str) -> None:
        """The disk refused: said once, and what trades goes on."""
        self._thread = None
        self._gaps.clear()
        self._end_bars()
        self._trouble = f"the recording ended: its files cannot be written ({why})"
        self.state.log.say("ERROR", self._trouble)
        self.state.touch("session")

    def _end_bars(self) -> None:
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    # what happens

    def on_quote(self, quote: Quote, moment: datetime) -> None:
        """A quote came at `moment`, which this recorder gave out."""
        if self._thread is None or quote.symbol not in self.symbols:
            return
        self._look_at_kind(quote)
        self._thread.put(RecordedRow(moment, quote), moment)

    def on_fact(self, fact: Fact) -> None:
        """A signal, an order or a fill."""
        if self._thread is not None:
            moment = self.moment()
            self._thread.put(RecordedRow(moment, fact), moment)

    def on_decision(self, strategy: str, text: str, bar: datetime) -> None:
        """A strategy said what it decided."""
        self.on_fact(Decision(strategy=strategy, text=text, bar=bar))

    def on_connection(self, event: ConnectionChanged) -> None:
        """The session came or went."""
        if event.state == "active":
            self._close_gap("")
        else:
            self._open_gap("", _no_session(event))

    def on_said(self, event: BrokerSaid) -> None:
        """IB complained about an instrument: its quotes stopped, if they do not go on."""
        if event.level == "error" and event.symbol in self.symbols:
            self._open_gap(event.symbol, f"IB: {event.text} ({event.code})")

    def _on_bars(self, bars: tuple[Bar, ...]) -> None:
        if self._thread is None:
            return
        for bar in bars:
            if bar.symbol in self.symbols:
                self._thread.put(RecordedRow(self.moment(), bar, self._wanted.bars.replace(" ", "")), self._last)

    # what is missing

    def _look_at_kind(self, quote: Quote) -> None:
        reason = "" if quote.kind == "real-time" else f"{quote.kind} data"
        gap = self._gaps.get(quote.symbol)
        if gap is not None and gap.reason != reason:
            self._close_gap(quote.symbol)
        if reason:
            self._open_gap(quote.symbol, reason)

    def _open_gap(self, symbol: str, reason: str) -> None:
        if self._thread is not None and symbol not in self._gaps:
            gap = self._gaps[symbol] = Gap(begin=self.moment(), symbol=symbol, reason=reason)
            self._thread.put(GapOpens(gap), self._last)

    def _close_gap(self, symbol: str) -> None:
        gap = self._gaps.pop(symbol, None)
        if gap is not None and self._thread is not None:
            moment = self.moment()
            self._thread.put(GapEnds(gap, moment), moment)


def _no_session(event: ConnectionChanged) -> str:
    return f"no session with IB: {event.reason}" if event.reason else "no session with IB"


def _check_length(text: str) -> None:
    try:
        if text:
            bar_seconds(text)
    except ValueError as error:
        raise IbtuiError("bad_bar", f"{error}.") from None
