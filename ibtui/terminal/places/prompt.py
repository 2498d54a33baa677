"""The `:` line: a command as text, with what it is understood as while it is typed."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from ibtui.commands.command import PREVIEWED, Command, Halt, ListAlerts, Resume, Start, TellSince, Trade
from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.domain.words import order_sentence
from ibtui.link.messages import Outcome
from ibtui.terminal.drawing.canvas import Line as Row
from ibtui.terminal.drawing.canvas import Run, fit
from ibtui.terminal.keys import Press
from ibtui.terminal.places.ability import no_orders
from ibtui.terminal.places.alert_sheet import alert_sheet
from ibtui.terminal.places.doing import do
from ibtui.terminal.places.line import TextLine
from ibtui.terminal.places.place import Hints, Place, Terminal, text_line, title
from ibtui.terminal.places.preview import Confirm
from ibtui.terminal.places.since_sheet import show
from ibtui.terminal.places.startline import StartPreview

WORDS: dict[str, tuple[str, str]] = {
    "status": ("status", "host, port, protocol version and clients"),
    "help": ("help", "the keys"),
    "quit": ("quit", "leave"),
    "q": ("quit", "leave"),
}
"""What this line understands besides the engine's commands -> what it does, and what for."""


_ROOM = 12
"""Cells beside what is typed from which something is said there."""


class Prompt(Place):
    """One command while it is typed on the `:` line."""

    typing = True

    def __init__(self, terminal: Terminal, text: str = "") -> None:
        """`text` stands in the line already, to be completed."""
        super().__init__(terminal)
        self.mount = "prompt"
        self._line = TextLine(text, history=terminal.history)
        self._complaint = ""
        self._width = 0
        """Cells of the line, as it was drawn last."""

    def press(self, press: Press) -> None:
        keymap = self.terminal.keymap
        emptied = press.key == "backspace" and not self._line.text
        if keymap.action("text", press.key) == "back" or emptied:
            self.terminal.close()
        elif press.key in keymap.keys("ticket.confirm"):
            self.enter()
        elif self._line.press(press.key, press.text):
            self._complaint = ""

    def paste(self, text: str) -> None:
        self._complaint = self._line.paste(text) or ""

    def enter(self) -> None:
        text = self._line.text.strip()
        if not text:
            self.terminal.close()
            return
        self._line.keep()
        if text.lower() in WORDS:
            self._word(WORDS[text.lower()][0])
            return
        try:
            self._carry_out(parse(text))
        except IbtuiError as error:
            self._complain(error.message)

    def _complain(self, sentence: str) -> None:
        """What is wrong stands beside the line, and where there is no room for all of it, in the slot."""
        self._complaint = sentence
        if len(sentence) > self._room(self._width) and self.mount != "both":
            self.terminal.close()
            self.mount = "both"
            self.terminal.open(self)

    def _word(self, word: str) -> None:
        self.terminal.close()
        self.terminal.act(word)

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, Halt):
            self.terminal.act("halt")
        elif isinstance(command, PREVIEWED):
            if why := no_orders(self.terminal):
                raise IbtuiError("bad_command", why)
            self.terminal.open(Confirm(self.terminal, command))
        elif isinstance(command, Start) and self._previewed(command):
            self.terminal.open(StartPreview(self.terminal, command))
        else:
            self.terminal.close()
            do(self.terminal, command, self._then(command))

    def _previewed(self, command: Start) -> bool:
        """Whether what it would do is shown first."""
        strategy = self.terminal.model.strategies.get(command.strategy.partition(".")[0])
        return strategy is not None and strategy.previewed and not command.shadow

    def _then(self, command: Command) -> Callable[[Outcome], None] | None:
        deeds: dict[type[Command], Callable[[Outcome], None]] = {
            TellSince: lambda outcome: show(self.terminal, outcome),
            ListAlerts: lambda outcome: self.terminal.open(alert_sheet(self.terminal, outcome.alerts)),
            Resume: lambda outcome: self.terminal.did("resume"),
            Start: lambda outcome: self.terminal.did("strategy"),
        }
        return deeds.get(type(command))

    def draw(self, width: int, height: int) -> list[Row]:
        said, ink = self._complaint or understanding(self._line.text), "warning" if self._complaint else "dim"
        parts = textwrap.wrap(said, max(width - 4, 20))
        head = title(self.terminal.keymap, "Not done" if self._complaint else "Command", "", width)
        return [head, *(text_line(part, ink) for part in parts)][:height]  # type: ignore[arg-type]

    def draw_prompt(self, width: int) -> Row:
        self._width = width
        shown, at = self._seen(width)
        runs = (
            Run(" :", "focus", bold=True),
            Run(shown[:at], "bright"),
            Run(shown[at], "focus", chip=True),
            Run(shown[at + 1 :], "bright"),
        )
        room = self._room(width)
        if not room:
            return Row(runs)
        said, ink = self._complaint or understanding(self._line.text), "warning" if self._complaint else "dim"
        return Row((*runs, Run("  "), Run(fit(said, room).rstrip(), ink)))  # type: ignore[arg-type]

    def _seen(self, width: int) -> tuple[str, int]:
        """What is seen of the text on a line of `width` cells, with a cell for the cursor, and where that stands."""
        text, at = self._line.text, self._line.cursor
        start = max(at - max(width - 5, 1) + 1, 0)
        return text[start : start + max(width - 5, 1)] + " ", at - start

    def _room(self, width: int) -> int:
        """Cells beside what is typed now; none where they are too few to say something in."""
        left = width - len(self._seen(width)[0]) - 5
        return left if left >= _ROOM else 0

    def hints(self) -> Hints:
        hint = self.terminal.keymap.hint
        return (hint("ticket.confirm", "does it"), ("Up Down", "earlier lines"), hint("back"))


def understanding(text: str) -> str:
    """What a line would do, or what it lacks; nothing for an empty line."""
    words = text.strip()
    if not words:
        return "buy 100 AAPL @ 187.25 · close AAPL · cancel all · start · halt · status"
    if words.lower() in WORDS:
        return WORDS[words.lower()][1]
    try:
        return described(parse(words))
    except IbtuiError as error:
        return error.message


def described(command: Command) -> str:
    """A command in words, as it was understood."""
    if isinstance(command, Trade):
        return _trade(command)
    name = str(command.__struct_config__.tag)
    values = [getattr(command, field) for field in command.__struct_fields__]
    shown = [
        ", ".join(f"{key}={item}" for key, item in value.items())
        if isinstance(value, dict)
        else " ".join(value)
        if isinstance(value, tuple)
        else str(value)
        for value in values
        if value not in (None, {}, ())
    ]
    return "list the price alerts" if isinstance(command, ListAlerts) else " ".join([name, *shown])


def _trade(command: Trade) -> str:
    return order_sentence(command, None, target=command.target, protect=command.protect)
