"""Every action that a key, the palette or the `:` line can start: one table feeds keys, footer, help and guide."""

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
    """One action under the id that the keymap, the footer and the help know it by."""

    id: str
    """Stable name used in the configuration's `[keys]` table."""
    keys: tuple[str, ...]
    """Default keys as Textual names them; the first is the one shown."""
    where: str
    """Where its keys work: one of the places of `HEADINGS`."""
    title: str
    """What the footer says, a word or two."""
    help: str
    """What the key sheet says, one sentence."""
    priority: bool = False
    """Works inside text fields and over every screen; only the halt has it."""


ACTIONS: tuple[Action, ...] = (
    Action(
        id="halt",
        keys=("f9", "ctrl+backslash"),
        where="everywhere",
        title="HALT",
        help="Stop every strategy and cancel every entry now; exits and protective stops stay.",
        priority=True,
    ),
    Action(id="halt.letter", keys=("K",), where="panes", title="HALT", help="The same as F9, outside text fields."),
    Action(id="focus.next", keys=("tab",), where="everywhere", title="next", help="Next pane or field."),
    Action(
        id="focus.previous", keys=("shift+tab",), where="everywhere", title="previous", help="Previous pane or field."
    ),
    Action(id="back", keys=("escape", "ctrl+g"), where="everywhere", title="back", help="Back by one level."),
    *(
        Action(
            id=f"pane.{pane.id}",
            keys=(pane.key,),
            where="panes",
            title=pane.title.lower(),
            help=f"Go to {pane.article}{pane.title.lower()}.",
        )
        for pane in PANES
    ),
    Action(id="move.down", keys=("j", "down"), where="panes", title="down", help="One row down."),
    Action(id="move.up", keys=("k", "up"), where="panes", title="up", help="One row up."),
    Action(id="move.first", keys=("g", "home"), where="panes", title="first", help="First row."),
    Action(id="move.last", keys=("G", "end"), where="panes", title="last", help="Last row."),
    Action(
        id="move.page_down", keys=("ctrl+d", "pagedown"), where="panes", title="page down", help="Half a page down."
    ),
    Action(id="move.page_up", keys=("ctrl+u", "pageup"), where="panes", title="page up", help="Half a page up."),
    Action(
        id="order.buy",
        keys=("b",),
        where="panes",
        title="buy",
        help="Ticket: buy at the ask; the limit follows the market until you touch it.",
    ),
    Action(
        id="order.sell",
        keys=("s",),
        where="panes",
        title="sell",
        help="Ticket: sell at the bid; the limit follows the market until you touch it.",
    ),
    Action(id="order.join_bid", keys=("B",), where="panes", title="join bid", help="Ticket: buy at the bid."),
    Action(id="order.join_ask", keys=("S",), where="panes", title="join ask", help="Ticket: sell at the ask."),
    Action(
        id="order.close", keys=("x",), where="panes", title="close", help="Ticket that closes the selected position."
    ),
    Action(
        id="order.cancel",
        keys=("c",),
        where="orders",
        title="cancel",
        help="Cancel the selected order with its children; a protective stop asks first.",
    ),
    Action(
        id="order.cancel_symbol",
        keys=("C",),
        where="panes",
        title="cancel all",
        help="Cancel every order of the selected instrument, after a list.",
    ),
    Action(
        id="strategy.toggle",
        keys=("space",),
        where="strategies",
        title="on/off",
        help="Off: a line with its parameters, Enter starts it. On: stops at once.",
    ),
    Action(
        id="strategy.shadow",
        keys=("h",),
        where="strategies",
        title="shadow",
        help="Start it in shadow: it decides, its orders are drawn and not sent.",
    ),
    Action(
        id="strategy.pause",
        keys=("p",),
        where="strategies",
        title="pause",
        help="Hold its entries back, or let it go on; exits and stops always go out.",
    ),
    Action(
        id="strategy.approve",
        keys=("A",),
        where="strategies",
        title="approve",
        help="Let a strategy run whose file has changed, after a question.",
    ),
    Action(
        id="strategy.forget",
        keys=("delete",),
        where="strategies",
        title="forget",
        help="Take the row of a run that is over out of the list; its fills and log lines stay.",
    ),
    Action(
        id="strategy.test",
        keys=("t",),
        where="strategies",
        title="backtest",
        help="Run it over past data: equity, falls and trades on a screen of their own.",
    ),
    Action(
        id="algorithm",
        keys=("E",),
        where="panes",
        title="work on",
        help="Guard, chase, TWAP or VWAP for the selected position or order.",
    ),
    Action(id="open", keys=("enter",), where="panes", title="details", help="Details of the selected row."),
    Action(
        id="find", keys=("slash",), where="panes", title="find", help="Find an instrument and add it to the watchlist."
    ),
    Action(
        id="log.filter",
        keys=("F",),
        where="log",
        title="filter",
        help="Leave the lines of strategies out of the log, or show them again.",
    ),
    Action(
        id="unwatch", keys=("delete",), where="watchlist", title="remove", help="Take the instrument off the watchlist."
    ),
    Action(
        id="alert",
        keys=("a",),
        where="panes",
        title="alert",
        help="A line that sets a price alert on the selected instrument; `:alerts` lists them.",
    ),
    Action(
        id="record.toggle",
        keys=("R",),
        where="panes",
        title="record",
        help="Record the watchlist, and everything that happens, to daily files; again ends it.",
    ),
    Action(
        id="alert.go",
        keys=("exclamation_mark",),
        where="panes",
        title="go to alert",
        help="Go to the row that the alert line speaks of; Esc puts the alert aside.",
    ),
    Action(id="redraw", keys=("ctrl+l",), where="everywhere", title="redraw", help="Paint the whole screen anew."),
    Action(id="command", keys=("colon",), where="panes", title="command", help="Type a command."),
    Action(id="help", keys=("question_mark",), where="panes", title="keys", help="This sheet."),
    Action(
        id="quit",
        keys=("q",),
        where="panes",
        title="quit",
        help="Leave; the engine of a profile goes on, the demo ends.",
    ),
    Action(
        id="ticket.confirm",
        keys=("enter", "ctrl+j"),
        where="ticket",
        title="check/send",
        help="Check the order; the second time, send it.",
    ),
    Action(id="ticket.tick_up", keys=("plus", "up"), where="ticket", title="+ tick", help="Price up by one tick."),
    Action(
        id="ticket.tick_down", keys=("minus", "down"), where="ticket", title="− tick", help="Price down by one tick."
    ),
    Action(id="ticket.ten_up", keys=("pageup",), where="ticket", title="+10", help="Price up by ten ticks."),
    Action(id="ticket.ten_down", keys=("pagedown",), where="ticket", title="−10", help="Price down by ten ticks."),
    Action(id="ticket.ask", keys=("a",), where="ticket", title="ask", help="Price at the ask."),
    Action(id="ticket.bid", keys=("b",), where="ticket", title="bid", help="Price at the bid."),
    Action(id="ticket.mid", keys=("i",), where="ticket", title="mid", help="Price in the middle, on the tick."),
    Action(id="ticket.market", keys=("m",), where="ticket", title="market", help="Market order, and back to limit."),
    Action(id="ticket.double", keys=("asterisk",), where="ticket", title="double", help="Double the quantity."),
    Action(id="ticket.half", keys=("slash",), where="ticket", title="half", help="Halve the quantity."),
    Action(
        id="ticket.exits",
        keys=("e",),
        where="ticket",
        title="exits",
        help="Target and stop at the preset distance, on or off.",
    ),
    Action(
        id="ticket.outside",
        keys=("o",),
        where="ticket",
        title="outside hours",
        help="In a preview that waits for regular hours: a limit instead that may trade now.",
    ),
    Action(id="ticket.tif", keys=("t",), where="ticket", title="TIF", help="Time in force: day, good till cancelled."),
)

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
