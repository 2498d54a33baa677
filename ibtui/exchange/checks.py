"""Whether an order is taken: what cannot be asked at all, and what the exchange rejects."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from ibtui.domain.money import on_tick
from ibtui.exchange.refusal import Refused
from ibtui.exchange.reports import Ticket
from ibtui.exchange.venue import Venue

TYPES = ("MKT", "LMT", "STP")
TIMES = ("DAY", "GTC")
OCA_TYPES = (0, 1, 2, 3)


class Rejection(NamedTuple):
    """Why an order is rejected: IB's code, and its text."""

    code: int
    text: str


def check_form(ticket: Ticket) -> None:
    """Raise Refused where a ticket is not an order: unknown type or time in force, a price missing or not a number."""
    if ticket.type not in TYPES:
        raise Refused(387, "Unsupported order type for this exchange and security type.")
    if ticket.tif not in TIMES:
        raise _invalid(f"Invalid time in force {ticket.tif}")
    if ticket.oca_type not in OCA_TYPES:
        raise _invalid(f"Invalid OCA type {ticket.oca_type}")
    if ticket.type == "LMT" and ticket.limit_price is None:
        raise _invalid("A limit order needs a limit price")
    if ticket.type == "STP" and ticket.stop_price is None:
        raise _invalid("A stop order needs a stop price")
    for number in (ticket.quantity, ticket.limit_price, ticket.stop_price):
        if number is not None and not number.is_finite():
            raise _invalid("A quantity or price is not a finite number")


def rejection(ticket: Ticket, venue: Venue) -> Rejection | None:
    """Why the exchange rejects a well-formed ticket, whatever the account's money; None when it does not."""
    instrument = venue.listing.instrument
    if not venue.listing.tradable:
        return rejected(f"{instrument.symbol} is an index and cannot be traded")
    if ticket.quantity <= 0:
        return rejected("The order size must be above zero")
    if ticket.quantity % instrument.lot:
        return Rejection(10318, "This order doesn't support fractional quantity trading")
    for price in _prices(ticket):
        if price <= 0:
            return rejected("The price must be above zero")
        if not on_tick(price, instrument.tick):
            return Rejection(110, "The price does not conform to the minimum price variation for this contract.")
    return None


def _prices(ticket: Ticket) -> list[Decimal]:
    price = {"LMT": ticket.limit_price, "STP": ticket.stop_price}.get(ticket.type)
    return [] if price is None else [price]


def rejected(reason: str) -> Rejection:
    """A rejection under IB's general code."""
    return Rejection(201, f"Order rejected - reason:{reason}")


def _invalid(cause: str) -> Refused:
    return Refused(321, f"Error validating request.-'bW' : cause - {cause}")
