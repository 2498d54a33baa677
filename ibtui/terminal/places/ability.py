"""What can be done now, and why not when it cannot: the sentence that the key sheet and the message line show."""

from __future__ import annotations

from ibtui.domain.ability import UNTOLD
from ibtui.domain.order import Order
from ibtui.terminal.places.place import Terminal

SMALLEST = "60x15"
"""The smallest terminal in which an order can be seen whole."""


def no_orders(terminal: Terminal) -> str | None:
    """Why no order can be written now; None when one can. The engine has the last word."""
    return terminal.model.earlier or no_sending(terminal)


def no_sending(terminal: Terminal) -> str | None:
    """Why an order that is shown cannot be sent now; None when it can.

    An engine of the version before has only shown what may be sent to it, and says nothing of itself.
    """
    return (None if terminal.model.earlier else _no_engine(terminal)) or _too_small(terminal)


def _no_engine(terminal: Terminal) -> str | None:
    session = terminal.model.session
    if terminal.model.lost_since is not None:
        return "No link to the engine: no orders until it is back."
    if session is None:
        return "The engine has not answered yet: no orders until it has."
    return "This profile is read-only: its engine takes no orders." if session.read_only else None


def _too_small(terminal: Terminal) -> str | None:
    if not terminal.main.order_entry:
        return f"This terminal is too small to show a whole order: make it {SMALLEST} or larger. The halt still works."
    return None


def working(terminal: Terminal, symbol: str | None = None) -> list[Order]:
    """Orders of this program that may still trade, of one instrument or of all."""
    return [
        order
        for order in terminal.model.orders.values()
        if order.live and order.owner != "other" and symbol in (None, order.symbol)
    ]


def unavailable(terminal: Terminal, action: str) -> str | None:
    """Why an action would do nothing now; None when it would do something."""
    symbol = terminal.main.selected_symbol
    if action in ("order.buy", "order.sell", "order.join_bid", "order.join_ask", "order.close"):
        return no_orders(terminal) or _no_instrument(terminal, symbol, action)
    if action == "order.cancel" and terminal.main.selected_order is None:
        return "No order is selected."
    if action == "order.cancel_symbol" and not working(terminal, symbol):
        return f"No order of {symbol or 'this instrument'} works."
    if action.startswith("strategy."):
        return _no_strategy(terminal, action)
    if action == "algorithm" and symbol is None:
        return "Select an instrument first."
    if action in ("find", "unwatch") and terminal.model.lost_since is not None:
        return "No link to the engine."
    return None


def _no_strategy(terminal: Terminal, action: str) -> str | None:
    strategy = terminal.model.strategies.get(terminal.main.selected_strategy or "")
    if strategy is None:
        return "There is no strategy to switch."
    off = strategy.state in ("off", "failed")
    if action == "strategy.shadow" and not off:
        return f"{strategy.name} is {strategy.state}."
    if action == "strategy.pause" and off:
        return f"{strategy.name} is {strategy.state}: there is nothing to pause."
    if action == "strategy.approve" and strategy.approved:
        return f"{strategy.name} needs no approval."
    return None


def _no_instrument(terminal: Terminal, symbol: str | None, action: str) -> str | None:
    if symbol is None:
        return "Select an instrument first."
    if symbol not in terminal.model.instruments:
        return f"{symbol} is not known to the engine yet."
    return nothing_held(terminal, symbol) if action == "order.close" else None


def nothing_held(terminal: Terminal, symbol: str) -> str | None:
    """Why a position cannot be closed; None when there is one."""
    position = terminal.model.positions.get(symbol)
    if position is not None and position.quantity:
        return None
    if not terminal.model.positions_known:
        return f"Whether you hold {symbol} is {UNTOLD}."
    if position is not None:
        return f"{symbol} is flat: nothing to close. Exits are left over, C cancels them."
    return f"You hold no {symbol}: there is nothing to close."
