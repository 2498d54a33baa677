"""An order being written: its fields, what each key does to them, and the command they make. No drawing, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from ibtui.commands.command import Close, Trade
from ibtui.domain.coins import is_coin
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument, trades_at_zero
from ibtui.domain.money import on_tick, plain, to_tick
from ibtui.domain.order import Side
from ibtui.domain.position import closing_side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType, Terms, TimeInForce

Follow = Literal["ask", "bid", "mid"]
Field = Literal["quantity", "price", "target", "stop"]

FIELDS: tuple[Field, ...] = ("quantity", "price", "target", "stop")
TARGET_SHARE = Decimal("0.02")
STOP_SHARE = Decimal("0.01")
"""The preset exits' distance from the price."""
LONGEST = 12
"""The most characters that one field takes."""
MONEY = "$€£¥"
"""Signs of money, which a quantity is not."""
SHOWN = 16
"""Characters of what is no number that are repeated."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One order as far as it is written. Prices are on no grid until it is checked; unknown is None."""

    instrument: Instrument
    side: Side
    quantity: Decimal | None = None
    type: OrderType = OrderType.LMT
    follow: Follow | None = "ask"
    """The side of the market that the limit moves with; None once a price was set by hand."""
    price: Decimal | None = None
    """The limit set by hand."""
    preset: bool = False
    """Target and stop keep the preset distance from the price."""
    target: Decimal | None = None
    stop: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY
    field: Field = "quantity"
    typed: str = ""
    """What was typed into the focused field since it has the focus."""
    unread: str = ""
    """What was typed there and is no number; nothing is sent until it is changed."""
    before: Ticket | None = None
    """The ticket as it was before a letter did something behind half-typed digits: `1e` on the way to `1e9`."""
    letter: str = ""
    """The letter that did it."""
    holds: Decimal | None = None
    """For a ticket that closes: the unsigned quantity held. None: an ordinary order."""


def opened(instrument: Instrument, side: Side, follow: Follow, quantity: Decimal | None) -> Ticket:
    """A limit order that follows one side of the market."""
    return Ticket(instrument=instrument, side=side, follow=follow, quantity=quantity)


def closing(instrument: Instrument, held: Decimal) -> Ticket:
    """A market order for the whole of a position, signed as it is held."""
    side = closing_side(held)
    follow: Follow = "bid" if side is Side.SELL else "ask"
    return Ticket(
        instrument=instrument, side=side, quantity=abs(held), type=OrderType.MKT, follow=follow, holds=abs(held)
    )


def limit(ticket: Ticket, quote: Quote | None) -> Decimal | None:
    """The limit now: the one set by hand, or the side of the market it follows, on the tick; None when unknown."""
    if ticket.type is not OrderType.LMT:
        return None
    if ticket.follow is None:
        return ticket.price
    market = None if quote is None else getattr(quote, ticket.follow)
    if market is None or not _trades_at(ticket, market):
        return None
    return to_tick(market, ticket.instrument.step(market))


def reference(ticket: Ticket, quote: Quote | None) -> Decimal | None:
    """The price the order would trade near: its limit, or for a market order the other side of the market.

    None when it is not known, which a limit that is 0 so far is too where nothing trades there.
    """
    if ticket.type is OrderType.LMT:
        price = limit(ticket, quote)
        return None if price is None or not _trades_at(ticket, price) else price
    if quote is None:
        return None
    market = quote.ask if ticket.side is Side.BUY else quote.bid
    market = market if market is not None else quote.mark
    if market is None or not _trades_at(ticket, market):
        return None
    return to_tick(market, ticket.instrument.step(market))


def _trades_at(ticket: Ticket, price: Decimal | float) -> bool:
    """Whether this can be a price of the instrument: zero and less can for some."""
    return price > 0 or trades_at_zero(ticket.instrument.sec_type)


def exits(ticket: Ticket, quote: Quote | None) -> tuple[Decimal | None, Decimal | None]:
    """Target and stop prices now; the preset ones move with the price."""
    price = reference(ticket, quote)
    if not ticket.preset or price is None:
        return (None, None) if ticket.preset else (ticket.target, ticket.stop)
    sign = ticket.side.sign
    step = ticket.instrument.step
    target, stop = price + sign * abs(price) * TARGET_SHARE, price - sign * abs(price) * STOP_SHARE
    return to_tick(target, step(target)), to_tick(stop, step(stop))


def add_ticks(ticks: int) -> Callable[[Ticket, Quote | None], Ticket]:
    """The limit moves by so many ticks, whatever field has the focus, and stops following the market."""

    def change(ticket: Ticket, quote: Quote | None) -> Ticket:
        if ticket.type is OrderType.MKT:
            raise refusal("A market order has no price; m makes it a limit.")
        price = limit(ticket, quote)
        if price is None:
            raise refusal(f"{ticket.instrument.symbol} has no price to start from; type one.")
        moved = ticket.instrument.moved(price, ticks)
        if not _trades_at(ticket, moved):
            raise refusal("A price must stay above 0.")
        return replace(ticket, price=moved, follow=None, typed="" if ticket.field == "price" else ticket.typed)

    return change


def follow(side: Follow) -> Callable[[Ticket, Quote | None], Ticket]:
    """The limit follows one side of the market from now on."""

    def change(ticket: Ticket, quote: Quote | None) -> Ticket:
        return replace(ticket, type=OrderType.LMT, follow=side, price=None, typed=_typed_elsewhere(ticket, "price"))

    return change


def multiply(factor: Decimal) -> Callable[[Ticket, Quote | None], Ticket]:
    """The quantity times `factor`, down to whole lots but never to none."""

    def change(ticket: Ticket, quote: Quote | None) -> Ticket:
        if not ticket.quantity:
            raise refusal("Type a quantity first.")
        quantity = to_tick(ticket.quantity * factor, ticket.instrument.lot, "down")
        if len(plain(quantity)) > LONGEST:
            raise refusal(f"A field takes {LONGEST} characters.")
        return replace(
            ticket, quantity=max(quantity, ticket.instrument.lot), typed=_typed_elsewhere(ticket, "quantity")
        )

    return change


def toggle_type(ticket: Ticket, quote: Quote | None) -> Ticket:
    """Market instead of limit, and back."""
    other = OrderType.LMT if ticket.type is OrderType.MKT else OrderType.MKT
    ticket = replace(ticket, type=other)
    return ticket if has(ticket, ticket.field) else replace(ticket, field="quantity", typed="")


def toggle_exits(ticket: Ticket, quote: Quote | None) -> Ticket:
    """Target and stop at the preset distance, or none."""
    _needs_entry(ticket)
    on = not (ticket.preset or ticket.target or ticket.stop)
    if on and reference(ticket, quote) is None:
        raise refusal(f"{ticket.instrument.symbol} has no price to measure exits from; type one.")
    return replace(ticket, preset=on, target=None, stop=None, typed=_typed_elsewhere(ticket, "target", "stop"))


def next_tif(ticket: Ticket, quote: Quote | None) -> Ticket:
    """Day, good till cancelled, and round again."""
    _needs_entry(ticket)
    lives = tuple(TimeInForce) if is_coin(ticket.instrument) else (TimeInForce.DAY, TimeInForce.GTC)
    return replace(ticket, tif=lives[(lives.index(ticket.tif) + 1) % len(lives)])


CHANGES: dict[str, Callable[[Ticket, Quote | None], Ticket]] = {
    "ticket.tick_up": add_ticks(1),
    "ticket.tick_down": add_ticks(-1),
    "ticket.ten_up": add_ticks(10),
    "ticket.ten_down": add_ticks(-10),
    "ticket.ask": follow("ask"),
    "ticket.bid": follow("bid"),
    "ticket.mid": follow("mid"),
    "ticket.market": toggle_type,
    "ticket.double": multiply(Decimal(2)),
    "ticket.half": multiply(Decimal("0.5")),
    "ticket.exits": toggle_exits,
    "ticket.tif": next_tif,
}
"""What each action of the registry does to a ticket; each raises IbtuiError `bad_ticket` with one sentence."""


def command(ticket: Ticket, quote: Quote | None) -> Trade | Close:
    """The command the ticket makes; raises IbtuiError `bad_ticket` with the first thing that is wrong."""
    if ticket.unread:
        raise refusal(unread(ticket))
    quantity = _checked_quantity(ticket)
    price = _checked_limit(ticket, quote)
    if ticket.holds is not None:
        part = None if quantity == ticket.holds else quantity
        return Close(symbol=ticket.instrument.symbol, quantity=part, limit_price=price)
    target, stop = _checked_exits(ticket, quote)
    return Trade(
        terms=Terms(
            side=ticket.side,
            quantity=quantity,
            symbol=ticket.instrument.symbol,
            type=ticket.type,
            limit_price=price,
            tif=ticket.tif,
        ),
        target=target,
        protect=stop,
    )


def unread(ticket: Ticket) -> str:
    """Why what was typed is not taken, and what to do."""
    if ticket.field == "quantity" and any(sign in ticket.unread for sign in MONEY):
        return f"A quantity stands here: Backspace changes it; for money type `{_money_line(ticket)}`."
    return f"{ticket.unread[:SHOWN]!r} is no number; Backspace changes it, Tab leaves it."


def _money_line(ticket: Ticket) -> str:
    """The line that takes money for this order."""
    typed = "".join(character for character in ticket.unread if character.isdigit() or character == ".")
    price = "market" if ticket.type is OrderType.MKT else "PRICE"
    item = ticket.instrument
    return f":{ticket.side.lower()} {typed or 500} {item.currency} of {item.symbol} @ {price}"


def _checked_quantity(ticket: Ticket) -> Decimal:
    quantity = ticket.quantity
    if not quantity:
        raise refusal("Type a quantity.")
    if quantity == ticket.holds:
        return quantity  # of a part of a lot the engine says what can be sent, and what is left
    if not on_tick(quantity, ticket.instrument.lot):
        raise refusal(f"{ticket.instrument.symbol} trades in steps of {plain(ticket.instrument.lot)}.")
    if ticket.holds is not None and quantity > ticket.holds:
        raise refusal(f"You hold {plain(ticket.holds)}: a close cannot be more.")
    return quantity


def _checked_limit(ticket: Ticket, quote: Quote | None) -> Decimal | None:
    if ticket.type is OrderType.MKT:
        return None
    price = limit(ticket, quote)
    if price is None:
        raise refusal(f"{ticket.instrument.symbol} has no {ticket.follow or 'price'} now; type a price.")
    _on_grid("price", price, ticket.instrument)
    return price


def _checked_exits(ticket: Ticket, quote: Quote | None) -> tuple[Decimal | None, Decimal | None]:
    target, stop = exits(ticket, quote)
    price = reference(ticket, quote)
    for name, value, sign in (("target", target, 1), ("stop", stop, -1)):
        if value is None:
            continue
        _on_grid(name, value, ticket.instrument)
        beyond = price is not None and (value - price) * sign * ticket.side.sign > 0
        if price is not None and not beyond:
            word = "above" if sign * ticket.side.sign > 0 else "below"
            raise refusal(f"The {name} of a {ticket.side.lower()} must be {word} {plain(price)}.")
    return target, stop


def _on_grid(name: str, value: Decimal, instrument: Instrument) -> None:
    if value <= 0 and not trades_at_zero(instrument.sec_type):
        raise refusal(f"The {name} must be more than 0.")
    step = instrument.step(value)
    if not on_tick(value, step):
        near = plain(to_tick(value, step))
        raise refusal(f"{plain(value)} is off {instrument.symbol}'s tick of {plain(step)}; {near} is on it.")


def _needs_entry(ticket: Ticket) -> None:
    if ticket.holds is not None:
        raise refusal("A close has no exits and no time in force of its own.")


def has(ticket: Ticket, field: Field) -> bool:
    """Whether this order has the field."""
    if field == "price":
        return ticket.type is OrderType.LMT
    return field == "quantity" or ticket.holds is None


def _typed_elsewhere(ticket: Ticket, *fields: Field) -> str:
    """What was typed stays, unless a key changed the very field it was typed into."""
    return "" if ticket.field in fields else ticket.typed


def refusal(sentence: str) -> IbtuiError:
    """The error `bad_ticket` with one sentence on what to mend."""
    return IbtuiError("bad_ticket", sentence)
