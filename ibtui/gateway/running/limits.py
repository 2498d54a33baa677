"""How much one client may have open at once, as an account without boosters has it."""

from __future__ import annotations

from msgspec import Struct

from ibtui.domain.quote import MARKET_DATA_LINES

MANY = 1_000_000


class GatewayLimits(Struct, frozen=True, kw_only=True):
    """IB's numbers; `NO_LIMITS` where a test wants more than an account would get."""

    lines: int = MARKET_DATA_LINES
    """Market data lines: 101 beyond."""
    depths: int = 3
    """Instruments whose depth is open: 309 beyond."""
    tick_by_tick: int = 5
    """Tick-by-tick requests at once; one more is refused with error 10190."""
    scanners: int = 10
    """Scanner subscriptions at once; one more is refused with error 162."""


NO_LIMITS = GatewayLimits(lines=MANY, depths=MANY, tick_by_tick=MANY, scanners=MANY)
