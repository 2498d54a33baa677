"""Tickets: placeOrder's hundred fields become the exchange's order, or are refused rather than ignored; and back."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from ibtui.domain.instrument import Instrument
from ibtui.domain.money import exact
from ibtui.domain.order import Side
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.refusal import Refused
from ibtui.exchange.terms.kinds import KINDS
from ibtui.exchange.told.reports import ClientOrder, OrderReport
from ibtui.gateway import refusals
from ibtui.gateway.services.algos import algo
from ibtui.gateway.services.conditions import conditions
from ibtui.gateway.services.times import parse_time
from ibtui.gateway.wire.codec import Values

_UNSUPPORTED = (
    "faGroup",
    "faMethod",
    "faPercentage",
    "faProfile",
    "modelCode",
    "shortSaleSlot",
    "hidden",
    "blockOrder",
    "sweepToFill",
    "percentOffset",
    "nbboPriceCap",
    "discretionaryAmt",
    "auctionStrategy",
    "volatility",
    "deltaNeutralOrderType",
    "scalePriceIncrement",
    "scaleTable",
    "activeStartTime",
    "activeStopTime",
    "hedgeType",
    "notHeld",
    "deltaNeutralContract",
    "randomizeSize",
    "randomizePrice",
    "adjustedOrderType",
    "triggerPrice",
    "adjustedStopPrice",
    "adjustedStopLimitPrice",
    "adjustedTrailingAmount",
    "cashQty",
    "discretionaryUpToLimitPrice",
    "duration",
    "postToAts",
    "autoCancelParent",
    "minTradeQty",
    "minCompeteSize",
    "competeAgainstBestOffset",
    "midOffsetAtWhole",
    "midOffsetAtHalf",
)
"""What would change when, whether or at which price an order fills, and so must not be taken and left undone."""

_AUXILIARY = {
    "STP": "stop_price",
    "STP LMT": "stop_price",
    "MIT": "stop_price",
    "LIT": "stop_price",
    "TRAIL": "trail_amount",
    "TRAIL LIMIT": "trail_amount",
} | {name: "offset" for name, kind in KINDS.items() if "offset" in kind.prices}
"""What auxPrice means, by order type; to the others it means nothing."""

_OWN_FIELDS = {"trailStopPrice": "stop_price", "trailingPercent": "trail_percent", "lmtPriceOffset": "limit_offset"}
"""Fields that belong to some order types alone."""

_OTHER_NAMES = {"PEGMID": "PEG MID", "PEG PRIM": "REL"}

_WRONG_TIME = (
    "The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xxx where yyyymmdd and "
    "xxx are optional."
)

MINUTES, FIVE_MINUTES = "Minutes", timedelta(minutes=5)
"""The time in force of coins that ends by itself."""

_NOTHING: tuple[object, ...] = (None, "", 0, False, "None", [])


def ticket(order: Values, listing: Listing, account: str, parent: int | None, now: datetime) -> ClientOrder:
    """The exchange's order for a client's; raises Refused for what this gateway cannot do."""
    for name in _UNSUPPORTED:
        if order.get(name) not in _NOTHING:
            raise refusals.unsupported(f"The order attribute {name}")
    if order["tif"] == MINUTES:
        order = order | {"tif": "GTD", "goodTillDate": f"{now + FIVE_MINUTES:%Y%m%d-%H:%M:%S}"}
    quantity = order["totalQuantity"]
    if quantity is None or quantity <= 0:
        raise refusals.validation("The order size must be greater than zero")
    return ClientOrder(
        account=account,
        con_id=listing.instrument.con_id,
        side=_side(order["action"]),
        quantity=quantity,
        type=_type(order),
        **_prices(order),
        trigger_method=order["triggerMethod"],
        tif=order["tif"] or "DAY",
        good_till=_time(order, "goodTillDate"),
        good_after=_time(order, "goodAfterTime"),
        all_or_none=order["allOrNone"],
        min_quantity=Decimal(order["minQty"] or 0),
        display_size=order["displaySize"] or 0,
        conditions=conditions(order),
        conditions_cancel=bool(order.get("conditionsCancelOrder")),
        algo=algo(order, now),
        oca_group=order["ocaGroup"],
        oca_type=order["ocaType"] or 3,
        parent=parent,
        transmit=order["transmit"],
        outside_rth=order["outsideRth"],
    )


def sized_by_cash(order: Values, instrument: Instrument, price: float) -> Values:
    """A coin's order as one for a quantity: of an amount of money what it buys in whole lots, at its limit or `price`.

    Raises Refused as IB does for a market order to buy that names no money, and for one that names both.
    """
    if not order.get("cashQty"):
        if order["orderType"] == "MKT" and order["action"] == "BUY":
            raise Refused(10289, "You must set Cash Quantity for this order")
        return order
    if order["totalQuantity"]:
        raise Refused(10293, "Cryptocurrency Cash Quantity order cannot specify size")
    money, limit = Decimal(order["cashQty"]), _price(order, "lmtPrice")
    lots = money / (limit or exact(price)) / instrument.lot
    return order | {"totalQuantity": lots.to_integral_value(ROUND_DOWN) * instrument.lot, "cashQty": None}


def echo(wanted: ClientOrder, report: OrderReport | None = None) -> Values:
    """The fields of openOrder that the exchange knows better than the client, as they stand in a report."""
    limit, stop = (report.limit_price, report.stop_price) if report else (wanted.limit_price, wanted.stop_price)
    auxiliary = _AUXILIARY.get(wanted.type)
    trails = "trail_amount" in KINDS[wanted.type].prices
    return {
        "account": wanted.account,
        "action": str(wanted.side),
        "totalQuantity": wanted.quantity,
        "orderType": wanted.type,
        "lmtPrice": limit,
        "auxPrice": None if auxiliary is None else getattr(wanted, auxiliary),
        "trailStopPrice": _number(stop) if trails else None,
        "trailingPercent": _number(wanted.trail_percent),
        "lmtPriceOffset": _number(wanted.limit_offset),
        "tif": wanted.tif,
        "ocaGroup": wanted.oca_group,
        "ocaType": wanted.oca_type,
        "outsideRth": wanted.outside_rth,
    }


def _prices(order: Values) -> dict[str, Any]:
    """Every price under the name that it has for the order's type.

    Clients send a limit or auxiliary price of 0 with types that have none; TWS does not look at it.
    """
    name = _type(order)
    kind = KINDS.get(name)
    if kind is None:
        return {}
    prices = {}
    if "limit_price" in kind.prices:
        prices["limit_price"] = _price(order, "lmtPrice")
    if name in _AUXILIARY:
        prices[_AUXILIARY[name]] = _price(order, "auxPrice")
    for own, field in _OWN_FIELDS.items():
        if kind.trails and field in kind.prices:
            prices[field] = _price(order, own)
        elif order.get(own) not in _NOTHING:
            raise refusals.validation(f"{own} means nothing to an order of type {name}")
    if name == "TRAIL LIMIT" and prices["limit_offset"] is None:
        prices["limit_offset"] = _offset(order, prices["stop_price"])
    return prices


def _offset(order: Values, stop: Decimal | None) -> Decimal | None:
    """The limit's distance from the stop for a client that gives the limit itself."""
    limit = _price(order, "lmtPrice")
    return None if limit is None or stop is None else (limit - stop) * _side(order["action"]).sign


def _type(order: Values) -> str:
    name: str = order["orderType"]
    return _OTHER_NAMES.get(name, name)


def _time(order: Values, name: str) -> datetime | None:
    """An instant; a date alone is its end for an order that is good until then, and else its beginning."""
    text: str = order[name].strip()
    if not text:
        return None
    try:
        time = parse_time(text)
        return parse_time(f"{text} 23:59:59") if name == "goodTillDate" and len(text) == len("YYYYMMDD") else time
    except ValueError:
        raise Refused(343, _WRONG_TIME) from None


def _side(action: str) -> Side:
    if action not in ("BUY", "SELL"):
        raise refusals.validation(f"Invalid order action {action}" if action else "Missing order action")
    return Side(action)


def _price(order: Values, name: str) -> Decimal | None:
    """A price that the order type needs; 0 is what clients send for one that was not given."""
    price = order[name]
    return exact(price) if price else None


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)
