"""Commissions by Interactive Brokers' published fixed schedule (US stocks, US futures, spot currency)."""

from __future__ import annotations

from ibtui.domain.instrument import Instrument

STOCK_PER_SHARE = 0.005
STOCK_MINIMUM = 1.00
STOCK_MAXIMUM_SHARE_OF_VALUE = 0.01
FUTURE_PER_CONTRACT = 2.25
"""0.85 broker plus about 1.40 exchange and regulatory fees for an E-mini, per side."""
OPTION_PER_CONTRACT = 0.65
OPTION_MINIMUM = 1.00
CURRENCY_SHARE_OF_VALUE = 0.00002
CURRENCY_MINIMUM = 2.00


def commission(instrument: Instrument, quantity: float, price: float) -> float:
    """Commission of one whole order in the instrument's currency; quantity unsigned.

    Stocks: 0.005 a share, at least 1.00 and at most 1 % of the value. Futures and
    options on them: 2.25 a contract. Stock options: 0.65 a contract, at least 1.00. Currencies: 0.2 basis
    points of the value, at least 2.00. Source: IB's "fixed" pricing pages; exchange fees are rounded.
    """
    value = abs(instrument.value(quantity, price))
    if instrument.sec_type in ("FUT", "FOP"):
        return round(FUTURE_PER_CONTRACT * abs(quantity), 2)
    if instrument.sec_type == "OPT":
        return round(max(OPTION_PER_CONTRACT * abs(quantity), OPTION_MINIMUM), 2)
    if instrument.sec_type == "CASH":
        return round(max(CURRENCY_SHARE_OF_VALUE * value, CURRENCY_MINIMUM), 2)
    fee = max(STOCK_PER_SHARE * abs(quantity), STOCK_MINIMUM)
    return round(min(fee, STOCK_MAXIMUM_SHARE_OF_VALUE * value), 2)
