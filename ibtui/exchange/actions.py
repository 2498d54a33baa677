"""Corporate actions: what a dividend and a split do to prices and accounts.

A dividend takes its amount off the price and pays it to who holds the stock, or charges it to who is short. A split
divides prices, multiplies positions, pays fractions of a share in cash, and cancels the open orders of the stock. Past
bars stay as they traded, and options keep their terms.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from ibtui.exchange.account import Ledger
from ibtui.exchange.refusal import Refused
from ibtui.exchange.venue import Venue


def pay_dividend(venue: Venue, ledgers: list[Ledger], amount: float, time: int) -> None:
    """Pay `amount` a share and take it off the price; raises Refused for what pays no dividend or is worth less."""
    instrument, price = venue.listing.instrument, venue.mark()
    if instrument.sec_type != "STK" or not 0 < amount < price:
        raise Refused(321, "Error validating request.-'bW' : cause - A dividend is paid by a stock, below its price")
    venue.scale(time, 1 - amount / price)
    for ledger in ledgers:
        _pay(ledger, instrument.currency, float(ledger.quantity(venue.con_id)) * amount)


def split(venue: Venue, ledgers: list[Ledger], ratio: float, time: int) -> None:
    """Give `ratio` new shares for one old, below 1 for a reverse split; raises Refused for what has no shares."""
    instrument = venue.listing.instrument
    if instrument.sec_type != "STK" or not 0.001 <= ratio <= 1000:
        raise Refused(321, "Error validating request.-'bW' : cause - A split is of a stock, from 1:1000 to 1000:1")
    venue.split(time, ratio)
    for ledger in ledgers:
        holding = ledger.holdings.get(venue.con_id)
        if holding is not None and holding.quantity:
            new = holding.quantity * Decimal(str(ratio))
            holding.quantity = (new / instrument.lot).to_integral_value(ROUND_DOWN) * instrument.lot
            left = float(new - holding.quantity)
            cost = holding.basis * left / float(new)
            holding.basis -= cost
            _pay(ledger, instrument.currency, left * venue.mark())
            holding.realized += left * venue.mark() - cost


def _pay(ledger: Ledger, currency: str, amount: float) -> None:
    if amount:
        ledger.credit(currency, amount)
