"""What slicing algorithms share: a quantity in small orders, asked for as a plan of shares over time says."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.strategies.base import Strategy
from ibtui.strategies.parameters import param

ANSWER = timedelta(seconds=3)
"""For which an order that was asked for, or is gone, is awaited: its fills may come after its end."""


class Slicing(Strategy):
    """Trades `quantity` within `minutes`; a subclass says what share of it is due after how long."""

    for_trader = True

    symbol: str = param("SPY", kind="symbol", help="what to trade")
    side: str = param("buy", choices=("buy", "sell"), help="buy or sell")
    quantity: int = param(1_000, 1, 1_000_000, help="how much in all")
    minutes: float = param(30.0, 0.01, 1_440, help="from the first slice to the last")
    resting: bool = param(False, help="slices rest at the last price; only the end is at market")

    def share(self, begun: datetime, now: datetime) -> float:
        """The share of the quantity that is due `now`, from 0 to 1; never less than before, 1 at the end."""
        raise NotImplementedError

    def on_start(self) -> None:
        self._active: datetime | None = None
        self._after = 0.0
        """What will have traded when the order that was asked for last is done."""

    def on_bar(self, bar: Bar) -> None:
        if self.warming:
            return
        begun = datetime.fromisoformat(self.memory.setdefault("begun", self.now.isoformat()))
        over = self.now - begun >= timedelta(minutes=self.minutes)
        due = self.quantity if over else int(self.quantity * min(self.share(begun, self.now), 1.0) + 1e-9)
        self._trade(due - self._filled, over)
        doing = "done" if self._filled >= self.quantity else f"{due:,} due"
        paid = f" at {self.memory['paid'] / self._filled:.4f}" if self._filled else ""
        self.explain("{} {:,g} of {:,}{} · {}", self.side, self._filled, self.quantity, paid, doing)

    def _trade(self, missing: float, over: bool) -> None:
        """Ask for what is due and not under way: one order at a time, so that no fill is ever bought twice."""
        orders = self.orders(self.symbol)
        if orders:
            self._active = self.now
            for order in orders:
                stale = order.type == "LMT" and (over or missing > float(order.remaining))
                if stale:
                    self.cancel(order.ref)
        elif missing > 0 and not self._waits():
            self._active, self._after = self.now, self._filled + missing
            place = self.buy if self.side == "buy" else self.sell
            place(self.symbol, missing, limit=self.last(self.symbol) if self.resting and not over else None)

    def _waits(self) -> bool:
        recent = self._active is not None and timedelta(0) <= self.now - self._active < ANSWER
        return recent and self._filled < self._after

    def on_fill(self, fill: Fill) -> None:
        self.memory["filled"] = self._filled + float(fill.quantity)
        self.memory["paid"] = self.memory.get("paid", 0.0) + float(fill.quantity) * fill.price

    def on_stop(self) -> None:
        self.memory.clear()

    @property
    def _filled(self) -> float:
        return float(self.memory.get("filled", 0.0))
