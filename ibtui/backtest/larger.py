"""Positions of a run that live no strategy may hold without a word: research should not stumble over that limit."""

from __future__ import annotations

from collections.abc import Iterable

from ibtui.domain.instrument import Instrument
from ibtui.risk.positions import largest_position


def larger_than_live(largest: Iterable[tuple[Instrument, float]], strategy: str) -> str:
    """Of the largest positions, unsigned, the one farthest beyond what live may be held of it; empty when none is."""
    beyond = [
        (most / float(live), item, most, live) for item, most in largest if most > (live := largest_position(item))
    ]
    if not beyond:
        return ""
    _, item, most, live = max(beyond, key=lambda one: one[0])
    words = (
        f"It held {most:,.10g} {item.symbol}; live it may hold {live:,} until you set position_quantity in "
        f"strategies.{strategy}."
    )
    return f"{words} So it is with {len(beyond) - 1} more of its instruments." if len(beyond) > 1 else words
