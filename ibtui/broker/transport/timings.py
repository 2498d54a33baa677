"""How long the session waits for what, in seconds."""

from __future__ import annotations

from msgspec import Struct


class Timings(Struct, frozen=True, kw_only=True):
    """Limits of every wait of a session."""

    connect: float = 10.0
    """TCP connection and handshake, each."""
    query: float = 8.0
    """One query of a reconcile, until its end marker."""
    request: float = 10.0
    """Contract details and symbol search."""
    history: float = 30.0
    heartbeat: float = 1.0
    """Between one answer and the next heartbeat."""
    silence: float = 5.0
    """A heartbeat unanswered for this long means that the connection is dead."""
    reconnect: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
    """Delays between attempts to connect; the last one repeats."""
    in_use: float = 3.0
    """The least delay after "client id in use": TWS frees an id slowly."""
    retry: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0, 30.0)
    """Delays between attempts to reconcile; the last one repeats."""
    upstream: tuple[float, ...] = (5.0, 10.0, 20.0, 40.0, 60.0)
    """Delays before IB's servers are asked for whether TWS has them again without having said so; the last repeats."""
    spacing: float = 2.0
    """The least time between the starts of two reconciles that the session itself begins."""
