"""What keys do to the ticket's focused field: digits and a point make a number, whatever else is refused aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from ibtui.domain.instrument import trades_at_zero
from ibtui.domain.money import plain
from ibtui.domain.quote import Quote
from ibtui.domain.text.number import NotANumberError, may_continue, price_may_continue, read_number, read_price
from ibtui.terminal.ticket.model import (
    CHANGES,
    FIELDS,
    LONGEST,
    MONEY,
    Ticket,
    exits,
    has,
    limit,
    refusal,
)

NEAR_ZERO = 100
"""Ticks from zero within which a price may be meant to be negative."""


def type_character(ticket: Ticket, character: str, quote: Quote | None) -> Ticket:
    """A character goes into the focused field; the first one replaces what stood there.

    What cannot be part of a number makes all that was typed unreadable: were only the key dropped, 1,5 would be 15.
    Raises IbtuiError `bad_ticket` where there is no number yet that it could spoil; a sign of money in the quantity is
    no such key, for what comes behind it would be a quantity.
    """
    if ticket.before is not None:
        begun = ticket.before.typed + ticket.letter
        if _continues(ticket.before, begun + character):
            return _write(_own_exits(ticket.before, quote), begun + character)
        ticket = replace(ticket.before, unread=begun)
    if ticket.unread:
        return replace(ticket, unread=ticket.unread + character)
    text = ticket.typed + character
    if _continues(ticket, text):
        return _write(_own_exits(ticket, quote), text)
    if not ticket.typed and not (character in MONEY and ticket.field == "quantity"):
        raise refusal(f"{character!r} is no part of a number and does nothing here.")
    return replace(ticket, unread=text)


def press(action: str, character: str) -> Callable[[Ticket, Quote | None], Ticket]:
    """What an action of the registry does; a letter behind half-typed digits may turn out to be meant as a digit."""

    def change(ticket: Ticket, quote: Quote | None) -> Ticket:
        changed = replace(CHANGES[action](ticket, quote), before=None, letter="")
        begun = bool(ticket.typed) and not ticket.unread and character.isalpha()
        begun |= character == "-" and not ticket.typed and _may_be_negative(ticket, quote)
        return replace(changed, before=replace(ticket, before=None), letter=character) if begun else changed

    return change


def _continues(ticket: Ticket, text: str) -> bool:
    """Whether what is typed into the focused field can still become what it takes."""
    price = ticket.field != "quantity" and ticket.instrument.sec_type == "FUT"
    return len(text) <= LONGEST and (price_may_continue(text) if price else may_continue(text))


def _may_be_negative(ticket: Ticket, quote: Quote | None) -> bool:
    """Whether a minus before a digit is more likely a sign than a tick: the price is near zero, or below."""
    price = limit(ticket, quote)
    near = price is not None and price <= NEAR_ZERO * ticket.instrument.step(price)
    return near and ticket.field == "price" and trades_at_zero(ticket.instrument.sec_type)


def erase(ticket: Ticket, quote: Quote | None) -> Ticket:
    """The last character of the focused field goes."""
    if ticket.unread:
        left = ticket.unread[:-1]
        return replace(ticket, unread="" if left == ticket.typed else left)
    ticket = replace(_own_exits(ticket, quote), before=None)
    shown = ticket.typed or _shown(ticket, quote)
    return _write(ticket, shown[:-1])


def paste(ticket: Ticket, text: str, quote: Quote | None) -> Ticket:
    """A pasted number replaces the focused field; raises NotANumberError for any other text."""
    signed = ticket.field != "quantity" and trades_at_zero(ticket.instrument.sec_type)
    number = plain(read_price(text.strip()) if signed else read_number(text.strip()))
    ticket = replace(ticket, typed="", unread="", before=None)
    if len(number) > LONGEST:
        raise refusal(f"A field takes {LONGEST} characters.")
    return _write(_own_exits(ticket, quote), number)


def next_field(ticket: Ticket, step: int = 1) -> Ticket:
    """The focus moves to the next field that this order has."""
    fields = [field for field in FIELDS if has(ticket, field)]
    at = fields.index(ticket.field) if ticket.field in fields else 0
    return replace(ticket, field=fields[(at + step) % len(fields)], typed="", unread="", before=None)


def _own_exits(ticket: Ticket, quote: Quote | None) -> Ticket:
    """A preset exit that is typed over leaves the preset; the other one keeps its price."""
    if not ticket.preset or ticket.field not in ("target", "stop"):
        return ticket
    target, stop = exits(ticket, quote)
    return replace(ticket, preset=False, target=target, stop=stop)


def _write(ticket: Ticket, text: str) -> Ticket:
    value = _value(text)
    if ticket.field == "price":
        return replace(ticket, typed=text, price=value, follow=None)
    if ticket.field == "quantity":
        return replace(ticket, typed=text, quantity=value)
    if ticket.field == "target":
        return replace(ticket, typed=text, target=value)
    return replace(ticket, typed=text, stop=value)


def _value(text: str) -> Decimal | None:
    """The number that was typed; None while it is not one yet."""
    try:
        return read_price(text)
    except NotANumberError:
        return None


def _shown(ticket: Ticket, quote: Quote | None) -> str:
    target, stop = exits(ticket, quote)
    shown = {"quantity": ticket.quantity, "price": limit(ticket, quote), "target": target, "stop": stop}[ticket.field]
    return "" if shown is None else plain(shown)
