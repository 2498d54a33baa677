"""What breaks inside an engine: it is said, and whatever could be wrong after it halts trading."""

from __future__ import annotations

import logging

from ibtui.domain.calendar.clock import Clock
from ibtui.engine.desk.halt import Latch
from ibtui.engine.troubles import Troubles
from ibtui.engine.truth.state import State

_OUTSIDE = frozenset({"request", "strategies", "calendar", "signals", "news"})
"""Parts that read what is foreign, a client's question or a file: one that breaks is told and stops nothing else."""

log = logging.getLogger(__name__)


class Faults:
    """Hears of every part that raised, and of every file that the disk refuses."""

    def __init__(self, state: State, latch: Latch, clock: Clock, troubles: Troubles) -> None:
        self._state = state
        self._latch = latch
        self._clock = clock
        troubles.listeners.append(self._disk)

    def failed(self, name: str, error: BaseException) -> None:
        """A part raised: say so, and let nothing that adds risk go out until a person has looked.

        What broke over foreign input costs itself alone.
        """
        log.error("%s failed", name, exc_info=error)
        text = f"{name} failed inside ({type(error).__name__}: {error}); its log has the details"
        self._state.log.say("ERROR", text)
        if name not in _OUTSIDE:
            self._latch.set(self._clock.now(), text)
            self._state.touch("session")

    def _disk(self, file: str, failure: str) -> None:
        self._state.log.say("ERROR" if failure else "INFO", failure or f"the {file} is written again")
        self._state.touch("session")
