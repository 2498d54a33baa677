"""The demo's coach: five steps on the message line that advance as the user does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ibtui.terminal.keys import Keymap

Deed = Literal["ticket", "send", "strategy", "halt", "resume", "help"]
"""What a user did that a step can wait for."""

STEPS: tuple[tuple[Deed, Callable[[Keymap, str], str]], ...] = (
    ("ticket", lambda keys, symbol: f"{keys.label('order.buy')} buys {symbol}: it opens the ticket"),
    (
        "send",
        lambda keys, symbol: "type 100, {0} checks the order, {0} again sends it".format(keys.label("ticket.confirm")),
    ),
    (
        "strategy",
        lambda keys, symbol: (
            f"{keys.label('pane.strategies')} goes to strategies, "
            f"{keys.label('strategy.toggle')} and {keys.label('ticket.confirm')} start sma_cross"
        ),
    ),
    ("halt", lambda keys, symbol: f"{keys.label('halt')} halts: strategies stop, entries are cancelled"),
    ("resume", lambda keys, symbol: f":resume goes on · {keys.label('help')} all keys · {keys.label('quit')} ends"),
)


class Coach:
    """Where the user is in the five steps; silent when they are done or hidden."""

    def __init__(self) -> None:
        self._done: set[Deed] = set()
        self._hidden = False

    def did(self, deed: Deed) -> bool:
        """The user did something; True when the line changes by it."""
        before = self._step()
        self._done.add(deed)
        if deed == "send":
            self._done.add("ticket")
        return before != self._step()

    def hide(self) -> bool:
        """Say no more; True when there was something to hide."""
        spoke = self._step() is not None
        self._hidden = True
        return spoke

    def line(self, keys: Keymap, symbol: str) -> str | None:
        """What to say now, for the selected symbol; None when there is nothing to say."""
        step = self._step()
        if step is None:
            return None
        return f"{step + 1}/{len(STEPS)} {STEPS[step][1](keys, symbol)} · {keys.label('back')} hides this"

    def _step(self) -> int | None:
        if self._hidden:
            return None
        return next((at for at, (deed, _) in enumerate(STEPS) if deed not in self._done), None)
