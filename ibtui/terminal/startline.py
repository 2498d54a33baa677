"""The line that starts a strategy: prefilled with its parameters, edited, sent with Enter."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from ibtui.commands.command import Cancel, Start
from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.domain.money import plain
from ibtui.domain.order import Order
from ibtui.link.messages import Answer, Do, Outcome
from ibtui.link.status import Parameter, StrategyStatus
from ibtui.terminal import format as fmt
from ibtui.terminal.canvas import Line as Row
from ibtui.terminal.canvas import Run, fit
from ibtui.terminal.doing import do
from ibtui.terminal.keys import Press
from ibtui.terminal.line import Line
from ibtui.terminal.place import Hints, Place, Terminal, text_line, title


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
        """`replaces` is a working order whose place it takes: that is cancelled first."""
        super().__init__(terminal)
        self._replaces = replaces
        self._strategy = strategy
        self._line = Line(prefilled(strategy, symbol, shadow=shadow, presets=presets or {}))
        self._complaint = strategy.reason if strategy.state == "failed" else ""
        self._starting = False

    def press(self, press: Press) -> None:
        keymap = self.terminal.keymap
        if keymap.action("text", press.key) == "back":
            self.terminal.close()
        elif press.key in keymap.keys("ticket.confirm"):
            self.enter()
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
        self._starting = True
        if self._replaces is None:
            do(self.terminal, command, self._started, self._refused)
        else:
            self._cancel(self._replaces, command)

    def _cancel(self, order: Order, command: Start) -> None:
        """Start only once the order is gone, with what it had not traded by then: otherwise both would trade."""

        def cancelled(answer: Answer) -> None:
            assert isinstance(answer, Outcome)
            now = next((one for one in answer.orders if one.ref == order.ref), order)
            if not now.status.done:
                self._refused(IbtuiError("no_answer", "Nothing is started: the order is not confirmed as cancelled."))
                return
            self._replaces = None
            traded = now.filled - order.filled
            if not traded:
                do(self.terminal, command, self._started, self._refused)
                return
            self._line = Line(less(self._line.text, traded))
            self._starting = False
            self._complaint = f"{plain(traded)} traded while the order was cancelled: look at the quantity, then Enter."

        self.terminal.ask(Do(command=Cancel(target=order.ref), wait=True), cancelled, self._refused)

    def _started(self, outcome: Outcome) -> None:
        self.terminal.did("strategy")
        self.terminal.close(self)

    def _refused(self, error: IbtuiError) -> None:
        self._starting = False
        self._complaint = error.message
        self.terminal.say(error.message, "warning")

    def draw(self, width: int, height: int) -> list[Row]:
        strategy = self._strategy
        gap = [Row()] if height >= 16 else []
        note = [text_line(part, "warning") for part in textwrap.wrap(self._complaint, max(width - 4, 20))[:2]]
        head = [title(f"Start {strategy.name}", strategy.summary, width), *gap, edited(self._line, width, "  "), *gap]
        if self._starting:
            note = [text_line("starting …", "dim")]
        foot = Row((Run("  "), Run("Enter starts", "focus", bold=True), Run(" · Esc back", "dim")))
        if self._replaces is not None:
            order = self._replaces
            what = f"It takes the place of your {order.side} {plain(order.remaining)} {order.symbol}, cancelled first"
            note = [text_line(f"{what} with its target and stop.", "warning"), *note]
        room = height - len(head) - len(note) - 1
        shown = [_parameter(parameter, width) for parameter in strategy.parameters][: max(room, 0)]
        return [*head, *shown, *note, foot]

    def hints(self) -> Hints:
        return (("Enter", f"start {self._strategy.name}"), ("Esc", "back"))


def prefilled(
    strategy: StrategyStatus,
    symbol: str | None,
    *,
    shadow: bool = False,
    presets: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """`start sma_cross symbol=MSFT fast=5 slow=20`: every parameter at its default, the first symbol as selected.

    `presets` are values for parameters of those names, where there are any.
    """
    first = next((parameter.name for parameter in strategy.parameters if parameter.kind == "symbol"), "")
    chosen = {**presets, **({first: symbol} if first and symbol else {})}
    values = [
        f"{parameter.name}={value}"
        for parameter in strategy.parameters
        if (value := chosen.get(parameter.name, parameter.default))
    ]
    return " ".join(["start", strategy.name, *(["shadow"] if shadow else []), *values])


def less(text: str, traded: Decimal) -> str:
    """The line with a quantity that much smaller, at least 0."""

    def smaller(found: re.Match[str]) -> str:
        return f"quantity={plain(max(Decimal(found[1]) - traded, Decimal(0)))}"

    return re.sub(r"quantity=([0-9]+(?:\.[0-9]+)?)", smaller, text)


def edited(line: Line, width: int, before: str) -> Row:
    """A line being typed, with its cursor in view."""
    room = max(width - len(before) - 2, 1)
    start = max(line.cursor - room + 1, 0)
    text = line.text[start : start + room].ljust(room)
    at = line.cursor - start
    return Row(
        (Run(before, "focus", bold=True), Run(text[:at]), Run(text[at], "focus", chip=True), Run(text[at + 1 :]))
    )


def _parameter(parameter: Parameter, width: int) -> Row:
    bounds = f"{_number(parameter.low)} to {_number(parameter.high)}" if parameter.low is not None else ""
    about = "  ".join(part for part in (parameter.kind, bounds, parameter.help) if part)
    return Row((Run("  "), Run(parameter.name.ljust(12)), Run(fit(about, max(width - 15, 1)).rstrip(), "dim")))


def _number(value: float | None) -> str:
    return "any" if value is None else fmt.quantity(value, 12)
