"""What the world says without being asked: the worst first, until a person has gone there or put it aside.

Some of it stands as long as it is true (an order that is UNKNOWN, a position that is BARE), some happened once (an
order was rejected, an alert fired). Put aside, a thing that stands says no more until it was over and began anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ibtui.config import Bell
from ibtui.domain.ability import HALTED, NO_LINK
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.text.sanitize import sanitize
from ibtui.link.messages import Frame, hindering
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.model import Model
from ibtui.terminal.panes.positions import bare, over
from ibtui.terminal.places.cancel import standing

_RANKS = ("link", "unknown", "halt", "held", "over", "bare", "failed", "reject", "error", "alert")
"""The kinds of alarms, the worst first."""
_QUIET_SECONDS = 2.0


class Alarm(NamedTuple):
    """One thing to look at."""

    kind: str
    about: str
    """The order, the instrument, the strategy, or the number of the log line: with the kind what it is known by."""
    text: str
    pane: str = ""
    """The pane that shows what it speaks of."""
    role: Role = "warning"

    @property
    def key(self) -> tuple[str, str]:
        return (self.kind, self.about)


class Alarms:
    """Everything that was not put aside yet."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Alarm] = {}
        """Alarms that nobody has dealt with yet, the newest last."""
        self._standing: set[tuple[str, str]] = set()
        """What is true now, put aside or not."""

    def take(self, model: Model, frame: Frame | None, seen: int, lost: str | None) -> list[Alarm]:
        """Bring it up to the model after a frame, whose log is new behind the line `seen`; what came that is new.

        `lost` says why the engine is gone.
        """
        standing = {alarm.key: alarm for alarm in _standing(model, lost)}
        new = [alarm for key, alarm in standing.items() if key not in self._standing]
        for key in self._standing - standing.keys():
            self._open.pop(key, None)
        self._open.update({key: alarm for key, alarm in standing.items() if key in self._open})
        self._standing = set(standing)
        if frame is not None and not frame.snapshot:
            new += _happened(model, frame, seen, told=bool(new))
        self._open.update({alarm.key: alarm for alarm in new})
        return new

    @property
    def front(self) -> Alarm | None:
        """The worst, of equals the newest."""
        ranked = [(_RANKS.index(alarm.kind), -age) for age, alarm in enumerate(self._open.values())]
        return list(self._open.values())[-min(ranked)[1]] if ranked else None

    @property
    def waiting(self) -> int:
        """How many stand behind it."""
        return max(len(self._open) - 1, 0)

    def done(self) -> Alarm | None:
        """The one in front was seen; it, or None without one."""
        front = self.front
        if front is not None:
            del self._open[front.key]
        return front


def _standing(model: Model, lost: str | None) -> Iterator[Alarm]:
    session = model.session
    hindrances = hindering(session) if session is not None else ()
    if lost is not None:
        yield Alarm("link", "engine", lost)
    elif session is not None and NO_LINK in hindrances:
        yield Alarm("link", "broker", sanitize(session.reason) or "no link to IB")
    for order in model.orders.values():
        if order.status is OrderStatus.UNKNOWN:
            yield Alarm("unknown", order.ref, _unknown_words(model, order), "orders")
    if HALTED in hindrances:
        yield Alarm("halt", "", "HALTED: strategies stopped, entries cancelled, exits only", "orders", "alarm")
    for hold in session.holds if session is not None else ():
        yield Alarm("held", hold.symbol, sanitize(hold.words), "positions")
    for symbol in over(model):
        yield Alarm("over", symbol, f"{symbol} OVER: its exits would trade more than is held", "positions")
    for symbol in bare(model):
        yield Alarm("bare", symbol, f"{symbol} BARE: no stop covers it", "positions")
    for strategy in model.strategies.values():
        if strategy.state == "failed":
            yield Alarm("failed", strategy.name, sanitize(f"{strategy.name} failed: {strategy.reason}"), "strategies")


def _unknown_words(model: Model, order: Order) -> str:
    return f"{standing(model, order)}: do not resend"


def _happened(model: Model, frame: Frame, seen: int, *, told: bool) -> list[Alarm]:
    """Of a frame what happened once; an error in the log is left out where something else says the same."""
    rejected = [
        Alarm("reject", order.ref, f"{standing(model, order)}: {sanitize(order.reason)}", "orders", "down")
        for order in frame.orders
        if order.status is OrderStatus.REJECTED
    ]
    lines = [entry for entry in frame.log if entry.seq > seen]
    fired = [Alarm("alert", str(entry.seq), entry.text, "log") for entry in lines if entry.kind == "ALERT"]
    errors = [Alarm("error", str(entry.seq), entry.text, "log", "down") for entry in lines if entry.kind == "ERROR"]
    return [*rejected, *fired, *([] if told or rejected else errors[-1:])]


class Ringing:
    """The terminal's bell: once for what came, and at most once in two seconds."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._due = False
        self._rang = float("-inf")

    def hear(self, new: list[Alarm]) -> None:
        """Note alarms that are new: whether the bell is to ring for one of them."""
        self._due = self._due or any(self._bell == "all" or (self._bell == "alerts" and a.kind == "alert") for a in new)

    def rings(self, now: float) -> bool:
        """Whether to ring now, in monotonic seconds; what comes too soon after the last time rings later."""
        if not self._due or now - self._rang < _QUIET_SECONDS:
            return False
        self._due, self._rang = False, now
        return True
