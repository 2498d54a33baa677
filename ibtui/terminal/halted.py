"""What a halt did, and the three ways on from it: flatten, cancel the exits too, resume."""

from __future__ import annotations

import textwrap

from ibtui.commands.command import Flatten, Resume
from ibtui.domain.text import sanitize
from ibtui.terminal.ability import working
from ibtui.terminal.cancel import cancel_all
from ibtui.terminal.canvas import Line, Run
from ibtui.terminal.doing import do
from ibtui.terminal.keys import Press
from ibtui.terminal.place import Aside, Hints, Terminal, text_line, title
from ibtui.terminal.preview import Confirm


class Halted(Aside):
    """Stays in the slot while the engine is halted; keys that are not its own go on to the panes."""

    def __init__(self, terminal: Terminal, message: str) -> None:
        super().__init__(terminal)
        self._message = message
        self._was_halted = False

    def own(self, press: Press) -> bool:
        if press.key == "f":
            self.terminal.open(Confirm(self.terminal, Flatten(target="all"), "Flatten everything", then=self))
        elif press.key == "c":
            cancel_all(self.terminal, self)
        elif press.key == "r":
            resume(self.terminal)
        else:
            return False
        return True

    def changed(self) -> None:
        session = self.terminal.model.session
        if session is not None and session.state == "halted":
            self._was_halted = True
        elif session is not None and session.state == "active" and self._was_halted:
            self.terminal.close(self)

    def draw(self, width: int, height: int) -> list[Line]:
        gap = [Line()] if height >= 16 else []
        told = textwrap.wrap(sanitize(self._message), max(width - 4, 20))[:3]
        orders, model = working(self.terminal), self.terminal.model
        bare = [
            position.symbol for position in model.positions.values() if position.quantity and position.cover == "BARE"
        ]
        held = sum(1 for position in model.positions.values() if position.quantity)
        lines = [
            title("HALTED", "only orders that reduce", width, "Esc stays halted", role="warning"),
            *gap,
            *(text_line(line, "bright") for line in told),
            text_line(f"{_count(len(orders), 'order')} of yours left · {_count(held, 'position')} open"),
            text_line(f"{len(bare)} BARE: {', '.join(bare)}", "warning") if bare else Line(),
            *gap,
        ]
        ways = (("f", "flatten everything at market"), ("c", "cancel the exits too"), ("r", "resume"))
        return [*lines, *(Line((Run("  "), Run(key, "focus", bold=True), Run(f"  {words}"))) for key, words in ways)]

    def hints(self) -> Hints:
        return (("f", "flatten"), ("c", "cancel exits"), ("r", "resume"), ("Esc", "stay halted"))


def resume(terminal: Terminal) -> None:
    """Leave the halt."""
    do(terminal, Resume(), then=lambda outcome: terminal.did("resume"))


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
