"""The last lines: what the world says, the answer to the last key, and the keys that work here."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ibtui.terminal.drawing.canvas import Canvas, Line, Run, fit, length, spread, width_of
from ibtui.terminal.drawing.palette import Role

_APART = 3
"""Blanks at least between keys and gauges."""
Key = tuple[str, str]
"""A key as it is shown, and what it does; the title may be empty."""


def message(text: str, role: Role, width: int) -> Line:
    """A message; what follows two blanks in it is dim."""
    first, blank, rest = fit(f" {text}", width).rstrip().partition("  ")
    ink: Role = "bright" if role == "normal" else role
    return Line((Run(first, ink), Run(blank + rest, "dim")))


def wrapped(text: str, width: int) -> list[str]:
    """A message in as many lines as it takes to be read whole."""
    if width_of(text) + 2 <= width or width < 20:
        return [text] if text else []
    return textwrap.wrap(text, width - 2)


def keys(pairs: Sequence[Key], right: str, width: int) -> Line:
    """Keys with their titles and gauges at the right; too narrow, gauges go first, then keys before the last one."""
    gauges = (Run(f"{right} ", "dim"),) if right else ()
    runs = _runs(pairs)
    if length(runs) + length(gauges) + _APART <= width:
        return Line(spread(runs, gauges, width))
    kept = list(pairs)
    while len(kept) > 1 and length(_runs(kept)) > width:
        del kept[-2]
    return Line(_runs(kept))


def _runs(pairs: Sequence[Key]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for key, title in pairs:
        runs += [Run(f"{'  ' if runs else ' '}{key}", "focus", True), Run(f" {title}" if title else "", "dim")]
    return tuple(runs)


class MessageLine(Canvas):
    """One message at a time; it stays until the next."""

    def __init__(self) -> None:
        super().__init__(id="message")
        self._text = ""
        self._role: Role = "normal"

    def say(self, text: str, role: Role) -> None:
        """Show a message on the line, in its ink."""
        self._text, self._role = text, role
        self.repaint()

    def rows(self, width: int) -> int:
        """Lines that the message takes, at least one; the coach speaks unasked and must move nothing."""
        return 1 if self._role == "focus" else max(len(wrapped(self._text, width)), 1)

    def draw(self, width: int, height: int) -> Sequence[Line]:
        parts = wrapped(self._text, width)
        if len(parts) > height:  # the last line then ends in an ellipsis
            parts = [*parts[: height - 1], " ".join(parts[height - 1 :])]
        return [message(part, self._role, width) for part in parts]


def alert(text: str, role: Role, waiting: int, ways: Sequence[Key], width: int) -> Line:
    """What the world says, how many more things wait, and the keys for it."""
    right = [Run(f"+{waiting}  ", "warning", True)] if waiting else []
    right += [run for key, title in ways for run in (Run(key, "focus", True), Run(f" {title}  ", "dim"))]
    if length(right) + width_of(text) + 6 > width:
        right = right[: bool(waiting)]
    room = width - length(right) - 6
    left = (Run(" "), Run(" ! ", role, True, True), Run(f" {fit(text, room).rstrip()} ", "bright"))
    return Line(spread(left, right, width))


class AlertLine(Canvas):
    """What the world says without being asked, one thing at a time; blank when quiet."""

    def __init__(self) -> None:
        super().__init__(id="alert")
        self._text = ""
        self._role: Role = "normal"
        self._waiting = 0
        self._ways: tuple[Key, ...] = ()

    def show(self, text: str, role: Role, waiting: int, ways: Sequence[Key]) -> None:
        """Show one thing, how many more wait, and the keys for it; without a text nothing."""
        self._text, self._role, self._waiting, self._ways = text, role, waiting, tuple(ways)
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        return [alert(self._text, self._role, self._waiting, self._ways, width)] if self._text else []


class KeyLine(Canvas):
    """The keys that work here, and gauges."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._pairs: tuple[Key, ...] = ()
        self._right = ""

    def show(self, pairs: Sequence[Key], right: str) -> None:
        """Show these keys, the most important last."""
        self._pairs, self._right = tuple(pairs), right
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        return [keys(self._pairs, self._right, width)]
