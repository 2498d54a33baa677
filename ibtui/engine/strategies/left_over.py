"""What an engine finds of strategies that ran before it: entries of theirs, runs to go on with, fills to price."""

from __future__ import annotations

import contextlib
from typing import Protocol

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.new_york import day_began
from ibtui.domain.failure import IbtuiError
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.runs import Runs
from ibtui.engine.strategies.store import LeftOn, StrategyStore
from ibtui.engine.truth import pnl


class Again(Protocol):
    """Starts a run as `Supervisor.start` does."""

    async def __call__(
        self, name: str, parameters: dict[str, str], *, shadow: bool, paused: str, again: bool
    ) -> str: ...


class LeftOver:
    """Takes entries of strategies that are off back, and brings those back that were on."""

    def __init__(self, host: Host, store: StrategyStore, runs: Runs, books: Books, clock: Clock) -> None:
        self._host = host
        self._store = store
        self._runs = runs
        self._books = books
        self._clock = clock
        self._resumed = False

    def cancel_entries(self) -> None:
        """Cancel entries of strategies that are off: it was not possible when they ended, or the engine was killed."""
        on = {one.name for one in self._store.left_on}
        for name in self._runs.names():
            run = self._runs.by_name.get(name)
            ended = run is None or run.facts.over
            entries = self._runs.entries(name) if ended and not (run is None and name in on) else []
            for order in entries:
                self._host.say("STRAT", f"{name} is off: its entry {order.side} {order.symbol} is taken back.")
                with contextlib.suppress(IbtuiError):
                    self._host.cancel(order.ref)

    async def resume(self, start: Again) -> None:
        """Bring back what was on when the engine ended without being told to; paused where something is open. Once."""
        if self._resumed:
            return
        self._resumed = True
        for one in self._store.left_on:
            why = self._open_question(one)
            try:
                sentence = await start(one.name, one.parameters, shadow=one.shadow, paused=why, again=True)
            except IbtuiError as error:
                self._host.say("ERROR", f"{one.name} was on before the restart and is off now: {error.message}")
                self._store.switched_off(one.name)
            else:
                self._host.say("STRAT", f"back after a restart: {sentence}{f' It is paused: {why}' if why else ''}")

    def _open_question(self, one: LeftOn) -> str:
        """What is not known for sure about a run that comes back; empty when everything is."""
        unknown = [o for o in self._host.orders_of(one.name) if o.status.unsure]
        if unknown:
            return f"its order {unknown[0].ref} is {unknown[0].status}; `resume` when you know what became of it."
        return "it was paused before the restart; `resume` lets it enter." if one.paused else ""

    async def know_traded(self) -> None:
        """Know the instruments of fills that were made before this engine started: their profit needs a price."""
        for name in self._runs.names():
            for fill in self._host.fills_of(name):
                gone = pnl.expired(fill.symbol, day_began(self._clock.now()))
                if fill.symbol not in self._books.instruments and not gone:
                    try:
                        self._books.instruments[fill.symbol] = await self._host.resolve(fill.symbol)
                    except IbtuiError as error:
                        self._host.say("ERROR", f"The profit of {name} is not known: {error.message}")
                        return
        self._host.strategies_changed()
