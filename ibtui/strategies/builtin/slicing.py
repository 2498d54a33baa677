"""What slicing algorithms share: a quantity in small orders, asked for as a plan of shares over time says."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.bar import Bar, bar_seconds
from ibtui.strategies.author.parameters import param
from ibtui.strategies.builtin.task import Task


class Slicing(Task):
    """Trades `quantity` within `minutes`, and before the close; a subclass says what share of it is due when."""

    bar: str
    """The length of its bars: each of the subclasses has its own default."""

    quantity: int = param(1_000, 1, 1_000_000, help="how much in all")
    minutes: float = param(30.0, 0.01, 1_440, help="from the first slice to the last")
    resting: bool = param(False, help="slices rest at the last price; only the end is at market")

    def share(self, begun: datetime, now: datetime, span: timedelta) -> float:
        """The share of the quantity that is due `now`, from 0 to 1; never less than before, 1 after `span`."""
        raise NotImplementedError

    def on_bar(self, bar: Bar) -> None:
        if self.warming:
            return
        begun = datetime.fromisoformat(self.memory.setdefault("begun", self.now.isoformat()))
        span = self.span(begun)
        over = self.now - begun >= span
        due = self.quantity if over else int(self.quantity * min(self.share(begun, self.now, span), 1.0) + 1e-9)
        if self.sure():
            self._trade(min(due - self.filled, self.missing), over)
        self.tell(f"{due:,} due")

    def span(self, begun: datetime) -> timedelta:
        """How long it takes: `minutes`, or what is left until one bar before the close of the session it began in.

        Where no pause follows the session, it goes on.
        """
        sessions, wanted = self._sessions(self.symbol), timedelta(minutes=self.minutes)
        session = sessions.closing(begun)
        if sessions.at(session.end).begin == session.end:
            return wanted
        return max(min(wanted, session.end - timedelta(seconds=bar_seconds(self.bar)) - begun), timedelta(0))

    def _trade(self, missing: float, over: bool) -> None:
        """Ask for what is due and not under way; an order that rests gives way to one for more."""
        order = self.working()
        if order is not None:
            if order.type == "LMT" and (over or missing > float(order.remaining) or self.missing <= 0):
                self.cancel(order.ref)
        elif missing > 0 and not self.waits():
            self.ask(missing, self.last(self.symbol) if self.resting and not over else None)
