"""What a plan warns of: what an order may do beside the order that was asked for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ibtui.domain.cover import Coverage, brought, coverage_after
from ibtui.domain.order import OrderIntent, Side
from ibtui.domain.position import effect
from ibtui.domain.terms import OrderType
from ibtui.domain.words import effect_words, holding_words, over_words, quantity_words
from ibtui.engine.commands.wanted import InstrumentState
from ibtui.engine.desk.exits import Aim
from ibtui.engine.desk.stop_split import divisible, shared
from ibtui.engine.truth.orders import ours
from ibtui.risk.markets import wrong_with
from ibtui.risk.prices import beyond, far_side

CROSSES = 0.5
"""Percent through the market from which a limit is said to trade at once."""
HEAVY_PERCENT = 25.0
"""Of net liquidation, from which on an order's value is worth a warning."""


def warnings(intent: OrderIntent, holding: InstrumentState, cancels: Sequence[str], percent: float | None) -> list[str]:
    """What is to be known before it is sent, the worst first."""
    heavy = percent is not None and percent >= HEAVY_PERCENT and not intent.reduce_only
    found = [
        _flip(intent, holding),
        _stays(intent, holding) if intent.reduce_only else _over(intent, holding, cancels),
        _data(intent, holding),
        _hours(intent, holding),
        _crossing(intent, holding),
        f"{percent:.0f} % of net liquidation" if heavy else "",
    ]
    return [text for text in found if text]


def _stays(intent: OrderIntent, holding: InstrumentState) -> str:
    """What orders of other programs would do to what a close leaves; ours go with it."""
    others = [order for order in holding.orders if not ours(order) and order.side is intent.side]
    after = holding.held + intent.side.sign * intent.quantity
    over = sum((order.remaining for order in others), Decimal(0)) - abs(after)
    if over <= 0:
        return ""
    names = " and ".join(f"{order.type} {order.side} {quantity_words(order.remaining)}" for order in others)
    one = len(others) == 1
    end = holding_words(intent.side.sign * over)
    stay, them = ("stays", "it") if one else ("stay", "them")
    return f"{names} of another program {stay} and would open {end}: cancel {them} there"


def _flip(intent: OrderIntent, holding: InstrumentState) -> str:
    if effect(holding.held, intent.side, intent.quantity) != "flips":
        return ""
    more = "sells more than you hold" if intent.side is Side.SELL else "buys more than you are short"
    return f"it {more}: {effect_words(holding.held, intent.side, intent.quantity)}"


def _over(intent: OrderIntent, holding: InstrumentState, cancels: Sequence[str]) -> str:
    words = over_words(afterwards(intent, holding, cancels))
    return f"{intent.symbol} {words}" if words else ""


def afterwards(intent: OrderIntent, holding: InstrumentState, cancels: Sequence[str]) -> Coverage:
    """What exits cover of the position, and trade beyond it, once the order has filled."""
    kept = (order for order in holding.orders if order.ref not in cancels)
    return coverage_after(
        holding.held, intent.side, intent.quantity, kept, brings=brought(intent.target, intent.protect)
    )


def splits(orders: Sequence[tuple[OrderIntent, InstrumentState]], aims: Sequence[Aim]) -> list[str]:
    """That a close that waits for its market takes a part of the stop with it, or why both may fill."""
    found = []
    for aim in aims:
        mine = [(intent, holding) for intent, holding in orders if intent.symbol == aim.symbol]
        if not mine or not any(waits_for(intent, holding) for intent, holding in mine):
            continue
        intents, holding = [intent for intent, _ in mine], mine[0][1]
        over = shared(holding.held, intents, holding.orders)
        if not over:
            continue
        whole = aim.quantity is None
        if not whole and not aim.alone and divisible(holding.held, intents, holding.orders) is not None:
            found.append(f"the stop is split: {quantity_words(over)} of it go with this order, the rest stays")
        else:
            end = holding_words(intents[0].side.sign * over)
            rather = "" if whole else "; close the whole to rule that out"
            found.append(f"where the market opens beyond the stop both may fill: {end}{rather}")
    return found


def _hours(intent: OrderIntent, holding: InstrumentState) -> str:
    if holding.market.known or intent.type == OrderType.STP or intent.combo:
        return ""
    return f"IB has not said when {intent.symbol} trades: it may wait for its market to open"


def _data(intent: OrderIntent, holding: InstrumentState) -> str:
    known = far_side(intent.side, holding.quote, holding.instrument) is not None
    return wrong_with(intent.symbol, holding.quote if known else None)


def _crossing(intent: OrderIntent, holding: InstrumentState) -> str:
    """A limit well through the market is legal up to the collar, and rarely meant."""
    market = far_side(intent.side, holding.quote, holding.instrument)
    if market is None or intent.limit_price is None:
        return ""
    through = beyond(intent.side, intent.limit_price, market, holding.instrument, CROSSES)
    where = "above the ask" if intent.side is Side.BUY else "below the bid"
    return f"the limit is {through:.1f} % {where}: it trades at once" if through >= CROSSES else ""


def waits_for(intent: OrderIntent, holding: InstrumentState) -> str:
    """Until when an order waits for its market; a stop waits for its price first."""
    if intent.type == OrderType.STP:
        return ""
    return holding.market.waits_outside if intent.outside_hours else holding.market.waits
