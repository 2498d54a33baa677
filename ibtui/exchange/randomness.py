"""Independent random streams, each from the exchange's seed and a name: any of them can be replayed alone."""

from __future__ import annotations

from random import Random
from typing import Literal
from zlib import crc32

Use = Literal["returns", "slow", "hourly", "minutes", "events", "news", "options", "days"]
_USES: dict[Use, int] = {
    "returns": 1,
    "slow": 2,
    "hourly": 3,
    "minutes": 4,
    "events": 5,
    "news": 6,
    "options": 7,
    "days": 8,
}


def stream(seed: int, use: Use, name: str, number: int) -> Random:
    """A generator that depends on nothing but its four arguments, on any machine and in any process."""
    key = seed & (2**64 - 1)
    return Random(((key << 40 | crc32(name.encode()) << 8 | _USES[use]) << 40) + number)
