"""Conditions of an order: from placeOrder's rows to the exchange's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ibtui.exchange.terms.conditions import (
    ChangeCondition,
    ClockCondition,
    Condition,
    ExecutionCondition,
    MarginCondition,
    MarketPriceCondition,
    VolumeCondition,
)
from ibtui.gateway import refusals
from ibtui.gateway.services.times import parse_time
from ibtui.gateway.wire.codec import Values


def conditions(order: Values) -> tuple[Condition, ...]:
    """The order's conditions; raises Refused for one that cannot be read."""
    return tuple(_condition(row) for row in order.get("conditions") or ())


def _condition(row: Values) -> Condition:
    make = _MAKERS.get(row["type"])
    if make is None:
        raise refusals.validation(f"Invalid condition type {row['type']}")
    try:
        return make(row, join="or" if row["conjunction"] == "o" else "and")
    except ValueError as error:
        raise refusals.validation(f"Invalid condition: {error}") from None


def _price(row: Values, **more: Any) -> Condition:
    return MarketPriceCondition(
        con_id=row["conId"], price=row["price"], more=row["isMore"], method=row["triggerMethod"], **more
    )


def _time(row: Values, **more: Any) -> Condition:
    return ClockCondition(time=parse_time(row["time"]), more=row["isMore"], **more)


def _margin(row: Values, **more: Any) -> Condition:
    return MarginCondition(percent=float(row["percent"]), more=row["isMore"], **more)


def _execution(row: Values, **more: Any) -> Condition:
    return ExecutionCondition(symbol=row["symbol"], sec_type=row["secType"], exchange=row["exchange"], **more)


def _volume(row: Values, **more: Any) -> Condition:
    return VolumeCondition(con_id=row["conId"], volume=row["volume"], more=row["isMore"], **more)


def _change(row: Values, **more: Any) -> Condition:
    return ChangeCondition(con_id=row["conId"], percent=row["changePercent"], more=row["isMore"], **more)


_MAKERS: dict[int, Callable[..., Condition]] = {
    1: _price,
    3: _time,
    4: _margin,
    5: _execution,
    6: _volume,
    7: _change,
}
"""By IB's number of the condition."""
