"""What the exchange tells whoever listens: ticks, orders, executions, money."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.order import Side
from ibtui.exchange.terms.algos import Algo
from ibtui.exchange.terms.conditions import Condition
from ibtui.exchange.told.news import Bulletin, CorporateAction, Headline

State = Literal["PendingSubmit", "PreSubmitted", "Submitted", "Filled", "Cancelled", "Inactive"]
"""Order states in IB's own words: a held or stop order is PreSubmitted, a rejected one Inactive."""


class Tick(Struct, frozen=True, kw_only=True):
    """The top of book and the session's figures of one instrument after something changed."""

    con_id: int
    time: datetime
    bid: float
    ask: float
    bid_size: float
    ask_size: float
    last: float
    last_size: float
    volume: float
    open: float
    high: float
    low: float
    close: float
    """The last price of the session before this one."""
    traded: bool
    """A trade happened since the previous tick: `last` and `last_size` are new."""


class ClientOrder(Struct, frozen=True, kw_only=True):
    """An order as a client hands it in."""

    account: str
    con_id: int
    side: Side
    quantity: Decimal
    type: str
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    """The price that must trade first; of a trailing stop where it begins, None to begin at the market."""
    trail_amount: Decimal | None = None
    """How far a trailing stop stays behind the best price, in the price's unit."""
    trail_percent: Decimal | None = None
    """The same in percent of the best price; one of the two."""
    limit_offset: Decimal | None = None
    """How far the limit of a trailing stop limit lies beyond its stop; above zero is worse."""
    trigger_method: int = 0
    """Which prices count for a trigger, in IB's numbers: see `ibtui.exchange.orders.triggers`."""
    offset: Decimal | None = None
    """How far a pegged order keeps from the price it follows: see `ibtui.exchange.orders.pegs`."""
    tif: str = "DAY"
    good_till: datetime | None = None
    """When a GTD order ends; aware."""
    good_after: datetime | None = None
    """When it begins to work; aware, None at once."""
    all_or_none: bool = False
    min_quantity: Decimal = Decimal(0)
    """The least that its first part must be."""
    display_size: int = 0
    """How much of it shows at a time; 0 is all."""
    conditions: tuple[Condition, ...] = ()
    conditions_cancel: bool = False
    """Its conditions end it; else they let it begin."""
    algo: Algo | None = None
    oca_group: str = ""
    oca_type: int = 3
    parent: int | None = None
    """`perm_id` of the order that must fill first."""
    transmit: bool = True
    """False holds the order until it, or a relative of its bracket, is sent with True."""
    outside_rth: bool = False
    liquidation: bool = False
    """IB itself closes a position with it, of an account that lacks margin."""


class OrderReport(Struct, frozen=True, kw_only=True):
    """Where one order stands, told at each change of it."""

    perm_id: int
    ticket: ClientOrder
    state: State
    filled: Decimal
    average_price: float
    last_price: float
    time: datetime
    limit_price: Decimal | None = None
    """Where its limit stands now: the ticket's, or what the market made of it; None at the market."""
    stop_price: Decimal | None = None
    """Where its trigger stands now; a trailing one is told with the next report, not whenever it moves."""
    code: int = 0
    """IB's error code when the state needs a reason: 201 rejected, 202 cancelled."""
    reason: str = ""
    why_held: str = ""
    """Why it waits, as IB's `whyHeld`: `child` (its parent has not filled), `trigger` (a stop), `child,trigger`."""

    @property
    def remaining(self) -> Decimal:
        return self.ticket.quantity - self.filled


class Execution(Struct, frozen=True, kw_only=True):
    """One fill of one order, with its share of the order's commission."""

    exec_id: str
    perm_id: int
    account: str
    con_id: int
    side: Side
    quantity: Decimal
    price: float
    cumulative: Decimal
    average_price: float
    time: datetime
    exchange: str
    commission: float
    realized_pnl: float | None
    """None for a fill that only opens; else net of commission, in the instrument's currency."""
    liquidation: bool = False
    """IB itself closed a position with it, of an account that lacks margin."""


class PositionReport(Struct, frozen=True, kw_only=True):
    """A position after it changed; `average_cost` as IB counts it: per unit times multiplier, commission included."""

    account: str
    con_id: int
    quantity: Decimal
    average_cost: float


class TradingHalt(Struct, frozen=True, kw_only=True):
    """Trading in an instrument was halted, or goes on."""

    con_id: int
    time: datetime
    halted: bool


class HistoryBar(Struct, frozen=True, kw_only=True):
    """One bar of history, `time` its start, aware UTC."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    average: float
    count: int


Report = Tick | TradingHalt | OrderReport | Execution | PositionReport | Headline | Bulletin | CorporateAction
