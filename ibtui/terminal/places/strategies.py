"""What keys do with strategies: start, shadow, stop and then, pause, approve, test, and algorithms on a position."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.commands.command import Approve, Forget, Pause, Resume, Stop
from ibtui.domain.cover import coverage
from ibtui.domain.failure import IbtuiError
from ibtui.domain.money import plain
from ibtui.domain.order import Order
from ibtui.link.messages import Outcome
from ibtui.link.status import StrategyStatus
from ibtui.terminal.places.backtest import Backtest
from ibtui.terminal.places.cancel import standing
from ibtui.terminal.places.doing import do
from ibtui.terminal.places.place import Terminal
from ibtui.terminal.places.question import Question
from ibtui.terminal.places.startline import StartLine

ALGORITHMS = {"g": "guard", "c": "chase", "t": "twap", "v": "vwap"}
"""Letter -> the execution algorithm that works on what is selected."""


def selected(terminal: Terminal) -> StrategyStatus:
    """The strategy under the cursor; raises IbtuiError `bad_key` when there is none."""
    strategy = terminal.model.strategies.get(terminal.main.selected_strategy or "")
    if strategy is None:
        raise IbtuiError("bad_key", "There is no strategy to switch.")
    return strategy


def off(strategy: StrategyStatus) -> bool:
    return strategy.state in ("off", "failed")


def toggle(terminal: Terminal) -> None:
    """Off: a line with its parameters. On: stops at once, then asks once what becomes of what it holds."""
    strategy = selected(terminal)
    if off(strategy):
        terminal.open(StartLine(terminal, strategy, terminal.main.selected_symbol))
        return
    terminal.say(f"stopping {strategy.name} …")
    do(terminal, Stop(strategy=strategy.name), lambda outcome: _ask_about(terminal, strategy, outcome))


def _ask_about(terminal: Terminal, before: StrategyStatus, outcome: Outcome) -> None:
    if not before.position or before.for_trader or before.state == "shadow":
        return
    held = f"{plain(before.position)} {before.symbol}"
    own = [o for o in terminal.model.orders.values() if (o.owner, o.symbol) == (before.name, before.symbol)]
    stopped = not coverage(before.position, own).bare
    stands = "Its protective stop stays unless you close the position." if stopped else "No stop of its own covers it."
    stop: Callable[[str], None] = lambda then: do(terminal, Stop(strategy=before.name, then=then))  # type: ignore[arg-type]  # noqa: E731
    terminal.open(
        Question(
            terminal,
            f"{before.name} is off",
            [outcome.message, f"It holds {held}. {stands}"],
            ("keeps it, with its stop" if stopped else "keeps it, without a stop", lambda: None),
            {"c": ("closes it at market", lambda: stop("close")), "h": ("hands it to you", lambda: stop("hand"))},
        )
    )


def shadow(terminal: Terminal) -> None:
    """A line that starts it in shadow."""
    strategy = selected(terminal)
    if not off(strategy):
        raise IbtuiError("bad_key", f"{strategy.name} is {strategy.state}; stop it before you watch it in shadow.")
    terminal.open(StartLine(terminal, strategy, terminal.main.selected_symbol, shadow=True))


def pause(terminal: Terminal) -> None:
    """Hold its entries back, or let it go on."""
    strategy = selected(terminal)
    if off(strategy):
        raise IbtuiError("bad_key", f"{strategy.name} is {strategy.state}: there is nothing to pause.")
    held = strategy.state in ("paused", "suspended")
    do(terminal, Resume(strategy=strategy.name) if held else Pause(strategy=strategy.name))


def approve(terminal: Terminal) -> None:
    """Ask, then let a new or changed file run."""
    strategy = selected(terminal)
    if strategy.approved:
        raise IbtuiError("bad_key", f"{strategy.name} is approved as its file is: it needs no approval.")
    command = Approve(strategy=strategy.strategy or strategy.name)
    lines = ["Its file is new, or another one than was approved. Look at it first: it runs as you."]
    terminal.open(Question(terminal, f"Approve {strategy.name}", lines, ("approves it", lambda: do(terminal, command))))


def forget(terminal: Terminal) -> None:
    """Take the row of a run that is over out of the list."""
    do(terminal, Forget(strategy=selected(terminal).name))


def test(terminal: Terminal) -> None:
    """Over past data, on a screen of its own."""
    terminal.open(Backtest(terminal, selected(terminal), terminal.main.selected_symbol))


def algorithms(terminal: Terminal) -> None:
    """Choose an execution algorithm for the selected order or instrument."""
    symbol = terminal.main.selected_symbol
    if symbol is None:
        raise IbtuiError("bad_key", "Select an instrument first.")
    known = {letter: name for letter, name in ALGORITHMS.items() if name in terminal.model.strategies}
    if not known:
        raise IbtuiError("bad_key", "The engine knows no execution algorithms yet.")
    order = _order(terminal)
    open_: Callable[[str], Callable[[], None]] = lambda name: lambda: _open(terminal, name, symbol, order)  # noqa: E731
    lines = [f"{letter}  {name:<8} {terminal.model.strategies[name].summary}" for letter, name in known.items()]
    answers = {letter: (name, open_(name)) for letter, name in known.items()}
    what = f"your {standing(terminal.model, order)}" if order is not None else symbol
    terminal.open(Question(terminal, f"Work on {what}", lines, next(iter(answers.values())), answers))


def _open(terminal: Terminal, name: str, symbol: str, order: Order | None) -> None:
    strategy = terminal.model.strategies[name]
    works_orders = any(parameter.name == "quantity" for parameter in strategy.parameters)
    presets = _presets(terminal, symbol, order)
    terminal.open(StartLine(terminal, strategy, symbol, presets=presets, replaces=order if works_orders else None))


def _order(terminal: Terminal) -> Order | None:
    """The live order under the cursor; the engine says whether it can be worked."""
    order = terminal.main.selected_order if terminal.main.pane == "orders" else None
    return order if order is not None and order.live else None


def _presets(terminal: Terminal, symbol: str, order: Order | None) -> dict[str, str]:
    """Side and quantity of an order, or what would close the position."""
    if order is not None:
        return {"side": order.side.lower(), "quantity": plain(order.remaining), "shares": plain(order.remaining)}
    position = terminal.model.positions.get(symbol)
    if position is None or not position.quantity:
        return {}
    held = plain(abs(position.quantity))
    return {"side": "sell" if position.quantity > 0 else "buy", "quantity": held, "shares": held}
