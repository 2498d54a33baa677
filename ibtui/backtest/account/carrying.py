"""What carrying positions overnight costs: a fee for borrowed shares, interest on borrowed money.

Counted for every calendar day from the day of one bar to that of the next, of a year of 360 days as IB does it, on the
positions of the last close, from the day of a trade on. Money is borrowed where what is held long is worth more than
the equity: the proceeds of a short lie with its lender, those of a written option are the account's.
"""

from __future__ import annotations

from ibtui.backtest.account.books import PastBooks

YEAR = 360
"""Days of the year that rates are told for."""
_UNPAID = ("FUT", "CASH")
"""Positions that no money is paid for: they borrow none."""


class Carrying:
    """Charges one account for its nights."""

    def __init__(self, books: PastBooks) -> None:
        self._books = books
        settings = books.settings
        self.costs = bool(settings.borrow_fee or settings.interest or settings.credit_interest)
        """Whether anything is charged or paid at all."""

    def accrue(self, nights: int) -> None:
        """So many nights have passed since the last close."""
        settings, books = self._books.settings, self._books
        short, free = 0.0, books.worth
        for symbol, holding in books.open.items():
            instrument = books.contracts.instrument(symbol)
            if instrument.sec_type in _UNPAID:
                continue
            value = holding.quantity * books.last[symbol] * holding.multiplier * books.rate(symbol)
            if value > 0 or instrument.right:
                free -= value
            else:
                short -= value
        share = nights / YEAR
        books.charge(
            borrow=short * settings.borrow_fee * share,
            interest=free * (settings.interest if free < 0 else settings.credit_interest) * share,
        )
