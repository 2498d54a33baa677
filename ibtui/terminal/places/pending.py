"""A command that sends orders, on its way: asked about, shown as a plan, sent at most once by its token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec.structs import replace

from ibtui.commands.command import Close, Command, Flatten
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import Answer, Outcome, Plan, Preview, Send
from ibtui.terminal.places.ability import no_sending
from ibtui.terminal.places.place import Place, Terminal

State = Literal["idle", "asking", "shown", "sending"]

_UNSURE = ("unanswered",)
"""Failures after which nobody knows whether the order went out."""


class PendingCommand:
    """The way of one command from a question to a fact; its owner hears how it ended."""

    def __init__(self, terminal: Terminal, refused: Callable[[str], None], done: Callable[[Outcome], None]) -> None:
        self._terminal = terminal
        self._refused = refused
        self._done = done
        self._turn = 0
        self._shown_at = 0.0
        self._command: Command | None = None
        self.state: State = "idle"
        self.plan: Plan | None = None
        self.note = ""
        """Why the last Enter did not count."""
        self.doubted = False
        """The first Enter was given to a plan whose outcome is not certain; the second sends it."""
        self.top = 0
        """The first line of the orders that is shown, where not all of them fit."""
        self.folded = False
        """Not all of them fit."""
        self._drawn: tuple[str, ...] | None = None

    def ask(self, command: Command) -> None:
        """Ask the engine what the command would send."""
        turn = self._forget("asking")
        self._command = command
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
        self.note = no_sending(self._terminal) or self._terminal.guard.refuses(self._terminal.now()) or ""
        if self.note:
            return
        if self.plan.outcomes and not self.doubted:
            self.doubted = True
            self._terminal.show_preview()
        else:
            self._send(self.plan)

    def outside(self) -> str | None:
        """Ask about the limit that the plan offers instead, valid outside regular hours; why not when it has none."""
        if self.state != "shown" or self.plan is None or not self.plan.offer:
            return "Only a preview that offers a limit outside regular hours has that key."
        assert isinstance(self._command, Close | Flatten)
        self.ask(replace(self._command, outside=True))
        return None

    def scroll(self, lines: int) -> None:
        """Show other orders of a plan that has more than fit."""
        self.top = max(self.top + lines, 0)

    @property
    def drawn(self) -> bool:
        """The plan has been drawn."""
        return self._drawn is not None

    def drew(self, lines: Sequence[str]) -> None:
        """The plan was drawn as these lines; when they are others than before, they have to be seen anew."""
        before, self._drawn = self._drawn, tuple(lines)
        if before is not None and before != self._drawn and self.state == "shown":
            self._terminal.show_preview()

    def drop(self, why: str = "") -> None:
        """Forget the plan; its token is never used. With a reason the owner hears it."""
        self._forget("idle")
        if why:
            self._refused(why)

    def _forget(self, state: State) -> int:
        """What was asked and shown before is over; the number of the turn that begins."""
        self._turn += 1
        self.state, self.plan, self.note = state, None, ""
        self.doubted, self.top, self._drawn = False, 0, None
        self._terminal.guard.hide()
        return self._turn

    def tick(self) -> None:
        """Drop a preview that has grown too old to be sent."""
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


class Previewing(Place):
    """A place whose command stands in front as a plan before it is sent."""

    pending: PendingCommand

    def previewed(self) -> bool:
        return self.pending.drawn

    def changed(self) -> None:
        self.pending.tick()

    def lost(self) -> None:
        if self.pending.state in ("asking", "shown"):
            self.pending.drop("The link broke: nothing was sent; Enter checks again.")
