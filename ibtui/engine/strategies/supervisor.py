"""The strategies of an engine: which there are, which run, what they hold; starts and stops them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.new_york import day_began
from ibtui.domain.cover import orphans
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.text.naming import meant
from ibtui.engine.market.bars import Bars
from ibtui.engine.strategies import leave
from ibtui.engine.strategies import orders as strategy_orders
from ibtui.engine.strategies import trial as strategy_trial
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.catalog import Catalog, Entry
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.pulse import Timing
from ibtui.engine.strategies.run import Run
from ibtui.engine.strategies.run_facts import Launch
from ibtui.engine.strategies.shown import Shown
from ibtui.engine.strategies.standing import standing_words
from ibtui.engine.strategies.store import LeftOn, Store
from ibtui.engine.truth import pnl
from ibtui.link.status import StrategyStatus
from ibtui.link.worker import Load

Then = Literal["keep", "close", "hand"]


class Supervisor:
    """Every strategy, by name. Quotes, orders and fills are fed to it; `bars` are made from the quotes."""

    def __init__(
        self,
        host: Host,
        *,
        catalog: Catalog,
        store: Store,
        books: Books,
        bars: Bars,
        clock: Clock,
        timing: Timing,
        memory: int = 0,
    ) -> None:
        self._host = host
        self._clock = clock
        self._timing = timing
        self.store = store
        self._memory = memory
        """MiB that a strategy's process may take; 0 for a share of the machine."""
        self._catalog = catalog
        self._runs: dict[str, Run] = {}
        self._books = books
        self._shown = Shown(host, store, books, clock)
        self._active = False
        self._resumed = False
        self._described = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.bars = bars

    async def describe_all(self) -> None:
        """Learn what strategies there are; a file that does not import is one that failed, with its reason."""
        for sentence in await self._catalog.refresh():
            self._host.say("ERROR", sentence)
        self._described.set()
        self._cancel_left_over()
        self._host.strategies_changed()

    async def start(
        self, name: str, parameters: dict[str, str], *, shadow: bool = False, paused: str = "", again: bool = False
    ) -> str:
        """Switch a strategy on and say so in one sentence; `sma_cross.msft` is a run of its own beside `sma_cross`.

        `paused` says why it may not enter yet. A person's first start of a file approves it as it is, a start `again`
        after a restart of the engine never does. Raises IbtuiError: unknown_strategy, not_approved, strategy_on,
        not_active, bad_parameter, strategy_failed, stopped, no_process, or what resolving its instrument raised. What
        was refused leaves no row of its own behind; what failed is shown with its reason.
        """
        found = await self.ready(name, parameters)
        entry = await self._approved(found, again)
        name = run_name(name, entry, parameters)
        old = self._runs.get(name)
        sha256 = entry.sha256 if entry.file else ""
        run = Run(
            Launch(name=name, file=entry.file, sha256=sha256, memory=self._memory, shadow=shadow),
            host=self._host,
            bars=self.bars,
            clock=self._clock,
            position=self._books.positions,
            timing=self._timing,
            store=self.store,
        )
        run.hold.pause(paused)
        self._runs[name] = run
        self._host.strategies_changed()
        if old is not None:
            await old.stop()
        try:
            await run.start(parameters)
        except BaseException:
            if entry is not found:  # its first start approved it; one that came to nothing did not
                self.store.disapprove(entry.name)
            raise
        finally:
            self._books.instruments.update(run.facts.instruments)
            if run.facts.described is not None:
                self._catalog.learn(run.facts.described, entry.file)
            if run.facts.state == "off":
                self._put_back(name, old)
        self.store.switched_on(LeftOn(name=name, parameters=parameters, shadow=shadow, paused=bool(paused)))
        return self._started(run)

    def _put_back(self, name: str, old: Run | None) -> None:
        """A start was refused: what is shown is as it was before."""
        if old is None:
            self._runs.pop(name, None)
        else:
            self._runs[name] = old
        self._host.strategies_changed()

    async def known(self, name: str, write: str = "") -> Entry:
        """The strategy of that name as its file is now; raises IbtuiError `unknown_strategy`.

        `write` is the line that was meant, with `{}` where the name belongs.
        """
        await self._catalog.refresh()
        return self._entry(name, write)

    async def ready(self, name: str, parameters: dict[str, str]) -> Entry:
        """The strategy of that name, if it may be switched on now; raises what `start` raises before it begins."""
        entry = await self.known(name, "start {}")
        name = run_name(name, entry, parameters)
        old = self._runs.get(name)
        if old is not None and not old.facts.over:
            raise IbtuiError("strategy_on", f"{name} is {old.facts.state} already; stop it first.")
        if not self._active:
            raise IbtuiError("not_active", f"{name} was not started: there is no session to trade in; wait for READY.")
        self._check_approved(entry)
        return entry

    async def trial(self, name: str, parameters: dict[str, str]) -> None:
        """Have the strategy take the parameters without a run; raises IbtuiError when they do not fit.

        Nothing of a file that was not approved is run for that: raises IbtuiError `not_approved`.
        """
        entry = self._entry(name)
        self._check_approved(entry)
        if self._is_new(entry):
            raise IbtuiError(
                "not_approved",
                f"{Path(entry.file).name} is new and nothing of it has run: what it takes is known when you start it, "
                f"or after `approve {entry.name}`.",
            )
        sha256 = entry.sha256 if entry.file else ""
        load = Load(name=entry.name, file=entry.file, sha256=sha256, memory=self._memory)
        await strategy_trial.trial(load, parameters, self._timing.load)

    def _is_new(self, entry: Entry) -> bool:
        return bool(entry.file) and not self.store.approved(entry.name)

    def _check_approved(self, entry: Entry) -> None:
        """The first start of a file approves it; a file that is another one since then wants a person's look."""
        if entry.unsafe:
            raise IbtuiError("unsafe_file", entry.failure)
        approved = self.store.approved(entry.name)
        if entry.file and approved and approved != entry.sha256:
            raise IbtuiError(
                "not_approved",
                f"{Path(entry.file).name} has changed since it was approved, or what it imports from its folder: "
                f"look at it, then `approve {entry.name}`.",
            )

    async def _approved(self, entry: Entry, again: bool) -> Entry:
        """The strategy as it says itself; a new file is approved by that, unless it is started `again`."""
        if not self._is_new(entry):
            return entry
        if again:
            raise IbtuiError("not_approved", f"{Path(entry.file).name} was never approved: `approve {entry.name}`.")
        self.store.approve(entry.name, entry.sha256)
        return await self.known(entry.name)

    async def approve(self, name: str) -> str:
        """Let a changed file run; raises IbtuiError `unknown_strategy`, or `no_file` for a built-in."""
        entry = self.approvable(await self.known(name))
        self.store.approve(entry.name, entry.sha256)
        await self._catalog.refresh()
        self._host.strategies_changed()
        return f"{Path(entry.file).name} is approved as it is now (sha256 {entry.sha256[:12]})."

    def approvable(self, entry: Entry) -> Entry:
        """The strategy, if a file of it could be approved; raises IbtuiError: no_file, unsafe_file, bad_strategy."""
        if not entry.file:
            raise IbtuiError("no_file", f"{entry.name} is built in; there is no file to approve.")
        if entry.unsafe:
            raise IbtuiError("unsafe_file", entry.failure)
        if not entry.sha256:
            raise IbtuiError("bad_strategy", entry.failure)
        return entry

    def state_of(self, name: str) -> str:
        """How a strategy stands; raises IbtuiError `unknown_strategy`."""
        self._entry(name)
        run = self._runs.get(name)
        return "off" if run is None else run.facts.state

    def forget(self, name: str) -> str:
        """Take the row of a run that is over out of the list; raises what `forgettable` raises."""
        sentence = self.forgettable(name)
        del self._runs[name]
        self._host.strategies_changed()
        return sentence

    def forgettable(self, name: str) -> str:
        """What forgetting it means; raises IbtuiError strategy_on, still_holds, not_running, unknown_strategy."""
        self._entry(name)
        run = self._runs.get(name)
        if run is None:
            raise IbtuiError("not_running", f"{name} has not run since the engine began: there is nothing to forget.")
        if not run.facts.over:
            raise IbtuiError("strategy_on", f"{name} is {run.facts.state}; stop it first.")
        if held := self._held_words(name):
            raise IbtuiError("still_holds", f"{name} still holds {held}: `stop {name} close` or `hand` first.")
        row = "its row is gone" if "." in name else "it is shown as one that never ran"
        return f"{name} is forgotten: {row}; its fills and log lines stay."

    def pause(self, name: str) -> str:
        """Let a run enter no more until it is resumed; its exits and stops go out."""
        run = self.running(name)
        run.hold.pause("paused by hand; exits and stops go out, `resume` lets it enter again.")
        self._left_on(run)
        return f"{name} is paused: it goes on deciding, exits and stops go out, entries do not."

    def keep_paused(self, name: str, why: str) -> str:
        """Let a run enter no more until it is resumed, for a reason of the engine; a sentence, empty when it is off."""
        run = self._runs.get(name)
        if run is None or not run.facts.on:
            return ""
        run.hold.pause(why)
        self._left_on(run)
        sentence = f"{name} stays paused: {why}."
        self._host.say("STRAT", sentence)
        return sentence

    def resume(self, name: str) -> str:
        """Let a paused or suspended run enter again."""
        run = self.running(name)
        run.hold.lift()
        self._left_on(run)
        waiting = f" It still waits: {run.hold.reason}." if run.hold.reason else ""
        return f"{name} may enter again.{waiting}"

    async def change(self, name: str, parameters: dict[str, str]) -> str:
        """Other values of changeable parameters while it runs."""
        run = self.running(name)
        changed = await run.change(parameters)
        self._left_on(run)
        words = " ".join(f"{key}={value}" for key, value in changed.items())
        self._host.say("STRAT", f"{name}: {words}")
        return f"{name}: {words}"

    def running(self, name: str) -> Run:
        """The run of that name; raises IbtuiError not_running or unknown_strategy."""
        run = self._runs.get(name)
        if run is None or not run.facts.on:
            self._entry(name)
            raise IbtuiError("not_running", f"{name} is not running.")
        return run

    def _left_on(self, run: Run) -> None:
        self.store.switched_on(
            LeftOn(
                name=run.name, parameters=run.facts.asked_for, shadow=run.launch.shadow, paused=bool(run.hold.paused)
            )
        )
        self._host.strategies_changed()

    async def _resume_all(self) -> None:
        """Bring back what was on when the engine ended without being told to; paused where something is open."""
        await self._described.wait()
        for one in self.store.left_on:
            why = self._open_question(one)
            try:
                sentence = await self.start(one.name, one.parameters, shadow=one.shadow, paused=why, again=True)
            except IbtuiError as error:
                self._host.say("ERROR", f"{one.name} was on before the restart and is off now: {error.message}")
                self.store.switched_off(one.name)
            else:
                self._host.say("STRAT", f"back after a restart: {sentence}{f' It is paused: {why}' if why else ''}")

    def _open_question(self, one: LeftOn) -> str:
        """What is not known for sure about a run that comes back; empty when everything is."""
        unknown = [o for o in self._host.orders_of(one.name) if o.status.unsure]
        if unknown:
            return f"its order {unknown[0].ref} is {unknown[0].status}; `resume` when you know what became of it."
        return "it was paused before the restart; `resume` lets it enter." if one.paused else ""

    def _entry(self, name: str, write: str = "") -> Entry:
        entries = self._catalog.entries
        base = name.partition(".")[0]
        if base in entries:
            return entries[base]
        raise IbtuiError("unknown_strategy", f"There is no strategy {name[:20]!r}: {meant(base, entries, write)}")

    def _started(self, run: Run) -> str:
        values = " ".join(f"{key}={value}" for key, value in run.facts.running_with.items())
        held = self._held_words(run.name)
        how = "on in SHADOW, nothing is sent" if run.launch.shadow else "on"
        sentence = f"{run.name} is {how}: {values}.{f' It still holds {held}.' if held else ''}"
        self._host.say("STRAT", sentence)
        return sentence

    async def stop(self, name: str, reason: str = "", then: Then = "keep") -> str:
        """Switch a strategy off and say what it leaves; its entries are cancelled before anything is awaited.

        `then` says what becomes of its position: kept with its stops, closed, or the trader's. Raises IbtuiError
        unknown_strategy. Stopping what is off is no mistake.
        """
        self._entry(name)
        run = self._runs.get(name)
        self.store.switched_off(name)
        if run is None or run.facts.state == "off":
            return await self._left(name, f"{name} is off.", then)
        if run.facts.state == "failed":
            await run.stop()
            return await self._left(name, f"{name} had failed already: {run.facts.reason}", then)
        cancelled = await run.stop(reason)
        sentence = await self._left(name, self._stopped(name, cancelled, reason), then)
        self._host.say("STRAT", sentence)
        return sentence

    async def _left(self, name: str, sentence: str, then: Then) -> str:
        run = self._runs.get(name)
        held = self._books.positions(name)
        if then == "keep" or not any(held.values()) or (run is not None and run.facts.for_trader):
            return sentence
        if then == "close":
            return f"{sentence} {await leave.close(name, held, self._host)}."
        words = leave.hand(name, held, self._host, self.store, self._clock)
        self._books.forget(name)
        return f"{sentence} {words}."

    async def stop_all(self, reason: str, then: Then = "keep") -> list[str]:
        """Stop every running strategy at once; one sentence for each."""
        names = [name for name, run in self._runs.items() if not run.facts.over]
        return list(await asyncio.gather(*(self.stop(name, reason, then) for name in names)))

    def _stopped(self, name: str, cancelled: int, reason: str) -> str:
        going = self._entries(name)
        staying = [order for order in self._host.orders_of(name) if order.live and order not in going]
        stops, entries = sum(order.protective for order in staying), len(going)
        parts = [f"cancel sent for {_entries_words(cancelled)}"] if cancelled else []
        if entries and not self._active:
            parts = [f"{_entries_words(entries)} cannot be cancelled before the session is back"]
        parts += [f"{stops} protective {'stop stays' if stops == 1 else 'stops stay'}"] if stops else []
        parts += [] if self._catalog.for_trader(name) else [f"it holds {self._held_words(name) or 'nothing'}"]
        left = f": {', '.join(parts)}" if parts else ""
        return f"{name} is off{f' ({reason})' if reason else ''}{left}."

    def _held_words(self, name: str) -> str:
        """`+200 MSFT`, with what no stop covers of it; empty when it holds nothing."""
        return "" if self._catalog.for_trader(name) else standing_words(name, self._books.positions(name), self._host)

    async def close(self) -> None:
        """End every worker; nothing of it is left running, and nothing comes back by itself."""
        for task in self._tasks:
            task.cancel()
        for one in self.store.left_on:
            self.store.switched_off(one.name)
        await asyncio.gather(*(run.stop("the engine ends") for run in self._runs.values()))

    # what the engine feeds

    def on_quote(self, quote: Quote, moment: datetime | None = None) -> None:
        """A quote changed at `moment`: bars are made of it, and strategies that trade it see it."""
        self.bars.on_quote(quote, moment)
        for run in self._runs.values():
            if quote.symbol in run.facts.instruments and run.facts.on:
                run.on_quote(quote)
                self._host.strategies_changed()

    def on_order(self, order: Order) -> None:
        """An order changed."""
        run = self._runs.get(order.owner)
        if run is not None:
            run.on_order(order)
            self._host.strategies_changed()
        for other in self._runs.values():
            if other is not run:
                other.on_position(order.symbol)

    def on_fill(self, fill: Fill) -> None:
        """A fill came, or its commission, or its correction; `host.fills_of` has it already."""
        self._books.forget(fill.owner)
        run = self._runs.get(fill.owner)
        if run is not None:
            self._books.instruments.update(run.facts.instruments)
            run.on_fill(fill)
        self._host.strategies_changed()

    def on_signal(self, signal: Signal) -> None:
        """Something happened outside the market's prices."""
        for run in self._runs.values():
            run.on_signal(signal)

    def on_position(self, symbol: str) -> None:
        """The account's position changed."""
        for run in self._runs.values():
            run.on_position(symbol)

    def on_hold(self, symbol: str) -> None:
        """An instrument is held now, or no longer: then what became of the position meanwhile is told."""
        if not self._host.held_words((symbol,)):
            self.on_position(symbol)

    def on_losses(self, reached: Mapping[str, str]) -> None:
        """Sentences on limits of the daily loss that were reached, by strategy, the account's under ""."""
        for name, run in self._runs.items():
            run.hold.loss = reached.get(name, "") or reached.get("", "")

    def cancel_entries(self, name: str) -> None:
        """Take back what a strategy has out that may add risk; it runs on."""
        for order in self._entries(name):
            with contextlib.suppress(IbtuiError):
                self._host.cancel(order.ref)

    def on_session(self, active: bool) -> None:
        """The session became active or stopped being so: while it is not, bars are withheld."""
        self._active = active
        for run in self._runs.values():
            run.hold.away = not active
        self._cancel_left_over()
        if active:
            self._background(self._resolve_traded())
            if not self._resumed:
                self._resumed = True
                self._background(self._resume_all())
        self._host.strategies_changed()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _cancel_left_over(self) -> None:
        """Cancel entries of strategies that are off: it was not possible when they ended, or the engine was killed."""
        if not self._active:
            return
        on = {one.name for one in self.store.left_on}
        for name in self._names():
            run = self._runs.get(name)
            ended = run is None or run.facts.over
            entries = self._entries(name) if ended and not (run is None and name in on) else []
            for order in entries:
                self._host.say("STRAT", f"{name} is off: its entry {order.side} {order.symbol} is taken back.")
                with contextlib.suppress(IbtuiError):
                    self._host.cancel(order.ref)

    def _entries(self, name: str) -> list[Order]:
        """Live orders of a strategy that may add risk; of an algorithm, exits with nothing to close too."""
        orders = self._host.orders_of(name)
        if not self._catalog.for_trader(name):
            return strategy_orders.adding_risk(orders, self._books.positions(name))
        held = {order.symbol: self._host.held(order.symbol) for order in orders}
        left_over = [order for order in orders if orphans(held[order.symbol], (order,))]
        return strategy_orders.adding_risk(orders, held) + left_over

    async def _resolve_traded(self) -> None:
        """Know the instruments of fills that were made before this engine started: their profit needs a price."""
        for name in self._names():
            for fill in self._host.fills_of(name):
                gone = pnl.expired(fill.symbol, day_began(self._clock.now()))
                if fill.symbol not in self._books.instruments and not gone:
                    try:
                        self._books.instruments[fill.symbol] = await self._host.resolve(fill.symbol)
                    except IbtuiError as error:
                        self._host.say("ERROR", f"The profit of {name} is not known: {error.message}")
                        return
        self._host.strategies_changed()

    # what is shown

    def statuses(self) -> tuple[StrategyStatus, ...]:
        """Every strategy as it stands now, built-ins first, each with its labelled runs after it."""
        entries = self._catalog.entries
        return tuple(
            self._shown.status(name, entries[name.partition(".")[0]], self._runs.get(name)) for name in self._names()
        )

    def _names(self) -> list[str]:
        """Strategies and their labelled runs."""
        labelled: dict[str, list[str]] = {}
        for name in self._runs:
            base, dot, _ = name.partition(".")
            if dot:
                labelled.setdefault(base, []).append(name)
        return [name for entry in self._catalog.entries for name in (entry, *labelled.get(entry, ()))]


def run_name(name: str, entry: Entry, parameters: dict[str, str]) -> str:
    """An execution algorithm without a label is named after what it works on: guard.AAPL."""
    if "." in name or not entry.for_trader:
        return name
    symbol = next((p for p in entry.parameters if p.kind == "symbol"), None)
    value = "" if symbol is None else parameters.get(symbol.name, symbol.default)
    label = "".join(letter for letter in value if letter.isalnum() or letter in "_-")[:24]
    return f"{name}.{label}" if label else name


def _entries_words(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"
