"""Conditions: what must be so before an order works, or is cancelled.

They are joined from left to right, each to the next by `and` or `or`, with no precedence (not verified against TWS). An
order that waits for conditions works from the first moment at which they hold; they need not hold later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from ibtui.domain.instrument import Instrument

Join = Literal["and", "or"]


class MarketPriceCondition(Struct, frozen=True, kw_only=True, tag="price"):
    """A market's price at or above `price` (`more`), or at or below it."""

    con_id: int
    price: float
    more: bool
    method: int = 0
    """A trigger method: see `ibtui.exchange.orders.triggers`."""
    join: Join = "and"


class ClockCondition(Struct, frozen=True, kw_only=True, tag="time"):
    """From `time` on (`more`), or before it; aware."""

    time: datetime
    more: bool
    join: Join = "and"


class MarginCondition(Struct, frozen=True, kw_only=True, tag="margin"):
    """The account's cushion, excess liquidity in percent of net liquidation, at or above a value, or at or below."""

    percent: float
    more: bool
    join: Join = "and"


class ExecutionCondition(Struct, frozen=True, kw_only=True, tag="execution"):
    """A fill of the same account in a symbol since the order was sent; `exchange` empty or SMART is any."""

    symbol: str
    sec_type: str
    exchange: str = ""
    join: Join = "and"


class VolumeCondition(Struct, frozen=True, kw_only=True, tag="volume"):
    """A market's volume of the session at or above a value, or at or below."""

    con_id: int
    volume: int
    more: bool
    join: Join = "and"


class ChangeCondition(Struct, frozen=True, kw_only=True, tag="change"):
    """A market's last price against the previous close, in percent, at or above a value, or at or below."""

    con_id: int
    percent: float
    more: bool
    join: Join = "and"


MarketCondition = MarketPriceCondition | VolumeCondition | ChangeCondition
Condition = MarketCondition | ClockCondition | MarginCondition | ExecutionCondition


def joined(conditions: Sequence[Condition], holds: Callable[[Condition], bool]) -> bool:
    """Whether the conditions hold together."""
    result, join = True, "and"
    for condition in conditions:
        result = (result and holds(condition)) if join == "and" else (result or holds(condition))
        join = condition.join
    return result


def beyond(value: float, bound: float, more: bool) -> bool:
    """Whether a value is at or on the wanted side of a bound."""
    return value >= bound if more else value <= bound


def looks_at(conditions: Sequence[Condition], con_id: int) -> bool:
    """Whether what happens in a market can decide one of the conditions; in any market for the account's margin."""
    return any(
        isinstance(condition, MarginCondition)
        or (isinstance(condition, MarketCondition) and condition.con_id == con_id)
        for condition in conditions
    )


def met_by_fill(conditions: Sequence[Condition], instrument: Instrument) -> set[ExecutionCondition]:
    """Those of the conditions that a fill in an instrument meets."""
    markets = ("", "SMART", instrument.exchange, instrument.primary_exchange)
    return {
        condition
        for condition in conditions
        if isinstance(condition, ExecutionCondition)
        and (condition.symbol, condition.sec_type) == (instrument.root, instrument.sec_type)
        and condition.exchange in markets
    }
