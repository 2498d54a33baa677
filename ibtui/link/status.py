"""What `ibtui status --json` prints: people script against these names, so they only ever grow."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.account import Account
from ibtui.domain.order import Order
from ibtui.domain.position import Position


class ConnectionStatus(Struct, frozen=True, kw_only=True):
    """The session with IB."""

    state: Literal["disconnected", "connecting", "reconciling", "active"]
    host: str
    port: int
    server_version: int | None
    client_id: int
    reason: str = ""


class QuoteStatus(Struct, frozen=True, kw_only=True):
    """A market and how old it is."""

    symbol: str
    bid: float | None
    ask: float | None
    last: float | None
    age: float | None
    """Seconds since the newest tick was received; None when none ever was."""


class Parameter(Struct, frozen=True, kw_only=True):
    """One typed, bounded parameter of a strategy."""

    name: str
    kind: Literal["int", "float", "text", "bar", "symbol", "symbols", "time", "flag"]
    default: str
    """As typed on the start line."""
    low: float | None = None
    high: float | None = None
    help: str = ""
    choices: tuple[str, ...] = ()
    """The only words of a text; empty allows any."""
    changeable: bool = False
    """May get another value while the strategy runs."""


class StrategyStatus(Struct, frozen=True, kw_only=True):
    """A strategy, switched on or not."""

    name: str
    state: Literal["off", "starting", "warming", "running", "stopping", "failed"]
    symbol: str = ""
    """The instrument it trades while it runs."""
    position: Decimal | None = None
    """Its own position in that instrument, from its own fills; None when it never ran."""
    pnl: float | None = None
    """Realized and unrealized P&L of its own fills today, commissions paid, in the instrument's currency."""
    trades: int = 0
    """Its fills today."""
    decision: str = ""
    """What it last decided and why, sanitized."""
    decided: datetime | None = None
    next_bar: datetime | None = None
    reason: str = ""
    """Why it failed or stopped."""
    parameters: tuple[Parameter, ...] = ()
    running_with: dict[str, str] = {}
    """Parameter values while it runs."""
    limit_left: Decimal | None = None
    """Quantity it may still add in its instrument."""
    summary: str = ""
    """First line of its docstring."""


class Status(Struct, frozen=True, kw_only=True, tag_field="answer", tag="status"):
    """The whole state in one object; what is unknown is null, never 0."""

    profile: str
    mode: Literal["paper", "live"]
    state: Literal["disconnected", "connecting", "reconciling", "active", "halted"]
    reason: str
    pid: int
    connection: ConnectionStatus
    account: Account | None
    quotes: tuple[QuoteStatus, ...]
    positions: tuple[Position, ...]
    orders: tuple[Order, ...]
    strategies: tuple[StrategyStatus, ...]
