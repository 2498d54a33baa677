"""What positions bind, in the published figures of Regulation T and its kin: for the gateway and for the past alike.

Shares are of the value. Stocks, long or short, 50 % to open (a short's 150 % with its proceeds) and 25 % to keep, 30 %
what is short. Currencies 3 %. Written options 20 % of the underlying less what they are out of the money, at least
10 %, beside their value. Bonds 25 % and 20 %. What is not named binds its whole value.
"""

from __future__ import annotations

STOCK_INITIAL = 0.50
STOCK_MAINTENANCE = 0.25
SHORT_MAINTENANCE = 0.30
SHARES = {"STK": (STOCK_INITIAL, STOCK_MAINTENANCE), "CASH": (0.03, 0.03), "BOND": (0.25, 0.20)}
"""Of the value, to open and to keep; the whole value of what is not named."""
WRITTEN, WRITTEN_LEAST = 0.20, 0.10
NEVER_SHORT = ("BOND", "CRYPTO")
"""What no account may hold less than nothing of."""


def no_short(symbol: str, kind: str) -> str:
    """Why something may not be sold short in an account of this kind, `cash` or `margin`."""
    return f"{symbol} cannot be sold short in a {kind} account"
