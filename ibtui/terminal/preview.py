"""A command that sends orders, on its way: asked about, shown as a plan, sent at most once by its token."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Literal

from ibtui.commands.command import Command
from ibtui.domain.failure import IbtuiError
from ibtui.domain.money import plain
from ibtui.domain.text import sanitize
from ibtui.link.messages import Answer, Outcome, Plan, Preview, Send
from ibtui.terminal import format as fmt
from ibtui.terminal.ability import no_orders
from ibtui.terminal.canvas import Line, Run
from ibtui.terminal.palette import Role
from ibtui.terminal.place import Hints, Place, Terminal, text_line, title

State = Literal["idle", "asking", "shown", "sending"]

_UNSURE = ("unanswered",)
"""Failures after which nobody knows whether the order went out."""


class Passage:
    """The way of one command from a question to a fact; its owner hears how it ended."""

    def __init__(self, terminal: Terminal, refused: Callable[[str], None], done: Callable[[Outcome], None]) -> None:
        self._terminal = terminal
        self._refused = refused
        self._done = done
        self._turn = 0
        self._shown_at = 0.0
        self.state: State = "idle"
        self.plan: Plan | None = None
        self.note = ""
        """Why the last Enter did not count."""
        self.drawn = False
        """The whole plan has been drawn."""

    def ask(self, command: Command) -> None:
        """Ask the engine what the command would send."""
        self._turn += 1
        turn = self._turn
        self.state, self.plan, self.note, self.drawn = "asking", None, "", False
        self._terminal.guard.hide()
        self._terminal.ask(
            Preview(command=command), lambda answer: self._planned(turn, answer), lambda error: self._fail(turn, error)
        )

    def enter(self) -> None:
        """Send what is shown, once, if this Enter was typed by someone who could see it."""
        if self.state != "shown" or self.plan is None:
            return
        if self.left() <= 0:
            self.drop(f"The preview was {self.plan.seconds:.0f} s old and sends no more; Enter checks again.")
            return
        self.note = no_orders(self._terminal) or self._terminal.guard.refuses(self._terminal.now()) or ""
        if not self.note:
            self._send(self.plan)

    def drop(self, why: str = "") -> None:
        """Forget the plan; its token is never used. With a reason the owner hears it."""
        self._turn += 1
        self.state, self.plan, self.note, self.drawn = "idle", None, "", False
        self._terminal.guard.hide()
        if why:
            self._refused(why)

    def tick(self) -> None:
        """A preview grows old."""
        if self.state == "shown" and self.left() <= 0:
            seconds = self.plan.seconds if self.plan else 0
            self.drop(f"The preview is {seconds:.0f} s old and sends no more; Enter checks again.")

    @property
    def by_time(self) -> bool:
        """Nobody answers for this terminal: how long the preview stands decides whether it was seen."""
        return self._terminal.guard.by_time

    def left(self) -> float:
        """Seconds that the token still lives."""
        return 0.0 if self.plan is None else self._shown_at + self.plan.seconds - self._terminal.now()

    def _planned(self, turn: int, answer: Answer) -> None:
        if turn != self._turn or not isinstance(answer, Plan):
            return
        self.state, self.plan = "shown", answer
        self._shown_at = self._terminal.now()
        self._terminal.show_preview()

    def _send(self, plan: Plan) -> None:
        self._turn += 1
        turn = self._turn
        self.state = "sending"
        self._terminal.guard.hide()
        self._terminal.ask(
            Send(token=plan.token), lambda answer: self._sent(turn, answer), lambda error: self._unsent(turn, error)
        )

    def _sent(self, turn: int, answer: Answer) -> None:
        if isinstance(answer, Outcome):
            self.state = "idle" if turn == self._turn else self.state
            self._terminal.did("send")
            self._done(answer)

    def _unsent(self, turn: int, error: IbtuiError) -> None:
        if error.code in _UNSURE:
            self._done(Outcome(message=f"UNKNOWN: {error.message}", answered=False))
        else:
            self._fail(turn, error)

    def _fail(self, turn: int, error: IbtuiError) -> None:
        if turn == self._turn:
            self.drop(error.message)


def plan_lines(passage: Passage, width: int, height: int) -> list[Line]:
    """The plan as a highlighted block of at most `height` lines; what does not fit is counted in one of them."""
    plan = passage.plan
    if plan is None:
        return []
    passage.drawn = True
    room = width - 4
    orders = _wrapped(plan.sentence.splitlines(), room)
    body = [_marked(Run(text, "bright", bold=True)) for text in orders]
    word, _, rest = sanitize(plan.effect_sentence).partition(" ")
    role: Role = "warning" if plan.effect in ("adds", "flips") else "bright"
    if word:
        body.append(_marked(Run(word, role, bold=True), Run(" " + rest)))
    body += [_marked(Run(text)) for text in _wrapped([_figures(plan)], room)]
    body += [_marked(Run(text, "warning", bold=True)) for text in _wrapped(plan.warnings, room)]
    if len(body) > height - 1:
        hidden = len(body) - height + 2
        body = [*body[: max(height - 2, 0)], _marked(Run(f"… and {hidden} more lines", "warning"))]
    return [*body, _ending(passage, plan)]


def _wrapped(texts: Sequence[str], width: int) -> list[str]:
    return [part for text in texts if text for part in textwrap.wrap(sanitize(text), max(width, 20))]


def _marked(*runs: Run) -> Line:
    return Line((Run("  "), *runs), on="cursor")


def _figures(plan: Plan) -> str:
    parts = []
    if plan.value is not None:
        parts.append(fmt.money(abs(plan.value)) + ("" if plan.currency == "USD" else f" {plan.currency}"))
    if plan.value_percent is not None:
        parts.append(f"{abs(plan.value_percent):.1f} % of NLV")
    if plan.commission is not None:
        parts.append(f"commission about {plan.commission:.2f}")
    if plan.bare > 0:
        parts.append(f"no stop: {plain(plan.bare)} BARE")
    if plan.cancels:
        parts.append(f"cancels {len(plan.cancels)} order{'s' if len(plan.cancels) > 1 else ''} first")
    return " · ".join(parts)


def _ending(passage: Passage, plan: Plan) -> Line:
    if passage.state == "sending":
        return _marked(Run("sending …" if plan.legs else "starting …", "warning", bold=True))
    if passage.note:
        return _marked(Run(passage.note, "warning", bold=True), Run(" · Esc back"))
    ticks = f" or {plan.collar_ticks} ticks" if plan.collar_ticks else ""
    clock = " · by time" if passage.by_time else ""
    return _marked(
        Run("Enter sends" if plan.legs else "Enter starts", "focus", bold=True),
        Run(f" · Esc back · valid {max(passage.left(), 0):.0f} s{ticks}{clock}"),
    )


class Confirm(Place):
    """The slot while a typed command waits to be seen and sent."""

    def __init__(self, terminal: Terminal, command: Command, name: str = "Preview", then: Place | None = None) -> None:
        super().__init__(terminal)
        self._name = name
        self._then = then
        self._command = command
        self._refusal = ""
        self.passage = Passage(terminal, self._refused, self._done)
        self.passage.ask(command)

    def enter(self) -> None:
        if self.passage.state == "idle":
            self._refusal = ""
            self.passage.ask(self._command)
        else:
            self.passage.enter()

    def back(self) -> None:
        if self.passage.state == "sending":
            return
        self.passage.drop()
        if self._then is None:
            self.terminal.close()
        else:
            self.terminal.open(self._then)

    def previewed(self) -> bool:
        return self.passage.drawn

    def changed(self) -> None:
        self.passage.tick()

    def lost(self) -> None:
        if self.passage.state in ("asking", "shown"):
            self.passage.drop("The link broke: nothing was sent; Enter checks again.")

    def _refused(self, why: str) -> None:
        self._refusal = why
        self.terminal.say(why, "warning")

    def _done(self, outcome: Outcome) -> None:
        finish(self.terminal, self, outcome)

    def draw(self, width: int, height: int) -> list[Line]:
        head = [title(self._name, {"asking": "asking the engine …"}.get(self.passage.state, ""), width)]
        gap = [Line()] if height >= 16 else []
        if self._refusal:
            lines = [text_line(text, "warning") for text in _wrapped([self._refusal], width - 4)]
            return [*head, *gap, *lines, text_line("Enter checks again · Esc back", "dim")]
        return [*head, *gap, *plan_lines(self.passage, width, height - len(head) - len(gap))]

    def hints(self) -> Hints:
        return (("Enter", "send" if self.passage.state == "shown" else "check"), ("Esc", "back"))


def finish(terminal: Terminal, place: Place, outcome: Outcome) -> None:
    """Say what became of an order and return to where the user was."""
    terminal.close(place)
    terminal.say(sanitize(outcome.message), "bright" if outcome.answered else "warning")
