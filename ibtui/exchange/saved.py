"""An exchange as plain data: what has to be kept of it so that it can go on later as if it had never stopped."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from ibtui.exchange.account import AccountTerms
from ibtui.exchange.actions import Planned
from ibtui.exchange.conditions import ExecutionCondition
from ibtui.exchange.instruments import Leg
from ibtui.exchange.lifetimes import Hold
from ibtui.exchange.reports import Execution, State, Ticket

VERSION = 1


class SavedHolding(Struct, frozen=True, kw_only=True):
    """One position: see `ibtui.exchange.holdings.Holding`."""

    con_id: int
    quantity: Decimal
    basis: float
    realized: float
    day: float


class SavedLedger(Struct, frozen=True, kw_only=True):
    """One account: see `ibtui.exchange.account.Ledger`."""

    terms: AccountTerms
    balances: dict[str, float]
    holdings: list[SavedHolding]
    opened: set[int]
    day_trades: list[set[int]]
    shares: float


class SavedOrder(Struct, frozen=True, kw_only=True):
    """One order: see `ibtui.exchange.orders.WorkingOrder`."""

    perm_id: int
    rank: int
    ticket: Ticket
    time: int
    state: State
    active: bool
    holds: set[Hold]
    triggered: bool
    stop: int | None
    priced: int | None
    rests: bool
    queue: int
    showing: Decimal
    located: int
    executed: set[ExecutionCondition]
    plan: list[int]
    step: int
    volume: int
    rate: float
    filled: Decimal
    cost: float
    last_price: float
    commission: float
    reduced: Decimal
    code: int
    reason: str
    watched: bool
    """Its conditions have not held yet."""


class SavedMarket(Struct, frozen=True, kw_only=True):
    """One market, as far as it is not the path of its seed; prices in ticks, times in microseconds since 1970."""

    con_id: int
    regimes: list[tuple[int, float | None]]
    prints: list[tuple[int, int, int]]
    book: tuple[int, int, int, int]
    """What it displays before anything was taken."""
    taken: dict[str, int]
    """Units that were taken from it, by the taker's side."""
    session: dict[str, int]
    last: int
    last_size: int
    halted: bool = False
    """Trading in it is halted."""
    held_before: bool = False
    """It was held by hand when trading was halted."""
    adjustments: list[tuple[int, float, float]] = []
    """What corporate actions did: time, and factors of prices and sizes before it."""


class Saved(Struct, frozen=True, kw_only=True):
    """A whole exchange; encoded by msgspec as JSON or MessagePack and decoded by this type.

    Headlines that were published by hand are not in it, nor whoever listens.
    """

    version: int = VERSION
    seed: int
    start: datetime
    always_open: bool = True
    now: datetime
    combinations: list[tuple[Leg, ...]]
    ledgers: list[SavedLedger]
    markets: list[SavedMarket]
    orders: list[SavedOrder]
    """The open ones, those that ended in this session, and their relatives; oldest first."""
    ended: list[int]
    """Order numbers, in the order in which they ended."""
    placed: int
    """Orders so far."""
    ranks: int
    executions: list[Execution]
    executed: int
    """Executions so far."""
    hard_to_borrow: dict[int, bool]
    planned: list[Planned] = []
    """Corporate actions to come."""
