"""The broker of a strategy in shadow: its orders are drawn, not sent, and fill in its own book on the live market."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.session import day_order_over
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.combo import TICK, combo_legs
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import exact, plain, to_tick
from ibtui.domain.order import Change, Order, OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.domain.refusal import Refusal
from ibtui.domain.terms import Terms
from ibtui.domain.text.sanitize import sanitize
from ibtui.domain.words import order_sentence, quantity_words, trade_words
from ibtui.link.worker import Begin, Drawn, FromWorker, ShadowFilled
from ibtui.risk.adding import adding
from ibtui.risk.prices import change_on_grid, on_grid, terms_on_grid
from ibtui.strategies.paper.book import PaperBook, PaperTrade
from ibtui.strategies.paper.market import PaperMarket
from ibtui.strategies.paper.working import Working
from ibtui.worker.broker import Ask, LiveBroker
from ibtui.worker.shadow_limits import ShadowJudge
from ibtui.worker.shadow_telling import ShadowTelling


class Shadow(LiveBroker):
    """Begins flat. Its orders fill on the quotes that stand or come after a decision: see `strategies.paper.market`.

    It assumes whole fills, no commissions and no effect on the market. The engine has quotes come of options that its
    orders are in; until they do these wait.
    """

    def __init__(
        self, send: Callable[[FromWorker], None], begin: Begin, symbols: tuple[str, ...], ask: Ask | None = None
    ) -> None:
        super().__init__(send, begin, symbols, ask)
        self._held: dict[str, Decimal] = {}
        self._market = PaperMarket(self._instruments)
        self._book = PaperBook(self, "shadow", "shadow")
        self._standing = self._book.standing.by_ref
        self._telling = ShadowTelling(send, self._book.shown)
        self._fills: list[Fill] = []
        """Those that the strategy was not told of yet."""
        self._told_fills = 0
        self._told: set[tuple[str, ...]] = set()
        """Refusals that were drawn since an order last passed: those alike once."""
        self._judge = ShadowJudge(
            begin.limits,
            begin.equity,
            held=self._held,
            working=self._standing,
            orders=self.orders,
            lasts=self._last,
            quote=self._market.quote,
            instruments=self._instruments,
            own=lambda: self.currency,
        )

    def quoted(self, quote: Quote, time: datetime | None = None) -> None:
        super().quoted(quote, time)
        self._opened = self.now
        self._book.standing.expire(self.now)
        self._market.quoted(self._book, quote, self.now)

    def trade(self, instruments: tuple[Instrument, ...], hours: Mapping[str, TradingHours] | None = None) -> None:
        super().trade(instruments, hours)
        self._market.hours.update(hours or {})

    def match(self, bars: tuple[Bar, ...]) -> tuple[Fill, ...]:
        self._book.standing.expire(bars[0].time)
        for bar in bars:
            self._opened = bar.time
            self._market.closed(self._book, bar)
        self._look()
        return self.filled_since()

    def settle(self) -> tuple[Fill, ...]:
        self._opened = self.now
        self._market.asked(self._book, self.now)
        return self.filled_since()

    def filled_since(self) -> tuple[Fill, ...]:
        fills, self._fills = tuple(self._fills), []
        return fills

    def tell_orders(self) -> None:
        self._telling.tell(self._standing.values())

    def _look(self) -> None:
        """Hold the books against the limits of the daily loss."""
        if self._judge.looked(self.now):
            self._drop_entries()

    def _drop_entries(self) -> None:
        """A limit of the daily loss was reached: from here on today only what reduces may trade."""
        for symbol in dict.fromkeys(order.symbol for order in self._standing.values()):
            for order in adding(self.orders(symbol), self._held.get(symbol, Decimal(0))):
                self.cancel(order.ref)

    def _agreed(self, refusal: Refusal | None, doing: str, symbol: str) -> bool:
        """Whether nothing refused it; a refusal is drawn, those alike once."""
        if refusal is None:
            self._told.clear()
            return True
        alike = symbol, *refusal.kind
        if alike not in self._told:
            self._told.add(alike)
            self._draw(f"{doing} would be refused: {refusal.sentence}")
        return False

    # the account of the book's orders

    def day_ends(self, symbol: str) -> datetime:
        """When a day order that is asked for now is over."""
        return day_order_over(self.sessions(symbol), self.now)

    def slipped(self, order: Working, price: float) -> float:
        """What an order pays that the market fills at `price`: that, whatever its size."""
        return price

    def admits(self, order: Working, trades: tuple[PaperTrade, ...]) -> bool:
        """Whether an order may trade; its limits were asked when it was."""
        return True

    def traded(self, order: Working, trade: PaperTrade) -> None:
        """Position and record of one fill."""
        symbol, signed = trade.symbol, exact(trade.signed)
        before = self._held.get(symbol, Decimal(0))
        self._held[symbol] = before + signed
        self._judge.paid(symbol, before, signed, trade.price)
        side, quantity = Side.BUY if signed > 0 else Side.SELL, abs(signed)
        self._told_fills += 1
        fill = Fill(
            exec_id=f"shadow.{self._told_fills}.01",
            ref=order.ref,
            symbol=symbol,
            side=side,
            quantity=quantity,
            price=trade.price,
            time=self._opened,
            owner="shadow",
        )
        self._fills.append(fill)
        holds = quantity_words(self._held[symbol])
        what = trade_words(side, quantity, symbol)
        self._draw(f"would have traded {what} at {trade.price:.10g} · would hold {holds}")
        self._send(ShadowFilled(fill=fill, position=self._held[symbol]))

    # what the strategy asks

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        self._tradable(terms.symbol)
        item = self._instruments.get(terms.symbol)
        terms, target, protect = terms_on_grid(terms, item), on_grid(target, item), on_grid(protect, item)
        order = self._book.order(terms)
        if self._passes(order.ref, terms, target, protect):
            order.since = self.now
            self._book.enter(order, protect, target)
            self._draw(f"would {self._sentence(order, protect, target)}")
        return order.ref

    def _passes(self, ref: str, terms: Terms, target: Decimal | None = None, protect: Decimal | None = None) -> bool:
        """Whether an order would go out."""
        if not self.live:
            return False
        self.acted = True
        intent = OrderIntent(ref=ref, owner="shadow", terms=terms, target=target, protect=protect)
        doing = trade_words(terms.side, terms.quantity, terms.symbol)
        return self._agreed(self._judge.refuses(intent, self.now), doing, terms.symbol)

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        name = self._combo_name(combo_legs(legs))
        price = None if limit is None else float(to_tick(limit, TICK))
        order = self._book.combo(name, side.sign, quantity, price, legs)
        if self._passes(order.ref, order.terms()):
            order.since = self.now
            self._book.enter(order)
            self._draw(f"would {self._sentence(order)}")
        return order.ref

    def modify(self, change: Change) -> None:
        order = self._standing.get(change.ref)
        if order is None:
            return
        change = change_on_grid(change, self._instruments.get(order.symbol))
        becomes = Working.of(order.ref, change.applied(order.terms()))
        if (becomes.price, becomes.quantity) == (order.price, order.quantity):
            return
        self.acted = True
        refusal = self._judge.refuses_change(change, self._book.shown(order), self.now)
        if self._agreed(refusal, f"a change of {order.symbol} {order.kind}", order.symbol):
            order.price, order.quantity = becomes.price, becomes.quantity
            self._draw(f"would change {order.symbol} {order.kind} to {order.quantity:.10g} at {order.price:.10g}")

    def close(self, symbol: str) -> None:
        leaving = self._book.close(symbol) if self.live else None
        if leaving is not None:
            self.acted = True
            leaving.since = self.now
            self._draw(f"would close {plain(self._held[symbol])} {symbol} at market")

    def cancel(self, ref: str) -> None:
        order = self._standing.get(ref)
        if order is None:
            return
        self.acted = True
        gone = 1 + sum(child.waits and child.ref in self._standing for child in order.children)
        self._book.standing.cancel(order)
        self._draw(f"would cancel {gone} {order.symbol} {'order' if gone == 1 else 'orders'}")

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return self._book.orders(symbol)

    def position(self, symbol: str) -> float:
        return float(self._held.get(symbol, 0))

    @property
    def held(self) -> tuple[str, ...]:
        others = (symbol for symbol in self._held if symbol not in self._symbols)
        return tuple(symbol for symbol in (*self._symbols, *sorted(others)) if self._held.get(symbol))

    def holds(self, symbol: str, quantity: Decimal, covered: Decimal) -> None:
        before = self._held.get(symbol, Decimal(0))
        if quantity != before:
            self._judge.paid(symbol, before, quantity - before, self._last.get(symbol, 0.0))
        self._held[symbol], self._covered[symbol] = quantity, covered

    def _sentence(self, order: Working, sl: Decimal | None = None, tp: Decimal | None = None) -> str:
        """The order as a preview would say it, without the time in force, which the engine chooses."""
        return order_sentence(order.terms(tif=""), self._instruments.get(order.symbol), target=tp, protect=sl)

    def _draw(self, text: str) -> None:
        self._send(Drawn(text=sanitize(text, 120)))
