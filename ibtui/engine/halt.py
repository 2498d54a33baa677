"""The halt latch: what may still go out while it is set, and which orders it takes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, Side
from ibtui.engine.journal import Journal
from ibtui.engine.orders import ours

_KEY = "halted"


class Halted(msgspec.Struct, frozen=True, kw_only=True):
    """Since when, and why."""

    since: datetime
    reason: str


class Latch:
    """Set until a person resumes; it outlives the engine. `told` gets the reason when it is set."""

    def __init__(self, journal: Journal, told: Callable[[str], None] = lambda reason: None) -> None:
        self._journal = journal
        self._told = told
        text = journal.latch(_KEY)
        self.halted: Halted | None = msgspec.json.decode(text, type=Halted) if text else None

    def set(self, since: datetime, reason: str) -> None:
        """Halt; a halt that is set already keeps its time and reason."""
        if self.halted is None:
            self.halted = Halted(since=since, reason=reason)
            self._journal.set_latch(_KEY, msgspec.json.encode(self.halted).decode())
            self._told(reason)

    async def saved(self) -> bool:
        """Wait until the latch is on disk; False when the disk refuses."""
        try:
            await self._journal.commit()
        except IbtuiError:
            return False
        return True

    def clear(self) -> None:
        self.halted = None
        self._journal.set_latch(_KEY, "")


def adding(orders: Iterable[Order], held: Decimal) -> list[Order]:
    """Of one instrument's live orders, those of ours that can add risk and that a halt cancels.

    Exits, targets and stops stay. An entry against the position stays as far as it only reduces it, beside the exits
    that are out already; a stop as far as it guards, beside other stops, whatever closes are out: a halt leaves nothing
    barer. Each OCA group counts once: only one of it can fill.
    """
    mine = [order for order in orders if ours(order)]
    closing = Side.SELL if held > 0 else Side.BUY
    stays = [o for o in mine if o.role != "entry" and o.side is closing and o.status != "waiting"]
    taken: list[Order] = []
    for order in sorted((o for o in mine if o.role == "entry"), key=lambda o: not o.protective):
        beside = [o for o in stays if o.protective] if order.protective else stays
        if order.side is closing and _leaving([*beside, order]) <= abs(held):
            stays.append(order)
        else:
            taken.append(order)
    return taken


def _leaving(orders: Iterable[Order]) -> Decimal:
    groups: dict[str, Decimal] = {}
    for order in orders:
        key = order.oca_group or order.ref
        groups[key] = max(groups.get(key, Decimal(0)), order.remaining)
    return sum(groups.values(), Decimal(0))
