"""Holdings: one position of an account, what it cost and what it has earned."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.instrument import Instrument

ZERO = Decimal(0)
PAID = ("STK", "OPT", "FOP", "BOND", "CRYPTO")
"""What is paid for and so counts with its value; of the rest only the profit counts."""


class AccountHolding:
    """One position and what it has earned, in the instrument's currency."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quantity = ZERO
        self.basis = 0.0
        """What the open quantity cost, signed as the quantity, its commissions added."""
        self.realized = 0.0
        self.day = 0.0
        """The profit, realized or not, at the session's beginning."""

    @property
    def average_cost(self) -> float:
        return self.basis / float(self.quantity) if self.quantity else 0.0

    @property
    def paid(self) -> bool:
        return self.instrument.sec_type in PAID

    def value(self, price: float) -> float:
        return self.instrument.value(self.quantity, price)

    def equity(self, price: float) -> float:
        """What it adds to net liquidation."""
        return self.value(price) if self.paid else self.unrealized(price)

    def unrealized(self, price: float) -> float:
        return self.value(price) - self.basis if self.quantity else 0.0

    def trade(self, signed: Decimal, price: float, commission: float) -> float | None:
        """Change the position; the profit realized net of commission, None when it only opens.

        A trade through zero closes with its share of the commission and opens with the rest.
        """
        closing = ZERO if self.quantity * signed >= 0 else min(abs(signed), abs(self.quantity)).copy_sign(signed)
        realized = self._close(closing, price, commission * float(closing / signed)) if closing else None
        opening = signed - closing
        if opening:
            self.basis += self.instrument.value(opening, price) + commission * float(opening / signed)
        self.quantity += signed
        if realized is not None:
            self.realized += realized
        return realized

    def day_pnl(self, price: float) -> float:
        return self.realized + self.unrealized(price) - self.day

    def begin_day(self, price: float) -> None:
        self.day = self.realized + self.unrealized(price)

    def _close(self, closing: Decimal, price: float, commission: float) -> float:
        cost = self.basis * float(-closing / self.quantity) if self.quantity != -closing else self.basis
        self.basis -= cost
        return -self.instrument.value(closing, price) - commission - cost
