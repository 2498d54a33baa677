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
from ibtui.terminal.drawing.canvas import Line, Run, fit
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


def draw(sight: TicketState, plan: list[Line], width: int, height: int) -> list[Line]:
    """The ticket; a plan takes the place of the estimate, and where rows are few that of the fields too."""
    tall = height >= TALL
    gap = [Line()] if tall else []
    top = title("Ticket", _state(sight), width)
    body = [*gap, _who(sight), *gap, _market(sight, width), *gap, *_fields(sight, width)]
    if not plan:
        return [top, *body, *gap, *_estimate(sight), _foot(sight, width)]
    if 1 + len(body) + len(gap) + len(plan) <= height:
        return [top, *body, *gap, *plan]
    return [top, *plan]


def _state(sight: TicketState) -> str:
    if sight.frozen_at is not None:
        return f"frozen at {fmt.clock(sight.frozen_at, sight.zone)}"
    if sight.ticket.type is OrderType.MKT:
        return "at the market's price, whatever it is then"
    if sight.follow is None:
        return "price set by you"
    return f"price follows the {sight.follow} until you touch it"


def _who(sight: TicketState) -> Line:
    ticket, instrument = sight.ticket, sight.ticket.instrument
    about = " · ".join(part for part in (instrument.name, instrument.primary_exchange or instrument.exchange) if part)
    holding = f"you hold {fmt.quantity(sight.held, 12, signed=True)}" if sight.held else "you hold none"
    holding = f"what you hold is {UNTOLD}" if sight.held is None else holding
    chip = Run(f" {ticket.side} ", "buy" if ticket.side == "BUY" else "sell", bold=True, chip=True)
    closes = (Run("closes  ", "warning"),) if ticket.holds is not None else ()
    symbol = Run(spelled(instrument.symbol, instrument), "bright", bold=True)
    return Line((Run("  "), chip, Run("  "), *closes, symbol, Run(f"  {about}   {holding}", "dim")))


def _market(sight: TicketState, width: int) -> Line:
    quote, decimals = sight.quote, sight.ticket.instrument.decimals
    if quote is None:
        return Line((Run("  no market yet", "warning"),))
    gap = " " * (5 if width >= 74 else 3)
    runs = [Run("  ")]
    sides = (("bid", quote.bid, quote.bid_size), ("ask", quote.ask, quote.ask_size), ("last", quote.last, None))
    for name, value, size in sides:
        runs += [Run(f"{name} ", "dim"), Run(fmt.price(value, decimals), "bright", bold=name != "last")]
        runs.append(Run(("" if size is None else f" ×{fmt.size(size)}") + gap, "dim"))
    return Line((*runs, _age(quote, sight.now)))


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


def _fields(sight: TicketState, width: int) -> list[Line]:
    ticket, keys, market = sight.ticket, sight.keymap, sight.ticket.type is OrderType.MKT
    target, stop = model.exits(ticket, sight.quote)
    money = estimate.affordable(ticket, sight.quote, sight.account.buying_power if sight.account else None)
    quantity = fmt.quantity(ticket.quantity, 10)
    limit = "market" if market else _price(sight, model.limit(ticket, sight.quote))
    other_type = f"{keys.label('ticket.market')} {'LMT' if market else 'MKT'}"
    rows: tuple[tuple[_Cell, _Cell], ...] = (
        (("quantity", "Quantity", quantity, money), (None, "Type", str(ticket.type), other_type)),
        (
            ("price", "Price", limit, "" if market else sight.follow or ""),
            (None, "TIF", str(ticket.tif), f"{keys.label('ticket.tif')} next"),
        ),
        (
            ("target", "Target", _price(sight, target), _distance(sight, target)),
            ("stop", "Stop", _price(sight, stop), _distance(sight, stop)),
        ),
    )
    return [_row(sight, left, right, width) for left, right in rows]


def _price(sight: TicketState, value: Decimal | None) -> str:
    return fmt.price(value, sight.ticket.instrument.decimals, 10)


def _distance(sight: TicketState, exit_price: Decimal | None) -> str:
    price = model.reference(sight.ticket, sight.quote)
    if exit_price is None:
        return "none" if sight.ticket.holds is not None else f"none {sight.keymap.label('ticket.exits')} set"
    return "" if not price else f"{fmt.percent(100 * (exit_price / price - 1))}%"


def _row(sight: TicketState, left: _Cell, right: _Cell, width: int) -> Line:
    middle = max(min(45, width - 29), 26)
    return Line(
        (
            Run("  "),
            *_field(sight, left, 10, 12),
            Run(" " + fit(left[3], middle - 25), "dim"),
            *_field(sight, right, 9, 9),
            Run(" " + right[3], "dim"),
        )
    )


def _field(sight: TicketState, cell: _Cell, label: int, wide: int) -> tuple[Run, Run]:
    name, text, value, _ = cell
    live = sight.frozen_at is None
    focused = live and name is not None and name == sight.ticket.field
    shown = (sight.ticket.unread or sight.ticket.typed or value) if focused else value
    ink: Role = "bright" if focused else "normal"
    return (
        Run(text.ljust(label), "focus" if focused else "dim"),
        Run(f"{fit(shown, wide - 1, right=True)} ", ink, bold=focused, chip=live),
    )


def _estimate(sight: TicketState) -> list[Line]:
    ticket = sight.ticket
    first = Line((Run("  "), Run(estimate.sentence(ticket, sight.quote), "bright", bold=True)))
    if not ticket.quantity:
        return [first, Line((Run("  type a quantity", "dim"),)), Line()]
    if sight.held is None:
        figures = " · ".join(estimate.figures(ticket, sight.quote, None, None))
        return [first, Line((Run(f"  what you hold is {UNTOLD}", "warning"),)), Line((Run("  " + figures),))]
    word, _, rest = effect_words(sight.held, ticket.side, ticket.quantity).partition(" ")
    role: Role = "warning" if word in ("ADDS", "FLIPS") else "bright"
    found = estimate.afterwards(ticket, sight.quote, sight.held, sight.orders)
    worth = sight.account.net_liquidation if sight.account else None
    figures = " · ".join(estimate.figures(ticket, sight.quote, worth, found))
    return [first, Line((Run("  "), Run(word, role, bold=True), Run(" " + rest))), Line((Run("  " + figures),))]


def _foot(sight: TicketState, width: int) -> Line:
    if sight.asking:
        return Line((Run("  "), Run("asking the engine …", "dim")))
    if sight.complaint:
        return Line((Run("  "), Run(fit(sight.complaint, width - 3).rstrip(), "warning", bold=True)))

    def key(action: str) -> str:
        return sight.keymap.label(f"ticket.{action}")

    rest = (
        f"  {key('tick_up')}/{key('tick_down')} tick  {key('ask')} ask  {key('bid')} bid  {key('market')} market"
        f"  {key('tif')} TIF  {key('double')} {key('half')} double half"
    )
    return Line((Run("  "), Run(f"{key('confirm')} checks", "focus"), Run(rest, "dim")))
