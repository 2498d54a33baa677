"""An exchange as plain data: what has to be kept of it so that it can go on later as if it had never stopped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ibtui.exchange.accounts.account import AccountTerms
from ibtui.exchange.listed.instruments import Leg
from ibtui.exchange.orders.actions import Planned
from ibtui.exchange.orders.lifetimes import Hold
from ibtui.exchange.terms.conditions import ExecutionCondition
from ibtui.exchange.told.reports import ClientOrder, Execution, State

VERSION = 1
_ENDED = ("Filled", "Cancelled", "Inactive")


class SavedHolding(Struct, frozen=True, kw_only=True):
    """One position, field by field as `ibtui.exchange.accounts.holdings` keeps it."""

    con_id: int
    quantity: Decimal
    basis: float
    realized: float
    day: float


class SavedLedger(Struct, frozen=True, kw_only=True):
    """One account, field by field as `ibtui.exchange.accounts.account.Ledger` keeps it."""

    terms: AccountTerms
    balances: dict[str, float]
    holdings: list[SavedHolding]
    opened: set[int]
    day_trades: list[set[int]]
    shares: float


class SavedOrder(Struct, frozen=True, kw_only=True):
    """One order, field by field as `ibtui.exchange.orders.order.WorkingOrder` keeps it."""

    perm_id: int
    rank: int
    ticket: ClientOrder
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


class SavedStanding(Struct, frozen=True, kw_only=True):
    """What of an exchange is small enough to be kept whole with every change."""

    now: datetime
    combinations: list[tuple[Leg, ...]]
    ledgers: list[SavedLedger]
    markets: list[SavedMarket]
    placed: int
    """How many orders have been placed so far, which gives the next one its number."""
    ranks: int
    executed: int
    """How many executions there have been, which gives the next one its id."""
    hard_to_borrow: dict[int, bool]
    planned: list[Planned] = []
    """Dividends and splits that are announced and not carried out yet."""


class Saved(SavedStanding, frozen=True, kw_only=True):
    """A whole exchange; encoded by msgspec as JSON or MessagePack and decoded by this type.

    Headlines that were published by hand are not in it, nor whoever listens.
    """

    version: int = VERSION
    seed: int
    start: datetime
    always_open: bool = True
    orders: list[SavedOrder]
    """The open ones, those that ended in this session, and their relatives; oldest first."""
    ended: list[int]
    """Order numbers, in the order in which they ended."""
    executions: list[Execution]


class Course(NamedTuple):
    """Where an exchange's lists of its session stand: they grow, and begin anew when the session turns."""

    first_ended: int
    """The order that ended first; 0 when none has."""
    ended: int
    executed: int
    """Executions of the sessions before."""
    executions: int

    def follows(self, other: Course) -> bool:
        """Whether this is later in the same session."""
        return self.executed == other.executed and (other.ended == 0 or self.first_ended == other.first_ended)


class SavedChanges(SavedStanding, frozen=True, kw_only=True):
    """What happened at an exchange since a moment of the same session."""

    orders: list[SavedOrder]
    """The open ones and those that something happened to, with their relatives."""
    open: set[int]
    """Order numbers of those that are open."""
    ended: list[int]
    """Numbers of the orders that have ended since."""
    executions: list[Execution]
    """The executions that came since."""


def changed(saved: Saved, since: Iterable[SavedChanges]) -> Saved:
    """The exchange as it was after all these changes, which followed each other."""
    orders = {order.perm_id: order for order in saved.orders}
    ended, executions = list(saved.ended), list(saved.executions)
    was_open = {order.perm_id for order in saved.orders if order.state not in _ENDED}
    standing: SavedStanding = saved
    for changes in since:
        orders |= {order.perm_id: order for order in changes.orders}
        ended += changes.ended
        executions += changes.executions
        for lost in was_open - changes.open - {order.perm_id for order in changes.orders}:
            del orders[lost]
        was_open, standing = changes.open, changes
    kept = {name: getattr(standing, name) for name in SavedStanding.__struct_fields__}
    return replace(
        saved, **kept, orders=[orders[number] for number in sorted(orders)], ended=ended, executions=executions
    )
