"""The loss of the day: looked at every second, kept over a restart, and what follows when its limit is reached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from ibtui.domain.calendar.clock import Clock
from ibtui.engine.desk.ceilings import Limited
from ibtui.engine.truth import pnl
from ibtui.engine.truth.state import State
from ibtui.risk.ceilings import lost

SECONDS = 1.0
"""Between two looks."""
DEEPER = 1.01
"""A loss is written again when it has grown by a hundredth."""
DAILY_LOW = "daily_low"


class Latches(Protocol):
    """Settings that outlive the engine: the journal's."""

    def latch(self, key: str) -> str | None: ...
    def set_latch(self, key: str, value: str) -> None: ...


class Lows(msgspec.Struct):
    """The least profit of a day by owner, the account's under ""; only of those that reached a limit."""

    day: datetime
    by_owner: dict[str, float] = {}


class Losses:
    """Whoever reached a limit of the daily loss may only reduce until midnight in New York.

    What is kept is the loss, not the verdict: with another limit in the configuration it is judged anew. `told` gets,
    after every look, the sentences of those that reached it, by owner; `reached` an owner when it does.
    """

    def __init__(
        self,
        limited: Limited,
        state: State,
        latches: Latches,
        clock: Clock,
        *,
        told: Callable[[Mapping[str, str]], None],
        reached: Callable[[str], None],
    ) -> None:
        self._limited = limited
        self._state = state
        self._latches = latches
        self._clock = clock
        self._told = told
        self._reached = reached
        self._sentences: dict[str, str] = {}
        text = latches.latch(DAILY_LOW)
        self._lows = msgspec.json.decode(text, type=Lows) if text else Lows(day=self._today())
        self._kept = dict(self._lows.by_owner)
        limited.low = self.low

    def low(self, owner: str) -> float | None:
        """The least profit of today, as far as it was kept."""
        return self._lows.by_owner.get(owner) if self._lows.day >= self._today() else None  # a clock that went back

    async def run(self) -> None:
        """Look every second, while there is a session; without a limit on losses there is nothing to look at."""
        while self._limited.limits_loss:
            if self._state.connection.state == "active":
                self.look()
            await asyncio.sleep(SECONDS)

    def look(self) -> None:
        """Look at the account and at each strategy that traded."""
        today = self._today()
        if self._lows.day < today:
            self._lows, self._sentences, self._kept = Lows(day=today), {}, {}
        for owner in ("", *self._state.fills.owners):
            ceilings = self._limited.ceilings(owner)
            if ceilings.daily_loss is None and ceilings.daily_loss_percent is None:
                continue
            book = self._limited.money(owner)
            sentence = lost(book, ceilings)
            if sentence:
                if book.day_profit is not None:
                    self._keep(owner, book.day_profit)
                if owner not in self._sentences:
                    self._sentences[owner] = f"{sentence} until midnight in New York."
                    self._say(owner)
        self._told(self._sentences)

    def _keep(self, owner: str, profit: float) -> None:
        if profit < self._lows.by_owner.get(owner, 0.0):
            self._lows.by_owner[owner] = profit
            if profit < self._kept.get(owner, 0.0) * DEEPER:
                self._kept[owner] = profit
                self._latches.set_latch(DAILY_LOW, msgspec.json.encode(self._lows).decode())

    def _say(self, owner: str) -> None:
        """Once a day: a line of the log, and entries are taken back."""
        self._state.log.say("ERROR", f"{owner}: {self._sentences[owner]}" if owner else self._sentences[owner])
        self._state.touch("strategies")
        self._reached(owner)

    def _today(self) -> datetime:
        return pnl.day_began(self._clock.now())
