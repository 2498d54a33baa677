"""Watching: whether an order's conditions hold, and which markets have to be looked at for it."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Any

from ibtui.domain.dispatch import handlers
from ibtui.exchange.accounts.account import Ledger
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.prices import Prices
from ibtui.exchange.moments import micros
from ibtui.exchange.orders.order import WorkingOrder
from ibtui.exchange.orders.triggers import prices_seen
from ibtui.exchange.terms.conditions import (
    ChangeCondition,
    ClockCondition,
    Condition,
    ExecutionCondition,
    MarginCondition,
    MarketPriceCondition,
    VolumeCondition,
    beyond,
    joined,
)


class ConditionWatch:
    """Answers for every order from the markets and accounts as they are."""

    def __init__(self, ledgers: dict[str, Ledger], prices: Prices) -> None:
        self._ledgers, self._prices = ledgers, prices
        answers: dict[type, Callable[[Any, WorkingOrder, int], bool]] = {
            MarketPriceCondition: self._price,
            VolumeCondition: self._volume,
            ChangeCondition: self._changed,
            MarginCondition: self._margin,
            ClockCondition: self._time,
            ExecutionCondition: self._executed,
        }
        self._answers = handlers(Condition, answers)

    def met(self, order: WorkingOrder, now: int) -> bool:
        """Whether an order's conditions hold now; `now` in microseconds since 1970."""
        return joined(order.ticket.conditions, lambda condition: self._holds(condition, order, now))

    def _holds(self, condition: Condition, order: WorkingOrder, now: int) -> bool:
        return self._answers[type(condition)](condition, order, now)

    def _price(self, asked: MarketPriceCondition, order: WorkingOrder, now: int) -> bool:
        market = self._prices.market(asked.con_id)
        seen = prices_seen(asked.method, asked.more, market.book, market.last)
        return any(beyond(_price(market, ticks), asked.price, asked.more) for ticks in seen)

    def _volume(self, asked: VolumeCondition, order: WorkingOrder, now: int) -> bool:
        market = self._prices.market(asked.con_id)
        return beyond(market.size(market.session.volume), asked.volume, asked.more)

    def _changed(self, asked: ChangeCondition, order: WorkingOrder, now: int) -> bool:
        return beyond(self._change(asked.con_id), asked.percent, asked.more)

    def _margin(self, asked: MarginCondition, order: WorkingOrder, now: int) -> bool:
        return beyond(self._cushion(order.ticket.account), asked.percent, asked.more)

    def _time(self, asked: ClockCondition, order: WorkingOrder, now: int) -> bool:
        return (now >= micros(asked.time)) is asked.more

    def _executed(self, asked: ExecutionCondition, order: WorkingOrder, now: int) -> bool:
        return asked in order.executed

    def _change(self, con_id: int) -> float:
        """The last price against the previous close, in percent."""
        market = self._prices.market(con_id)
        return (market.grid.price(market.last) / market.grid.price(market.session.close) - 1) * 100

    def _cushion(self, account: str) -> float:
        """Excess liquidity in percent of net liquidation."""
        state = self._ledgers[account].state()
        return state.excess_liquidity / state.net_liquidation * 100 if state.net_liquidation > 0 else 0.0


def _price(market: Market, ticks: float) -> float:
    """The price of ticks, or of half-way between two."""
    return (market.grid.price(floor(ticks)) + market.grid.price(ceil(ticks))) / 2
