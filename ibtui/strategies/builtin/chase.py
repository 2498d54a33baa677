"""An order that is worked: rests in the middle, steps towards the market, crosses at last."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.strategies.author.parameters import param
from ibtui.strategies.builtin.task import ANSWER, Task


class Chase(Task):
    """Buys or sells a quantity for a better price than the market's: from the middle, step by step.

    It places a limit order in the middle between bid and ask and moves it: with the market, and `step` ticks nearer to
    the other side every `seconds`. After `patience` seconds it pays the other side's price. It never pays more than
    `slippage` ticks beyond the middle at which it began: where the market has gone further, its order waits there.

    It is driven by quotes and needs a live market. It adds what it trades to your own position. Switched off, its order
    is cancelled and what is missing is forgotten.

    Over past bars: nothing. Bars have no bid and no ask; it takes the close for both, so it seems to trade at once and
    for free. Only recorded quotes in the offline gateway say what it is worth.
    """

    step: int = param(1, 0, 100, help="ticks towards the other side at each step", changeable=True)
    seconds: float = param(2.0, 1, 600, help="between two steps", changeable=True)
    patience: float = param(300.0, 0, 86_400, help="seconds after which it pays the other side", changeable=True)
    slippage: int = param(20, 0, 10_000, help="most ticks beyond the middle at which it began")

    def on_start(self) -> None:
        super().on_start()
        self._moved: datetime | None = None
        self._quoted = False
        self._excess: datetime | None = None
        """Since when its order is for more than is left to close."""

    def on_quote(self, quote: Quote) -> None:
        if quote.bid is not None and quote.ask is not None and 0 < quote.bid <= quote.ask:
            self._quoted = True
            self._work(quote.bid, quote.ask)
            self._tell()

    def on_bar(self, bar: Bar) -> None:
        if not self._quoted:
            self._work(bar.close, bar.close)
        self._tell()

    def _work(self, bid: float, ask: float) -> None:
        """Have one order for what is missing, at the price of this moment."""
        if self.warming or not self.sure():
            return
        missing, order = self.missing, self.working()
        if missing <= 0:
            if order is not None:
                self._drop(order)
            return
        self.memory.setdefault("start", (bid + ask) / 2)
        self.memory.setdefault("begun", self.now.isoformat())
        price = self.price(bid, ask, self.now - datetime.fromisoformat(self.memory["begun"]))
        if order is not None:
            self._shrink(order, missing)
            limit = order.limit_price
            if limit is not None and abs(float(limit) - price) >= self._tick / 2 and self._may_move():
                self._moved = self.now
                self.modify(order.ref, limit=price)
        elif not self.waits():
            self._moved = self.now
            self.ask(missing, price)

    def _drop(self, order: Order) -> None:
        """Take its order back, once: there is nothing left to close."""
        if self.memory.get("dropped") != order.ref:
            self.memory["dropped"] = order.ref
            self.cancel(order.ref)

    def _shrink(self, order: Order, missing: float) -> None:
        """Make its order smaller once the position has been less for a while: fills are told one after the other."""
        if float(order.remaining) <= missing:
            self._excess = None
        elif self._excess is None:
            self._excess = self.now
        elif self.now - self._excess >= ANSWER:
            self._excess = None
            self.modify(order.ref, quantity=missing + float(order.filled))

    def _may_move(self) -> bool:
        return self._moved is None or self.now - self._moved >= timedelta(seconds=min(self.seconds, 1.0))

    def price(self, bid: float, ask: float, worked: timedelta) -> float:
        """The limit of an order that has been worked for so long; it never lies beyond the slippage."""
        sign, tick = self.sign, self._tick
        touch = ask if sign > 0 else bid
        price = (bid + ask) / 2 + sign * int(worked.total_seconds() // self.seconds) * self.step * tick
        if worked.total_seconds() >= self.patience or sign * (price - touch) > 0:
            price = touch
        worst = float(self.memory["start"]) + sign * self.slippage * tick
        return self._passive(min(price, worst) if sign > 0 else max(price, worst))

    def _passive(self, price: float) -> float:
        """On the price grid, rounded away from the other side."""
        steps = price / self._tick
        whole = math.floor(steps + 1e-6) if self.sign > 0 else math.ceil(steps - 1e-6)
        return round(max(whole, 1) * self._tick, 10)

    @property
    def _tick(self) -> float:
        instrument, price = self._broker.instrument(self.symbol), self.memory.get("start")
        return 0.01 if instrument is None or price is None else float(instrument.step(price))

    def _tell(self) -> None:
        if self.warming:
            return
        order = self.working()
        self.tell("waits for a quote" if order is None else f"order at {order.limit_price}")
