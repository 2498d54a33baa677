"""Commands that need no preview, carried out at once and answered on the message line."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.commands.command import Command
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import whole
from ibtui.link.messages import Answer, Do, Outcome
from ibtui.terminal.places.place import Terminal


def do(
    terminal: Terminal,
    command: Command,
    then: Callable[[Outcome], None] | None = None,
    failed: Callable[[IbtuiError], None] | None = None,
) -> None:
    """Have the engine carry out a command and say what became of it; `failed` hears a refusal instead of the line."""

    def done(answer: Answer) -> None:
        if isinstance(answer, Outcome):
            terminal.say(whole(answer.message), "bright" if answer.answered else "warning")
            if then is not None:
                then(answer)

    def refused(error: IbtuiError) -> None:
        if failed is not None:
            failed(error)
        else:
            terminal.say(error.message, "warning")

    terminal.ask(Do(command=command), done, refused)
