"""Random books of brackets on paper and at the offline exchange, on the same market: each difference has a reason."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.domain.order import Side
from ibtui.exchange.told.reports import Execution, Tick
from ibtui.strategies.author.asking import asked
from ibtui.strategies.paper.book import PaperTrade
from ibtui.strategies.paper.on_quotes import PaperQuote
from ibtui.strategies.paper.working import Working
from tests.exchange.floor import AAPL, Floor
from tests.strategies.paper.desk import Counting

PLENTY = 1_000_000
Fills = list[tuple[str, float]]


class PaperBracket(NamedTuple):
    """Prices in cents."""

    sign: int
    kind: str
    price: int
    stop: int
    target: int


class Market(Counting):
    """One market with two books: the exchange's, and the one on paper, which sees what a client is told."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(cash=1e9)
        self.floor.watch(AAPL)
        self.brackets: list[PaperBracket] = []
        self.theirs: list[Fills] = []
        self.ours: list[Fills] = []
        self.entries: list[Working] = []
        self.followed: set[int] = set()
        self._names: dict[int, tuple[int, str]] = {}
        self._numbers: dict[str, int] = {}
        self._heard = 0
        self.move(10_000, 1, trades=True)

    def traded(self, order: Working, trade: PaperTrade) -> None:
        self.held += trade.signed
        self.ours[self._numbers[order.parent or order.ref]].append((order.role, round(trade.price, 2)))

    def move(self, middle: int, half: int, *, trades: bool) -> None:
        self.floor.hold((middle - half) / 100, (middle + half) / 100, PLENTY)
        if trades:
            self.floor.exchange.set_price(AAPL, middle / 100)
        self._hear()

    def ask(self, bracket: PaperBracket) -> None:  # type: ignore[override]
        number = len(self.brackets)
        self.brackets.append(bracket)
        self.theirs.append([])
        self.ours.append([])
        side, other = (Side.BUY, Side.SELL)[:: bracket.sign]
        price, target, stop = (Decimal(cents) / 100 for cents in (bracket.price, bracket.target, bracket.stop))
        at: dict[str, Any] = {"LMT": {"limit": str(price)}, "STP": {"stop": str(price)}}.get(bracket.kind, {})
        parent = self.floor.place(side, 100, **at, transmit=False)
        group: dict[str, Any] = {"parent": parent, "oca_group": str(number), "oca_type": 2}
        first = self.floor.place(other, 100, limit=str(target), transmit=False, **group)
        second = self.floor.place(other, 100, stop=str(stop), **group)
        self._names |= {parent: (number, "entry"), first: (number, "target"), second: (number, "stop")}
        entry = self.book.order(asked("A", side, 100, **{name: float(text) for name, text in at.items()}))
        self._numbers[entry.ref] = number
        self.entries.append(entry)
        self.book.enter(entry, stop, target)
        self._meet(self._quote._replace(traded=False))
        self._hear()

    def _hear(self) -> None:
        """A trade of our own is the last one, and no trade of others that fills what waits."""
        own: set[float] = set()
        fresh, self._heard = self.floor.reports[self._heard :], len(self.floor.reports)
        for report in fresh:
            if isinstance(report, Execution):
                number, role = self._names[report.perm_id]
                self.theirs[number].append((role, round(report.price, 2)))
                own.add(report.price)
            elif isinstance(report, Tick) and report.con_id == AAPL:
                mine = report.traded and report.last in own
                self._meet(PaperQuote(report.bid, report.ask, report.last, report.traded and not mine))

    def _meet(self, quote: PaperQuote) -> None:
        self._quote = quote
        self.book.on_quote("A", quote)
        standing = self.book.standing.by_ref
        for entry in self.entries:
            number = self._numbers[entry.ref]
            gone = [child for child in entry.children if not child.waits and child.ref not in standing]
            cut = any(child.quantity < entry.quantity for child in entry.children)
            if (gone and len(self.ours[number]) < 2) or cut or (entry.ref not in standing and not self.ours[number]):
                self.followed.add(number)


def _limits(bracket: PaperBracket) -> set[tuple[str, float]]:
    limits = {("target", bracket.target / 100)}
    return limits | ({("entry", bracket.price / 100)} if bracket.kind == "LMT" else set())


def _first(one: Fills, other: Fills) -> tuple[tuple[str, float] | None, tuple[str, float] | None]:
    """Where two lists of fills begin to differ."""
    place = next(n for n in range(3) if one[n : n + 1] != other[n : n + 1])
    return (one[place] if place < len(one) else None), (other[place] if place < len(other) else None)


REASONS: dict[str, Callable[[Market, int], bool]] = {
    # The desk takes exits back, or makes them smaller, that a position no longer needs: the exchange knows no desk.
    "exits follow the position": lambda market, number: number in market.followed,
    # Of orders before a limit at its own price only the exchange knows; on paper a trade must go through it.
    "the queue at a limit's price": lambda market, number: bool(
        _limits(market.brackets[number]) & set(_first(market.theirs[number], market.ours[number]))
    ),
    # What fills a resting entry may set off the stop that it arms; on paper the entry's own price is the last one.
    "one trade fills the entry and sets off its stop": lambda market, number: (
        market.brackets[number].kind == "LMT"
        and (_first(market.theirs[number], market.ours[number])[0] or "")[0] == "stop"
    ),
}


def differences(market: Market) -> dict[int, str]:
    """By number of bracket, the reason why it fares otherwise on paper; empty for none that is known."""
    return {
        number: next((reason for reason, holds in REASONS.items() if holds(market, number)), "")
        for number in range(len(market.brackets))
        if market.theirs[number] != market.ours[number]
    }


moves = st.tuples(st.integers(-20, 20), st.integers(1, 3), st.booleans())
gaps = st.integers(5, 30)
kinds = st.sampled_from(("MKT", "LMT", "STP"))
asks = st.tuples(st.sampled_from((1, -1)), kinds, st.integers(-15, 15), gaps, gaps)


@given(st.lists(st.one_of(moves, moves, asks), min_size=5, max_size=25))
@settings(max_examples=60, deadline=None)
def test_each_difference_from_the_exchange_has_a_reason(deeds: list[tuple[Any, ...]]) -> None:
    market, middle = Market(), 10_000
    for deed in deeds:
        if len(deed) == 3:
            middle += deed[0]
            market.move(middle, deed[1], trades=deed[2])
        else:
            sign, kind, away, loss, gain = deed
            base = middle if kind == "MKT" else middle + away
            market.ask(PaperBracket(sign, kind, base, base - sign * loss, base + sign * gain))
    unexplained = [number for number, reason in differences(market).items() if not reason]
    assert [(market.brackets[n], market.theirs[n], market.ours[n]) for n in unexplained] == []


def test_a_bracket_that_goes_its_way_alone_fares_the_same() -> None:
    for exit_, price in ((10_030, 100.29), (9_970, 99.69)):
        market = Market()
        market.ask(PaperBracket(1, "MKT", 10_000, 9_975, 10_025))
        market.move(exit_, 1, trades=True)
        assert market.theirs == market.ours
        assert len(market.ours[0]) == 2
        assert market.ours[0][1][1] in (price, 100.25)
