"""What the account holds and has working when a cell begins, by nicknames, and what the gateway says became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal

from msgspec import Struct

from ibtui.domain.order import Side
from ibtui.exchange.told.reports import ClientOrder, OrderReport
from ibtui.gateway.running.registry import PlacedOrder
from tests.exits.stage import ACCOUNT, CLIENT, CON_IDS, Stage

STRANGER = 99
"""The client id of another program."""

HELD = {"AAPL": Decimal(100), "MSFT": Decimal(200), "NVDA": Decimal(-50)}
"""Long with target and stop, long with a lone stop, short without any."""

_ORDERS = (
    ("aapl", "buy 100 AAPL market tp 240 sl 150", ("", "aapl target", "aapl stop")),
    ("msft", "buy 200 MSFT market", ("",)),
    ("msft", "sell 200 MSFT stop 320 gtc", ("msft stop",)),
    ("nvda", "sell 50 NVDA market", ("",)),
    ("aapl", "buy 10 AAPL @ 170 gtc", ("aapl entry",)),
    ("tsla", "buy 20 TSLA @ 350 gtc", ("tsla entry",)),
)
ENTRIES = frozenset({"aapl entry", "tsla entry"})
EXITS = frozenset({"aapl target", "aapl stop", "msft stop"})
"""Nicknames of what works, but for the orders of others."""


class World:
    """Refs of our working orders by nickname; the orders of a stranger and of a hand in TWS."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.refs: dict[str, str] = {}
        self.subject = "AAPL"
        """The symbol that a cell is about."""
        self.entry = "tsla entry"
        """The nickname of the order that it is about."""

        self.hear: Callable[[str], None] = lambda text: None
        """Called with what is read before the last sentence."""

    async def build(self) -> None:
        """Trade into the positions, through the engine, and let others have orders too."""
        self._stranger(STRANGER, _bid("AAPL", 7, "120"))
        self._stranger(0, _bid("MSFT", 5, "300"))
        self.stage.tell()
        for _, line, names in _ORDERS:
            await self.add(line, *names)
        await self.stage.passes(3)

    async def add(self, line: str, *names: str) -> None:
        """Send one more line; names for its orders, empty for one that will not work."""
        outcome = await self.stage.driver.do(line)
        for name, order in zip(names, outcome.orders, strict=True):
            if name:
                self.refs[name] = order.ref

    def _stranger(self, client: int, ticket: ClientOrder) -> None:
        perm_id = self.stage.exchange.place(ticket)
        if client:
            self.stage.gateway.registry.use(client, 1)
            self.stage.gateway.registry.add(PlacedOrder(client, 1, perm_id, {}))

    def name_of(self, ref: str) -> str:
        """The nickname of a ref; a close of ours goes by its symbol, `exit` before it."""
        return next((name for name, known in self.refs.items() if known == ref), ref)


def _bid(symbol: str, quantity: int, limit: str) -> ClientOrder:
    """A buy far below the market."""
    return ClientOrder(
        account=ACCOUNT,
        con_id=CON_IDS[symbol],
        side=Side.BUY,
        quantity=Decimal(quantity),
        type="LMT",
        limit_price=Decimal(limit),
        tif="GTC",
    )


class Truth(Struct, frozen=True, kw_only=True):
    """The account as the gateway has it at one moment."""

    positions: Mapping[str, Decimal]
    orders: tuple[OrderReport, ...]
    """Open ones, everybody's."""
    ours: frozenset[str]
    """Refs of our open ones."""
    others: tuple[tuple[object, ...], ...]
    """What counts of those of others."""
    bare: Mapping[str, Decimal]
    """By symbol, what no live stop covers."""


def truth(stage: Stage) -> Truth:
    """The gateway's word, now."""
    orders = tuple(stage.open_orders())
    positions = stage.positions()
    own = [order for order in orders if stage.client_of(order) == CLIENT]
    others = [order for order in orders if stage.client_of(order) != CLIENT]
    return Truth(
        positions=positions,
        orders=orders,
        ours=frozenset(stage.ref_of(order) for order in own),
        others=tuple(
            (order.perm_id, order.ticket.quantity, order.ticket.limit_price, order.filled) for order in others
        ),
        bare={symbol: _bare(stage, symbol, held, orders) for symbol, held in positions.items()},
    )


def _bare(stage: Stage, symbol: str, held: Decimal, orders: tuple[OrderReport, ...]) -> Decimal:
    """What stops do not cover of a position; of a group only one fills, so the largest counts."""
    side = Side.SELL if held > 0 else Side.BUY
    groups: dict[object, Decimal] = defaultdict(Decimal)
    for order in orders:
        stops = order.ticket.type.startswith(("STP", "TRAIL")) and order.ticket.side is side
        if stops and order.state in ("PreSubmitted", "Submitted") and stage.symbol(order.ticket.con_id) == symbol:
            key = order.ticket.oca_group or order.perm_id
            groups[key] = max(groups[key], order.remaining)
    return max(abs(held) - sum(groups.values(), Decimal(0)), Decimal(0))
