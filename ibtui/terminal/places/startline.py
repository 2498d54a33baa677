"""The line that starts a strategy: prefilled with its parameters, edited, sent with Enter."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from types import MappingProxyType

from ibtui.commands.command import Start
from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order
from ibtui.link.messages import Outcome
from ibtui.link.status import StrategyStatus
from ibtui.terminal.drawing.canvas import Line as Row
from ibtui.terminal.drawing.canvas import Run, fit
from ibtui.terminal.drawing.table import span
from ibtui.terminal.keys import Press
from ibtui.terminal.places.doing import do
from ibtui.terminal.places.line import TextLine
from ibtui.terminal.places.parameter_list import parameter_rows
from ibtui.terminal.places.place import Hints, Place, Terminal, text_line, title
from ibtui.terminal.places.preview import Confirm

_SCROLL = {"down": 1, "up": -1, "pagedown": 1, "pageup": -1}
"""Keys that move the list of parameters, by lines or by what is seen of it."""


class StartLine(Place):
    """A strategy that is off, about to be switched on."""

    typing = True

    def __init__(
        self,
        terminal: Terminal,
        strategy: StrategyStatus,
        symbol: str | None,
        *,
        shadow: bool = False,
        presets: Mapping[str, str] | None = None,
        replaces: Order | None = None,
    ) -> None:
        """`replaces` is a working order whose place it takes."""
        super().__init__(terminal)
        self._strategy = strategy
        ref = "" if replaces is None else replaces.ref
        self._line = TextLine(prefilled(strategy, symbol, shadow=shadow, presets=presets or {}, replaces=ref))
        self._complaint = strategy.reason if strategy.state == "failed" else ""
        self._starting = False
        self._first = 0
        self._room = 1

    def press(self, press: Press) -> None:
        keymap = self.terminal.keymap
        if keymap.action("text", press.key) == "back":
            self.terminal.close()
        elif press.key in keymap.keys("ticket.confirm"):
            self.enter()
        elif press.key in _SCROLL:
            self._first += _SCROLL[press.key] * (self._room if press.key.startswith("page") else 1)
        elif not self._starting and self._line.press(press.key, press.text):
            self._complaint = ""

    def paste(self, text: str) -> None:
        self._complaint = self._line.paste(text) or ""

    def enter(self) -> None:
        if self._starting:
            return
        self._complaint = self.terminal.guard.hurried() or ""
        if self._complaint:
            return
        try:
            command = parse(self._line.text)
            if not isinstance(command, Start):
                raise IbtuiError("bad_command", "This line starts a strategy: start NAME PARAMETER=VALUE ...")
        except IbtuiError as error:
            self._complaint = error.message
            return
        if self._strategy.previewed and not command.shadow:
            self.terminal.open(StartPreview(self.terminal, command, self))
            return
        self._starting = True
        do(self.terminal, command, self._started, self._refused)

    def _started(self, outcome: Outcome) -> None:
        self.terminal.did("strategy")
        self.terminal.close(self)

    def _refused(self, error: IbtuiError) -> None:
        self._starting = False
        self._complaint = error.message
        self.terminal.say(error.message, "warning")

    def draw(self, width: int, height: int) -> list[Row]:
        strategy = self._strategy
        note = [text_line(part, "warning") for part in textwrap.wrap(self._complaint, max(width - 4, 20))]
        if self._starting:
            note = [text_line("starting …", "dim")]
        gap = [Row()] if height >= 16 else []
        about = [*(text_line(words, "bright", bold=True) for words in traded(self._line.text)), *gap]
        rows = parameter_rows(strategy.parameters, self._line.text, width)
        self._room = max(height - 3 - len(gap) - len(about) - len(note), 0)
        self._first = max(min(self._first, len(rows) - self._room), 0)
        shown = rows[self._first : self._first + self._room]
        seen = span(self._first, len(shown), len(rows))
        head = [self._title(seen, width), *gap, edited(self._line, width, "  ")]
        return [*head, *about, *shown, *note, self._foot(len(rows) > self._room)]

    def _title(self, seen: str, width: int) -> Row:
        """What is about to start, whether anything of it is sent, and which lines of its parameters are seen."""
        shadow = self._shadow
        sends = "SHADOW nothing is sent" if shadow else f"SENDS ORDERS · {self._mode}"
        words = f"{sends}  {seen}" if seen else f"{sends}  {self._strategy.summary}"
        name = f"Start {self._strategy.name}"
        room = max(width - len(name) - 14, 0)
        return title(
            self.terminal.keymap, name, fit(words, room).rstrip(), width, role="warning" if shadow else "bright"
        )

    @property
    def _mode(self) -> str:
        session = self.terminal.model.session
        return session.mode.upper() if session is not None else "PAPER"

    @property
    def _shadow(self) -> bool:
        return "shadow" in self._line.text.split()[2:3]

    def _foot(self, more: bool) -> Row:
        does = "shows what it would do" if self._strategy.previewed and not self._shadow else "starts"
        where = " in SHADOW" if self._shadow else ""
        enter, back = self.hints()
        rest = f"{' · ↑ ↓ more parameters' if more else ''} · {' '.join(back)}"
        return Row((Run("  "), Run(f"{enter[0]} {does}{where}", "focus", bold=True), Run(rest, "dim")))

    def hints(self) -> Hints:
        hint = self.terminal.keymap.hint
        does = f"{'check' if self._strategy.previewed else 'start'} {self._strategy.name}"
        return (hint("ticket.confirm", does), hint("back"))


class StartPreview(Confirm):
    """What an algorithm would do, before it starts; back leads to its line."""

    def __init__(self, terminal: Terminal, command: Start, then: Place | None = None) -> None:
        super().__init__(terminal, command, f"Start {command.strategy}", then)

    def _done(self, outcome: Outcome) -> None:
        self.terminal.did("strategy")
        super()._done(outcome)


def prefilled(
    strategy: StrategyStatus,
    symbol: str | None,
    *,
    shadow: bool = False,
    presets: Mapping[str, str] = MappingProxyType({}),
    replaces: str = "",
) -> str:
    """`start sma_cross symbol=MSFT fast=5 slow=20`: every parameter at its default, the first symbol as selected.

    `presets` are values for parameters of those names, where there are any; `replaces` is the ref of an order.
    """
    first = next((parameter.name for parameter in strategy.parameters if parameter.kind == "symbol"), "")
    chosen = {**presets, **({first: symbol} if first and symbol else {})}
    values = [
        f"{parameter.name}={value}"
        for parameter in strategy.parameters
        if (value := chosen.get(parameter.name, parameter.default))
    ]
    words = [*(["shadow"] if shadow else []), *(["replacing", replaces] if replaces else [])]
    return " ".join(["start", strategy.name, *words, *values])


def traded(text: str) -> list[str]:
    """`SELL 100 AAPL, in place of the order abcd`, `on AAPL`: what the line is about, however far it has scrolled."""
    try:
        command = parse(text)
    except IbtuiError:
        return []
    given = command.parameters if isinstance(command, Start) else {}
    if not isinstance(command, Start) or "symbol" not in given:
        return []
    if not {"side", "quantity"} <= given.keys():
        return [f"on {given['symbol'].upper()}"]
    words = f"{given['side'].upper()} {given['quantity']} {given['symbol'].upper()}"
    return [f"{words}, in place of the order {command.replaces}" if command.replaces else words]


def edited(line: TextLine, width: int, before: str) -> Row:
    """A line being typed, with its cursor in view."""
    room = max(width - len(before) - 2, 1)
    start = max(line.cursor - room + 1, 0)
    text = line.text[start : start + room].ljust(room)
    at = line.cursor - start
    return Row(
        (Run(before, "focus", bold=True), Run(text[:at]), Run(text[at], "focus", chip=True), Run(text[at + 1 :]))
    )
