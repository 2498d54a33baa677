"""What happened while no terminal was attached, for whoever comes back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

HappeningKind = Literal["fill", "order", "strategy", "alert", "hold", "halt", "link", "cause"]
_WORDS: dict[HappeningKind, tuple[str, str]] = {
    "halt": ("halt", "halts"),
    "hold": ("change of a hold", "changes of holds"),
    "cause": ("position moved without an order", "positions moved without an order"),
    "fill": ("fill", "fills"),
    "order": ("order ended", "orders ended"),
    "strategy": ("strategy changed", "strategies changed"),
    "alert": ("alert", "alerts"),
    "link": ("reconnect", "reconnects"),
}


class Happening(Struct, frozen=True, kw_only=True):
    """One thing that happened; its text is sanitized."""

    kind: HappeningKind
    time: datetime
    """When it happened, aware and in UTC."""
    text: str


class Away(Struct, frozen=True, kw_only=True):
    """A time without a terminal and what happened in it, oldest first."""

    since: datetime
    until: datetime
    """When the terminal came back, aware and in UTC."""
    happenings: tuple[Happening, ...] = ()
    more: int = 0
    """Older ones that were too many to keep."""
    fresh: bool = False
    """The time has only just ended: a terminal that asks is the one that ended it."""

    @property
    def words(self) -> str:
        """`1 halt, 3 fills`, the worst kind first; `nothing` for nothing."""
        kinds = [happening.kind for happening in self.happenings]
        counts = [(kinds.count(kind), *words) for kind, words in _WORDS.items()]
        parts = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return ", ".join(parts + ([f"{self.more} more before"] if self.more else [])) or "nothing"
