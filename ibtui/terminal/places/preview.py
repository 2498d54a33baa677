"""The slot while a typed command waits to be seen and sent."""

from __future__ import annotations

import textwrap

from ibtui.commands.command import Command
from ibtui.domain.text.sanitize import whole
from ibtui.link.messages import Outcome, deed
from ibtui.terminal.drawing.canvas import Line
from ibtui.terminal.keys import Press
from ibtui.terminal.places.pending import PendingCommand, Previewing
from ibtui.terminal.places.place import Hints, Place, Terminal, text_line, title
from ibtui.terminal.places.plan_view import plan_lines

SCROLLS = {"down": 1, "j": 1, "up": -1, "k": -1, "pagedown": 5, "pageup": -5}
"""Key -> lines that a plan moves by where it has more than fit."""


class Confirm(Previewing):
    """A command that is shown as a plan until Enter sends it or Esc takes it back."""

    def __init__(self, terminal: Terminal, command: Command, name: str = "Preview", then: Place | None = None) -> None:
        super().__init__(terminal)
        self._name = name
        self._then = then
        self._command = command
        self._refusal = ""
        self.pending = PendingCommand(terminal, self._refused, self._done)
        self.pending.ask(command)

    def enter(self) -> None:
        if self.pending.state == "idle":
            self._refusal = ""
            self.pending.ask(self._command)
        else:
            self.pending.enter()

    def other(self, press: Press, action: str | None) -> None:
        if press.key in SCROLLS:
            self.pending.scroll(SCROLLS[press.key])
        elif action == "ticket.outside" and (why := self.pending.outside()):
            self.terminal.say(why, "warning")

    def back(self) -> None:
        if self.pending.state == "sending":
            return
        self.pending.drop()
        if self._then is None:
            self.terminal.close()
        else:
            self.terminal.open(self._then)

    def _refused(self, why: str) -> None:
        self._refusal = why
        self.terminal.say(why, "warning")

    def _done(self, outcome: Outcome) -> None:
        finish(self.terminal, self, outcome)

    def draw(self, width: int, height: int) -> list[Line]:
        head = [
            title(
                self.terminal.keymap, self._name, {"asking": "asking the engine …"}.get(self.pending.state, ""), width
            )
        ]
        gap = [Line()] if height >= 16 else []
        if self._refusal:
            lines = [text_line(text, "warning") for text in textwrap.wrap(whole(self._refusal), max(width - 4, 20))]
            return [*head, *gap, *lines, text_line(self._again(), "dim")]
        return [*head, *gap, *plan_lines(self.pending, self.terminal.keymap, width, height - len(head) - len(gap))]

    def _again(self) -> str:
        hint = self.terminal.keymap.hint
        return f"{' '.join(hint('ticket.confirm'))}s again · {' '.join(hint('back'))}"

    def hints(self) -> Hints:
        hint = self.terminal.keymap.hint
        if self.pending.state != "shown":
            return (hint("ticket.confirm"), hint("back"))
        more = (("↑ ↓", "more orders"),) if self.pending.folded else ()
        does = "send" if self.pending.plan is None else deed(self.pending.plan)
        return (*more, hint("ticket.confirm", does), hint("back"))


def finish(terminal: Terminal, place: Place, outcome: Outcome) -> None:
    """Say what became of an order and return to where the user was."""
    terminal.close(place)
    terminal.say(whole(outcome.message), "bright" if outcome.answered else "warning")
