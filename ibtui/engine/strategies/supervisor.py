"""The strategies of an engine: which there are, which run, what they hold; starts and stops them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from functools import partial
from typing import Any

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import LONGEST_OWNER, is_owner
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.strategies.approvals import Approvals
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.catalog import Catalog, Entry
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.leaving import Leaving, Then
from ibtui.engine.strategies.left_over import LeftOver
from ibtui.engine.strategies.pulse import Timing
from ibtui.engine.strategies.run import StrategyRun
from ibtui.engine.strategies.runs import Runs
from ibtui.engine.strategies.shown import Shown
from ibtui.engine.strategies.store import LeftOn, StrategyStore
from ibtui.link.status import StrategyStatus


class Supervisor:
    """Starts, shows and stops every strategy, each under its name."""

    def __init__(
        self,
        host: Host,
        *,
        catalog: Catalog,
        store: StrategyStore,
        books: Books,
        runs: Runs,
        bars: LiveBars,
        clock: Clock,
        timing: Timing,
        memory: int = 0,
    ) -> None:
        """`memory` is how many MiB a strategy's process may take; 0 for a share of the machine."""
        self._host = host
        self.store = store
        self._catalog = catalog
        self.approvals = Approvals(catalog, store, timing.load, memory)
        self._runs = runs
        self._left_over = LeftOver(host, store, runs, books, clock)
        self._leaving = Leaving(host, store, catalog, books, runs, clock)
        self._make = partial(
            StrategyRun, host=host, bars=bars, clock=clock, position=books.positions, timing=timing, store=store
        )
        self._books = books
        self._shown = Shown(host, store, books, clock)
        self._active = False
        self._described = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

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
        entry = await self.approvals.first_start(found, again)
        name = entry.run_name(name, parameters)
        old = self._runs.by_name.get(name)
        run = self._make(self.approvals.launch(name, entry, shadow=shadow))
        run.hold.pause(paused)
        self._runs.by_name[name] = run
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

    def _put_back(self, name: str, old: StrategyRun | None) -> None:
        """A start was refused: what is shown is as it was before."""
        if old is None:
            self._runs.by_name.pop(name, None)
        else:
            self._runs.by_name[name] = old
        self._host.strategies_changed()

    async def ready(self, name: str, parameters: dict[str, str]) -> Entry:
        """The strategy of that name, if it may be switched on now; raises what `start` raises before it begins."""
        entry = await self.approvals.known(name, "start {}")
        name = entry.run_name(name, parameters)
        if not is_owner(name):
            raise IbtuiError(
                "bad_parameter",
                f"{name} was not started: with its label it has {len(name)} characters, and each order bears at most "
                f"{LONGEST_OWNER} of them; give it a shorter label.",
            )
        old = self._runs.by_name.get(name)
        if old is not None and not old.facts.over:
            raise IbtuiError("strategy_on", f"{name} is {old.facts.state} already; stop it first.")
        if not self._active:
            raise IbtuiError("not_active", f"{name} was not started: there is no session to trade in; wait for READY.")
        self.approvals.check(entry)
        return entry

    async def approve(self, name: str) -> str:
        """Let a changed file run; raises what `approvals.approve` raises."""
        sentence = await self.approvals.approve(name)
        self._host.strategies_changed()
        return sentence

    def state_of(self, name: str) -> str:
        """How a strategy stands; raises IbtuiError `unknown_strategy`."""
        self.approvals.entry(name)
        run = self._runs.by_name.get(name)
        return "off" if run is None else run.facts.state

    def forget(self, name: str) -> str:
        """Take the row of a run that is over out of the list; raises what `forgettable` raises."""
        sentence = self.forgettable(name)
        del self._runs.by_name[name]
        self._host.strategies_changed()
        return sentence

    def forgettable(self, name: str) -> str:
        """What forgetting it means; raises IbtuiError strategy_on, still_holds, not_running, unknown_strategy."""
        self.approvals.entry(name)
        run = self._runs.by_name.get(name)
        if run is None:
            raise IbtuiError("not_running", f"{name} has not run since the engine began: there is nothing to forget.")
        if not run.facts.over:
            raise IbtuiError("strategy_on", f"{name} is {run.facts.state}; stop it first.")
        if held := self._runs.held_words(name):
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
        run = self._runs.by_name.get(name)
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

    def running(self, name: str) -> StrategyRun:
        """The run of that name; raises IbtuiError not_running or unknown_strategy."""
        run = self._runs.by_name.get(name)
        if run is None or not run.facts.on:
            self.approvals.entry(name)
            raise IbtuiError("not_running", f"{name} is not running.")
        return run

    def _left_on(self, run: StrategyRun) -> None:
        self.store.switched_on(
            LeftOn(
                name=run.name, parameters=run.facts.asked_for, shadow=run.launch.shadow, paused=bool(run.hold.paused)
            )
        )
        self._host.strategies_changed()

    def _started(self, run: StrategyRun) -> str:
        values = " ".join(f"{key}={value}" for key, value in run.facts.running_with.items())
        held = self._runs.held_words(run.name)
        how = "on in SHADOW, nothing is sent" if run.launch.shadow else "on"
        sentence = f"{run.name} is {how}: {values}.{f' It still holds {held}.' if held else ''}"
        self._host.say("STRAT", sentence)
        return sentence

    async def stop(self, name: str, reason: str = "", then: Then = "keep") -> str:
        """Switch a strategy off and say what it leaves; its entries are cancelled before anything is awaited.

        `then` says what becomes of its position: kept with its stops, closed, or the trader's. Raises IbtuiError
        unknown_strategy. Stopping what is off is no mistake.
        """
        self.approvals.entry(name)
        run = self._runs.by_name.get(name)
        self.store.switched_off(name)
        if run is None or run.facts.state == "off":
            return await self._leaving.after(name, f"{name} is off.", then)
        if run.facts.state == "failed":
            await run.stop()
            return await self._leaving.after(name, f"{name} had failed already: {run.facts.reason}", then)
        cancelled = await run.stop(reason)
        sentence = await self._leaving.after(
            name, self._leaving.words(name, cancelled, reason, active=self._active), then
        )
        self._host.say("STRAT", sentence)
        return sentence

    async def stop_all(self, reason: str, then: Then = "keep") -> list[str]:
        """Stop every running strategy at once; one sentence for each."""
        names = [name for name, run in self._runs.by_name.items() if not run.facts.over]
        return list(await asyncio.gather(*(self.stop(name, reason, then) for name in names)))

    async def close(self) -> None:
        """End every worker; nothing of it is left running, and nothing comes back by itself."""
        for task in self._tasks:
            task.cancel()
        for one in self.store.left_on:
            self.store.switched_off(one.name)
        await asyncio.gather(*(run.stop("the engine ends") for run in self._runs.by_name.values()))

    def cancel_entries(self, name: str) -> None:
        """Take back what a strategy has out that may add risk; it runs on."""
        for order in self._runs.entries(name):
            with contextlib.suppress(IbtuiError):
                self._host.cancel(order.ref)

    def on_session(self, active: bool) -> None:
        """The session became active or stopped being so: while it is not, bars are withheld."""
        self._active = active
        for run in self._runs.by_name.values():
            run.hold.away = not active
        self._cancel_left_over()
        if active:
            self._background(self._left_over.know_traded())
            self._background(self._resume())
        self._host.strategies_changed()

    async def _resume(self) -> None:
        await self._described.wait()
        await self._left_over.resume(self.start)

    def _cancel_left_over(self) -> None:
        if self._active:
            self._left_over.cancel_entries()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # what is shown

    def statuses(self) -> tuple[StrategyStatus, ...]:
        """Every strategy as it stands now, built-ins first, each with its labelled runs after it."""
        entries = self._catalog.entries
        return tuple(
            self._shown.status(name, entries[name.partition(".")[0]], self._runs.by_name.get(name))
            for name in self._runs.names()
        )
