"""Whether an order is taken: what cannot be asked at all, and what the exchange rejects."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ibtui.domain.instrument import trades_at_zero
from ibtui.exchange.markets.market import Market
from ibtui.exchange.orders.lifetimes import LASTING, begins, check_times
from ibtui.exchange.orders.triggers import METHODS
from ibtui.exchange.refusal import Refused
from ibtui.exchange.terms.conditions import MarketPriceCondition
from ibtui.exchange.terms.kinds import DISTANCES, KINDS, PRICES
from ibtui.exchange.told.reports import ClientOrder

LARGEST_SHARE = 0.5
"""Of the volume, for Vwap."""
OCA_TYPES = (0, 1, 2, 3)


class Rejection(NamedTuple):
    """Why an order is rejected: IB's code, and its text."""

    code: int
    text: str


def check_form(ticket: ClientOrder, now: datetime) -> None:
    """Raise Refused where a ticket is not an order: unknown type or time in force, a price missing or not a number."""
    if ticket.type not in KINDS:
        raise Refused(387, "Unsupported order type for this exchange and security type.")
    _check_numbers(ticket)
    _check_prices(ticket)
    check_times(ticket, now)
    _check_algo(ticket, now)
    for condition in ticket.conditions:
        if isinstance(condition, MarketPriceCondition) and condition.method not in METHODS:
            raise _invalid(f"Trigger method {condition.method} is not supported")
    if ticket.oca_type not in OCA_TYPES:
        raise _invalid(f"Invalid OCA type {ticket.oca_type}")
    if ticket.trigger_method not in METHODS:
        raise _invalid(f"Trigger method {ticket.trigger_method} is not supported")


def rejection(ticket: ClientOrder, market: Market) -> Rejection | None:
    """Why the exchange rejects a well-formed ticket, whatever the account's money; None when it does not."""
    instrument = market.listing.instrument
    if not market.listing.tradable:
        return rejected(f"{instrument.symbol} is an index and cannot be traded")
    if ticket.quantity <= 0:
        return rejected("The order size must be above zero")
    if instrument.sec_type == "CRYPTO" and ticket.type == "MKT" and ticket.tif != "IOC":
        return rejected("The crypto MKT order must be IOC")
    if KINDS[ticket.type].pegs and instrument.sec_type != "STK":
        return Rejection(387, "Unsupported order type for this exchange and security type.")
    if ticket.min_quantity > ticket.quantity or ticket.display_size > ticket.quantity:
        return rejected("The minimum quantity and the display size cannot exceed the order size")
    if ticket.quantity % instrument.lot:
        return Rejection(10318, "This order doesn't support fractional quantity trading")
    for name in PRICES:
        price: Decimal | None = getattr(ticket, name)
        if price is None:
            continue
        if price <= 0 and name not in DISTANCES and not trades_at_zero(instrument.sec_type):
            return rejected("The price must be above zero")
        if not market.grid.fits(abs(price)):
            return Rejection(110, "The price does not conform to the minimum price variation for this contract.")
    return None


def _check_numbers(ticket: ClientOrder) -> None:
    for name in ("quantity", "min_quantity", "trail_percent", *PRICES):
        number: Decimal | None = getattr(ticket, name)
        if number is not None and not number.is_finite():
            raise _invalid("A quantity or price is not a finite number")
    if ticket.min_quantity < 0 or ticket.display_size < 0 or (ticket.offset or 0) < 0:
        raise _invalid("A minimum quantity, display size or offset is below zero")


def _check_prices(ticket: ClientOrder) -> None:
    """Every price that the type needs, and none that means nothing to it."""
    kind = KINDS[ticket.type]
    for name in ("trail_percent", *PRICES):
        words = name.replace("_", " ")
        if getattr(ticket, name) is None:
            if name in kind.needs:
                raise _invalid(f"An order of type {ticket.type} needs a {words}")
        elif name not in kind.prices:
            raise _invalid(f"An order of type {ticket.type} takes no {words}")
    if kind.trails and (ticket.trail_amount is None) == (ticket.trail_percent is None):
        raise _invalid(f"An order of type {ticket.type} needs a trail amount or a trail percent, and not both")
    if ticket.trail_percent is not None and not 0 < ticket.trail_percent < 100:
        raise _invalid("The trail percent must be between 0 and 100")


def _check_algo(ticket: ClientOrder, now: datetime) -> None:
    algo = ticket.algo
    if algo is None:
        return
    if ticket.type not in ("MKT", "LMT") or ticket.tif not in LASTING:
        raise Refused(442, "Specified algorithm is not allowed for this order.")
    if algo.end is not None and algo.end <= (begins(ticket) or now):
        raise Refused(441, "Algo attributes validation failed: endTime")
    if not 0 < algo.max_share <= LARGEST_SHARE:
        raise Refused(441, "Algo attributes validation failed: maxPctVol")


def rejected(reason: str) -> Rejection:
    """A rejection under IB's general code."""
    return Rejection(201, f"Order rejected - reason:{reason}")


def _invalid(cause: str) -> Refused:
    return Refused(321, f"Error validating request.-'bW' : cause - {cause}")
