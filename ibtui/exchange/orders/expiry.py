"""Expiry and exercise: futures settle in cash, options become what they are about.

A contract trades on its last day and is gone when the next day begins in New York. Its open orders are cancelled. A
future's position is closed at its last price. An option that is at least a cent in the money is exercised, or assigned
to who is short; any other lapses. Exercised, it gives the underlying at the strike: stock for an option on a stock, a
future for one on a future. The option's cost is then realized, and the underlying's cost is the strike. Nobody pays a
commission for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ibtui.exchange.accounts.account import Ledger
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.orders.beside import BesideTrading
from ibtui.exchange.refusal import Refused

LEAST = 0.01
"""How far in the money an option must be to be exercised by itself."""
OPTIONS = ("OPT", "FOP")


@dataclass(eq=False, repr=False)
class Expiries(BesideTrading):
    """Ends contracts on their day, and options when their holder wants."""

    def begin_day(self, day: date) -> None:
        """End what had its last day before this one."""
        for order in self.orders.open():
            if not order.done and any(_expired(listing, day) for listing in self._parts(order.market.listing)):
                self.matching.cancel(order, "Contract expired")
        for ledger in self.ledgers.values():
            for con_id, holding in list(ledger.holdings.items()):
                listing = self.listings.by_con_id(con_id)
                if holding.quantity and listing is not None and _expired(listing, day):
                    self._settle(ledger, listing, holding.quantity)
        self.listings.begin_day(day)

    def exercise(self, account: str, con_id: int, quantity: Decimal, *, override: bool = False) -> None:
        """Exercise options that an account is long; raises Refused, without `override` for what is not in the money."""
        ledger, listing = self._held(account, con_id, quantity)
        if not override and self._worth(listing) < LEAST:
            raise Refused(322, "Error processing request.-'bW' : cause - The option is not in the money")
        self._deliver(ledger, listing, quantity)

    def lapse(self, account: str, con_id: int, quantity: Decimal) -> None:
        """Let options that an account is long end worthless now; raises Refused."""
        ledger, listing = self._held(account, con_id, quantity)
        self._close(ledger, listing, quantity, 0.0)

    def _held(self, account: str, con_id: int, quantity: Decimal) -> tuple[Ledger, Listing]:
        ledger, listing = self.ledgers.get(account), self.market(con_id).listing
        if ledger is None:
            raise Refused(321, "Error validating request.-'bW' : cause - Invalid account code")
        if listing.instrument.sec_type not in OPTIONS:
            raise Refused(321, "Error validating request.-'bW' : cause - Only options can be exercised")
        if not 0 < quantity <= ledger.quantity(con_id):
            raise Refused(322, "Error processing request.-'bW' : cause - No such position to exercise")
        return ledger, listing

    def _settle(self, ledger: Ledger, listing: Listing, quantity: Decimal) -> None:
        if listing.instrument.sec_type not in OPTIONS:
            self._close(ledger, listing, quantity, self.market(listing.instrument.con_id).mark())
        elif self._worth(listing) >= LEAST:
            self._deliver(ledger, listing, quantity)
        else:
            self._close(ledger, listing, quantity, 0.0)

    def _worth(self, listing: Listing) -> float:
        """What exercising an option is worth for one unit."""
        item, under = listing.instrument, self.market(listing.under_con_id)
        return (under.mark() - float(item.strike)) * (1 if item.right == "C" else -1)

    def _deliver(self, ledger: Ledger, listing: Listing, quantity: Decimal) -> None:
        item, under = listing.instrument, self.market(listing.under_con_id)
        self._close(ledger, listing, quantity, 0.0)
        units = quantity * (item.multiplier if item.sec_type == "OPT" else 1) * (1 if item.right == "C" else -1)
        ledger.trade(under, units, float(item.strike), 0.0)
        self.emit(ledger.report(under.con_id))

    def _close(self, ledger: Ledger, listing: Listing, quantity: Decimal, price: float) -> None:
        ledger.trade(self.market(listing.instrument.con_id), -quantity, price, 0.0)
        self.emit(ledger.report(listing.instrument.con_id))

    def _parts(self, listing: Listing) -> list[Listing]:
        """A listing, or the legs of a combination."""
        legs = (self.listings.by_con_id(leg.con_id) for leg in listing.legs)
        return [leg for leg in legs if leg is not None] or [listing]


def _expired(listing: Listing, day: date) -> bool:
    """Whether a contract's last day is over."""
    return bool(listing.instrument.expiry) and listing.instrument.expiry < f"{day:%Y%m%d}"
