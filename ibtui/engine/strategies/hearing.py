"""What one run's process says: each message goes to the part of the run that it is for."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.strategies.chains import Chains
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.pulse import Pulse
from ibtui.engine.strategies.run_facts import Launch, RunFacts
from ibtui.engine.strategies.run_log import RunLog
from ibtui.engine.strategies.store import LARGEST_MEMORY, Store
from ibtui.engine.strategies.talk import Talk
from ibtui.engine.strategies.wishes import Wishes
from ibtui.link.worker import (
    CancelWish,
    ChainWish,
    Changed,
    ChangeWish,
    Decided,
    Described,
    Drawn,
    Failed,
    Finished,
    FromWorker,
    Pong,
    Remembered,
    Said,
    Started,
    Wish,
)


class Hearing:
    """Hears a process as long as its run is on; `fail` ends one that is at fault."""

    def __init__(
        self,
        launch: Launch,
        facts: RunFacts,
        *,
        host: Host,
        store: Store,
        log: RunLog,
        talk: Talk,
        wishes: Wishes,
        chains: Chains,
        pulse: Pulse,
        fail: Callable[[str], None],
    ) -> None:
        self._launch = launch
        self._facts = facts
        self._host = host
        self._store = store
        self._log = log
        self._talk = talk
        self._wishes = wishes
        self._chains = chains
        self._pulse = pulse
        self._fail = fail

    def hear(self, message: FromWorker) -> None:
        """Take one message; one that stops may still say what it remembers."""
        facts = self._facts
        if not facts.on and not (facts.state == "stopping" and isinstance(message, Remembered)):
            return
        if isinstance(message, Wish | CancelWish | ChangeWish):
            if facts.live:
                self._wishes.ask(message)
        elif isinstance(message, ChainWish):
            if facts.live:
                self._chains.ask(message, facts.symbols)
        elif isinstance(message, Decided):
            self._decide(message)
        elif isinstance(message, Drawn):
            facts.drawn.append(sanitize(message.text, 120))
            self._log.say(f"shadow: {message.text}")
        elif isinstance(message, Remembered):
            self._remember(message)
        elif isinstance(message, Changed):
            self._talk.answered(message)
        elif isinstance(message, Pong):
            self._pulse.answered()
        elif isinstance(message, Said):
            self._log.say(message.text)
        elif isinstance(message, Described | Started | Failed) and self._talk.waits and self._expects(message):
            self._talk.answered(message)
        elif isinstance(message, Failed):
            self._log.trace(message)
            self._fail(message.message)
        elif isinstance(message, Finished):
            self._fail("it ended by itself")

    def _expects(self, message: Described | Started | Failed) -> bool:
        """A failure ends a running strategy, unless it answers a change of parameters."""
        starting = self._facts.state == "starting"
        return starting or (isinstance(message, Failed) and message.code == "bad_parameter")

    def _decide(self, decided: Decided) -> None:
        facts = self._facts
        facts.decision, facts.decided = sanitize(decided.text, 200), decided.time
        if facts.live:
            facts.state = "warming" if decided.warming else "running"
        self._host.decided(self._launch.name, facts.decision, decided.time)
        self._host.strategies_changed()

    def _remember(self, remembered: Remembered) -> None:
        if not self._launch.shadow and not self._store.remember(self._launch.name, remembered.memory):
            self._fail(f"it wants to remember more than {LARGEST_MEMORY // 1024} KiB")
