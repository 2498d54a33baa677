"""Moving through lines that are longer than the screen, with the keys that move in the panes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Scroll:
    """Which lines are in view, as they were counted when they were drawn last."""

    def __init__(self) -> None:
        self.first = 0
        self._room = 1
        self._length = 1

    @property
    def longer(self) -> bool:
        """There is more than fits."""
        return self._length > self._room

    def move(self, action: str) -> bool:
        """Do what an action of the panes such as `move.down` says; False for any other."""
        kind, _, how = action.partition(".")
        if kind != "move":
            return False
        page = max(self._room - 2, 1)
        steps = {"down": 1, "up": -1, "page_down": page, "page_up": -page, "first": -self._length, "last": self._length}
        self.first = max(min(self.first + steps[how], self._length - self._room), 0)
        return True

    def show(self, lines: Sequence[T], room: int) -> list[T]:
        """The lines in view of so many."""
        self._room, self._length = room, len(lines)
        self.first = max(min(self.first, self._length - room), 0)
        return list(lines[self.first : self.first + room])
