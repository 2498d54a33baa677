"""Margin: what positions and orders bind, by simple rules after Regulation T.

Stocks, long or short: 50 % of their value to open, 25 % to keep. Futures: a fixed sum a contract. Currencies: 3 % of
the value. Nothing is netted between instruments and nothing is ever liquidated.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.exchange.prices import Prices
from ibtui.exchange.reports import Ticket

ZERO = Decimal(0)
Wish = tuple[int, str, Decimal]
"""The sign of an order's side, what it shares with orders that exclude it, and its remaining quantity."""

STOCK_INITIAL = 0.50
STOCK_MAINTENANCE = 0.25
CURRENCY = 0.03


def requirement(prices: Prices, con_id: int, quantity: Decimal) -> tuple[float, float]:
    """Initial and maintenance margin in USD of holding `quantity`, signed."""
    listing = prices.venue(con_id).listing
    instrument = listing.instrument
    if instrument.sec_type == "FUT":
        contracts = abs(float(quantity))
        return contracts * listing.initial_margin, contracts * listing.maintenance_margin
    value = abs(instrument.value(quantity, prices.mark(con_id))) * prices.rate(instrument.currency)
    if instrument.sec_type == "CASH":
        return value * CURRENCY, value * CURRENCY
    return value * STOCK_INITIAL, value * STOCK_MAINTENANCE


def wish(ticket: Ticket, name: str, remaining: Decimal) -> Wish:
    """What an order would add to a position; the orders of an OCA group share one name."""
    return ticket.side.sign, ticket.oca_group or name, remaining


def worst_case(held: Decimal, wishes: Iterable[Wish]) -> Decimal:
    """The largest position, signed, that a holding can become when the orders of one side fill and no other.

    Of the orders of an OCA group only the largest counts.
    """
    groups: dict[tuple[int, str], Decimal] = {}
    for sign, group, size in wishes:
        groups[sign, group] = max(groups.get((sign, group), ZERO), size)
    longest = held + sum((size for (sign, _), size in groups.items() if sign > 0), ZERO)
    shortest = held - sum((size for (sign, _), size in groups.items() if sign < 0), ZERO)
    return max(longest, shortest, key=abs)
