"""Margin: what positions and orders bind, by simple rules.

A margin account, after Regulation T: stocks, long or short, 50 % of their value to open and 25 % to keep. Futures a
fixed sum a contract. Currencies 3 % of the value. Options that are held bind their value; options that are written bind
their value and 20 % of the underlying's less what they are out of the money, at least 10 %. Bonds 25 % and 20 %, coins
their whole value, and both cannot be sold short.

A cash account: the whole value of everything but futures, which are as above, and nothing that is paid for can be sold
short; what it receives counts at once, without days to settle.

Nothing is netted between instruments and nothing is ever liquidated.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.domain.reference.margin import NEVER_SHORT, SHARES, WRITTEN, WRITTEN_LEAST
from ibtui.exchange.accounts.holdings import PAID
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.markets.prices import Prices
from ibtui.exchange.told.reports import ClientOrder

ZERO = Decimal(0)
Request = tuple[int, str, Decimal]
"""The sign of an order's side, what it shares with orders that exclude it, and its remaining quantity."""


def requirement(prices: Prices, con_id: int, quantity: Decimal, full: bool = False) -> tuple[float, float]:
    """Initial and maintenance margin in USD of holding `quantity`, signed; `full` in a cash account."""
    listing = prices.market(con_id).listing
    instrument = listing.instrument
    if instrument.sec_type == "FUT":
        contracts = abs(float(quantity))
        return contracts * listing.initial_margin, contracts * listing.maintenance_margin
    rate, price = prices.rate(instrument.currency), prices.mark(con_id)
    value = abs(instrument.value(quantity, price)) * rate
    if instrument.sec_type in ("OPT", "FOP") and quantity < 0:
        value += _written(prices, listing, quantity) * rate
    initial, maintenance = (1.0, 1.0) if full else SHARES.get(instrument.sec_type, (1.0, 1.0))
    return value * initial, value * maintenance


def may_be_short(listing: Listing, full: bool) -> bool:
    """Whether an account may hold less than nothing of it; `full` in a cash account."""
    return listing.instrument.sec_type not in (PAID if full else NEVER_SHORT)


def request(ticket: ClientOrder, name: str, remaining: Decimal) -> Request:
    """What an order would add to a position; the orders of an OCA group share one name."""
    return ticket.side.sign, ticket.oca_group or name, remaining


def extremes(held: Decimal, requests: Iterable[Request]) -> tuple[Decimal, Decimal]:
    """The largest and the smallest position that a holding can become when the orders of one side fill and no other.

    Of the orders of an OCA group only the largest counts.
    """
    groups: dict[tuple[int, str], Decimal] = {}
    for sign, group, size in requests:
        groups[sign, group] = max(groups.get((sign, group), ZERO), size)
    longest = held + sum((size for (sign, _), size in groups.items() if sign > 0), ZERO)
    shortest = held - sum((size for (sign, _), size in groups.items() if sign < 0), ZERO)
    return longest, shortest


def worst_case(held: Decimal, requests: Iterable[Request]) -> Decimal:
    """The one of the two extremes that is further from nothing."""
    return max(extremes(held, requests), key=abs)


def _written(prices: Prices, listing: Listing, quantity: Decimal) -> float:
    """What a written option binds besides its own value, in its currency."""
    instrument = listing.instrument
    under, strike = prices.mark(listing.under_con_id), float(instrument.strike)
    out = max(strike - under, 0.0) if instrument.right == "C" else max(under - strike, 0.0)
    return abs(instrument.value(quantity, max(WRITTEN * under - out, WRITTEN_LEAST * under)))
