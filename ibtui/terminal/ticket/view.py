"""What the ticket looks like: one pure function from what is known to lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from ibtui.domain.ability import UNTOLD
from ibtui.domain.account import Account
from ibtui.domain.label import spelled
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType
from ibtui.domain.words import effect_words
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.canvas import Line, Run, fit, width_of
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.keys import Keymap
from ibtui.terminal.places.place import title
from ibtui.terminal.ticket import estimate, model
from ibtui.terminal.ticket.model import Field, Follow, Ticket

TALL = 16
"""Rows from which the ticket is drawn with air, and with its fields above the plan."""

_Cell = tuple[Field | None, str, str, str]
"""Field, label, value and what stands after it."""


@dataclass(frozen=True, slots=True)
class TicketState:
    """Everything the ticket shows; unknown is None."""

    ticket: Ticket
    """As it is written, or frozen as it was checked."""
    follow: Follow | None
    """What the price follows, or followed when it was frozen."""
    frozen_at: datetime | None
    quote: Quote | None
    held: Decimal | None
    """Signed; None while IB has not told."""
    account: Account | None
    orders: Iterable[Order]
    keymap: Keymap
    zone: tzinfo
    now: float
    """The monotonic seconds at which it is drawn."""
    complaint: str = ""
    asking: bool = False


def draw(ticket_state: TicketState, plan: list[Line], width: int, height: int) -> list[Line]:
    """The ticket; a plan takes the place of the estimate, and where rows are few that of the fields too."""
    tall = height >= TALL
    gap = [Line()] if tall else []
    top = title(ticket_state.keymap, "Ticket", _state(ticket_state), width)
    body = [*gap, _who(ticket_state), *gap, _market(ticket_state, width), *gap, *_fields(ticket_state, width)]
    if not plan:
        return [top, *body, *gap, *_estimate(ticket_state), _foot(ticket_state, width)]
    if 1 + len(body) + len(gap) + len(plan) <= height:
        return [top, *body, *gap, *plan]
    return [top, *plan]


def _state(ticket_state: TicketState) -> str:
    if ticket_state.frozen_at is not None:
        return f"frozen at {fmt.clock(ticket_state.frozen_at, ticket_state.zone)}"
    if ticket_state.ticket.type is OrderType.MKT:
        return "at the market's price, whatever it is then"
    if ticket_state.follow is None:
        return "price set by you"
    return f"price follows the {ticket_state.follow} until you touch it"


def _who(ticket_state: TicketState) -> Line:
    ticket, instrument = ticket_state.ticket, ticket_state.ticket.instrument
    about = " · ".join(part for part in (instrument.name, instrument.primary_exchange or instrument.exchange) if part)
    holding = f"you hold {fmt.quantity(ticket_state.held, 12, signed=True)}" if ticket_state.held else "you hold none"
    holding = f"what you hold is {UNTOLD}" if ticket_state.held is None else holding
    chip = Run(f" {ticket.side} ", "buy" if ticket.side == "BUY" else "sell", bold=True, chip=True)
    closes = (Run("closes  ", "warning"),) if ticket.holds is not None else ()
    symbol = Run(spelled(instrument.symbol, instrument), "bright", bold=True)
    return Line((Run("  "), chip, Run("  "), *closes, symbol, Run(f"  {about}   {holding}", "dim")))


def _market(ticket_state: TicketState, width: int) -> Line:
    quote, instrument = ticket_state.quote, ticket_state.ticket.instrument
    if quote is None:
        return Line((Run("  no market yet", "warning"),))
    gap = " " * (5 if width >= 74 else 3)
    runs = [Run("  ")]
    sides = (("bid", quote.bid, quote.bid_size), ("ask", quote.ask, quote.ask_size), ("last", quote.last, None))
    for name, value, size in sides:
        runs += [Run(f"{name} ", "dim"), Run(fmt.price(value, instrument.digits(value)), "bright", bold=name != "last")]
        runs.append(Run(("" if size is None else f" ×{fmt.size(size)}") + gap, "dim"))
    return Line((*runs, _age(quote, ticket_state.now)))


def _age(quote: Quote, now: float) -> Run:
    if quote.kind != "real-time":
        return Run(quote.kind.upper(), "warning", bold=True)
    if quote.halted:
        return Run("TRADING HALTED", "warning", bold=True)
    if not quote.received:
        return Run("age unknown", "warning")
    seconds = max(now - quote.received, 0.0)
    shown = f"{seconds:.1f} s ago" if seconds < 60 else f"{fmt.age(seconds)} ago"
    return Run(shown, "dim" if seconds < 5 else "warning")


def _fields(ticket_state: TicketState, width: int) -> list[Line]:
    ticket, keys, market = ticket_state.ticket, ticket_state.keymap, ticket_state.ticket.type is OrderType.MKT
    target, stop = model.exits(ticket, ticket_state.quote)
    money = estimate.affordable(
        ticket, ticket_state.quote, ticket_state.account.buying_power if ticket_state.account else None
    )
    quantity = fmt.quantity(ticket.quantity, 10)
    limit = "market" if market else _price(ticket_state, model.limit(ticket, ticket_state.quote))
    other_type = f"{keys.label('ticket.market')} {'LMT' if market else 'MKT'}"
    rows: tuple[tuple[_Cell, _Cell], ...] = (
        (("quantity", "Quantity", quantity, money), (None, "Type", str(ticket.type), other_type)),
        (
            ("price", "Price", limit, "" if market else ticket_state.follow or ""),
            (None, "TIF", str(ticket.tif), f"{keys.label('ticket.tif')} next"),
        ),
        (
            ("target", "Target", _price(ticket_state, target), _distance(ticket_state, target)),
            ("stop", "Stop", _price(ticket_state, stop), _distance(ticket_state, stop)),
        ),
    )
    return [_row(ticket_state, left, right, width) for left, right in rows]


def _price(ticket_state: TicketState, value: Decimal | None) -> str:
    return fmt.price(value, ticket_state.ticket.instrument.digits(value), 10)


def _distance(ticket_state: TicketState, exit_price: Decimal | None) -> str:
    price = model.reference(ticket_state.ticket, ticket_state.quote)
    if exit_price is None:
        preset = () if ticket_state.ticket.holds is not None else ticket_state.keymap.hint("ticket.exits")
        return " ".join(("none", *preset))
    return "" if not price else f"{fmt.percent(100 * (exit_price - price) / abs(price))}%"


def _row(ticket_state: TicketState, left: _Cell, right: _Cell, width: int) -> Line:
    middle = max(min(45, width - 29), 26)
    return Line(
        (
            Run("  "),
            *_field(ticket_state, left, 10, 12),
            Run(" " + fit(left[3], middle - 13 - max(12, len(left[2]) + 1)), "dim"),
            *_field(ticket_state, right, 9, 9),
            Run(" " + right[3], "dim"),
        )
    )


def _field(ticket_state: TicketState, cell: _Cell, label: int, wide: int) -> tuple[Run, Run]:
    name, text, value, _ = cell
    wide = max(wide, len(value) + 1)
    live = ticket_state.frozen_at is None
    focused = live and name is not None and name == ticket_state.ticket.field
    shown = (ticket_state.ticket.unread or ticket_state.ticket.typed or value) if focused else value
    ink: Role = "bright" if focused else "normal"
    return (
        Run(text.ljust(label), "focus" if focused else "dim"),
        Run(f"{fit(shown, wide - 1, right=True)} ", ink, bold=focused, chip=live),
    )


def _estimate(ticket_state: TicketState) -> list[Line]:
    ticket = ticket_state.ticket
    first = Line((Run("  "), Run(estimate.sentence(ticket, ticket_state.quote), "bright", bold=True)))
    if not ticket.quantity:
        return [first, Line((Run("  type a quantity", "dim"),)), Line()]
    if ticket_state.held is None:
        figures = " · ".join(estimate.figures(ticket, ticket_state.quote, None, None))
        return [first, Line((Run(f"  what you hold is {UNTOLD}", "warning"),)), Line((Run("  " + figures),))]
    word, _, rest = effect_words(ticket_state.held, ticket.side, ticket.quantity).partition(" ")
    role: Role = "warning" if word in ("ADDS", "FLIPS") else "bright"
    found = estimate.afterwards(ticket, ticket_state.quote, ticket_state.held, ticket_state.orders)
    figures = " · ".join(estimate.figures(ticket, ticket_state.quote, ticket_state.account, found))
    return [first, Line((Run("  "), Run(word, role, bold=True), Run(" " + rest))), Line((Run("  " + figures),))]


def _foot(ticket_state: TicketState, width: int) -> Line:
    if ticket_state.asking:
        return Line((Run("  "), Run("asking the engine …", "dim")))
    if ticket_state.complaint:
        return Line((Run("  "), Run(fit(ticket_state.complaint, width - 3).rstrip(), "warning", bold=True)))
    return _keys(ticket_state.keymap, width)


def _keys(keymap: Keymap, width: int) -> Line:
    """What Enter does and the other keys, each whole with its title; too narrow, they go from the end."""
    singles = ("ticket.ask", "ticket.bid", "ticket.market", "ticket.tif")
    pairs = (
        keymap.hints("ticket.tick_up", "ticket.tick_down", between="/"),
        *map(keymap.hint, singles),
        keymap.hints("ticket.double", "ticket.half"),
    )
    checks = fit(f"{' '.join(keymap.hint('ticket.confirm'))}s", width - 2).rstrip()
    rest = [f"  {key} {title}" for key, title in pairs]
    while rest and 2 + width_of(checks + "".join(rest)) > width:
        rest.pop()
    return Line((Run("  "), Run(checks, "focus"), Run("".join(rest), "dim")))
