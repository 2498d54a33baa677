"""The broker of a strategy in shadow: its orders are drawn, not sent, and fill in its own books as in a backtest."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.combo import combo_legs
from ibtui.domain.fill import Fill
from ibtui.domain.money import exact, plain
from ibtui.domain.order import Change, Order, OrderStatus, Side
from ibtui.domain.terms import Terms
from ibtui.domain.text.sanitize import sanitize
from ibtui.domain.words import order_sentence, quantity_words, trade_words
from ibtui.link.worker import Begin, Drawn, FromWorker
from ibtui.risk.adding import adding
from ibtui.strategies.working import Kind, Working, at_open, inside
from ibtui.worker.broker import Ask, LiveBroker
from ibtui.worker.shadow_limits import ShadowJudge


class Shadow(LiveBroker):
    """Begins flat. A market order fills at the open of the next bar, a limit or a stop when a later bar reaches it.

    It assumes whole fills, no commissions and no effect on the market; stops come before targets. Combos are drawn and
    not followed: their legs have no bars here.
    """

    def __init__(
        self, send: Callable[[FromWorker], None], begin: Begin, symbols: tuple[str, ...], ask: Ask | None = None
    ) -> None:
        super().__init__(send, begin, symbols, ask)
        self._held: dict[str, Decimal] = {}
        self._standing: dict[str, Working] = {}
        self._number = 0
        self._told: set[tuple[str, ...]] = set()
        """Refusals that were drawn since an order last passed: those alike once."""
        self._judge: ShadowJudge | None = None
        if begin.limits is not None:
            self._judge = ShadowJudge(
                begin.limits,
                begin.equity,
                held=self._held,
                orders=self._standing,
                lasts=self._last,
                instruments=self._instruments,
            )

    def match(self, bars: tuple[Bar, ...]) -> tuple[Fill, ...]:
        fills: list[Fill] = []
        for bar in bars:
            queue = [order for order in self._standing.values() if order.symbol == bar.symbol]
            for order in queue:  # grows with what fills arm
                price = None if order.waits or order.ref not in self._standing else at_open(order, bar.open)
                if price is not None:
                    queue += self._trade(order, price, bar, fills)
            for order in sorted(queue, key=lambda one: one.kind != "STP"):
                price = None if order.waits or order.ref not in self._standing else inside(order, bar)
                if price is not None:
                    self._trade(order, price, bar, fills)
        if self._judge is not None and self._judge.looked(self.now):
            self._drop_entries()
        return tuple(fills)

    def _drop_entries(self) -> None:
        """A limit of the daily loss was reached: from here on today only what reduces may trade."""
        for symbol in dict.fromkeys(order.symbol for order in self._standing.values()):
            for order in adding(self.orders(symbol), self._held.get(symbol, Decimal(0))):
                self.cancel(order.ref)

    def _passes(self, order: Working, of: str = "", *, bracket: bool = False) -> bool:
        """Whether an entry would pass the limits, or `of` may become it; a refusal is drawn."""
        refusal = None if self._judge is None else self._judge.refuses(order, self.now, of, bracket=bracket)
        if refusal is None:
            self._told.clear()
            return True
        alike = order.symbol, *refusal.kind
        if alike not in self._told:
            self._told.add(alike)
            what = f"{_side(order)} {order.quantity:.10g} {order.symbol}"
            self._draw(f"{what} would be refused: {refusal.sentence}")
        return False

    def _trade(self, order: Working, price: float, bar: Bar, fills: list[Fill]) -> tuple[Working, ...]:
        self._standing.pop(order.ref, None)
        for other in [one for one in self._standing.values() if order.group and one.group == order.group]:
            del self._standing[other.ref]
        held = self._held.get(order.symbol, Decimal(0))
        quantity = Decimal(str(order.quantity))
        if order.role == "exit":
            quantity = min(quantity, abs(held)) if held * order.sign < 0 else Decimal(0)
        if not quantity:
            return ()
        self._held[order.symbol] = held + order.sign * quantity
        if self._judge is not None:
            self._judge.paid(order.symbol, order.sign * quantity, price)
        side = _side(order)
        self._number += 1
        fill = Fill(
            exec_id=f"shadow.{self._number}.01",
            ref=order.ref,
            symbol=order.symbol,
            side=side,
            quantity=quantity,
            price=price,
            time=bar.time,
            owner="shadow",
        )
        fills.append(fill)
        holds = quantity_words(self._held[order.symbol])
        what = trade_words(side, quantity, order.symbol)
        self._draw(f"would have traded {what} at {price:.10g} · would hold {holds}")
        for child in order.children:
            child.waits = False
        return order.children

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        symbol = terms.symbol
        self._tradable(symbol)
        order = Working.of(self._next_ref(), self._on_grid(terms))
        sl, tp = (_number(self._price(symbol, price)) for price in (protect, target))
        if self.live and self._passes(order, bracket=sl is not None or tp is not None):
            self._stand(order, sl, tp)
            self._draw(f"would {self._sentence(order, sl, tp)}")
        return order.ref

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        name = self._combo_name(combo_legs(legs))
        kind: Kind = "MKT" if limit is None else "LMT"
        order = Working(self._next_ref(), name, side.sign, quantity, kind, limit or 0.0)
        order.legs = legs
        if self.live and self._passes(order):
            self._draw(f"would {self._sentence(order)}")
        return order.ref

    def _next_ref(self) -> str:
        self._number += 1
        return f"shadow{self._number}"

    def _stand(self, order: Working, sl: float | None, tp: float | None) -> None:
        self._standing[order.ref] = order
        children = []
        for suffix, kind, price, role in (("s", "STP", sl, "stop"), ("t", "LMT", tp, "target")):
            if price is not None:
                ref = f"{order.ref}-{suffix}"
                child = Working(ref, order.symbol, -order.sign, order.quantity, kind, price, role)  # type: ignore[arg-type]
                child.waits, child.group, child.parent = True, order.ref, order.ref
                self._standing[child.ref] = child
                children.append(child)
        order.children = tuple(children)

    def modify(self, change: Change) -> None:
        order = self._standing.get(change.ref)
        if order is None:
            return
        becomes = Working.of(order.ref, self._on_grid(change.applied(order.terms())))
        price, quantity = becomes.price, becomes.quantity
        if order.role == "entry" and (quantity > order.quantity or price != order.price):
            if not self._passes(becomes, order.ref):
                return
        elif (price, quantity) == (order.price, order.quantity):
            return
        order.price, order.quantity = price, quantity
        self._draw(f"would change {order.symbol} {order.kind} to {order.quantity:.10g} at {order.price:.10g}")

    def close(self, symbol: str) -> None:
        standing = [order for order in self._standing.values() if order.symbol == symbol]
        if not self.live or any(order.role == "exit" for order in standing):
            return
        for order in standing:
            del self._standing[order.ref]
        held = self._held.get(symbol, Decimal(0))
        if held:
            exit_ = Working(self._next_ref(), symbol, -1 if held > 0 else 1, float(abs(held)), "MKT", 0.0, "exit")
            self._standing[exit_.ref] = exit_
            self._draw(f"would close {plain(held)} {symbol} at market")

    def cancel(self, ref: str) -> None:
        gone = [order for order in self._standing.values() if ref in (order.ref, order.parent)]
        for order in gone:
            del self._standing[order.ref]
        if gone:
            self._draw(f"would cancel {len(gone)} {gone[0].symbol} {'order' if len(gone) == 1 else 'orders'}")

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return tuple(_shown(order) for order in self._standing.values() if order.symbol == symbol)

    def position(self, symbol: str) -> float:
        return float(self._held.get(symbol, 0))

    @property
    def held(self) -> tuple[str, ...]:
        return tuple(symbol for symbol in self._symbols if self._held.get(symbol))

    def holds(self, symbol: str, quantity: Decimal, covered: Decimal) -> None:
        more = quantity - self._held.get(symbol, Decimal(0))
        if more and self._judge is not None:
            self._judge.paid(symbol, more, self._last.get(symbol, 0.0))
        self._held[symbol], self._covered[symbol] = quantity, covered

    def _sentence(self, order: Working, sl: float | None = None, tp: float | None = None) -> str:
        """The order as a preview would say it, without the time in force, which the engine chooses."""
        target, protect = (None if price is None else exact(price) for price in (tp, sl))
        return order_sentence(order.terms(tif=""), self._instruments.get(order.symbol), target=target, protect=protect)

    def _draw(self, text: str) -> None:
        self.acted = True
        self._send(Drawn(text=sanitize(text, 120)))


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)


def _side(order: Working) -> Side:
    return Side.BUY if order.sign > 0 else Side.SELL


def _shown(order: Working) -> Order:
    return Order(
        ref=order.ref,
        owner="shadow",
        role=order.role,
        terms=order.terms(),
        status=OrderStatus.WAITING if order.waits else OrderStatus.WORKING,
        parent=order.parent or None,
    )
