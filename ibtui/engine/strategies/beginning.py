"""How one run begins: it is described, is given its parameters and what it holds, and its instruments are known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.engine.strategies.hold import Hold
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.run_facts import Launch, RunFacts
from ibtui.engine.strategies.run_log import RunLog
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.strategies.talk import Talk
from ibtui.engine.strategies.told import ToldFacts
from ibtui.link.worker import Begin, Described, Load, ShadowLimits, Started


@dataclass(eq=False, repr=False)
class Beginning:
    """Brings a run from its process to the moment before its first bar."""

    launch: Launch
    facts: RunFacts
    host: Host
    store: StrategyStore
    clock: Clock
    log: RunLog
    talk: Talk
    told: ToldFacts
    hold: Hold

    async def begin(self, parameters: dict[str, str]) -> int:
        """How many bars it wants to warm up on; raises IbtuiError when it does not get so far."""
        launch, facts = self.launch, self.facts
        await self.talk.open(launch.name)
        load = Load(name=launch.strategy, file=launch.file, sha256=launch.sha256, memory=launch.memory)
        facts.described = await self.talk.ask(load, Described)
        self.told.begin()  # its orders and fills from here on are told as they come
        begin = self._words(parameters)
        started = await self.talk.ask(begin, Started)
        facts.bar_seconds, facts.symbols = started.bar_seconds, started.symbols
        facts.started_with(parameters)
        for symbol in facts.symbols:
            facts.instruments[symbol] = await self.host.resolve(symbol)
            self.told.position(symbol)
        await self._know_held(begin.position)
        return started.warmup

    def _words(self, parameters: dict[str, str]) -> Begin:
        name, shadow = self.launch.name, self.launch.shadow
        return Begin(
            parameters=self._resolved(parameters),
            position={} if shadow else self.told.held(),
            orders=() if shadow else tuple(order for order in self.host.orders_of(name) if order.live),
            equity=self.host.equity(),
            shadow=shadow,
            memory=self._memory(),
            time=self.clock.now(),
            hours=self.host.kept.hours,
            limits=self._shadow_limits() if shadow else None,
        )

    def _shadow_limits(self) -> ShadowLimits:
        host = self.host
        return ShadowLimits(
            account=host.limits,
            strategy=host.ceilings(self.launch.name),
            bounded=not self.facts.for_trader,
            groups=dict(host.groups),
            owner=self.launch.name,
        )

    def _memory(self) -> dict[str, Any]:
        memory = {} if self.launch.shadow else self.store.memory(self.launch.name)
        if memory is None:
            self.hold.pause("what it remembered cannot be read; `resume` lets it begin anew.")
        return memory or {}

    def _resolved(self, parameters: dict[str, str]) -> dict[str, str]:
        """The watchlist's symbols where a parameter names it."""
        assert self.facts.described is not None
        kinds = {parameter.name: parameter.kind for parameter in self.facts.described.parameters}
        watched = ",".join(self.host.watched())
        return {
            name: watched if kinds.get(name) == "symbols" and value == "watchlist" else value
            for name, value in parameters.items()
        }

    async def _know_held(self, held: dict[str, Decimal]) -> None:
        """Options that it still holds are instruments of its run, with their market."""
        instruments = self.facts.instruments
        for symbol, quantity in held.items():
            if quantity and symbol not in instruments:
                try:
                    instruments[symbol] = await self.host.resolve(symbol)
                except IbtuiError as error:
                    self.log.say(f"{symbol}, which it holds, is not known: {error.message}")
