"""A stop, a target, a trail and a time exit for a position that a person opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.cover import grouped, together
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param

ANSWER = timedelta(seconds=3)
"""For which what was asked is awaited before it is asked again."""


class Guard(Strategy):
    """Guards a position of yours: a stop at the broker, a target, a trail, a time to be out.

    It takes up the stops that you have in the position and moves them; none is cancelled for it, and none is doubled.
    As soon as there is a price it places a stop order for what no stop covers of all that the account holds in
    `symbol`, long or short; what strategies hold there is a part of that, and what stops of theirs or of other programs
    cover it leaves to those. Its stops rest at the broker, where they work when this program does not. When more is
    bought or some is sold, their quantity follows; when nothing is left they are cancelled. When a bar closes, they may
    move towards the price, never away from it: to the entry once the profit is `break_even` times the first risk, and
    `trail` percent behind the best close once the profit is `trail_after` percent. At `target` percent of profit, or
    after `minutes`, it cancels its stops and closes the position at market.

    It needs nothing but bars. Switched off, it leaves its stops where they are; switched on again, it takes them up,
    and moves them when `stop`, `ranges` or `entry` are others than before.

    Over past bars: honest for stops, which trade before anything else in a bar, and at the open where it gaps. The
    target is looked at when a bar closes, so it is reached a little later and at another price than a resting order's.
    There is no position of yours in the past: let it buy one with `first`.
    """

    for_trader = True
    guards = True

    symbol: str = param("SPY", kind="symbol", help="whose position it guards")
    bar: str = param("1min", kind="bar", help="length of a bar, at whose close it decides")
    stop: float = param(2.0, 0.05, 50, help="protective stop, percent from the entry")
    ranges: float = param(0.0, 0, 20, help="protective stop at so many average true ranges instead; 0 for percent")
    target: float = param(0.0, 0, 500, changeable=True, help="percent of profit at which to close; 0 for none")
    trail: float = param(0.0, 0, 50, changeable=True, help="percent behind the best close for the stop; 0 for none")
    trail_after: float = param(0.0, 0, 100, changeable=True, help="percent of profit from which the stop trails")
    break_even: float = param(
        0.0, 0, 20, help="first risks of profit at which the stop moves to the entry; 0 for never"
    )
    minutes: int = param(0, 0, 100_000, changeable=True, help="after which to close; 0 for never")
    entry: float = param(0.0, 0, 10_000_000, help="price that percents count from; 0 for the price when it begins")
    first: int = param(0, 0, 10_000, help="shares to buy first where there are none, to try it over the past")

    def on_start(self) -> None:
        self._range = self.atr(14) if self.ranges else None
        self._asked: datetime | None = None
        self._terms: dict[str, tuple[tuple[float, float], datetime]] = {}
        """By ref: quantity and level that a stop was last asked to change to, and when."""
        self._told: bool | None = None
        """Whether the newest words are about a position; None before the first."""
        self._dropped: datetime | None = None
        self._covered: datetime | None = None
        """When a stop was last seen at the broker: one that is gone may have filled, and the position follows later."""

    def on_quote(self, quote: Quote) -> None:
        price = quote.mark
        if price is None:
            return
        begun = self._begun(price)
        if begun:
            self._cover(price)
        if begun != self._told:
            self._tell(price)

    def on_bar(self, bar: Bar) -> None:
        if self.warming:
            return
        if self._begun(bar.close):
            self._tighten(bar.close)
            self._cover(bar.close)
        self._tell(bar.close)

    def _tell(self, price: float) -> None:
        self._told = bool(self.position(self.symbol))
        if not self._told:
            self.explain("nothing to guard")
            return
        self.explain(
            "{:+g} from {:.2f}, {:+.2f} % · stop {:.2f} · {}",
            self.position(self.symbol),
            self.memory["entry"],
            self._profit(price) * 100,
            self.memory["level"],
            f"closes: {self._leaving}" if self._leaving else "holds",
        )

    def on_fill(self, fill: Fill) -> None:
        if fill.side.sign * self.memory.get("side", 0) < 0:
            self._covered = self.now

    # what it knows of the position

    @property
    def _leaving(self) -> str:
        """Why it is closing the position; empty while it guards it."""
        return str(self.memory.get("leaving", ""))

    def _begun(self, price: float) -> bool:
        """Whether there is a position; a new one begins at its entry, with its first stop."""
        held = self.position(self.symbol)
        side = (held > 0) - (held < 0)
        asked = [self.stop, self.ranges, self.entry]
        if side != self.memory.get("side", 0) or (side and asked != self.memory.get("asked")):
            self.memory.pop("leaving", None)
            self.memory |= {"side": side, "asked": asked}
            if side:
                self._begin(side, price)
        self._let_go(side)
        if not side:
            self._buy_first()
        return side != 0

    def _begin(self, side: int, price: float) -> None:
        entry = self.entry or price
        average = self._range[self.symbol].value if self._range is not None else None
        risk = entry * self.stop / 100 if average is None else average * self.ranges
        self.memory |= {"entry": entry, "risk": risk, "level": entry - side * risk}
        self._asked = None
        self.memory |= {"best": price, "since": self.now.isoformat()}

    def _let_go(self, side: int) -> None:
        """Cancel stops that guard a position that is no more."""
        if self._waits(self._dropped):
            return
        for order in self.orders(self.symbol):
            if order.protective and order.side.sign * side >= 0:
                self._dropped = self.now
                self.cancel(order.ref)

    def _buy_first(self) -> None:
        if self.first and not self.memory.get("bought") and not self.warming:
            self.memory["bought"] = True
            self.buy(self.symbol, self.first)

    def _profit(self, price: float) -> float:
        return float(self.memory["side"] * (price / self.memory["entry"] - 1))

    # what it does about it

    def _tighten(self, price: float) -> None:
        """Move the level of the stop towards the price, and see whether it is time to be out."""
        side, memory = self.memory["side"], self.memory
        memory["best"] = side * max(side * memory["best"], side * price)
        levels = [memory["level"]]
        if self.break_even and side * (price - memory["entry"]) >= self.break_even * memory["risk"]:
            levels.append(memory["entry"])
        if self.trail and self._profit(memory["best"]) * 100 >= self.trail_after:
            levels.append(memory["best"] * (1 - side * self.trail / 100))
        memory["level"] = side * max(side * level for level in levels)
        over = self.now - datetime.fromisoformat(memory["since"])
        if self.target and self._profit(price) * 100 >= self.target:
            memory["leaving"] = "target reached"
        elif self.minutes and over >= timedelta(minutes=self.minutes):
            memory["leaving"] = "time is over"

    def _cover(self, price: float) -> None:
        """Have stop orders at the broker for all of the position and at its level; or be on the way out."""
        if self._leaving:
            self.close(self.symbol)
            return
        held, level, side = self.position(self.symbol), self.memory["level"], self.memory["side"]
        orders = self.orders(self.symbol)
        if any(order.role == "exit" and not order.protective for order in orders):
            return
        stops = [order for order in orders if order.protective and order.side.sign * side < 0]
        if stops:
            self._covered = self.now
        missing = abs(held) - self.covered(self.symbol) - float(together(stops))
        for group in reversed(grouped(stops)):
            missing = self._follow(group, missing, level)
        if missing > 0:
            self._place(missing, price, level, first=not stops)

    def _place(self, quantity: float, price: float, level: float, *, first: bool) -> None:
        """Ask for a stop of what none covers, unless one may be on its way or has just filled."""
        side = self.memory["side"]
        if self._waits(self._asked) or (first and self._waits(self._covered)):
            return
        if side * (price - level) <= 0:
            self.memory["leaving"] = "beyond the stop"
            self.close(self.symbol)
            return
        self._asked = self.now
        place = self.sell if side > 0 else self.buy
        place(self.symbol, quantity, stop=level)

    def _follow(self, group: Sequence[Order], missing: float, level: float) -> float:
        """Have the stops of one OCA group at the level and as large as they should be; returns what is still missing.

        The stop of a bracket guards what its entry bought: it may shrink, and is never made larger.
        """
        remaining = float(together(group))
        more = min(missing, 0.0) if any(order.parent for order in group) else missing
        wanted = max(remaining + more, 0.0)
        for order in group:
            self._change(order, wanted, level)
        return missing - (wanted - remaining)

    def _change(self, order: Order, wanted: float, level: float) -> None:
        """Have a stop trade so much at the level; asked again only once that should have been answered."""
        moved = order.stop_price is not None and abs(float(order.stop_price) - level) > self._step(level)
        terms, asked = self._terms.get(order.ref, (None, None))
        if terms == (wanted, level) and self._waits(asked):
            return
        self._terms[order.ref] = (wanted, level), self.now
        if wanted == 0:
            self.cancel(order.ref)
        elif moved or float(order.remaining) != wanted:
            self.modify(order.ref, quantity=wanted + float(order.filled), stop=level)

    def _step(self, price: float) -> float:
        """The price step: a stop that differs by no more stands where it should."""
        instrument = self._broker.instrument(self.symbol)
        return 0.01 if instrument is None else float(instrument.step(price))

    def _waits(self, asked: datetime | None) -> bool:
        """What was asked for then may not have been answered yet."""
        return asked is not None and timedelta(0) <= self.now - asked < ANSWER
