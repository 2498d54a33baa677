"""What algorithms share that trade a quantity once: what is done of it, and what is known of that after a restart."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param

ANSWER = timedelta(seconds=3)
"""For which an order that was asked for, or is gone, is awaited: its fills may come after its end."""
UNSURE = "an order ended while it was away: see what it traded, then start it again with what is missing"


class Task(Strategy):
    """Trades `quantity` of `symbol` once, with one order at a time, so that nothing is ever bought twice.

    What it has traded is in its memory. When it comes back after a crash, an order that still works tells what it
    traded meanwhile; where the order is gone, that is not known, and it does nothing more. Switched off, it forgets.
    Begun with enough to close, it only closes: when a stop takes the position meanwhile it trades no more.
    """

    for_trader = True

    symbol: str = param("SPY", kind="symbol", help="what to trade")
    side: str = param("buy", choices=("buy", "sell"), help="buy or sell")
    quantity: int = param(100, 1, 1_000_000, help="how much in all")

    def on_start(self) -> None:
        self._active: datetime | None = None
        """When its order was last asked for or seen."""
        self._back = "order" in self.memory

    def on_fill(self, fill: Fill) -> None:
        self.memory["filled"] = self.filled + float(fill.quantity)
        self.memory["paid"] = self.memory.get("paid", 0.0) + float(fill.quantity) * fill.price

    def on_stop(self) -> None:
        self.memory.clear()

    @property
    def filled(self) -> float:
        """The quantity that it has traded so far."""
        return float(self.memory.get("filled", 0.0))

    @property
    def missing(self) -> float:
        """What is still to trade. What began as a close ends with the position, whoever closed it."""
        left = -self.sign * self.position(self.symbol)
        closes = self.memory.setdefault("closes", left >= self.quantity)
        wanted = self.quantity - self.filled
        return max(min(wanted, left), 0.0) if closes else wanted

    @property
    def sign(self) -> int:
        return 1 if self.side == "buy" else -1

    def working(self) -> Order | None:
        """Its order, if one may still trade."""
        orders = self.orders(self.symbol)
        if orders:
            self._active = self.now
        return orders[0] if orders else None

    def ask(self, quantity: float, limit: float | None) -> None:
        """Ask for the next order of the task."""
        self._active = self.now
        place = self.buy if self.side == "buy" else self.sell
        self.memory |= {"before": self.filled, "asked": quantity}
        self.memory["order"] = place(self.symbol, quantity, limit=limit)

    def waits(self) -> bool:
        """The order that was asked for may still come, or its last fills."""
        recent = self._active is not None and timedelta(0) <= self.now - self._active < ANSWER
        return recent and self.filled < self.memory.get("before", 0.0) + self.memory.get("asked", 0.0)

    def sure(self) -> bool:
        """Whether it knows what it has traded; looked into at the first moment after a restart."""
        if self._back:
            self._back = False
            self._recall()
        return not self.memory.get("unsure")

    def _recall(self) -> None:
        order, before = self.working(), self.memory.get("before", 0.0)
        if order is not None and order.ref == self.memory["order"]:
            missed = before + float(order.filled) - self.filled
            if missed > 0:
                limit = order.limit_price if order.limit_price is not None else self.last(self.symbol) or 0.0
                price = order.average_price if order.average_price is not None else float(limit)
                self.memory["paid"] = self.memory.get("paid", 0.0) + missed * price
                self.memory["filled"] = self.filled + missed
        elif self.filled < before + self.memory.get("asked", 0.0):
            self.memory["unsure"] = True

    def tell(self, doing: str) -> None:
        """Tell in one sentence how far it is."""
        paid = f" at {self.memory.get('paid', 0.0) / self.filled:.4f}" if self.filled else ""
        if self.memory.get("unsure"):
            doing = UNSURE
        elif self.filled >= self.quantity:
            doing = "done"
        elif self.missing <= 0:
            doing = "the position is closed, nothing more is traded"
        self.explain("{} {:,g} of {:,}{} · {}", self.side, self.filled, self.quantity, paid, doing)
