"""The loss of the day: looked at every second, and what follows when its limit is reached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ibtui.engine.desk.ceilings import Limited
from ibtui.engine.desk.day_lows import DayLows
from ibtui.engine.truth.state import State
from ibtui.risk.ceilings import lost

SECONDS = 1.0
"""Seconds between two looks at the day's loss."""


@dataclass(eq=False, repr=False)
class Losses:
    """Whoever reached a limit of the daily loss may only reduce until midnight in New York.

    `told` gets, after every look, the sentences of those that reached it, by owner; `reached` an owner when it does.
    """

    limited: Limited
    lows: DayLows
    state: State
    told: Callable[[Mapping[str, str]], None]
    reached: Callable[[str], object]

    def __post_init__(self) -> None:
        self._sentences: dict[str, str] = {}

    async def run(self) -> None:
        """Look every second, while there is a session; without a limit on losses there is nothing to look at."""
        while self.limited.limits_loss:
            if self.state.connection.state == "active":
                self.look()
            await asyncio.sleep(SECONDS)

    def look(self) -> None:
        """Look at the account and at each strategy that traded."""
        if self.lows.turn():
            self._sentences = {}
        for owner in ("", *self.state.fills.owners):
            ceilings = self.limited.ceilings(owner)
            if ceilings.daily_loss is None and ceilings.daily_loss_percent is None:
                continue
            book = self.limited.money(owner)
            loss = lost(book, ceilings)
            if loss is not None:
                if book.day_profit is not None:
                    self.lows.keep(owner, book.day_profit)
                if owner not in self._sentences:
                    self._sentences[owner] = f"{loss.sentence.removesuffix('.')} until midnight in New York."
                    self._say(owner)
        self.told(self._sentences)

    def _say(self, owner: str) -> None:
        """Once a day: a line of the log, and entries are taken back."""
        self.state.log.say("ERROR", f"{owner}: {self._sentences[owner]}" if owner else self._sentences[owner])
        self.state.touch("strategies")
        self.reached(owner)
