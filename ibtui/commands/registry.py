"""Every action that a key can start: one table feeds the keys, what screens call them, the key sheet and the guide."""

from __future__ import annotations

from msgspec import Struct

from ibtui.commands.panes import PANES

HEADINGS: dict[str, str] = {
    "everywhere": "Everywhere",
    "panes": "In the panes",
    **{pane.id: pane.title for pane in PANES},
    "ticket": "In the ticket",
}
"""Where an action's keys work, and what that place is called."""


class Action(Struct, frozen=True, kw_only=True):
    """One action under the id that the keymap, the screen and the key sheet know it by."""

    id: str
    """Stable name used in the configuration's `[keys]` table."""
    keys: tuple[str, ...]
    """Default keys as Textual names them; the first is the one shown."""
    where: str
    """Where its keys work: one of the places of `HEADINGS`."""
    title: str
    """What the screen says beside the key, a word or two; empty where no screen does."""
    help: str
    """What the key sheet says, one sentence."""
    priority: bool = False
    """Works inside text fields and over every screen; only the halt has it."""


def _action(name: str, keys: str, where: str, title: str, sentence: str, *, priority: bool = False) -> Action:
    """One row of the table below; its keys stand with spaces between them."""
    return Action(id=name, keys=tuple(keys.split()), where=where, title=title, help=sentence, priority=priority)


ACTIONS: tuple[Action, ...] = (
    _action("halt", "f9 ctrl+backslash", "everywhere", "HALT",
            "Stop every strategy and cancel every entry now; exits and protective stops stay.", priority=True),
    _action("halt.letter", "K", "panes", "", "The same as F9, outside text fields."),
    _action("focus.next", "tab", "everywhere", "next field", "Next pane or field."),
    _action("focus.previous", "shift+tab", "everywhere", "", "Previous pane or field."),
    _action("back", "escape ctrl+g", "everywhere", "back", "Back by one level."),
    *(
        _action(f"pane.{pane.id}", pane.key, "panes", "", f"Go to {pane.article}{pane.title.lower()}.")
        for pane in PANES
    ),
    _action("move.down", "j down", "panes", "scroll", "One row down."),
    _action("move.up", "k up", "panes", "", "One row up."),
    _action("move.first", "g home", "panes", "", "First row."),
    _action("move.last", "G end", "panes", "", "Last row."),
    _action("move.page_down", "ctrl+d pagedown", "panes", "scroll", "Half a page down."),
    _action("move.page_up", "ctrl+u pageup", "panes", "", "Half a page up."),
    _action("order.buy", "b", "panes", "buy",
            "Ticket: buy at the ask; the limit follows the market until you touch it."),
    _action("order.sell", "s", "panes", "sell",
            "Ticket: sell at the bid; the limit follows the market until you touch it."),
    _action("order.join_bid", "B", "panes", "", "Ticket: buy at the bid."),
    _action("order.join_ask", "S", "panes", "", "Ticket: sell at the ask."),
    _action("order.close", "x", "panes", "close", "Ticket that closes the selected position."),
    _action("order.cancel", "c", "orders", "cancel",
            "Cancel the selected order with its children; a protective stop asks first."),
    _action("order.cancel_symbol", "C", "panes", "",
            "Cancel every order of the selected instrument, after a list."),
    _action("strategy.toggle", "space", "strategies", "on/off",
            "Off: a line with its parameters, Enter starts it. On: stops at once."),
    _action("strategy.shadow", "h", "strategies", "shadow",
            "Start it in shadow: it decides, its orders are drawn and not sent."),
    _action("strategy.pause", "p", "strategies", "pause/resume",
            "Hold its entries back, or let it go on; exits and stops always go out."),
    _action("strategy.approve", "A", "strategies", "approve",
            "Let a strategy run whose file has changed, after a question."),
    _action("strategy.forget", "delete", "strategies", "",
            "Take the row of a run that is over out of the list; its fills and log lines stay."),
    _action("strategy.test", "t", "strategies", "backtest",
            "Run it over past data: equity, falls and trades on a screen of their own."),
    _action("algorithm", "E", "panes", "", "Guard, chase, TWAP or VWAP for the selected position or order."),
    _action("open", "enter", "panes", "", "Details of the selected row."),
    _action("find", "slash", "panes", "find", "Find an instrument and add it to the watchlist."),
    _action("log.filter", "F", "log", "", "Leave the lines of strategies out of the log, or show them again."),
    _action("unwatch", "delete", "watchlist", "", "Take the instrument off the watchlist."),
    _action("alert", "a", "panes", "",
            "A line that sets a price alert on the selected instrument; `:alerts` lists them."),
    _action("record.toggle", "R", "panes", "",
            "Record the watchlist, and everything that happens, to daily files; again ends it."),
    _action("alert.go", "exclamation_mark", "panes", "go",
            "Go to the row that the alert line speaks of; Esc puts the alert aside."),
    _action("redraw", "ctrl+l", "everywhere", "", "Paint the whole screen anew."),
    _action("command", "colon", "panes", "command", "Type a command."),
    _action("help", "question_mark", "panes", "keys", "This sheet."),
    _action("quit", "q", "panes", "", "Leave; the engine of a profile goes on, the demo ends."),
    _action("ticket.confirm", "enter ctrl+j", "ticket", "check", "Check the order; the second time, send it."),
    _action("ticket.tick_up", "plus up", "ticket", "tick", "Price up by one tick."),
    _action("ticket.tick_down", "minus down", "ticket", "", "Price down by one tick."),
    _action("ticket.ten_up", "pageup", "ticket", "", "Price up by ten ticks."),
    _action("ticket.ten_down", "pagedown", "ticket", "", "Price down by ten ticks."),
    _action("ticket.ask", "a", "ticket", "ask", "Price at the ask."),
    _action("ticket.bid", "b", "ticket", "bid", "Price at the bid."),
    _action("ticket.mid", "i", "ticket", "", "Price in the middle, on the tick."),
    _action("ticket.market", "m", "ticket", "market", "Market order, and back to limit."),
    _action("ticket.double", "asterisk", "ticket", "double", "Double the quantity."),
    _action("ticket.half", "slash", "ticket", "half", "Halve the quantity."),
    _action("ticket.exits", "e", "ticket", "set", "Target and stop at the preset distance, on or off."),
    _action("ticket.outside", "o", "ticket", "instead",
            "In a preview that waits for regular hours: a limit instead that may trade now."),
    _action("ticket.tif", "t", "ticket", "TIF", "Time in force: day, good till cancelled; more for coins."),
)  # fmt: skip

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
