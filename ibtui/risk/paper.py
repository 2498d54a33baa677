"""The limits of orders that no broker sees, over the past and in shadow: asked as the desk is asked live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Protocol

import msgspec

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings
from ibtui.domain.refusal import Refusal
from ibtui.risk.ceilings import AccountBook, ValuedPosition, check, check_size, lost, reduces
from ibtui.risk.gate import CURRENCY_UNIT
from ibtui.risk.positions import counts, largest_position

_EPOCH = datetime.min.replace(tzinfo=UTC)
ITS_OWN = "its own"
"""Whose limit it is where one strategy runs alone."""


class PaperOrder(Protocol):
    """An order as a book on bars keeps it; `sign` is 1 for a buy, -1 for a sale."""

    @property
    def ref(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    @property
    def sign(self) -> int: ...
    @property
    def quantity(self) -> float: ...
    @property
    def kind(self) -> str: ...
    @property
    def price(self) -> float: ...
    @property
    def role(self) -> str: ...
    @property
    def legs(self) -> tuple[tuple[str, int], ...]: ...


class PaperDesk:
    """Counts orders by day and judges each new one and each change; the account holds what the strategy holds."""

    def __init__(
        self,
        account: Ceilings,
        strategy: Ceilings,
        groups: Mapping[str, str],
        *,
        positions: Callable[[], Mapping[str, float]],
        orders: Mapping[str, PaperOrder],
        price: Callable[[str], float],
        instrument: Callable[[str], Instrument],
        rate: Callable[[str], float] = lambda symbol: 1.0,
        currency: str = "",
        timed: bool = True,
        bounded: bool = False,
    ) -> None:
        """`positions` are signed quantities by symbol, `orders` the working ones by ref.

        `price` is what a symbol is worth now, not a number when that is not known; `rate` what one of its currency is
        in the account's `currency`, empty where there is but one; `timed` says that bars close within
        the day. `bounded`: a strategy without a limit `position_quantity` has the one that strategies have live.
        """
        self._group_names = groups
        self._account, self._strategy = (
            one if timed else msgspec.structs.replace(one, hours="") for one in (account, strategy)
        )
        self._bounded = bounded
        self._positions = positions
        self._orders = orders
        self._price = price
        self._rate = rate
        self._currency = currency
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
        order: PaperOrder,
        worth: float | None,
        now: datetime,
        of: str = "",
        *,
        bracket: bool = False,
    ) -> Refusal | None:
        """Why an entry may not go out, None when it may; one that may is counted.

        `worth` is the account's equity, None while it is not known. `of` names an order that becomes this one: it is
        not in its own way, and not counted again. With a `bracket`, a target or a stop of its own, it does more than
        reduce a position.
        """
        price = (not order.legs and order.price) or None
        trades = [(symbol, order.sign * ratio * order.quantity) for symbol, ratio in _legs(order)]
        wanted = {symbol: self._held(symbol, signed, price) for symbol, signed in trades}
        self._turn(now)
        if not bracket and reduces(wanted, self._positions(), self._out(of)):
            refusal = check_size(wanted, self._units(wanted), self._account)
        else:
            refusal = self._ceilings(wanted, worth, now, of)
        if refusal is None and not of:
            self._today += 1
            self._last = now
        return refusal

    def _turn(self, now: datetime) -> None:
        today = exchange_day(now)
        if today != self._day:
            self._day, self._today = today, 0

    def _ceilings(
        self, wanted: Mapping[str, ValuedPosition], worth: float | None, now: datetime, of: str
    ) -> Refusal | None:
        book = self._book(wanted, worth, now, of)
        return check(wanted, book, self._account) or check(wanted, book, self._strategy, ITS_OWN)

    def _book(self, wanted: Mapping[str, ValuedPosition], worth: float | None, now: datetime, of: str) -> AccountBook:
        held = {symbol: self._held(symbol, quantity) for symbol, quantity in self._positions().items()}
        buying, selling = self._working(1, of), self._working(-1, of)
        return AccountBook(
            positions=held,
            buying=buying,
            selling=selling,
            equity=worth,
            day_begin=self._day_begin,
            day_profit=None if worth is None else worth - self._day_begin,
            day_low=self._low - self._day_begin,
            orders_today=0 if of else self._today,
            last_order=None if of else self._last,
            now=now,
            groups=self._groups({*held, *buying, *selling, *wanted}),
            units=self._units(wanted),
            largest=self._largest(wanted),
            currency=self._currency,
        )

    def _units(self, wanted: Iterable[str]) -> dict[str, float]:
        return {symbol: CURRENCY_UNIT for symbol in wanted if self._instrument(symbol).sec_type == "CASH"}

    def _largest(self, wanted: Iterable[str]) -> dict[str, float]:
        if not self._bounded or self._strategy.position_quantity is not None:
            return {}
        return {symbol: float(largest_position(self._instrument(symbol))) for symbol in wanted}

    def _groups(self, symbols: set[str]) -> dict[str, str]:
        """The group of each; an option is in that of its underlying."""
        groups = self._group_names
        if not groups:
            return {}
        found = {symbol: groups.get(symbol) or groups.get(self._instrument(symbol).root, "") for symbol in symbols}
        return {symbol: group for symbol, group in found.items() if group}

    def _working(self, sign: int, of: str) -> dict[str, ValuedPosition]:
        """What entries and exits that work may still trade on one side."""
        found: dict[str, ValuedPosition] = {}
        for order in self._orders.values():
            if not counts(order.role) or order.ref == of:
                continue
            for symbol, ratio in _legs(order):
                signed = order.sign * ratio * order.quantity
                if signed * sign > 0:
                    more = self._held(symbol, signed, (not order.legs and order.price) or None)
                    found[symbol] = found.get(symbol, ValuedPosition(0.0, 0.0)).plus(more)
        return found

    def _out(self, of: str) -> dict[tuple[str, int], float]:
        """What orders may still trade, by symbol and sign, without targets and stops."""
        found: dict[tuple[str, int], float] = {}
        for order in self._orders.values():
            if not counts(order.role) or order.kind == "STP" or order.ref == of:
                continue
            for symbol, ratio in _legs(order):
                key = symbol, order.sign * (1 if ratio > 0 else -1)
                found[key] = found.get(key, 0.0) + abs(ratio) * order.quantity
        return found

    def _held(self, symbol: str, quantity: float, price: float | None = None) -> ValuedPosition:
        price = price if price is not None else self._price(symbol)
        value = quantity * price * float(self._instrument(symbol).multiplier)
        return ValuedPosition(quantity, value * self._rate(symbol))


def _legs(order: PaperOrder) -> tuple[tuple[str, int], ...]:
    """What it trades, by symbol and signed ratio."""
    return order.legs or ((order.symbol, 1),)
