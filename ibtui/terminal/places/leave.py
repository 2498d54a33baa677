"""Leaving: a profile's engine stays, a demo ends; asked once when something is live."""

from __future__ import annotations

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize
from ibtui.link.messages import Answer, Ended, Shutdown
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.places.ability import working
from ibtui.terminal.places.place import Terminal
from ibtui.terminal.places.question import Question


def leave(terminal: Terminal) -> None:
    """Quit, or ask first when a strategy runs or an order works."""
    session = terminal.model.session
    if terminal.model.earlier:
        terminal.leave(terminal.model.earlier)
        return
    if terminal.model.lost_since is not None or session is None:
        terminal.leave("No engine answered; orders that were sent stay with the broker. See `ibtui status`.")
        return
    live = _live(terminal)
    if session.demo:
        _leave_demo(terminal, live)
    elif live:
        stop = ("stops the engine; orders stay at the broker", lambda: _stop(terminal))
        stay = ("leaves it running", lambda: _stay(terminal))
        terminal.open(Question(terminal, "Quit", live, stay, {"s": stop}))
    else:
        _stay(terminal)


def _leave_demo(terminal: Terminal, live: list[str]) -> None:
    if live:
        terminal.open(Question(terminal, "End the demo", live, ("ends everything", lambda: _end_demo(terminal))))
    else:
        _end_demo(terminal)


def _live(terminal: Terminal) -> list[str]:
    """What would go on without the terminal, one line each."""
    running = [name for name, strategy in terminal.model.strategies.items() if strategy.state not in ("off", "failed")]
    orders = working(terminal)
    lines = [f"{name} is running" for name in running]
    return lines + ([f"{len(orders)} order{'s' if len(orders) > 1 else ''} may still trade"] if orders else [])


def _stay(terminal: Terminal) -> None:
    session = terminal.model.session
    profile = session.profile if session else "this profile"
    terminal.leave(
        f"The engine of {profile} goes on: `ibtui attach --profile {profile}` returns to it, "
        f"`ibtui stop --profile {profile}` ends it."
    )


def _stop(terminal: Terminal) -> None:
    terminal.say("stopping the engine …")
    gone = "The engine has ended."
    terminal.ask(
        Shutdown(), lambda answer: terminal.leave(_ended(answer)), lambda error: _unended(terminal, error, gone)
    )


def _end_demo(terminal: Terminal) -> None:
    line = f"Demo ended: nothing left running, P&L {_profit(terminal)}."
    terminal.say("ending the demo …")
    terminal.ask(Shutdown(), lambda answer: terminal.leave(line), lambda error: _unended(terminal, error, line))


def _ended(answer: Answer) -> str:
    return sanitize(answer.message) if isinstance(answer, Ended) else "The engine has ended."


def _unended(terminal: Terminal, error: IbtuiError, gone: str) -> None:
    """An engine that was asked to end may be gone before its answer is read: `gone` is the last line then."""
    if error.code == "no_engine":
        terminal.leave(gone)
    else:
        terminal.say(f"The engine has not ended: {error.message}", "down")


def _profit(terminal: Terminal) -> str:
    """The session's profit and loss in the account's currency, with a sign; unknown says so."""
    account = terminal.model.account
    if account is None:
        return "unknown"
    if account.day_pnl is not None:
        return fmt.gain(account.day_pnl)
    if account.realized_pnl is None or account.unrealized_pnl is None:
        return "unknown"
    return fmt.gain(account.realized_pnl + account.unrealized_pnl)
