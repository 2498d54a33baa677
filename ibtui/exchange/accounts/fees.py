"""Commissions of an account: IB's fixed schedule, or its tiers for US stocks.

Fixed: as `ibtui.domain.commission`. Tiered: stocks by shares traded in the month, at least 0.35 and at
most 1 % of the value; everything else as fixed. Fees of exchanges, clearing houses and authorities, which IB passes on
to tiered accounts, are left out. Source: IB's pricing pages.
"""

from __future__ import annotations

from ibtui.domain.commission import STOCK_MAXIMUM_SHARE_OF_VALUE, commission
from ibtui.domain.currency import NO_RATES, ExchangeRates
from ibtui.domain.instrument import Instrument

TIERS = ((300_000, 0.0035), (3_000_000, 0.0020), (20_000_000, 0.0015), (100_000_000, 0.0010), (float("inf"), 0.0005))
"""Up to how many shares a month, and USD a share."""
TIERED_MINIMUM = 0.35


def fee(
    instrument: Instrument,
    quantity: float,
    price: float,
    rates: ExchangeRates = NO_RATES,
    *,
    tiered: bool = False,
    month: float = 0.0,
) -> float:
    """Commission of one whole order in the instrument's currency; `month` is the shares traded before it."""
    if not tiered or instrument.sec_type != "STK":
        return commission(instrument, quantity, price, rates)
    most = abs(instrument.value(quantity, price)) * STOCK_MAXIMUM_SHARE_OF_VALUE
    return round(min(max(_by_tiers(abs(quantity), month), TIERED_MINIMUM), most), 2)


def _by_tiers(shares: float, month: float) -> float:
    """Each share at the rate of the tier that it falls into."""
    total, begin = 0.0, month
    for end, rate in TIERS:
        part = min(max(end - begin, 0.0), shares)
        total, begin, shares = total + part * rate, begin + part, shares - part
    return total
