"""What `ibtui status --json` prints: people script against these names, so they only ever grow."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.ability import SessionState
from ibtui.domain.account import Account
from ibtui.domain.event import ConnectionState
from ibtui.domain.fill import Fill
from ibtui.domain.hold import HeldInstrument
from ibtui.domain.order import Order
from ibtui.domain.position import Position
from ibtui.domain.quote import DataKind


class ConnectionStatus(Struct, frozen=True, kw_only=True):
    """How the session with IB stands."""

    state: ConnectionState
    host: str
    port: int
    server_version: int | None
    client_id: int
    reason: str = ""


class Cancelling(Struct, frozen=True, kw_only=True):
    """How far the cancels are that are under way; all 0 when none is."""

    asked: int = 0
    """Orders to be cancelled since the last time that no cancel was under way."""
    sent: int = 0
    """Cancels that were written; the others wait for IB's message limit."""
    confirmed: int = 0
    """Orders that are done since, cancelled or filled."""


class QuoteStatus(Struct, frozen=True, kw_only=True):
    """A market and how old it is."""

    symbol: str
    bid: float | None
    ask: float | None
    last: float | None
    age: float | None
    """Seconds since the newest tick was received; None when none ever was."""
    kind: DataKind = "real-time"
    """Frozen while the data farm that it comes from is down."""


class ParameterStatus(Struct, frozen=True, kw_only=True):
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


StrategyState = Literal["off", "starting", "warming", "running", "shadow", "paused", "suspended", "stopping", "failed"]
"""`shadow` decides and sends nothing; `paused` was stopped from entering by a person or after a restart that left
something open; `suspended` waits for data or for the session, or for a person after many refusals."""


class ShadowBook(Struct, frozen=True, kw_only=True):
    """What a strategy in shadow has of its own: nothing of it was sent, and nothing of it is in the account."""

    held: dict[str, Decimal] = {}
    """What it would hold, by symbol, signed."""
    orders: tuple[Order, ...] = ()
    """Its orders that would work, oldest first; `over_by` says when a day order is over."""
    fills: tuple[Fill, ...] = ()
    """Its newest fills since it began, oldest first."""
    pnl: float | None = None
    """Realized and unrealized P&L of its fills today, without commissions, in the account's currency."""


class StrategyStatus(Struct, frozen=True, kw_only=True):
    """A strategy, switched on or not."""

    name: str
    state: StrategyState
    symbol: str = ""
    """The instrument it trades while it runs."""
    position: Decimal | None = None
    """Its own position in that instrument, from its own fills; None when it never ran."""
    pnl: float | None = None
    """Realized and unrealized P&L of its own fills today, commissions paid, in `currency` at the rates of now."""
    currency: str = ""
    """The account's; empty while IB has not told it."""
    trades: int = 0
    """How many fills it had today."""
    decision: str = ""
    """What it last decided and why, sanitized."""
    decided: datetime | None = None
    next_bar: datetime | None = None
    reason: str = ""
    """Why it failed or stopped."""
    parameters: tuple[ParameterStatus, ...] = ()
    running_with: dict[str, str] = {}
    """Parameter values while it runs."""
    limit_left: Decimal | None = None
    """Quantity it may still add in its instrument."""
    summary: str = ""
    """First line of its docstring."""
    strategy: str = ""
    """The strategy it is a run of, where its name has a label: `sma_cross` for `sma_cross.msft`."""
    for_trader: bool = False
    """An execution algorithm: what it trades is the trader's own position."""
    previewed: bool = False
    """Its start is previewed: it trades the trader's own position or order."""
    approved: bool = True
    """False for a file that is new, or has changed since it was approved: nothing of it runs."""
    data_age: float | None = None
    """Seconds since the newest quote of what it trades, the oldest of them; None while it is off."""
    drawn: tuple[str, ...] = ()
    """In shadow: its latest orders, none of which was sent."""
    shadow: ShadowBook | None = None
    """In shadow: its own book, which stays to be read when it has ended. While it runs, `position`, `pnl` and
    `trades` are those of this book, unless it holds something."""


class Status(Struct, frozen=True, kw_only=True, tag_field="answer", tag="status"):
    """The whole state in one object; what is unknown is null, never 0."""

    profile: str
    mode: Literal["paper", "live"]
    state: SessionState
    """The worst of connection and halt: `halted` means connected and halted; `halted` below is the halt itself."""
    reason: str
    pid: int
    connection: ConnectionStatus
    account: Account | None
    quotes: tuple[QuoteStatus, ...]
    positions: tuple[Position, ...]
    orders: tuple[Order, ...]
    strategies: tuple[StrategyStatus, ...]
    cancelling: Cancelling = Cancelling()
    queued: int = 0
    """Orders and cancels that wait for IB's message limit."""
    halted: bool = False
    """Until a person resumes, connected or not."""
    read_only: bool = False
    """This profile sends no order."""
    holds: tuple[HeldInstrument, ...] = ()
    """Instruments whose books do not agree, with what was expected, what IB counts, since when and why."""
    positions_known: bool = True
    """IB has told all positions since this engine began; before that, what is not listed is unknown, not flat."""
    lines: int = 0
    """Market data lines in use, of the 100 that IB gives an account."""
    history_requests: int = 0
    """History requests that are open, of the 50 that IB allows; bars kept up to date count while they run."""
