"""Values as a picture in block eighths, and how far each lies below the highest before it."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
_EIGHTHS = 8


def columns(values: Sequence[float], width: int) -> list[float]:
    """At most `width` values: the last of each equal part, so that the end is the end."""
    if len(values) <= width:
        return list(values)
    return [values[(place + 1) * len(values) // width - 1] for place in range(width)]


def falls(values: Sequence[float]) -> list[float]:
    """How far each value lies below the highest before it, as a share from -1 to 0."""
    peak, found = float("-inf"), []
    for value in values:
        peak = max(peak, value)
        found.append(value / peak - 1 if peak > 0 else 0.0)
    return found


def rows(values: Sequence[float], width: int, height: int) -> list[str]:
    """`height` rows of block characters, the highest value at the top, the lowest just visible."""
    shown = columns(values, width)
    if not shown or height < 1:
        return []
    low, high = min(shown), max(shown)
    span = (high - low) or 1.0
    steps = [1 + round((value - low) / span * (height * _EIGHTHS - 1)) for value in shown]
    return [
        "".join(BLOCKS[min(max(step - row * _EIGHTHS, 0), _EIGHTHS)] for step in steps)
        for row in reversed(range(height))
    ]
