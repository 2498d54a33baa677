"""A question in the slot: what would happen, and Enter to have it done."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence

from ibtui.terminal.drawing.canvas import Line, Run
from ibtui.terminal.keys import Press
from ibtui.terminal.places.place import Hints, Place, Terminal, text_line, title

Answers = Mapping[str, tuple[str, Callable[[], None]]]
"""Key -> what it does in words, and in deed."""


class Question(Place):
    """Some lines, and what Enter and other keys do about them; an Enter out of a burst of keys does nothing."""

    def __init__(
        self,
        terminal: Terminal,
        name: str,
        lines: Sequence[str],
        enter: tuple[str, Callable[[], None]],
        others: Answers | None = None,
        then: Place | None = None,
    ) -> None:
        super().__init__(terminal)
        self._name = name
        self._lines = lines
        self._enter = enter
        self._others = others or {}
        self._then = then
        self._note = ""

    def enter(self) -> None:
        self._answer(self._enter[1])

    def other(self, press: Press, action: str | None) -> None:
        if press.key in self._others:
            self._answer(self._others[press.key][1])

    def back(self) -> None:
        if self._then is None:
            self.terminal.close()
        else:
            self.terminal.open(self._then)

    def _answer(self, deed: Callable[[], None]) -> None:
        self._note = self.terminal.guard.hurried() or ""
        if not self._note:
            self.terminal.close(self)
            deed()

    def draw(self, width: int, height: int) -> list[Line]:
        foot = [Line((Run("  "), Run(f"{key} ", "focus", bold=True), Run(words))) for key, words in self._answers()]
        if self._note:
            foot.append(text_line(self._note, "warning"))
        gap = [Line()] if height >= 16 else []
        room = height - 1 - len(foot) - 2 * len(gap)
        body = [part for line in self._lines for part in textwrap.wrap(line, max(width - 4, 20))]
        if len(body) > room:
            body = [*body[: room - 1], f"… and {len(body) - room + 1} more"]
        return [
            title(self.terminal.keymap, self._name, "", width),
            *gap,
            *(text_line(line) for line in body),
            *gap,
            *foot,
        ]

    def hints(self) -> Hints:
        return (*self._answers(), self.terminal.keymap.hint("back"))

    def _answers(self) -> Hints:
        others = ((key, words) for key, (words, _) in self._others.items())
        return (self.terminal.keymap.hint("ticket.confirm", self._enter[0]), *others)
