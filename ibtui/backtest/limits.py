"""The desk's limits over the past: asked when an order is placed, as the desk is asked live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

import msgspec
from msgspec import Struct

from ibtui.backtest.book import Book as Orders
from ibtui.backtest.trades import Holding
from ibtui.config import Limits
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings
from ibtui.risk.ceilings import ZONE, Book, Held, check, reduces


class Ruled(Struct, frozen=True, kw_only=True):
    """The limits of a run: the profile's, and those of the strategy itself.

    `hours` are not looked at over bars of a day, whose decisions have no time of day.
    """

    account: Limits = Limits()
    strategy: Ceilings = Ceilings()
    groups: Mapping[str, str] = {}
    """The group of each symbol that is in one."""


class Desk:
    """Counts orders by day and judges each new one; over the past the account holds what the strategy holds."""

    def __init__(
        self,
        ruled: Ruled,
        *,
        holdings: Mapping[str, Holding],
        orders: Orders,
        lasts: Mapping[str, float],
        instrument: Callable[[str], Instrument],
        timed: bool,
    ) -> None:
        """`timed` says that bars close within the day."""
        self._ruled = ruled
        self._account, self._strategy = (
            one if timed else msgspec.structs.replace(one, hours="") for one in (ruled.account, ruled.strategy)
        )
        self._holdings = holdings
        self._orders = orders
        self._lasts = lasts
        self._instrument = instrument
        self._day = date.min
        self._today = 0
        self._last: datetime | None = None
        self.day_begin = 0.0
        """Equity when the day began."""

    def refuses(
        self, trades: Iterable[tuple[str, float]], prices: Mapping[str, float], worth: float, now: datetime
    ) -> str:
        """Why an order for signed quantities of symbols may not go out, "" when it may; one that may is counted."""
        wanted = {symbol: self._held(symbol, signed, prices.get(symbol)) for symbol, signed in trades}
        self._turn(now)
        sentence = ""
        if not reduces(wanted, {symbol: holding.quantity for symbol, holding in self._holdings.items()}):
            sentence = self._size(wanted) or self._ceilings(wanted, worth, now)
        if not sentence:
            self._today += 1
            self._last = now
        return sentence

    def _turn(self, now: datetime) -> None:
        today = now.astimezone(ZONE).date()
        if today != self._day:
            self._day, self._today = today, 0

    def _size(self, wanted: Mapping[str, Held]) -> str:
        limits = self._ruled.account
        for symbol, trade in wanted.items():
            most = limits.order_quantity * (1_000 if self._instrument(symbol).sec_type == "CASH" else 1)
            if abs(trade.quantity) > most:
                return f"An order for {abs(trade.quantity):g} {symbol} is above the limit order_quantity of {most:g}."
            if abs(trade.value) > limits.order_value:
                value, most = abs(trade.value), limits.order_value
                return f"An order worth {value:,.2f} is above the limit order_value of {most:,.2f}."
        return ""

    def _ceilings(self, wanted: Mapping[str, Held], worth: float, now: datetime) -> str:
        book = Book(
            positions=self._positions(),
            equity=worth,
            day_begin=self.day_begin,
            day_profit=worth - self.day_begin,
            orders_today=self._today,
            last_order=self._last,
            now=now,
            groups=self._ruled.groups,
        )
        refusal = check(wanted, book, self._account) or check(wanted, book, self._strategy, "its own")
        return "" if refusal is None else refusal.sentence

    def _positions(self) -> dict[str, Held]:
        """What is held, with what entries that work may still add."""
        found = {symbol: self._held(symbol, holding.quantity) for symbol, holding in self._holdings.items()}
        for order in self._orders.by_ref.values():
            if order.role != "entry":
                continue
            for symbol, ratio in order.legs or ((order.symbol, 1),):
                held, more = found.get(symbol, Held(0.0, 0.0)), self._held(symbol, order.sign * ratio * order.quantity)
                found[symbol] = Held(held.quantity + more.quantity, held.value + more.value)
        return found

    def _held(self, symbol: str, quantity: float, price: float | None = None) -> Held:
        price = price if price is not None else self._lasts.get(symbol, 0.0)
        return Held(quantity, quantity * price * float(self._instrument(symbol).multiplier))
