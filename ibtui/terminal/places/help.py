"""The key sheet: every action of the registry with the keys it has now, by place, and why it would do nothing."""

from __future__ import annotations

import textwrap
from itertools import zip_longest

from ibtui.commands.grammar import USAGE
from ibtui.commands.registry import ACTIONS, HEADINGS, Action
from ibtui.terminal.drawing.canvas import Line, Run, fit, length, spread
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.keys import Press, shown
from ibtui.terminal.places.ability import unavailable
from ibtui.terminal.places.guide import Guide
from ibtui.terminal.places.place import Place, Terminal
from ibtui.terminal.places.prompt import WORDS
from ibtui.terminal.places.scroll import Scroll

_TWO_COLUMNS = 120
"""Screen columns from which the sheet has two."""
_KEYS = 15
"""How many columns the keys have."""

_Entry = tuple[str, str, Role]
"""Keys or a command, what it does, and in which ink the keys are."""
_Block = tuple[str, list[_Entry]]


class KeySheet(Place):
    """The whole screen; moves with the keys of the panes, its own key opens the guide, any other closes it."""

    mount = "screen"

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._scroll = Scroll()

    def press(self, press: Press) -> None:
        action = self.terminal.keymap.action("log", press.key) or ""
        if action == "help":
            self.terminal.open(Guide(self.terminal))
        elif not self._scroll.move(action):
            self.terminal.close()

    def draw(self, width: int, height: int) -> list[Line]:
        shown = self._scroll.show(sheet([*self._actions(), _commands()], width), height - 1)
        keymap = self.terminal.keymap
        more = " ".join(keymap.hints("move.down", "move.up")) + "  " if self._scroll.longer else ""
        head = (
            Run("▌", "focus"),
            Run("Keys", "bright", bold=True),
            Run(f"  {more}", "dim"),
            Run(keymap.label("help"), "focus"),
            Run(" opens the guide", "dim"),
        )
        top = Line(spread(head, (Run("any other key closes ", "dim"),), width), on="title")
        return [top, *shown]

    def _actions(self) -> list[_Block]:
        blocks = []
        for where, heading in HEADINGS.items():
            entries = [self._entry(action) for action in ACTIONS if action.where == where]
            if entries:
                blocks.append((heading, entries))
        return blocks

    def _entry(self, action: Action) -> _Entry:
        keys = " ".join(shown(key) for key in self.terminal.keymap.keys(action.id))
        why = unavailable(self.terminal, action.id)
        return (keys, action.help, "focus") if why is None else (keys, f"not now: {why}", "dim")


def _commands() -> _Block:
    words = [(word, about, "normal") for word, (_, about) in WORDS.items() if len(word) > 1]
    usages = [(usage.partition(" ")[0], usage, "normal") for usage in USAGE.values()]
    return "Commands, after :", [*usages, *words]  # type: ignore[list-item]


def sheet(blocks: list[_Block], width: int) -> list[Line]:
    """The blocks below each other, or on a wide screen in two columns of about the same length."""
    if width < _TWO_COLUMNS:
        return [line for block in blocks for line in _block(block, width)]
    half = width // 2
    drawn = [_block(block, half) for block in blocks]
    total = sum(len(lines) for lines in drawn)
    left: list[Line] = []
    while drawn and len(left) + len(drawn[0]) / 2 < total / 2:
        left += drawn.pop(0)
    right = [line for lines in drawn for line in lines]
    pairs = zip_longest(left, right, fillvalue=Line())
    return [Line((*one.runs, Run(" " * (half - length(one.runs))), *two.runs)) for one, two in pairs]


def _block(block: _Block, width: int) -> list[Line]:
    heading, entries = block
    lines = [Line((Run(f" {heading}", "bright", bold=True),))]
    for keys, text, role in entries:
        parts = textwrap.wrap(text, max(width - _KEYS - 3, 20)) or [""]
        for at, part in enumerate(parts):
            lines.append(
                Line(
                    (
                        Run(f"  {fit(keys if at == 0 else '', _KEYS)}", role),
                        Run(part, "dim" if role == "dim" else "normal"),
                    )
                )
            )
    return lines
