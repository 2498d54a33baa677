"""Commissions by Interactive Brokers' published fixed schedule."""

from __future__ import annotations

from ibtui.domain.currency import NO_RATES, ExchangeRates
from ibtui.domain.instrument import Instrument

STOCK_PER_SHARE = 0.005
STOCK_MINIMUM = 1.00
STOCK_MAXIMUM_SHARE_OF_VALUE = 0.01
FUTURE_PER_CONTRACT = 2.25
"""0.85 broker plus about 1.40 exchange and regulatory fees for an E-mini, per side."""
OPTION_PER_CONTRACT = 0.65
OPTION_MINIMUM = 1.00
SHARES_OF_VALUE = {"CASH": (0.00002, 2.00), "CRYPTO": (0.0018, 1.75), "BOND": (0.001, 1.00)}
"""Share of the value, and the least."""


def commission(instrument: Instrument, quantity: float, price: float, rates: ExchangeRates = NO_RATES) -> float:
    """Commission of one whole order in the instrument's currency; quantity unsigned.

    Stocks: 0.005 a share, at least 1.00 and at most 1 % of the value. Futures: 2.25 a contract. Options: 0.65 a
    contract, at least 1.00. Currencies: 0.2 basis points of the value, at least 2.00; coins 0.18 %, at least 1.75;
    bonds 0.1 %, at least 1.00. Source: IB's "fixed" pricing pages; exchange fees are rounded.

    The least of currencies is in dollars: in the instrument's currency it follows from `rates`, or from the price of a
    pair with the dollar. Where neither says what a dollar is, there is no least.
    """
    kind = instrument.sec_type
    value = abs(instrument.value(quantity, price))
    if kind == "FUT":
        return round(FUTURE_PER_CONTRACT * abs(quantity), 2)
    if kind in ("OPT", "FOP"):
        return round(max(OPTION_PER_CONTRACT * abs(quantity), OPTION_MINIMUM), 2)
    if kind in SHARES_OF_VALUE:
        share, least = SHARES_OF_VALUE[kind]
        if kind == "CASH":
            least *= _dollar(instrument, price, rates) or 0.0
        return round(max(share * value, least), 2)
    fee = max(STOCK_PER_SHARE * abs(quantity), STOCK_MINIMUM)
    return round(min(fee, STOCK_MAXIMUM_SHARE_OF_VALUE * value), 2)


def _dollar(pair: Instrument, price: float, rates: ExchangeRates) -> float | None:
    """What one USD is in the currency that a pair is quoted in."""
    return abs(price) if pair.root == "USD" else rates.rate("USD", pair.currency)
