"""What an engine and one worker said to each other, each message with the time that the engine's clock showed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ibtui.domain.calendar.clock import Clock
from ibtui.link import worker


class Spoken(NamedTuple):
    """One message."""

    time: datetime
    message: worker.ToWorker | worker.FromWorker


class Talked:
    """All that was said to one worker and by it, in order; questions that keep time together are left out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.story: list[Spoken] = []
        self._asked = self._answers = 0
        self.unsure = True
        """It was told something since it last said that it had dealt with everything."""

    @property
    def answered(self) -> bool:
        """Every question was answered, and with it all that was said before."""
        return self._asked == self._answers

    def say(self, message: worker.ToWorker) -> bool:
        """Note what is said; whether anything may come of it."""
        if isinstance(message, worker.Ping | worker.SetParameters):
            self._asked += 1
            self.unsure = isinstance(message, worker.Ping)
            return False
        self.unsure = True
        self.story.append(Spoken(self._clock.now(), message))
        return True

    def hear(self, message: worker.FromWorker) -> bool:
        """Note what was heard; whether anything may come of it."""
        if isinstance(message, worker.Pong | worker.Changed):
            self._answers += 1
            return False
        self.story.append(Spoken(self._clock.now(), message))
        return True
