"""One strategy switched on: its process, its wishes on the way to the desk, and its end whatever happens."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.rate import Rate
from ibtui.domain.signal import Signal
from ibtui.domain.text.naming import meant
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.market.bars import Bars
from ibtui.engine.strategies.chains import Chains
from ibtui.engine.strategies.hold import Hold
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.pulse import Pulse, Timing
from ibtui.engine.strategies.standing import standing_words
from ibtui.engine.strategies.store import LARGEST_MEMORY, Store
from ibtui.engine.strategies.wishes import Wishes
from ibtui.engine.worker_process import WorkerProcess
from ibtui.link.worker import (
    BarClosed,
    Begin,
    CancelWish,
    ChainWish,
    Change,
    Changed,
    ChangeWish,
    Decided,
    Described,
    Drawn,
    Failed,
    FillSeen,
    Finish,
    Finished,
    FromWorker,
    Held,
    Load,
    OrderMoved,
    Past,
    Ping,
    Pong,
    Remembered,
    Said,
    SignalSeen,
    Started,
    ToWorker,
    Wish,
)

DRAWN = 20
"""Orders of a shadow that are shown."""
LINES_PER_SECOND = 10
"""Lines of a strategy that reach the log."""

M = TypeVar("M", Described, Started, Changed)


class Run:
    """One run of one strategy, from `start` to `stop` or to its failure."""

    def __init__(
        self,
        name: str,
        file: str,
        *,
        host: Host,
        bars: Bars,
        clock: Clock,
        position: Callable[[str], dict[str, Decimal]],
        timing: Timing,
        store: Store,
        shadow: bool = False,
        sha256: str = "",
        memory: int = 0,
    ) -> None:
        self.name = name
        self.shadow = shadow
        self.drawn: deque[str] = deque(maxlen=DRAWN)
        self.hold = Hold(clock, host.quote, self._unsure)
        self.for_trader = False
        self.state: Literal["off", "starting", "warming", "running", "stopping", "failed"] = "starting"
        self.reason = ""
        self.running_with: dict[str, str] = {}
        self.asked_for: dict[str, str] = {}
        """Parameters as they were typed, without the defaults."""
        self.symbols: tuple[str, ...] = ()
        self.instruments: dict[str, Instrument] = {}
        self.bar_seconds = 0
        self.decision = ""
        self.decided: datetime | None = None
        self.described: Described | None = None
        self._file = file
        self._sha256 = sha256
        self._memory_allowed = memory
        self._store = store
        self._host = host
        self._bars = bars
        self._clock = clock
        self._position = position
        self._timing = timing
        self._process: WorkerProcess | None = None
        self._starter: asyncio.Task[None] | None = None
        self._begun = False
        self._answer: asyncio.Future[FromWorker] = asyncio.get_running_loop().create_future()
        self._wishes = Wishes(
            name,
            host=host,
            instruments=self.instruments,
            position=self._held,
            hold=self.hold,
            tell=self._tell,
            fail=self._fail,
        )
        self._chains = Chains(host, tell=self._tell, offered=self._wishes.offered, fail=self._fail)
        self._pulse = Pulse(timing, ping=lambda: self._tell(Ping()), show=self._show_reason, fail=self._fail)
        self._unwatch: Callable[[], None] = lambda: None
        self._standing: dict[str, tuple[Decimal, Decimal]] = {}
        """Of an algorithm, by symbol: the position, and what stops of others cover of it, as it was told."""
        self._early: list[tuple[Bar, ...]] = []
        self._newest: dict[str, datetime] = {}
        self._fills: dict[str, Decimal] = {}
        """By base, the signed quantity that it was told of."""
        self._lines = Rate(LINES_PER_SECOND)
        self._unsaid = 0

    @property
    def on(self) -> bool:
        """It has, or is about to have, a process that may ask for orders."""
        return self.state in ("starting", "warming", "running")

    @property
    def over(self) -> bool:
        """Nothing it asks for is done any more."""
        return not self.on

    # starting

    async def start(self, parameters: dict[str, str]) -> None:
        """Bring it to live bars; raises IbtuiError when it does not get there, with nothing left running."""
        self.running_with = self.asked_for = parameters
        self._starter = asyncio.create_task(self._start(parameters))
        try:
            await self._starter
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and self.state == "failed":
                error = IbtuiError("strategy_failed", self.reason)
            elif isinstance(error, asyncio.CancelledError) and self.over:
                error = IbtuiError("stopped", f"{self.name} was stopped before it ran.")
            self._unwatch()
            await self._give_up(error)
            raise error from None

    async def _start(self, parameters: dict[str, str]) -> None:
        try:
            self._process = await WorkerProcess.spawn(self._on_message, self._on_end)
        except OSError as error:
            raise IbtuiError("no_process", f"{self.name} could not be started: {error.strerror}.") from None
        load = Load(name=self.strategy, file=self._file, sha256=self._sha256, memory=self._memory_allowed)
        self.described = await self._ask(load, Described)
        self.for_trader = self._wishes.for_trader = self.described.for_trader
        # Its orders and fills from here on are told as they come.
        self._begun = True
        self._fills = {fill.base: fill.signed for fill in self._host.fills_of(self.name)}
        begin = Begin(
            parameters=self._resolved(parameters),
            position={} if self.shadow else self._held(self.name),
            orders=() if self.shadow else tuple(order for order in self._host.orders_of(self.name) if order.live),
            equity=self._host.equity(),
            shadow=self.shadow,
            memory=self._memory(),
            time=self._clock.now(),
        )
        started = await self._ask(begin, Started)
        self.bar_seconds, self.symbols = started.bar_seconds, started.symbols
        defaults = {parameter.name: parameter.default for parameter in self.described.parameters}
        self.running_with = {**defaults, **parameters}
        for symbol in self.symbols:
            self.instruments[symbol] = await self._host.resolve(symbol)
            self.on_position(symbol)
        await self._know_held(begin.position)
        # Watched before the past is asked for, so that no bar falls in between.
        self._unwatch = self._bars.watch(self.bar_seconds, self._on_bars)
        self._go_live(await self._past(started.warmup))

    async def _know_held(self, held: dict[str, Decimal]) -> None:
        """Options that it still holds are instruments of its run, with their market."""
        for symbol, quantity in held.items():
            if quantity and symbol not in self.instruments:
                try:
                    self.instruments[symbol] = await self._host.resolve(symbol)
                except IbtuiError as error:
                    self._say(f"{symbol}, which it holds, is not known: {error.message}")

    def _go_live(self, past: tuple[Bar, ...]) -> None:
        assert self._process is not None
        for bar in past:
            self._newest[bar.symbol] = bar.time
        self._process.say(Past(instruments=tuple(self.instruments.values()), bars=past))
        for symbol in self.instruments:
            quote = self._host.quote(symbol)
            if quote is not None and symbol not in self.symbols:
                self._process.say_quote(quote)
        for quote in filter(None, map(self._host.quote, self.symbols)):
            self._process.say_quote(quote)
        self._wishes.open()
        self._pulse.start()
        self.state = "warming"
        for bars in self._early:
            self._on_bars(bars)
        self._early.clear()
        for signal in self._host.announced():
            self.on_signal(signal)
        self._host.strategies_changed()

    @property
    def strategy(self) -> str:
        """The strategy that this is a run of."""
        return self.name.partition(".")[0]

    def _held(self, name: str) -> dict[str, Decimal]:
        """What it may close: its own position, or the trader's."""
        if not self.for_trader:
            return self._position(name)
        return {symbol: self._host.held(symbol) for symbol in self.instruments}

    def _memory(self) -> dict[str, Any]:
        memory = {} if self.shadow else self._store.memory(self.name)
        if memory is None:
            self.hold.paused = "what it remembered cannot be read; `resume` lets it begin anew."
        return memory or {}

    def _resolved(self, parameters: dict[str, str]) -> dict[str, str]:
        """The watchlist's symbols where a parameter names it."""
        assert self.described is not None
        kinds = {parameter.name: parameter.kind for parameter in self.described.parameters}
        watched = ",".join(self._host.watched())
        return {
            name: watched if kinds.get(name) == "symbols" and value == "watchlist" else value
            for name, value in parameters.items()
        }

    async def _past(self, warmup: int) -> tuple[Bar, ...]:
        """Closed bars of every symbol in order of time; none is no reason not to start."""
        found: list[Bar] = []
        for symbol in self.symbols:
            try:
                # Two more than it wants: a crossing needs the value before the first, and the last may be running.
                found += await self._host.bars(symbol, self.bar_seconds, warmup + 2)
            except IbtuiError as error:
                self._say(f"no past bars of {symbol}, it warms up on live ones: {error.message}")
        ended = self._clock.now() - timedelta(seconds=self.bar_seconds)
        order = {symbol: place for place, symbol in enumerate(self.symbols)}
        closed = (bar for bar in found if bar.time <= ended and bar.symbol in order)
        return tuple(sorted(closed, key=lambda bar: (bar.time, order[bar.symbol])))

    async def _ask(self, question: Load | Begin | Change, kind: type[M]) -> M:
        assert self._process is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._process.say(question)
        try:
            async with asyncio.timeout(self._timing.load):
                answer = await self._answer
        except TimeoutError:
            what = {Described: "its import", Started: "on_start"}.get(kind, "the change")
            raise IbtuiError("strategy_failed", f"{what} did not end within {self._timing.load:g} s.") from None
        if isinstance(answer, Failed):
            self._trace(answer)
            raise IbtuiError("bad_parameter" if answer.code == "bad_parameter" else "strategy_failed", answer.message)
        if not isinstance(answer, kind):
            raise IbtuiError("strategy_failed", "it answered something else than it was asked.")
        return answer

    async def _give_up(self, error: BaseException) -> None:
        if self.on:
            failed = isinstance(error, IbtuiError) and error.code == "strategy_failed"
            self.state, self.reason = ("failed", str(error)) if failed else ("off", "")
        if self._process is not None:
            self._process.end()
            await self._process.ended.wait()
        self._host.strategies_changed()

    # what the engine tells

    def on_quote(self, quote: Quote) -> None:
        if self._live and self._process is not None:
            self._process.say_quote(quote)

    def on_order(self, order: Order) -> None:
        if self.shadow:
            return
        self._tell(OrderMoved(order=order))

    def on_signal(self, signal: Signal) -> None:
        """Tell it what happened in what it trades, or in the whole market."""
        if self._live and (not signal.symbol or signal.symbol in self.instruments):
            self._tell(SignalSeen(signal=signal))

    def _unsure(self) -> str:
        """Which instrument that it trades or holds is held; a shadow sends nothing that could be wrong."""
        if self.shadow:
            return ""
        mine = {symbol for symbol, quantity in self._position(self.name).items() if quantity}
        return self._host.held_words((*self.symbols, *sorted(mine.union(self.instruments).difference(self.symbols))))

    def on_position(self, symbol: str) -> None:
        """The account's position changed, or what stops of others cover of it; nothing is told while that is open."""
        if not self.for_trader or symbol not in self.instruments or self._host.held_words((symbol,)):
            return
        held, covered = self._host.held(symbol), self._host.covered(symbol, self.name)
        if self._standing.get(symbol) != (held, covered):
            self._standing[symbol] = held, covered
            self._tell(Held(symbol=symbol, quantity=held, covered=covered))

    async def change(self, parameters: dict[str, str]) -> dict[str, str]:
        """Give changeable parameters other values; raises IbtuiError `bad_parameter`, or `not_running`."""
        self.check_change(parameters)
        changed = await self._ask(Change(parameters=parameters), Changed)
        self.running_with.update(changed.parameters)
        self.asked_for = {**self.asked_for, **changed.parameters}
        return changed.parameters

    def check_change(self, parameters: dict[str, str]) -> None:
        """Raises IbtuiError `bad_parameter` for one that is set when it starts, `not_running` while it does not run."""
        if not self._live or self.described is None:
            raise IbtuiError("not_running", f"{self.name} is {self.state}; its parameters are set when it starts.")
        known = {parameter.name: parameter for parameter in self.described.parameters}
        unknown = [name for name in parameters if name not in known]
        if unknown:
            raise IbtuiError("bad_parameter", f"There is no parameter {unknown[0][:20]!r}: {meant(unknown[0], known)}")
        fixed = [name for name in parameters if not known[name].changeable]
        if fixed:
            raise IbtuiError("bad_parameter", f"{fixed[0]} cannot change while it runs; stop it and start it again.")

    def on_fill(self, fill: Fill) -> None:
        """Tell it of a fill, once; of a correction, what became of its position; of a commission nothing."""
        told = self._fills.get(fill.base)
        if not self._begun or self.shadow or told == fill.signed:
            return
        self._fills[fill.base] = fill.signed
        held = self._held(self.name).get(fill.symbol, Decimal(0))
        self._tell(FillSeen(fill=fill, position=held, correction=None if told is None else fill.signed - told))

    def _tell(self, message: ToWorker) -> None:
        """Say something to a worker that has begun; one that ended needs to know no more."""
        if self.on and self._begun and self._process is not None:
            self._process.say(message)

    def _on_bars(self, bars: tuple[Bar, ...]) -> None:
        if self.state == "starting":
            self._early.append(bars)
            return
        mine = {bar.symbol: bar for bar in bars if bar.symbol in self.symbols and self._is_new(bar)}
        if not mine or not self._live or self.hold.away or self._process is None:
            return
        for bar in mine.values():
            self._newest[bar.symbol] = bar.time
        ordered = tuple(mine[symbol] for symbol in self.symbols if symbol in mine)
        self._process.say(BarClosed(bars=ordered, equity=self._host.equity()))

    def _is_new(self, bar: Bar) -> bool:
        newest = self._newest.get(bar.symbol)
        return newest is None or bar.time > newest

    @property
    def _live(self) -> bool:
        return self.state in ("warming", "running")

    # what the worker says

    def _on_message(self, message: FromWorker) -> None:
        if self.over and not (self.state == "stopping" and isinstance(message, Remembered)):
            return
        if isinstance(message, Wish | CancelWish | ChangeWish):
            if self._live:
                self._wishes.ask(message)
        elif isinstance(message, ChainWish):
            if self._live:
                self._chains.ask(message, self.symbols)
        elif isinstance(message, Decided):
            self._decide(message)
        elif isinstance(message, Drawn):
            self.drawn.append(sanitize(message.text, 120))
            self._say(f"shadow: {message.text}")
        elif isinstance(message, Remembered):
            if not self.shadow and not self._store.remember(self.name, message.memory):
                self._fail(f"it wants to remember more than {LARGEST_MEMORY // 1024} KiB")
        elif isinstance(message, Changed):
            if not self._answer.done():
                self._answer.set_result(message)
        elif isinstance(message, Pong):
            self._pulse.answered()
        elif isinstance(message, Said):
            self._say(message.text)
        elif isinstance(message, Described | Started | Failed) and not self._answer.done() and self._expects(message):
            self._answer.set_result(message)
        elif isinstance(message, Failed):
            self._trace(message)
            self._fail(message.message)
        elif isinstance(message, Finished):
            self._fail("it ended by itself")

    def _expects(self, message: Described | Started | Failed) -> bool:
        """A failure ends a running strategy, unless it answers a change of parameters."""
        return self.state == "starting" or (isinstance(message, Failed) and message.code == "bad_parameter")

    def _decide(self, decided: Decided) -> None:
        self.decision, self.decided = sanitize(decided.text, 200), decided.time
        if self._live:
            self.state = "warming" if decided.warming else "running"
        self._host.decided(self.name, self.decision, decided.time)
        self._host.strategies_changed()

    def _say(self, text: str) -> None:
        if not self._lines.allows(asyncio.get_running_loop().time()):
            self._unsaid += 1
            return
        more = f" (and {self._unsaid:,} lines that were too many)" if self._unsaid else ""
        self._unsaid = 0
        self._host.say("STRAT", f"{self.name}: {text}{more}")

    def _trace(self, failed: Failed) -> None:
        """The end of the traceback, as far as a log line carries it."""
        if failed.trace:
            self._say(" | ".join(line.strip() for line in failed.trace.splitlines()[-6:]))

    # the end

    async def stop(self, reason: str = "") -> int:
        """End it: entries are cancelled at once, then the process; returns how many entries were cancelled.

        It is off only when the process is gone and no order of its own is still on the way to the desk.
        """
        if self.on:
            self.state, self.reason = "stopping", reason
            self._host.strategies_changed()
        cancelled = self._wishes.close()
        if self._starter is not None:
            self._starter.cancel()
            await asyncio.wait({self._starter})
        await self._end_process()
        self._unwatch()
        self._pulse.stop()
        self._chains.close()
        cancelled += await self._wishes.ended()
        if self.state == "stopping":
            self.state = "off"
        self._host.strategies_changed()
        return cancelled

    async def _end_process(self) -> None:
        if self._process is None:
            return
        self._process.say(Finish())
        try:
            async with asyncio.timeout(0 if self.state == "failed" else self._timing.finish):
                await self._process.ended.wait()
        except TimeoutError:
            self._process.end()
            await self._process.ended.wait()

    def _fail(self, reason: str) -> None:
        """It is at fault: no more orders, entries cancelled, process killed."""
        if self.over:
            return
        self.state, self.reason = "failed", sanitize(reason)
        cancelled = self._wishes.close()
        entries = f"; cancel sent for {cancelled} {'entry' if cancelled == 1 else 'entries'}" if cancelled else ""
        mine = {} if self.for_trader or self.shadow else self._position(self.name)
        standing = standing_words(self.name, mine, self._host)
        text = f"{self.name} failed: {self.reason.rstrip('.')}{entries}{f'; it holds {standing}' if standing else ''}"
        self._host.say("ERROR", text)
        self._host.notify("failed", text)
        self._unwatch()
        self._pulse.stop()
        self._chains.close()
        if self._starter is not None:
            self._starter.cancel()
        if self._process is not None:
            self._process.end(patience=self._timing.finish)
        self._host.strategies_changed()

    def _on_end(self) -> None:
        assert self._process is not None
        reason = self._process.fault or f"its process ended by itself ({self._process.exit_words})"
        if self.state == "starting" and not self._answer.done():
            self._answer.set_result(Failed(message=f"{reason}."))
        else:
            self._fail(reason)

    def _show_reason(self, reason: str) -> None:
        if self.reason != reason and self._live:
            self.reason = reason
            self._host.strategies_changed()
