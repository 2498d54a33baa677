"""What becomes of a strategy's position when it is switched off: kept, closed at market, or the trader's."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from ibtui.domain import leaving
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.money import plain
from ibtui.domain.order import Order, OrderIntent, new_ref
from ibtui.domain.position import closing_side
from ibtui.domain.terms import OrderType, Terms
from ibtui.domain.words import trade_words
from ibtui.engine.desk import exits
from ibtui.engine.desk.exits import Aim
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.standing import stop_words
from ibtui.engine.strategies.store import Handed, StrategyStore

PATIENCE = 5.0
"""Seconds to wait until the broker has confirmed that an order is cancelled."""
_LOOK = 0.05


async def close(name: str, held: dict[str, Decimal], host: Host) -> str:
    """Cancel its entries and resting exits, then trade away what it holds; one sentence of what was asked for.

    Its stops stay until that has filled. An order that is not confirmed as cancelled could still trade: then nothing is
    closed, and the sentence says so.
    """
    parts = []
    for symbol, quantity in held.items():
        if quantity:
            parts.append(await _close_one(name, symbol, quantity, host))
    return ", ".join(parts) or "it held nothing"


async def _close_one(name: str, symbol: str, quantity: Decimal, host: Host) -> str:
    side = closing_side(quantity)
    what = trade_words(side, abs(quantity), symbol)
    aim = Aim(symbol=symbol, cancel_entries=True)
    for order in exits.in_the_way(aim, quantity, _live(name, symbol, host)):
        host.cancel(order.ref)
    for _ in range(int(PATIENCE / _LOOK)):
        if not exits.in_the_way(aim, quantity, _live(name, symbol, host)):
            break
        await asyncio.sleep(_LOOK)
    else:
        return f"{what} was not sent: its orders are not confirmed as cancelled"
    left = sum((fill.signed for fill in host.fills_of(name) if fill.symbol == symbol), Decimal(0))
    if left * quantity <= 0:
        return f"{symbol} is flat already"
    size = min(abs(quantity), abs(left))
    intent = OrderIntent(
        ref=new_ref(),
        owner=name,
        terms=Terms(symbol=symbol, side=side, quantity=size, type=OrderType.MKT),
        reduce_only=True,
    )
    try:
        for part in exits.sliced(intent, leaving.slices(left, size, _live(name, symbol, host), name)):
            await host.submit(part)
    except IbtuiError as error:
        return f"{what} was not sent: {error.message}"
    return f"{what} sent"


def _live(name: str, symbol: str, host: Host) -> list[Order]:
    return [order for order in host.orders_of(name) if order.live and order.symbol == symbol]


def hand(name: str, held: dict[str, Decimal], host: Host, store: StrategyStore, clock: Clock) -> str:
    """The position and its stops are the trader's from now on; one sentence."""
    refs = frozenset(order.ref for order in host.orders_of(name) if order.live)
    store.hand(name, Handed(since=clock.now(), refs=refs))
    words = ", ".join(f"{plain(quantity)} {symbol}" for symbol, quantity in held.items() if quantity)
    orders = f" with {len(refs)} working {'order' if len(refs) == 1 else 'orders'}" if refs else ""
    bare = [(symbol, stop_words(name, symbol, quantity, host)) for symbol, quantity in held.items() if quantity]
    return f"{words or 'nothing'} is yours now{orders}" + "".join(f"; {symbol} is{why}" for symbol, why in bare if why)
