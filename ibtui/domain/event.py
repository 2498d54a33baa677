"""Facts that come in from the broker, immutable; the engine's state is what they add up to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.account import Account
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal

ConnectionState = Literal["disconnected", "connecting", "reconciling", "active"]


class ConnectionChanged(Struct, frozen=True, kw_only=True):
    """The session moved to another state; `epoch` grows by one with every connection."""

    state: ConnectionState
    epoch: int
    reason: str = ""
    """One sentence for the user when the state is not active: what failed and what happens next."""
    code: str = ""
    """Machine-readable reason: refused, timeout, client_id_in_use, wrong_account, lost, incomplete."""
    server_version: int | None = None
    accounts: tuple[str, ...] = ()


class RoundTrip(Struct, frozen=True, kw_only=True):
    """IB answered a heartbeat: how long it took, and which time it told."""

    seconds: float
    time: int = 0
    """IB's, in whole seconds since 1970; 0 when it is not known."""


class QuoteChanged(Struct, frozen=True, kw_only=True):
    """Newest market of an instrument."""

    quote: Quote


class InstrumentSeen(Struct, frozen=True, kw_only=True):
    """An instrument was qualified or met in a position or an order."""

    instrument: Instrument


class HoursSeen(Struct, frozen=True, kw_only=True):
    """IB told when an instrument trades."""

    symbol: str
    hours: TradingHours


class OrderSeen(Struct, frozen=True, kw_only=True):
    """The broker described an order: its terms and where it stands. Also sent for orders of other programs."""

    order: Order


class OrderMoved(Struct, frozen=True, kw_only=True):
    """The broker reported a status, or something that makes the status unknown."""

    ref: str
    status: OrderStatus
    filled: Decimal | None = None
    average_price: float | None = None
    perm_id: int | None = None
    reason: str = ""


class CancelRefused(Struct, frozen=True, kw_only=True):
    """The broker answered a cancel of an order of ours with an error; what became of the order is told by others."""

    ref: str
    code: int
    text: str


class NumberUnknown(Struct, frozen=True, kw_only=True):
    """The broker was asked to cancel an order of ours that it lists nowhere, and finds none under its order id."""

    ref: str
    code: int


class RateExceeded(Struct, frozen=True, kw_only=True):
    """The broker says that it got too many messages: what was written within the last seconds may be lost."""

    text: str


class Doubted(Struct, frozen=True, kw_only=True):
    """Something the broker said does not add up and was not believed; the broker is asked again."""

    text: str
    """One sentence for the log."""
    symbol: str = ""


class Queued(Struct, frozen=True, kw_only=True):
    """So many orders and cancels now wait for the broker's message limit; none when they are all written."""

    messages: int


class HistoryRequests(Struct, frozen=True, kw_only=True):
    """So many history requests are open now, of the `HISTORY_REQUESTS` that IB allows."""

    open: int


class Filled(Struct, frozen=True, kw_only=True):
    """An execution; the same `fill.base` again is a repetition or a correction, never a second fill."""

    fill: Fill
    perm_id: int | None = None


class Commissioned(Struct, frozen=True, kw_only=True):
    """The commission report of an execution; it may come before the execution."""

    exec_id: str
    commission: float
    currency: str
    realized_pnl: float | None = None


class PositionSeen(Struct, frozen=True, kw_only=True):
    """The broker's count of a position; `average_cost` is per unit, the multiplier divided out."""

    account: str
    instrument: Instrument
    quantity: Decimal
    average_cost: float | None = None


class PositionValued(Struct, frozen=True, kw_only=True):
    """Profit and loss of one position as IB computes it."""

    symbol: str
    unrealized_pnl: float | None = None
    day_pnl: float | None = None
    market_price: float | None = None


class AccountChanged(Struct, frozen=True, kw_only=True):
    """The totals of the account are others than before."""

    account: Account


class BrokerSaid(Struct, frozen=True, kw_only=True):
    """A message of IB that belongs to no order: farm status, data permissions, warnings."""

    code: int
    text: str
    symbol: str = ""
    level: Literal["info", "warning", "error"] = "info"


class Signalled(Struct, frozen=True, kw_only=True):
    """News, a bulletin, a release, an alert or another program's word."""

    signal: Signal


class Reconciled(Struct, frozen=True, kw_only=True):
    """Every query of a reconcile has ended; these are the whole truth of the broker at `time`."""

    epoch: int
    orders: tuple[Order, ...]
    """Open orders of every client."""
    awaited: tuple[str, ...] = ()
    """Refs of orders too new for their absence from `orders` to mean anything: the broker has not shown them yet."""
    completed: tuple[Order, ...]
    reported: dict[str, Decimal] = {}
    """By ref, how much of an order has traded as this answer itself reports it, its executions left aside."""
    fills: tuple[Fill, ...]
    positions: tuple[PositionSeen, ...]
    time: datetime
    next_id: int | None = None
    """The next order id that the broker expects of this client: it lies above every id that it has. None: not told."""
    client_id: int | None = None


Event = (
    ConnectionChanged
    | RoundTrip
    | QuoteChanged
    | InstrumentSeen
    | HoursSeen
    | OrderSeen
    | OrderMoved
    | CancelRefused
    | NumberUnknown
    | RateExceeded
    | Doubted
    | Queued
    | HistoryRequests
    | Filled
    | Commissioned
    | PositionSeen
    | PositionValued
    | AccountChanged
    | BrokerSaid
    | Signalled
    | Reconciled
)
