"""What one run's process says: each message goes to the part of the run that it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ibtui.domain.dispatch import handlers
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.strategies.chains import ChainAnswers
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.pulse import Pulse
from ibtui.engine.strategies.requests import StrategyRequests
from ibtui.engine.strategies.run_facts import Launch, RunFacts
from ibtui.engine.strategies.run_log import RunLog
from ibtui.engine.strategies.shadow_quotes import ShadowQuotes
from ibtui.engine.strategies.store import LARGEST_MEMORY, StrategyStore
from ibtui.engine.strategies.talk import Talk
from ibtui.link import worker


@dataclass(eq=False, repr=False)
class Hearing:
    """Hears a process as long as its run is on; `fail` ends one that is at fault."""

    launch: Launch
    facts: RunFacts
    host: Host
    store: StrategyStore
    log: RunLog
    talk: Talk
    requests: StrategyRequests
    chains: ChainAnswers
    pulse: Pulse
    quotes: ShadowQuotes
    fail: Callable[[str], None]

    def __post_init__(self) -> None:
        takers: dict[type, Callable[[Any], None]] = {
            worker.Described: self._answered,
            worker.Started: self._answered,
            worker.Changed: self.talk.answered,
            worker.Failed: self._failed,
            worker.OrderRequest: self._requested,
            worker.CancelRequest: self._requested,
            worker.ChangeRequest: self._requested,
            worker.ChainRequest: self._chain_requested,
            worker.Decided: self._decide,
            worker.Said: lambda said: self.log.say(said.text),
            worker.Drawn: self._drew,
            worker.ShadowFilled: lambda filled: self.facts.shadow.fills.append(filled.fill),
            worker.ShadowOrders: self._would_work,
            worker.Remembered: self._remember,
            worker.Pong: lambda pong: self.pulse.answered(),
            worker.Finished: lambda finished: self.fail("it ended by itself"),
        }
        self._handlers = handlers(worker.FromWorker, takers, never=(worker.Entries,))

    def hear(self, message: worker.FromWorker) -> None:
        """Take one message; one that stops may still say what it remembers."""
        facts = self.facts
        if not facts.on and not (facts.state == "stopping" and isinstance(message, worker.Remembered)):
            return
        if handler := self._handlers.get(type(message)):
            handler(message)

    def _requested(self, request: worker.OrderRequest | worker.CancelRequest | worker.ChangeRequest) -> None:
        if self.facts.live:
            self.requests.ask(request)

    def _chain_requested(self, request: worker.ChainRequest) -> None:
        if self.facts.live:
            self.chains.ask(request, self.facts.symbols)

    def _drew(self, drawn: worker.Drawn) -> None:
        self.facts.shadow.drawn.append(sanitize(drawn.text, 120))
        self.log.say(f"shadow: {drawn.text}")

    def _would_work(self, told: worker.ShadowOrders) -> None:
        self.facts.shadow.orders = told.orders
        self.quotes.follow(told.orders)
        self.host.strategies_changed()

    def _answered(self, answer: worker.Described | worker.Started) -> None:
        if self.talk.waits and self.facts.state == "starting":
            self.talk.answered(answer)

    def _failed(self, failed: worker.Failed) -> None:
        """A failure ends a running strategy, unless it answers a change of parameters."""
        if self.talk.waits and (self.facts.state == "starting" or failed.code == "bad_parameter"):
            self.talk.answered(failed)
            return
        self.log.trace(failed)
        self.fail(failed.message)

    def _decide(self, decided: worker.Decided) -> None:
        facts = self.facts
        facts.decision, facts.decided = sanitize(decided.text, 200), decided.time
        if facts.live:
            facts.state = "warming" if decided.warming else "running"
        self.host.decided(self.launch.name, facts.decision, decided.time)
        self.host.strategies_changed()

    def _remember(self, remembered: worker.Remembered) -> None:
        if not self.launch.shadow and not self.store.remember(self.launch.name, remembered.memory):
            self.fail(f"it wants to remember more than {LARGEST_MEMORY // 1024} KiB")
