"""Algorithms: an order that is let go in parts, by IB's names and settings; simple forms of what IB's do.

- Adaptive rests at its own side's touch, then at the middle, then trades, with a pause before each step that its
  priority gives; while it rests it follows the book. A limit price caps it.
- Twap lets go of equal parts at equal intervals from its start to its end, at most 60 and none sooner than 15 s after
  the one before.
- Vwap lets go of as much as has traded since its start, in the proportion that would have it done at its end at the
  market's usual volume, and never more than `max_share` of what traded.

Each part trades as the order's type says (market or limit). Start and end are by default now and the session's end.
At the end what is left is cancelled, or, where it may go on past the end, let go whole.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from msgspec import Struct

PAUSES = {"Urgent": 1, "Normal": 5, "Patient": 20}
"""Seconds between Adaptive's steps, by priority."""
STAGES = 2
"""Adaptive's steps: own touch, middle, and then the market."""

_PARTS = 60
_SHORTEST = 15
_SECOND = 1_000_000


class Algo(Struct, frozen=True, kw_only=True):
    """An algorithm and its settings."""

    name: Literal["Adaptive", "Twap", "Vwap"]
    priority: Literal["Urgent", "Normal", "Patient"] = "Normal"
    begin: datetime | None = None
    end: datetime | None = None
    past_end: bool = False
    """It may go on after its end."""
    max_share: float = 0.1
    """Vwap's largest share of the volume."""


def plan(algo: Algo, begin: int, end: int) -> list[int]:
    """The times of the steps after the first, in microseconds since 1970; the last is the end for Twap and Vwap."""
    if algo.name == "Adaptive":
        pause = PAUSES[algo.priority] * _SECOND
        return [begin + pause * step for step in range(1, STAGES + 1)]
    parts = min(max((end - begin) // (_SHORTEST * _SECOND), 1), _PARTS) if algo.name == "Twap" else 1
    return [begin + (end - begin) * part // parts for part in range(1, parts + 1)]


def released(algo: Algo, quantity: Decimal, lot: Decimal, step: int, steps: int, share: float) -> Decimal:
    """What may have traded after so many steps, in whole lots; `share` is Vwap's part of the volume in units."""
    if algo.name == "Adaptive" or (steps and step >= steps):
        return quantity
    part = quantity * (step + 1) / max(steps, 1) if algo.name == "Twap" else Decimal(share)
    return min((part / lot).to_integral_value(ROUND_CEILING) * lot, quantity)


def share_of_volume(algo: Algo, quantity: Decimal, usual: float) -> float:
    """The share of the volume that Vwap takes, when `usual` is what its time is expected to bring."""
    return min(float(quantity) / usual, algo.max_share) if usual > 0 else algo.max_share
