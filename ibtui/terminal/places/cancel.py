"""Cancelling: an entry at once, what protects a position only after saying what becomes bare."""

from __future__ import annotations

from decimal import Decimal

from ibtui.commands.command import Cancel
from ibtui.domain.cover import coverage
from ibtui.domain.order import FOREIGN, Order
from ibtui.domain.words import quantity_words, standing_words
from ibtui.terminal.model import Model
from ibtui.terminal.places.ability import working
from ibtui.terminal.places.doing import do
from ibtui.terminal.places.place import Place, Terminal
from ibtui.terminal.places.question import Question


def cancel_selected(terminal: Terminal) -> None:
    """The order under the cursor, with its children."""
    order = terminal.main.selected_order
    if order is None:
        terminal.say("No order is selected.", "warning")
    elif order.owner == FOREIGN:
        terminal.say("That order was placed by another program: cancel it there.", "warning")
    elif not order.live:
        terminal.say(f"That order is {order.status} already: there is nothing to cancel.", "warning")
    elif order.role in ("stop", "exit") or order.protective:
        terminal.open(_question(terminal, [order], order.ref))
    else:
        terminal.say(f"cancelling {standing(terminal.model, order)} …")
        do(terminal, Cancel(target=order.ref))


def cancel_symbol(terminal: Terminal) -> None:
    """Every order of the selected instrument, after a list."""
    symbol = terminal.main.selected_symbol
    orders = working(terminal, symbol)
    if symbol is None or not orders:
        terminal.say(f"No order of {symbol or 'this instrument'} works: there is nothing to cancel.", "warning")
    else:
        terminal.open(_question(terminal, orders, symbol))


def cancel_all(terminal: Terminal, then: Place) -> None:
    """Every order of this program, exits too, after a list; Esc goes back to `then`."""
    orders = working(terminal)
    if orders:
        terminal.open(_question(terminal, orders, "all", then))
    else:
        terminal.say("No order of yours works: there is nothing to cancel.", "warning")


def _question(terminal: Terminal, orders: list[Order], target: str, then: Place | None = None) -> Question:
    lines = [standing(terminal.model, order) for order in orders] + bared(terminal.model, orders)
    count = "the order" if len(orders) == 1 else f"{len(orders)} orders"
    return Question(
        terminal, "Cancel", lines, (f"cancels {count}", lambda: do(terminal, Cancel(target=target))), then=then
    )


def bared(model: Model, orders: list[Order]) -> list[str]:
    """One line for each position that loses protection."""
    gone = {order.ref for order in orders}
    lines = []
    for symbol in dict.fromkeys(order.symbol for order in orders):
        position = model.positions.get(symbol)
        held = Decimal(0) if position is None else position.quantity
        there = [order for order in model.orders.values() if order.symbol == symbol]
        left = [order for order in there if order.ref not in gone]
        more = coverage(held, left).bare - coverage(held, there).bare
        if more > 0:
            lines.append(
                f"{quantity_words(more)} of {quantity_words(abs(held))} {symbol} become BARE: no stop covers them"
            )
    return lines


def standing(model: Model, order: Order) -> str:
    """`SELL 100 AAPL STP 180.00 working`."""
    return standing_words(order, model.instruments.get(order.symbol))
