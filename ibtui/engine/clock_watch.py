"""What follows when time jumps: whatever was seen before may be old, and IB is asked for everything again."""

from __future__ import annotations

import asyncio
from typing import Protocol

from ibtui.engine.commands.tokens import Tokens
from ibtui.engine.steady_clock import EVERY, SteadyClock
from ibtui.engine.truth.state import State


class Distrusted(Protocol):
    """The session, as far as it can be told that what it knows may be old."""

    def distrust(self, why: str) -> None:
        """Ask IB for everything again, for that reason."""


class ClockWatch:
    """Looks at the clock every second."""

    def __init__(self, clock: SteadyClock, state: State, tokens: Tokens, session: Distrusted) -> None:
        self._clock = clock
        self._state = state
        self._tokens = tokens
        self._session = session

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self.look()

    def look(self) -> None:
        for sentence in self._clock.look():
            self._jumped(sentence)

    def _jumped(self, what: str) -> None:
        """Previews, markets and the proof that IB answers may be old now."""
        self._state.log.say("ERROR", f"{what}; IB is asked for everything again")
        self._tokens.forget()
        self._state.outdate()
        self._session.distrust(f"{what[0].upper()}{what[1:]}; asking IB for everything again.")
