"""What a halt did, and the three ways on from it: flatten, cancel the exits too, resume."""

from __future__ import annotations

import textwrap

from ibtui.commands.command import Flatten, Resume
from ibtui.domain.ability import HALTED, UNTOLD, words
from ibtui.domain.text.sanitize import sanitize, whole
from ibtui.link.messages import hindering
from ibtui.terminal.drawing.canvas import Line, Run
from ibtui.terminal.keys import Press
from ibtui.terminal.panes.positions import bare, held
from ibtui.terminal.panes.strip import no_link
from ibtui.terminal.places.ability import working
from ibtui.terminal.places.cancel import cancel_all
from ibtui.terminal.places.doing import do
from ibtui.terminal.places.place import Aside, Hints, Terminal, text_line, title
from ibtui.terminal.places.preview import Confirm

UNSHOWN = "its orders and positions are not shown here: see `ibtui status`"
"""Of an engine that answers and shows nothing."""


class HaltedPlace(Aside):
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
        if session is None:
            return
        if HALTED in hindering(session):
            self._was_halted = True
        elif self._was_halted:
            self.terminal.close(self)

    def draw(self, width: int, height: int) -> list[Line]:
        gap = [Line()] if height >= 16 else []
        model = self.terminal.model
        why = textwrap.wrap(sanitize(no_link(model)), max(width - 4, 20))[:2]
        told = textwrap.wrap(whole(self._message), max(width - 4, 20))[: max(height - 6 - len(why), 1)]
        found = (hindering(model.session) if model.session else ()) or (HALTED,)
        orders, exposed = len(working(self.terminal)), bare(model)
        open_now = _count(len(held(model)), "position") + " open" if model.positions_known else f"positions {UNTOLD}"
        lines = [
            title(self.terminal.keymap, words(found), found[0].prevents, width, "stays halted", role="warning"),
            *gap,
            *(text_line(line, "bright") for line in told),
            *(text_line(line, "warning") for line in why),
            text_line(f"{_count(orders, 'order')} of yours left · {open_now}" if model.session else UNSHOWN),
            *([text_line(f"{len(exposed)} BARE: {', '.join(exposed)}", "warning")] if exposed else gap),
        ]
        ways = (("f", "flatten everything at market"), ("c", "cancel the exits too"), ("r", "resume"))
        return [*lines, *(Line((Run("  "), Run(key, "focus", bold=True), Run(f"  {deed}"))) for key, deed in ways)]

    def hints(self) -> Hints:
        return (
            ("f", "flatten"),
            ("c", "cancel exits"),
            ("r", "resume"),
            self.terminal.keymap.hint("back", "stay halted"),
        )


def resume(terminal: Terminal) -> None:
    """Ask the engine to resume trading."""
    do(terminal, Resume(), then=lambda outcome: terminal.did("resume"))


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
