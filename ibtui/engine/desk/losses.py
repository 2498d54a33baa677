"""The loss of the day: looked at every second, and what follows when its limit is reached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from ibtui.engine.desk.ceilings import Limited
from ibtui.engine.desk.day_lows import DayLows
from ibtui.engine.truth.state import State
from ibtui.risk.ceilings import lost

SECONDS = 1.0
"""Between two looks."""


class Losses:
    """Whoever reached a limit of the daily loss may only reduce until midnight in New York.

    `told` gets, after every look, the sentences of those that reached it, by owner; `reached` an owner when it does.
    """

    def __init__(
        self,
        limited: Limited,
        lows: DayLows,
        state: State,
        *,
        told: Callable[[Mapping[str, str]], None],
        reached: Callable[[str], object],
    ) -> None:
        self._limited = limited
        self._lows = lows
        self._state = state
        self._told = told
        self._reached = reached
        self._sentences: dict[str, str] = {}

    async def run(self) -> None:
        """Look every second, while there is a session; without a limit on losses there is nothing to look at."""
        while self._limited.limits_loss:
            if self._state.connection.state == "active":
                self.look()
            await asyncio.sleep(SECONDS)

    def look(self) -> None:
        """Look at the account and at each strategy that traded."""
        if self._lows.turn():
            self._sentences = {}
        for owner in ("", *self._state.fills.owners):
            ceilings = self._limited.ceilings(owner)
            if ceilings.daily_loss is None and ceilings.daily_loss_percent is None:
                continue
            book = self._limited.money(owner)
            loss = lost(book, ceilings)
            if loss is not None:
                if book.day_profit is not None:
                    self._lows.keep(owner, book.day_profit)
                if owner not in self._sentences:
                    self._sentences[owner] = f"{loss.sentence.removesuffix('.')} until midnight in New York."
                    self._say(owner)
        self._told(self._sentences)

    def _say(self, owner: str) -> None:
        """Once a day: a line of the log, and entries are taken back."""
        self._state.log.say("ERROR", f"{owner}: {self._sentences[owner]}" if owner else self._sentences[owner])
        self._state.touch("strategies")
        self._reached(owner)
