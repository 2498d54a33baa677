"""Saving and resuming: each part of an exchange to plain data, and back."""

from __future__ import annotations

from copy import copy
from typing import Any

from ibtui.domain.order import Side
from ibtui.exchange.accounts.account import Ledger
from ibtui.exchange.accounts.holdings import AccountHolding
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.prices import Prices
from ibtui.exchange.markets.spans import Adjustment
from ibtui.exchange.orders.order import ExchangeOrders, WorkingOrder
from ibtui.exchange.paths.overlay import Print
from ibtui.exchange.saved import SavedHolding, SavedLedger, SavedMarket, SavedOrder

_FIGURES = ("open", "high", "low", "close", "volume", "traded")
_GIVEN = ("perm_id", "rank", "ticket", "time")


def save_order(order: WorkingOrder, orders: ExchangeOrders) -> SavedOrder:
    names = (name for name in SavedOrder.__struct_fields__ if name != "watched")
    values: dict[str, Any] = {name: copy(getattr(order, name)) for name in names}
    return SavedOrder(**values, watched=order.perm_id in orders.watched)


def load_order(saved: SavedOrder, market: Market, parent: WorkingOrder | None) -> WorkingOrder:
    order = WorkingOrder(saved.perm_id, saved.rank, saved.ticket, market, saved.time, parent)
    for name in SavedOrder.__struct_fields__:
        if name not in (*_GIVEN, "watched"):
            setattr(order, name, copy(getattr(saved, name)))
    return order


def save_ledger(ledger: Ledger) -> SavedLedger:
    holdings = [
        SavedHolding(
            con_id=con_id,
            quantity=holding.quantity,
            basis=holding.basis,
            realized=holding.realized,
            day=holding.day,
        )
        for con_id, holding in ledger.holdings.items()
    ]
    return SavedLedger(
        terms=ledger.terms,
        balances=dict(ledger.balances),
        holdings=holdings,
        opened=set(ledger.opened),
        day_trades=[set(orders) for orders in ledger.day_trades],
        shares=ledger.shares,
    )


def load_ledger(saved: SavedLedger, prices: Prices) -> Ledger:
    ledger = Ledger(saved.terms, 0.0, prices)
    ledger.balances = dict(saved.balances)
    ledger.opened, ledger.shares = set(saved.opened), saved.shares
    ledger.day_trades = [set(orders) for orders in saved.day_trades]
    for item in saved.holdings:
        holding = AccountHolding(prices.market(item.con_id).listing.instrument)
        holding.quantity, holding.basis = item.quantity, item.basis
        holding.realized, holding.day = item.realized, item.day
        ledger.holdings[item.con_id] = holding
    return ledger


def save_market(market: Market) -> SavedMarket:
    return SavedMarket(
        con_id=market.con_id,
        regimes=[(regime.time, regime.factor) for regime in market.overlay.regimes()],
        prints=[(trade.time, trade.price, trade.size) for trade in market.overlay.prints(-(2**62), 2**62)],
        book=market.book.whole,
        taken={str(side): market.book.taken(side) for side in Side},
        session={name: int(getattr(market.session, name)) for name in _FIGURES},
        last=market.last,
        last_size=market.last_size,
        halted=market.halted,
        held_before=market.held_before,
        adjustments=[(item.time, item.prices, item.sizes) for item in market.adjustments],
    )


def load_market(saved: SavedMarket, market: Market) -> None:
    """Put a market that stands at the same moment as it was."""
    for time, factor in saved.regimes:
        market.overlay.change(time, factor)
    for trade in saved.prints:
        market.overlay.record(Print(*trade))
    market.book.show(*saved.book)
    for side in Side:
        _take(market, side, saved.taken[side])
    for name, figure in saved.session.items():
        setattr(market.session, name, bool(figure) if name == "traded" else figure)
    market.last, market.last_size = saved.last, saved.last_size
    market.halted, market.held_before = saved.halted, saved.held_before
    market.adjustments = [Adjustment(*item) for item in saved.adjustments]


def _take(market: Market, side: Side, units: int) -> None:
    """Take from a book what had been taken."""
    while units:
        units -= sum(size for _, size in market.book.take(side, units, None))
