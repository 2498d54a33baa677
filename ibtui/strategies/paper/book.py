"""The one book of orders: how they fill, what a fill arms and what it takes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.terms import Terms
from ibtui.strategies.paper.combos import combo_prices
from ibtui.strategies.paper.following import closes, follow, group_beside
from ibtui.strategies.paper.on_bars import after_entry, at_open, by_path, exits_by_path, inside
from ibtui.strategies.paper.on_quotes import PaperQuote, at_quote
from ibtui.strategies.paper.standing import WorkingOrders
from ibtui.strategies.paper.working import Kind, Working


class PaperTrade(NamedTuple):
    """What an order trades of one instrument: a signed quantity at a price of the instrument's currency."""

    symbol: str
    signed: float
    price: float


class PaperAccount(Protocol):
    """Whose orders these are; the book knows positions and money only by asking."""

    def position(self, symbol: str) -> float:
        """What is held, signed."""

    def day_ends(self, symbol: str) -> datetime:
        """When a day order that is asked for now is over: with the session that runs, or else with the next."""

    def slipped(self, order: Working, price: float) -> float:
        """What an order pays that the market fills at `price`."""

    def admits(self, order: Working, trades: tuple[PaperTrade, ...]) -> bool:
        """Whether an order may trade these now; one that may not is taken back."""

    def traded(self, order: Working, trade: PaperTrade) -> None:
        """An order has traded."""


class PaperBook:
    """Working orders of one owner: how bars fill them is told by `strategies.paper.on_bars`, what a fill does to the
    exits of a position by `strategies.paper.following`.
    """

    def __init__(self, account: PaperAccount, owner: str, prefix: str) -> None:
        """`prefix` begins the ref of every order that is asked for."""
        self._account = account
        self._owner = owner
        self._prefix = prefix
        self._number = 0
        self.standing = WorkingOrders()

    # what is asked for

    def next_ref(self) -> str:
        """A ref that no other order of this book has."""
        self._number += 1
        return f"{self._prefix}{self._number}"

    def enter(self, order: Working, protect: Decimal | None = None, target: Decimal | None = None) -> None:
        """Let an order work, and children that its fill arms wait for it."""
        if protect is None and target is None and not order.legs:
            self._beside(order)
        order.ends = self._account.day_ends(order.symbols[0])
        self.standing.add(order)
        children = []
        for suffix, kind, price, role in (("s", "STP", protect, "stop"), ("t", "LMT", target, "target")):
            if price is not None:
                ref = f"{order.ref}-{suffix}"
                child = Working(ref, order.symbol, -order.sign, order.quantity, kind, float(price), role)  # type: ignore[arg-type]
                child.waits, child.overnight, child.group, child.parent = True, True, order.ref, order.ref
                children.append(child)
                self.standing.add(child)
        order.children = tuple(children)

    def _beside(self, order: Working) -> None:
        """An order against a position is a stop that guards it, or joins the group of one; as the engine sends it."""
        held, beside = self._account.position(order.symbol), self.standing.of(order.symbol)
        if order.kind == "STP":
            order.group = order.ref
            order.overnight = order.sign * held < 0 and order.quantity <= abs(held)
        elif beside and closes(order, held):
            order.group = group_beside(order, held, beside, self.shown, self._owner)

    def order(self, terms: Terms) -> Working:
        """The order that these terms ask for, not yet entered."""
        return Working.of(self.next_ref(), terms)

    def combo(
        self, name: str, sign: int, quantity: float, limit: float | None, legs: Iterable[tuple[str, int]]
    ) -> Working:
        """The order for a combo, not yet entered; `legs` are symbols with signed ratios."""
        kind: Kind = "MKT" if limit is None else "LMT"
        order = Working(self.next_ref(), name, sign, float(quantity), kind, limit or 0.0)
        order.legs = tuple(legs)
        return order

    def close(self, symbol: str) -> Working | None:
        """Take orders in a symbol back that could trade beside it, and trade away what is held.

        Stops and targets of the position stay until the exit has filled. Returns the exit, None where none is needed or
        one is out already.
        """
        standing, held = self.standing.of(symbol), self._account.position(symbol)
        if any(order.role == "exit" for order in standing):
            return None
        self.standing.cancel_all(order for order in standing if not order.guards(held))
        if not held:
            return None
        leaving = Working(self.next_ref(), symbol, -1 if held > 0 else 1, abs(held), "MKT", 0.0, "exit")
        if standing:
            leaving.group = group_beside(leaving, held, standing, self.shown, self._owner)
        self.standing.add(leaving, first=True)
        return leaving

    def orders(self, symbol: str) -> tuple[Order, ...]:
        """The orders that may still trade a symbol, oldest first."""
        return tuple(self.shown(order) for order in self.standing.of(symbol))

    def shown(self, order: Working) -> Order:
        """An order as a strategy sees it."""
        return Order(
            ref=order.ref,
            owner=self._owner,
            role=order.role,
            terms=order.terms(),
            status=OrderStatus.WAITING if order.waits else OrderStatus.WORKING,
            parent=order.parent or None,
        )

    # what the market does

    def on_bar(self, symbol: str, asks: Bar, bids: Bar) -> None:
        """Let orders in one symbol meet a bar; who buys meets the first, who sells the second."""
        self.on_rest(self.on_open(symbol, asks, bids), asks, bids)

    def on_open(self, symbol: str, asks: Bar, bids: Bar) -> list[Working]:
        """Let orders in one symbol meet the open of a bar; those that the rest of it is for, some filled by now."""
        queue = [order for order in self.standing.of(symbol) if not order.legs and order.since <= asks.time]
        for order in queue:  # grows with what fills arm
            price = None
            if self._meets(order):
                price = at_open(order, asks.open if order.sign > 0 else bids.open)
            if price is not None:
                queue += self._fill(order, price)
        return queue

    def on_rest(self, queue: list[Working], asks: Bar, bids: Bar) -> None:
        """Let orders that met the open of a bar meet the rest of it."""
        standing = self.standing.by_ref
        within = [one for one in queue if one.ref in standing and not one.waits]
        within.sort(key=lambda one: by_path(one, (asks if one.sign > 0 else bids).open))
        for order in within:
            price = inside(order, asks if order.sign > 0 else bids) if order.ref in standing else None
            if price is not None and self._fill(order, price):
                self._after_entry(order, asks, bids)

    def _meets(self, order: Working) -> bool:
        """Whether an order is at work when a market moves."""
        if order.waits or order.ref not in self.standing.by_ref:
            return False
        order.seen = True
        return True

    def on_quote(self, symbol: str, quote: PaperQuote) -> None:
        """Let orders in one symbol meet its market, stops first; what they arm meets it as it is then."""
        queue = [order for order in self.standing.of(symbol) if not order.legs and not order.waits]
        queue.sort(key=lambda one: one.kind != "STP")
        for order in queue:  # grows with what fills arm
            price = at_quote(order, quote) if order.ref in self.standing.by_ref else None
            if self._meets(order) and price is not None:
                queue += self._fill(order, price)
                quote = quote.after(order, price)

    def _after_entry(self, entry: Working, asks: Bar, bids: Bar) -> None:
        """Let what an entry has armed meet what is left of the bar inside which it filled."""
        for armed in exits_by_path(entry):
            bar = asks if armed.sign > 0 else bids
            price = after_entry(armed, entry, bar) if armed.ref in self.standing.by_ref else None
            if price is not None:
                self._fill(armed, price)

    def on_combo(
        self,
        order: Working,
        known: Mapping[str, Instrument],
        markets: Iterable[tuple[Mapping[str, float], bool]],
    ) -> None:
        """Let a combo meet the prices of its legs, one market after the other: it trades whole, or not yet.

        Beside the prices stands whether the market came by the combo's limit on its way there.
        """
        order.seen = True
        for met, at_limit in markets:
            prices = combo_prices(order, known, met, at_limit=at_limit)
            if prices:
                self._fill_combo(order, prices)
                return

    def _fill_combo(self, order: Working, prices: Mapping[str, float]) -> None:
        self.standing.remove(order)
        trades = tuple(
            PaperTrade(symbol, order.sign * ratio * order.quantity, prices[symbol]) for symbol, ratio in order.legs
        )
        if self._account.admits(order, trades):
            for trade in trades:
                self._account.traded(order, trade)

    def _fill(self, order: Working, price: float) -> tuple[Working, ...]:
        """Trade an order; what it arms. An exit trades no more than is held; a refused entry is gone."""
        self.standing.remove(order)
        quantity, held = order.quantity, self._account.position(order.symbol)
        if order.role == "exit":
            quantity = min(quantity, abs(held)) if held * order.sign < 0 else 0.0
        if not quantity:
            return ()
        trade = PaperTrade(order.symbol, order.sign * quantity, self._account.slipped(order, price))
        if not self._account.admits(order, (trade,)):
            self.standing.cancel(order)
            return ()
        self._account.traded(order, trade)
        self.standing.cancel_group(order)
        for child in order.children:
            child.waits = False
        if self.standing.of(order.symbol):
            follow(order, held, self._account.position(order.symbol), self.standing, self.shown)
        return order.children
