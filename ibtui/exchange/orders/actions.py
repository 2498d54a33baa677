"""Corporate actions: what a dividend and a split do to prices, accounts and orders, and when they are due.

A dividend takes its amount off the price and pays it to who holds the stock, or charges it to who is short. A split
divides prices, multiplies positions, pays fractions of a share in cash, and cancels the open orders of the stock.
Options keep their terms. History shows prices before a split in new shares, as IB does, and with ADJUSTED_LAST less
the dividends that came after.

Stocks pay their dividends by `ibtui.exchange.listed.dividends`, all when the ex-day begins; splits happen when they are
told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.calendar.holidays import DAY
from ibtui.exchange.accounts.account import Ledger
from ibtui.exchange.listed.dividends import Payment, payments
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.spans import Adjustment
from ibtui.exchange.moments import moment
from ibtui.exchange.orders.beside import BesideTrading
from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.news import CorporateAction

Kind = Literal["dividend", "split"]


class Planned(Struct, frozen=True, kw_only=True):
    """A corporate action that is due when a day begins in New York."""

    day: date
    con_id: int
    kind: Kind
    amount: float


@dataclass(eq=False, repr=False)
class Actions(BesideTrading):
    """Carries out corporate actions, at once or on their day."""

    show: Callable[[Market], None]
    """Lets everyone see a market that was moved."""
    scheduled: bool
    """Dividends are paid by themselves on their day."""

    def __post_init__(self) -> None:
        self.planned: list[Planned] = []

    def carry_out(self, con_id: int, kind: Kind, amount: float) -> None:
        """Do it now; raises Refused for what has none, or an amount that makes no sense."""
        market = self.market(con_id)
        check(market, kind, amount)
        time = self.matching.time
        ledgers = list(self.ledgers.values())
        if kind == "dividend":
            pay_dividend(market, ledgers, amount, time)
        else:
            split(market, ledgers, amount, time)
            for order in self.orders.of(market):
                if not order.done:
                    self.matching.cancel(order, "Corporate action")
        self.emit(CorporateAction(time=moment(time), con_id=con_id, kind=kind, amount=amount))
        for ledger in ledgers if kind == "split" else ():
            self._tell_position(ledger, con_id)
        self.show(market)

    def plan(self, con_id: int, kind: Kind, amount: float, day: date) -> None:
        """Do it when a day begins; raises Refused as `carry_out` would now."""
        check(self.market(con_id), kind, amount)
        self.planned.append(Planned(day=day, con_id=con_id, kind=kind, amount=amount))

    def dividends(self, con_id: int, first: date, stop: date) -> list[Payment]:
        """What a stock pays from one ex-day to before another."""
        told = [Payment(one.day, one.amount) for one in self.planned if (one.con_id, one.kind) == (con_id, "dividend")]
        usual = payments(self.market(con_id).listing, first, stop) if self.scheduled else ()
        return sorted((*usual, *(payment for payment in told if first <= payment.ex_day < stop)))

    def begin_day(self, day: date) -> None:
        """Carry out what is due."""
        due = [planned for planned in self.planned if planned.day <= day]
        self.planned = [planned for planned in self.planned if planned.day > day]
        for listing in self.listings if self.scheduled else ():
            for payment in payments(listing, day, day + DAY):
                con_id = listing.instrument.con_id
                due.append(Planned(day=day, con_id=con_id, kind="dividend", amount=payment.amount))
        for planned in due:
            try:
                self.carry_out(planned.con_id, planned.kind, planned.amount)
            except Refused:
                continue  # the price has fallen below the dividend: nobody pays it

    def _tell_position(self, ledger: Ledger, con_id: int) -> None:
        holding = ledger.holdings.get(con_id)
        if holding is not None and holding.quantity:
            self.emit(ledger.report(con_id))


def check(market: Market, kind: Kind, amount: float) -> None:
    """Raise Refused for what pays no dividend or is worth less, and for what has no shares."""
    stock = market.listing.instrument.sec_type == "STK"
    if kind == "dividend" and not (stock and 0 < amount < market.mark()):
        raise Refused(321, "Error validating request.-'bW' : cause - A dividend is paid by a stock, below its price")
    if kind == "split" and not (stock and 0.001 <= amount <= 1000):
        raise Refused(321, "Error validating request.-'bW' : cause - A split is of a stock, from 1:1000 to 1000:1")


def pay_dividend(market: Market, ledgers: list[Ledger], amount: float, time: int) -> None:
    """Pay `amount` a share and take it off the price."""
    factor = 1 - amount / market.mark()
    market.scale(time, factor)
    market.adjustments.append(Adjustment(time, factor, 1.0))
    for ledger in ledgers:
        _pay(ledger, market.listing.instrument.currency, float(ledger.quantity(market.con_id)) * amount)


def split(market: Market, ledgers: list[Ledger], ratio: float, time: int) -> None:
    """Give `ratio` new shares for one old, below 1 for a reverse split."""
    instrument = market.listing.instrument
    market.split(time, ratio)
    market.adjustments.append(Adjustment(time, 1 / ratio, ratio))
    for ledger in ledgers:
        holding = ledger.holdings.get(market.con_id)
        if holding is not None and holding.quantity:
            new = holding.quantity * Decimal(str(ratio))
            holding.quantity = (new / instrument.lot).to_integral_value(ROUND_DOWN) * instrument.lot
            left = float(new - holding.quantity)
            cost = holding.basis * left / float(new)
            holding.basis -= cost
            _pay(ledger, instrument.currency, left * market.mark())
            holding.realized += left * market.mark() - cost


def _pay(ledger: Ledger, currency: str, amount: float) -> None:
    if amount:
        ledger.credit(currency, amount)
