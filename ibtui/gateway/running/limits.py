"""How much one client may have open at once, as an account without boosters has it."""

from __future__ import annotations

from msgspec import Struct

MANY = 1_000_000


class GatewayLimits(Struct, frozen=True, kw_only=True):
    """IB's numbers; `NO_LIMITS` where a test wants more than an account would get."""

    lines: int = 100
    """Market data lines: 101 beyond."""
    depths: int = 3
    """Instruments whose depth is open: 309 beyond."""
    tick_by_tick: int = 5
    """Tick-by-tick requests: 10190 beyond."""
    scanners: int = 10
    """Scanner subscriptions: 162 beyond."""


NO_LIMITS = GatewayLimits(lines=MANY, depths=MANY, tick_by_tick=MANY, scanners=MANY)
