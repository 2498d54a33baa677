"""One strategy switched on: its process, its requests on the way to the desk, and its end whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.strategies.beginning import Beginning
from ibtui.engine.strategies.chains import ChainAnswers
from ibtui.engine.strategies.hearing import Hearing
from ibtui.engine.strategies.hold import Hold
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.pulse import Pulse, Timing
from ibtui.engine.strategies.requests import StrategyRequests
from ibtui.engine.strategies.run_bars import RunBars
from ibtui.engine.strategies.run_facts import Launch, RunFacts
from ibtui.engine.strategies.run_log import RunLog
from ibtui.engine.strategies.shadow_quotes import ShadowQuotes
from ibtui.engine.strategies.standing import standing_words
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.strategies.talk import Talk
from ibtui.engine.strategies.told import ToldFacts
from ibtui.engine.strategies.told_currency import ToldCurrency
from ibtui.link import worker


class StrategyRun:
    """One run of one strategy, from `start` to `stop` or to its failure."""

    def __init__(
        self,
        launch: Launch,
        *,
        host: Host,
        bars: LiveBars,
        clock: Clock,
        position: Callable[[str], dict[str, Decimal]],
        timing: Timing,
        store: StrategyStore,
    ) -> None:
        """`position` tells what a strategy holds by its own fills."""
        self.launch = launch
        self.facts = facts = RunFacts()
        self._host = host
        self._clock = clock
        self._timing = timing
        log = RunLog(launch.name, host)
        self.hold = hold = Hold(clock, host.quote, self._unsure)
        self._told = told = ToldFacts(launch, facts, host, clock, position, self._tell)
        self._talk = talk = Talk(log, timing.load, hear=self._hear, gone=self._gone)
        self._beginning = Beginning(
            launch, facts, host=host, store=store, clock=clock, log=log, talk=talk, told=told, hold=hold
        )
        self._bars = RunBars(bars, host, clock, facts, log, self._on_bars)
        self._requests = requests = StrategyRequests(
            launch.name,
            host=host,
            instruments=facts.instruments,
            for_trader=lambda: facts.for_trader,
            position=lambda name: told.held(),
            hold=hold,
            tell=self._tell,
            fail=self._fail,
        )
        self._chains = chains = ChainAnswers(host, tell=self._tell, offered=requests.offered, fail=self._fail)
        self._currency = ToldCurrency(host.account, talk.say)
        self._pulse = pulse = Pulse(timing, ping=self._ping, show=self._show_reason, fail=self._fail)
        self._quotes = quotes = ShadowQuotes(
            host,
            log,
            instruments=facts.instruments,
            offered=requests.offered,
            quoted=lambda quote: talk.say_quote(quote, clock.now()),
        )
        self._hearing = Hearing(
            launch,
            facts,
            host=host,
            store=store,
            log=log,
            talk=talk,
            requests=requests,
            chains=chains,
            pulse=pulse,
            quotes=quotes,
            fail=self._fail,
        )
        self._starter: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """`sma_cross`, or `sma_cross.msft` for a run of its own."""
        return self.launch.name

    # starting

    async def start(self, parameters: dict[str, str]) -> None:
        """Bring it to live bars; raises IbtuiError when it does not get there, with nothing left running."""
        facts = self.facts
        facts.running_with = facts.asked_for = parameters
        self._starter = asyncio.create_task(self._start(parameters))
        try:
            await self._starter
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and facts.state == "failed":
                error = IbtuiError("strategy_failed", facts.reason)
            elif isinstance(error, asyncio.CancelledError) and not facts.on:
                error = IbtuiError("stopped", f"{self.name} was stopped before it ran.")
            self._bars.close()
            await self._give_up(error)
            raise error from None

    async def _start(self, parameters: dict[str, str]) -> None:
        warmup = await self._beginning.begin(parameters)
        self._bars.watch()
        self._go_live(await self._bars.past(warmup))

    def _go_live(self, past: tuple[Bar, ...]) -> None:
        facts = self.facts
        self._bars.told(past)
        hours = {symbol: told for symbol in facts.instruments if (told := self._host.hours(symbol)) is not None}
        instruments = tuple(facts.instruments.values())
        self._currency.tell()
        self._talk.say(worker.Past(instruments=instruments, bars=past, hours=hours, time=self._clock.now()))
        held = [symbol for symbol in facts.instruments if symbol not in facts.symbols]
        for quote in filter(None, map(self._host.quote, (*held, *facts.symbols))):
            self._talk.say_quote(quote, self._clock.now())
        self._requests.open()
        self._pulse.start()
        facts.state = "warming"
        self._bars.begin()
        for signal in self._host.announced():
            self.on_signal(signal)
        self._host.strategies_changed()

    def _ping(self) -> None:
        self._currency.tell()
        self._tell(worker.Ping(time=self._clock.now()))

    async def _give_up(self, error: BaseException) -> None:
        facts = self.facts
        if facts.on:
            failed = isinstance(error, IbtuiError) and error.code == "strategy_failed"
            facts.state, facts.reason = ("failed", str(error)) if failed else ("off", "")
        await self._talk.end()
        self._host.strategies_changed()

    # what the engine tells

    def on_quote(self, quote: Quote, moment: datetime) -> None:
        """The market of something that it trades or holds moved at `moment`."""
        if self.facts.live:
            self._talk.say_quote(quote, moment)

    def on_order(self, order: Order) -> None:
        """One of its orders stands differently."""
        if not self.launch.shadow:
            self._tell(worker.OrderUpdate(order=order))

    def on_signal(self, signal: Signal) -> None:
        """Tell it what happened in what it trades, or in the whole market."""
        if self.facts.live and (not signal.symbol or signal.symbol in self.facts.instruments):
            self._tell(worker.SignalSeen(signal=signal))

    def on_position(self, symbol: str) -> None:
        """The account's position changed, or what stops of others cover of it."""
        self._told.position(symbol)

    def on_fill(self, fill: Fill) -> None:
        """One of its orders filled, or a fill of it was corrected or charged."""
        self._told.fill(fill)

    def _on_bars(self, bars: tuple[Bar, ...]) -> None:
        if self.facts.live and not self.hold.away:
            self._bars.told(bars)
            self._currency.tell()
            self._talk.say(worker.BarClosed(bars=bars, equity=self._host.equity(), time=self._clock.now()))

    def _unsure(self) -> str:
        """Which instrument that it trades or holds is held; a shadow sends nothing that could be wrong."""
        if self.launch.shadow:
            return ""
        symbols = self.facts.symbols
        mine = {symbol for symbol, quantity in self._told.own().items() if quantity}
        return self._host.held_words((*symbols, *sorted(mine.union(self.facts.instruments).difference(symbols))))

    async def change(self, parameters: dict[str, str]) -> dict[str, str]:
        """Give changeable parameters other values; raises IbtuiError `bad_parameter`, or `not_running`."""
        self.check_change(parameters)
        changed = await self._talk.ask(worker.SetParameters(parameters=parameters), worker.Changed)
        self.facts.changed(changed.parameters)
        return changed.parameters

    def check_change(self, parameters: dict[str, str]) -> None:
        """Raise what `change` would before it asks the strategy."""
        self.facts.check_change(self.name, parameters)

    def _tell(self, message: worker.ToWorker) -> None:
        """Say something to a worker that has begun; one that ended needs to know no more."""
        if self.facts.on and self._told.begun:
            self._talk.say(message)

    def _hear(self, message: worker.FromWorker) -> None:
        self._hearing.hear(message)

    # the end

    async def stop(self, reason: str = "") -> int:
        """End it: entries are cancelled at once, then the process; returns how many entries were cancelled.

        It is off only when the process is gone and no order of its own is still on the way to the desk.
        """
        facts = self.facts
        if facts.on:
            facts.state, facts.reason = "stopping", reason
            self._host.strategies_changed()
        cancelled = self._requests.close()
        if self._starter is not None:
            self._starter.cancel()
            await asyncio.wait({self._starter})
        await self._talk.finish(0 if facts.state == "failed" else self._timing.finish)
        self._hush()
        cancelled += await self._requests.ended()
        if facts.state == "stopping":
            facts.state = "off"
        self._host.strategies_changed()
        return cancelled

    def _fail(self, reason: str) -> None:
        """It is at fault: no more orders, entries cancelled, process killed."""
        facts = self.facts
        if not facts.on:
            return
        facts.state, facts.reason = "failed", sanitize(reason)
        text = self._failure_words(self._requests.close())
        self._host.say("ERROR", text)
        self._host.notify("failed", text)
        self._hush()
        if self._starter is not None:
            self._starter.cancel()
        self._talk.kill(patience=self._timing.finish)
        self._host.strategies_changed()

    def _failure_words(self, cancelled: int) -> str:
        entries = f"; cancel sent for {cancelled} {'entry' if cancelled == 1 else 'entries'}" if cancelled else ""
        mine = {} if self.facts.for_trader or self.launch.shadow else self._told.own()
        standing = standing_words(self.name, mine, self._host)
        held = f"; it holds {standing}" if standing else ""
        return f"{self.name} failed: {self.facts.reason.rstrip('.')}{entries}{held}"

    def _hush(self) -> None:
        """No bars, pings, chains or quotes any more."""
        self._bars.close()
        self._pulse.stop()
        self._chains.close()
        self._quotes.close()

    def _gone(self) -> None:
        """Take it that the process of the run has ended."""
        if self.facts.state == "starting" and self._talk.waits:
            self._talk.answered(worker.Failed(message=f"{self._talk.fault}."))
        else:
            self._fail(self._talk.fault)

    def _show_reason(self, reason: str) -> None:
        if self.facts.reason != reason and self.facts.live:
            self.facts.reason = reason
            self._host.strategies_changed()
