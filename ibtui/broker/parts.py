"""The parts of a session, made once and wired to each other; they outlive every connection."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from ibtui.broker.data.account import AccountFeed
from ibtui.broker.data.chains import ChainQueries
from ibtui.broker.data.contracts import Contracts, KnownName
from ibtui.broker.data.history import PastBars
from ibtui.broker.data.history_budget import HistoryBudget
from ibtui.broker.data.kept_history import KeptHistory
from ibtui.broker.data.news import NewsFeed
from ibtui.broker.data.positions import PositionFeed
from ibtui.broker.data.quotes import Quotes
from ibtui.broker.data.rules import MarketRules
from ibtui.broker.messages import Messages
from ibtui.broker.orders.book import KnownOrders, Recall
from ibtui.broker.orders.fills import FillReader
from ibtui.broker.orders.placing import Placing
from ibtui.broker.orders.tracking import OrderTracker
from ibtui.broker.reconcile import Reconcile
from ibtui.broker.transport.heartbeat import Heartbeat
from ibtui.broker.transport.timings import Timings
from ibtui.broker.transport.wire import Wire
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import Event, Queued


class SessionParts(Struct, frozen=True, kw_only=True):
    """The parts of one session, each of them once."""

    wire: Wire
    rules: MarketRules
    contracts: Contracts
    orders: OrderTracker
    fills: FillReader
    positions: PositionFeed
    quotes: Quotes
    account: AccountFeed
    heartbeat: Heartbeat
    history: PastBars
    kept: KeptHistory
    budget: HistoryBudget
    reconcile: Reconcile
    placing: Placing
    chains: ChainQueries
    messages: Messages
    news: NewsFeed


def make(
    *,
    emit: Callable[[Event], None],
    clock: Clock,
    timings: Timings,
    recall: Recall | None,
    first_order_id: int,
    doubt: Callable[[], None],
    connectivity: Callable[[int, str], None],
    known_name: KnownName = lambda con_id: None,
    headlines: bool = False,
) -> SessionParts:
    """The parts; `doubt` asks IB again what is true, `connectivity` hears the codes about the connection itself."""
    wire = Wire(lambda waiting: emit(Queued(messages=waiting)))
    rules = MarketRules(wire)
    contracts = Contracts(wire, rules, emit, timings.request, known_name)
    orders = OrderTracker(KnownOrders(recall), contracts, emit, clock, doubt)
    fills = FillReader(contracts, orders, emit)
    account = AccountFeed(wire, contracts, emit)
    positions = PositionFeed(contracts, emit, account.watch)
    placing = Placing(wire, contracts, orders, clock, first_order_id)
    quotes = Quotes(wire, contracts, emit, clock, headlines=headlines)
    budget = HistoryBudget(emit)
    kept = KeptHistory(wire, contracts, budget, emit, clock)
    return SessionParts(
        wire=wire,
        rules=rules,
        contracts=contracts,
        orders=orders,
        fills=fills,
        positions=positions,
        quotes=quotes,
        account=account,
        heartbeat=Heartbeat(wire, emit, clock, timings),
        history=PastBars(wire, contracts, budget, timings.history),
        kept=kept,
        budget=budget,
        reconcile=Reconcile(wire, contracts, positions, orders, fills, placing, emit, clock, timings.query),
        placing=placing,
        chains=ChainQueries(wire, contracts, quotes, clock, timings.request),
        messages=Messages(orders, quotes, kept, wire, emit, connectivity),
        news=NewsFeed(wire, quotes.symbol, emit, clock),
    )
