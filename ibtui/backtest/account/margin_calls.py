"""When an account over the past is called for margin: at which close its equity is below what keeps its positions.

Looking at every position at every close would cost what a backtest's bar costs. So after each fill a floor is found,
equity above which no price can call the account, and a bar costs one comparison. With `C` for cash and `m` for the
largest share that keeps a position: longs are called below `-C m / (1 - m)` (nothing borrowed: never), shorts below
`C m / (1 + m)`, futures below their fixed sum. Where longs and shorts or currencies are mixed no such floor is known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ibtui.backtest.account.books import PastBooks
from ibtui.backtest.trades import RoundTripHolding
from ibtui.domain.instrument import Instrument
from ibtui.domain.refusal import Refusal
from ibtui.risk.margin import MarginLeg, bound
from ibtui.risk.margin_rule import BoundMargin

UNKNOWN = math.inf
"""Every equity is below it: positions have to be looked at."""
ZERO = math.ulp(0.0)
"""The least above nothing: what is below it is ruin."""
_WHOLE = 0.9
"""Shares of the value from here on are of what is paid for whole, less its commissions: no share that stays."""


class RuinedError(Exception):
    """Equity is at or below zero: the run ends here. It never leaves the backtest."""


class HeldMargin(NamedTuple):
    """One position and what it binds, in the account's currency."""

    instrument: Instrument
    quantity: float
    worth: float
    """Unsigned."""
    bound: BoundMargin


class PastMargin:
    """What positions of one account bind at their last prices, and which go first when equity does not keep them."""

    def __init__(self, books: PastBooks) -> None:
        self._books = books
        self._contracts = books.contracts
        self._rule = books.settings.margin
        self.unlooked = -math.inf if self._rule.kind == "none" else UNKNOWN
        """The floor before positions were looked at; without a rule nothing is ever below it."""

    def of(self, instrument: Instrument, quantity: float, price: float) -> HeldMargin:
        """What a position would bind at a price."""
        under = self._books.last.get(self._contracts.underlying(instrument.symbol), math.nan)
        bound = self._rule.binds(instrument, quantity, price, under, self._books.settings.leverage)
        rate = self._books.rate(instrument.symbol)
        told = BoundMargin(bound.initial * rate, bound.maintenance * rate)
        return HeldMargin(instrument, quantity, abs(instrument.value(quantity, price)) * rate, told)

    def held(self) -> list[HeldMargin]:
        """Every position."""
        return [self._held(symbol, holding) for symbol, holding in self._books.open.items()]

    def _held(self, symbol: str, holding: RoundTripHolding) -> HeldMargin:
        """What binds its whole value may have been bought for all there was: its commissions do not call it."""
        found = self.of(self._contracts.instrument(symbol), holding.quantity, self._books.last[symbol])
        if 0 < found.worth <= found.bound.maintenance:
            paid = holding.commission * self._books.rate(symbol)
            found = found._replace(bound=found.bound._replace(maintenance=max(found.bound.maintenance - paid, 0.0)))
        return found

    def keeps(self) -> float:
        """Maintenance margin of all positions."""
        return sum(one.bound.maintenance for one in self.held())

    def first(self) -> str | None:
        """What is closed first of what is held: that which binds most, all of it; None for nothing."""
        most = max(self.held(), key=lambda one: (one.bound.maintenance, one.worth), default=None)
        return None if most is None else most.instrument.symbol

    def floor(self) -> float:
        """The equity at and above which the account is not called before its next fill."""
        held = self.held()
        owns = [self._rule.own_of(one.instrument) for one in held]
        futures = {one.instrument.sec_type == "FUT" for one in held}
        if any(one.instrument.symbol in self._contracts.foreign for one in held) or len(futures) != 1:
            return UNKNOWN
        if futures == {True}:
            fixed = not any(own is not None and own.share for own in owns)
            return max(sum(one.bound.maintenance for one in held), ZERO) if fixed else UNKNOWN
        if any(one.worth <= 0 for one in held) or any(own is not None and not own.share for own in owns):
            return UNKNOWN
        return self._floor_of_shares(held)

    def _floor_of_shares(self, held: list[HeldMargin]) -> float:
        """Of positions that bind shares of their value."""
        cash = self._books.cash
        share = max(one.bound.maintenance / one.worth for one in held)
        if all(one.quantity > 0 for one in held):
            if cash >= 0 and share <= 1:
                return ZERO
            return -cash * share / (1 - share) if share < _WHOLE else UNKNOWN
        if all(one.quantity < 0 and not one.instrument.right for one in held):
            return max(cash * share / (1 + share), ZERO)
        return UNKNOWN


def overbound(books: PastBooks, legs: Sequence[MarginLeg]) -> Refusal | None:
    """Why trading these would bind more initial margin than the account is worth, None when it would not."""
    after = {one.symbol: (one, quantity, books.last[one.symbol]) for one, quantity in books.holdings()}
    for leg in legs:
        _, before, _ = after.get(leg.instrument.symbol, (leg.instrument, 0.0, 0.0))
        after[leg.instrument.symbol] = leg.instrument, before + leg.signed, leg.price
    margin = PastMargin(books)
    initial = sum(margin.of(*one).bound.initial for one in after.values() if one[1])
    return bound(initial, books.worth, books.settings.currency)
