"""An order's terms as the fields of IB's order, and IB's order as terms: the one place that knows both.

IB has one field, auxPrice, for a stop price, a trigger price and a trailing amount: the order's type says which. What
it describes of an order is foreign text; a field that cannot be read is not asked for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from ibtui.broker.numbers import decimal
from ibtui.broker.orders.amounts import whole
from ibtui.broker.transport.library import load
from ibtui.broker.transport.times import written_time
from ibtui.domain.money import known
from ibtui.domain.terms import Join, PriceCondition, Terms, TimeCondition
from ibtui.domain.text.sanitize import sanitize

REDUCE_WITH_BLOCK = 2
"""OCA type of a bracket's children: a partial fill of one reduces the other, and never are both in the market."""
_TRAILS = frozenset({"TRAIL", "TRAIL LIMIT"})
_TOUCHED = frozenset({"MIT", "LIT"})
_NO_LIMIT = frozenset({"MKT", "STP", "MOC", "MOO", "TRAIL", "MIT"})
_NO_STOP = frozenset({"MKT", "LMT", "MOC", "MOO", "LOC", "LOO", "MIDPRICE"}) | _TOUCHED
_PRICE, _TIME = 1, 3
"""IB's numbers of the conditions that are read and written."""
_NONE = 2**31 - 1
"""What IB writes for a whole number that is not set."""


def write_terms(terms: Terms) -> dict[str, Any]:
    """The fields of IB's order that say these terms; what is not asked for is left to the client library's defaults."""
    trails, touched = terms.type in _TRAILS, terms.type in _TOUCHED
    auxiliary = terms.trail_amount if trails else terms.trigger_price if touched else terms.stop_price
    prices = {
        "lmtPrice": terms.limit_price if terms.limit_offset is None else None,  # IB takes one of the two
        "auxPrice": auxiliary,
        "trailStopPrice": terms.stop_price if trails else None,
        "trailingPercent": terms.trail_percent,
        "lmtPriceOffset": terms.limit_offset,
    }
    fields: dict[str, Any] = {
        "action": terms.side.value,
        "totalQuantity": float(terms.quantity) if terms.cash is None else 0.0,  # IB takes one of the two: 10293
        "orderType": str(terms.type),
        "tif": str(terms.tif),
        "outsideRth": terms.outside_hours,
        "triggerMethod": terms.trigger_method,
        "allOrNone": terms.all_or_none,
        **{name: float(price) for name, price in prices.items() if price is not None},
    }
    if terms.cash is not None:
        fields["cashQty"] = float(terms.cash)
    if terms.good_till is not None:
        fields["goodTillDate"] = _moment(terms.good_till)
    if terms.display_size is not None:
        fields["displaySize"] = terms.display_size
    if terms.oca_group:
        fields |= {"ocaGroup": terms.oca_group, "ocaType": REDUCE_WITH_BLOCK}
    if terms.algo:
        fields["algoStrategy"] = terms.algo
        fields["algoParams"] = [load().tag_value(name, value) for name, value in terms.algo_parameters]
    if terms.conditions:
        fields["conditions"] = [_condition(condition) for condition in terms.conditions]
    return fields


def read_terms(order: Any, before: Terms, *, at_zero: bool = False) -> Terms:
    """The terms that IB describes now; symbol, side and combo are those `before`, which the contract says.

    `at_zero`: its limit may be 0, which IB otherwise writes where there is none.
    """
    kind = sanitize(order.orderType, 16)
    trails, auxiliary, cash = kind in _TRAILS, _price(order.auxPrice), _price(order.cashQty)
    stop = None if kind in _NO_STOP else _price(order.trailStopPrice) if trails else auxiliary
    return replace(
        before,
        quantity=whole(order) or (Decimal(0) if cash is None else before.quantity),
        cash=cash,
        type=kind,
        limit_price=None if kind in _NO_LIMIT else _price(order.lmtPrice, zero=at_zero),
        stop_price=stop,
        tif=sanitize(order.tif, 8) or "DAY",
        oca_group=sanitize(order.ocaGroup, 64),
        outside_hours=bool(order.outsideRth),
        good_till=written_time(order.goodTillDate),
        trail_amount=auxiliary if trails else None,
        trail_percent=_price(order.trailingPercent) if trails else None,
        limit_offset=_price(order.lmtPriceOffset) if trails else None,
        trigger_price=auxiliary if kind in _TOUCHED else None,
        trigger_method=_count(order.triggerMethod) or 0,
        all_or_none=bool(order.allOrNone),
        display_size=_count(order.displaySize),
        algo=sanitize(order.algoStrategy or "", 32),
        algo_parameters=tuple((sanitize(one.tag, 32), sanitize(one.value, 64)) for one in order.algoParams or ()),
        conditions=tuple(read for one in order.conditions or () if (read := _read_condition(one)) is not None),
    )


def _price(value: float, *, zero: bool = False) -> Decimal | None:
    """An order's price; IB writes the largest double, or 0, where there is none. What trades there may cost `zero`."""
    number = known(value)
    return decimal(number) if number or (zero and number == 0) else None


def _count(value: int) -> int | None:
    return value if value and 0 < value < _NONE else None


def _moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y%m%d %H:%M:%S} UTC"


def _condition(condition: PriceCondition | TimeCondition) -> Any:
    timed = isinstance(condition, TimeCondition)
    made = load().condition.createClass(_TIME if timed else _PRICE)()
    made.isMore, made.conjunction = condition.above, "o" if condition.join == "or" else "a"
    if isinstance(condition, TimeCondition):
        made.time = _moment(condition.time)
    else:
        made.price, made.conId, made.exch = float(condition.price), condition.con_id, condition.exchange
        made.triggerMethod = condition.method
    return made


def _read_condition(one: Any) -> PriceCondition | TimeCondition | None:
    """A condition that waits for a price or a time; None for another, or one that cannot be read."""
    if one.condType not in (_PRICE, _TIME):  # that of an execution has no side to be on
        return None
    above = bool(one.isMore)
    join: Join = "or" if one.conjunction == "o" else "and"
    if one.condType == _PRICE and known(one.price) is not None:
        return PriceCondition(
            con_id=one.conId,
            exchange=sanitize(one.exch, 16),
            price=decimal(one.price),
            above=above,
            method=_count(one.triggerMethod) or 0,
            join=join,
        )
    time = written_time(one.time) if one.condType == _TIME else None
    return None if time is None else TimeCondition(time=time, above=above, join=join)
