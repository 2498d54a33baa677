"""Where the moments of a strategy end: what it explains in one hook is the reason of what it asks for there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ibtui.strategies.author.base import Strategy

HOOKS = ("on_bar", "on_bars", "on_event", "on_fill", "on_quote", "on_stop")


def bound(strategy: Strategy, boundary: Callable[[], None]) -> None:
    """Call `boundary` before and after each hook of this one strategy; the hooks of others stay as they are.

    What a schedule calls stands between two hooks, and is a moment of its own.
    """

    def within(hook: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any) -> Any:
            boundary()
            found = hook(*arguments)
            boundary()
            return found

        return called

    for name in HOOKS:
        setattr(strategy, name, within(getattr(strategy, name)))
