"""The desk's limits over the past: asked when an order is placed, as the desk is asked live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime

import msgspec
from msgspec import Struct

from ibtui.backtest.book import WorkingOrders as Orders
from ibtui.backtest.trades import RoundTripHolding
from ibtui.config import Limits
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings
from ibtui.domain.refusal import Refusal
from ibtui.risk.ceilings import Book, Held, check, lost, reduces
from ibtui.risk.gate import CURRENCY_UNIT

_EPOCH = datetime.min.replace(tzinfo=UTC)


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
        holdings: Mapping[str, RoundTripHolding],
        orders: Orders,
        price: Callable[[str], float],
        instrument: Callable[[str], Instrument],
        timed: bool,
    ) -> None:
        """`price` is what a symbol is worth now, not a number when that is not known; `timed` says that bars close
        within the day."""
        self._ruled = ruled
        self._account, self._strategy = (
            one if timed else msgspec.structs.replace(one, hours="") for one in (ruled.account, ruled.strategy)
        )
        self._holdings = holdings
        self._orders = orders
        self._price = price
        self._instrument = instrument
        self._day = date.min
        self._today = 0
        self._last: datetime | None = None
        self._day_begin = self._low = 0.0
        """Equity when the day began, and the least of it since."""
        self._lost = False
        self.limits_loss = any(
            one.daily_loss is not None or one.daily_loss_percent is not None for one in (self._account, self._strategy)
        )

    def begin_day(self, worth: float) -> None:
        """A day begins with that equity."""
        self._day_begin = self._low = worth
        self._lost = False

    def look(self, worth: float) -> bool:
        """Whether equity has just reached a limit of the daily loss."""
        if self._lost or not worth < self._low:
            return False
        self._low = worth
        book = self._book({}, worth, _EPOCH, "")
        self._lost = any(lost(book, ceilings) is not None for ceilings in (self._account, self._strategy))
        return self._lost

    def refuses(
        self,
        trades: Iterable[tuple[str, float]],
        prices: Mapping[str, float],
        worth: float,
        now: datetime,
        of: str = "",
    ) -> Refusal | None:
        """Why an order for signed quantities of symbols may not go out, None when it may; one that may is counted.

        `of` names an order that becomes this one: it is not in its own way, and not counted again.
        """
        wanted = {symbol: self._held(symbol, signed, prices.get(symbol)) for symbol, signed in trades}
        self._turn(now)
        refusal = None
        if not reduces(wanted, {symbol: holding.quantity for symbol, holding in self._holdings.items()}, self._out(of)):
            refusal = self._ceilings(wanted, worth, now, of)
        if refusal is None and not of:
            self._today += 1
            self._last = now
        return refusal

    def _turn(self, now: datetime) -> None:
        today = exchange_day(now)
        if today != self._day:
            self._day, self._today = today, 0

    def _ceilings(self, wanted: Mapping[str, Held], worth: float, now: datetime, of: str) -> Refusal | None:
        book = self._book(wanted, worth, now, of)
        return check(wanted, book, self._account) or check(wanted, book, self._strategy, "its own")

    def _book(self, wanted: Mapping[str, Held], worth: float, now: datetime, of: str) -> Book:
        held = {symbol: self._held(symbol, holding.quantity) for symbol, holding in self._holdings.items()}
        buying, selling = self._working(1, of), self._working(-1, of)
        return Book(
            positions=held,
            buying=buying,
            selling=selling,
            equity=worth,
            day_begin=self._day_begin,
            day_profit=worth - self._day_begin,
            day_low=self._low - self._day_begin,
            orders_today=0 if of else self._today,
            last_order=None if of else self._last,
            now=now,
            groups=self._groups({*held, *buying, *selling, *wanted}),
            units={symbol: CURRENCY_UNIT for symbol in wanted if self._instrument(symbol).sec_type == "CASH"},
        )

    def _groups(self, symbols: set[str]) -> dict[str, str]:
        """The group of each; an option is in that of its underlying."""
        groups = self._ruled.groups
        if not groups:
            return {}
        found = {symbol: groups.get(symbol) or groups.get(self._instrument(symbol).root, "") for symbol in symbols}
        return {symbol: group for symbol, group in found.items() if group}

    def _working(self, sign: int, of: str) -> dict[str, Held]:
        """What entries that work may still trade on one side."""
        found: dict[str, Held] = {}
        for order in self._orders.by_ref.values():
            if order.role != "entry" or order.ref == of:
                continue
            for symbol, ratio in order.legs or ((order.symbol, 1),):
                signed = order.sign * ratio * order.quantity
                if signed * sign > 0:
                    more = self._held(symbol, signed, (not order.legs and order.price) or None)
                    found[symbol] = found.get(symbol, Held(0.0, 0.0)).plus(more)
        return found

    def _out(self, of: str) -> dict[tuple[str, int], float]:
        """What orders may still trade, by symbol and sign, without targets and stops."""
        found: dict[tuple[str, int], float] = {}
        for order in self._orders.by_ref.values():
            if order.role not in ("entry", "exit") or order.kind == "STP" or order.ref == of:
                continue
            for symbol, ratio in order.legs or ((order.symbol, 1),):
                key = symbol, order.sign * (1 if ratio > 0 else -1)
                found[key] = found.get(key, 0.0) + abs(ratio) * order.quantity
        return found

    def _held(self, symbol: str, quantity: float, price: float | None = None) -> Held:
        price = price if price is not None else self._price(symbol)
        return Held(quantity, quantity * price * float(self._instrument(symbol).multiplier))
