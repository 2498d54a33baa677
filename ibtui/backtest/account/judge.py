"""What refuses orders over the past: the desk's rules, unknown rates, uncovered calls, and what an account carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ibtui.backtest.account.books import PastBooks
from ibtui.backtest.account.contracts import PastContracts
from ibtui.backtest.account.margin_calls import overbound
from ibtui.backtest.refused import AlikeRefusals
from ibtui.domain.order import Change, Order, OrderIntent
from ibtui.domain.refusal import Refusal
from ibtui.risk.margin import MarginLeg, bared, carried, shorted
from ibtui.risk.paper import PaperDesk
from ibtui.strategies.paper.book import PaperTrade
from ibtui.strategies.paper.working import Working

Check = Callable[[PastBooks, Working, Sequence[MarginLeg]], Refusal | None]
"""Why an order that adds risk may not trade these, None when it may."""


class PastJudge:
    """Judges orders when they are asked for and when they would fill, and counts what it refuses."""

    def __init__(
        self, books: PastBooks, contracts: PastContracts, desk: PaperDesk, now: Callable[[], datetime], check: Check
    ) -> None:
        self._books = books
        self._contracts = contracts
        self._desk = desk
        self._now = now
        self._check = check
        self.refusals: dict[tuple[str, str, str], AlikeRefusals] = {}
        """Orders that were not filled, by the kind of what refused them."""
        self.newest: Refusal | None = None

    def refuses(self, intent: OrderIntent) -> bool:
        """Whether the desk's rules are against an order that is asked for now."""
        return self._counted(self._desk.refuses(intent, self._books.worth, self._now()))

    def refuses_change(self, change: Change, order: Order) -> bool:
        """Whether they are against a change of a working order."""
        return self._counted(self._desk.refuses_change(change, order, self._books.worth, self._now()))

    def refuses_fill(self, order: Working, trades: tuple[PaperTrade, ...], *, optioned: bool) -> bool:
        """Whether an order may not trade; one that only reduces may, unless calls would be left uncovered."""
        legs = [MarginLeg(self._contracts.instrument(trade.symbol), trade.signed, trade.price) for trade in trades]
        refusal = bared(legs, self._books.holdings()) if optioned else None
        if refusal is None and any(self._adds(leg) for leg in legs):
            refusal = self._books.unrated(legs) or self._check(self._books, order, legs)
        return self._counted(refusal)

    def _adds(self, leg: MarginLeg) -> bool:
        """Whether it makes a position larger, or one of the other side."""
        held = self._books.trades.quantity(leg.instrument.symbol)
        after = held + leg.signed
        return abs(after) > abs(held) or after * held < 0

    def _counted(self, refusal: Refusal | None) -> bool:
        """Alike refusals are counted together, under the sentence of the first."""
        if refusal is None:
            return False
        self.newest = refusal
        self.refusals.setdefault(refusal.kind, AlikeRefusals(refusal)).count += 1
        return True


def buying_power(books: PastBooks, order: Working, legs: Sequence[MarginLeg]) -> Refusal | None:
    """Refuse what would make the gross position, or what it binds, more than the account carries."""
    settings, cash = books.settings, books.settings.margin.kind == "cash"
    return (
        shorted(legs, books.quantities(), cash=cash)
        or carried(
            legs,
            books.holdings(),
            books.last,
            books.worth,
            min(settings.leverage, 1.0) if cash else settings.leverage,
            lambda one: books.rate(one.symbol),
        )
        or overbound(books, legs)
    )
