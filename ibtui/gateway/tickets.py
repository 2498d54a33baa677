"""Tickets: placeOrder's hundred fields become the exchange's order, or are refused rather than ignored."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.order import Side
from ibtui.exchange.instruments import Listing
from ibtui.exchange.reports import Ticket
from ibtui.gateway import refusals
from ibtui.gateway.wire.codec import Values

_LIMITED = ("LMT", "STP LMT", "LIT", "TRAIL LIMIT")
_TRIGGERED = ("STP", "STP LMT", "MIT", "LIT")

_UNSUPPORTED = (
    "goodAfterTime",
    "goodTillDate",
    "faGroup",
    "modelCode",
    "shortSaleSlot",
    "displaySize",
    "hidden",
    "blockOrder",
    "sweepToFill",
    "allOrNone",
    "minQty",
    "percentOffset",
    "nbboPriceCap",
    "discretionaryAmt",
    "auctionStrategy",
    "volatility",
    "trailStopPrice",
    "trailingPercent",
    "scalePriceIncrement",
    "hedgeType",
    "notHeld",
    "deltaNeutralContract",
    "algoStrategy",
    "randomizeSize",
    "randomizePrice",
    "conditions",
    "triggerPrice",
    "cashQty",
    "discretionaryUpToLimitPrice",
    "duration",
    "postToAts",
)
"""What would change when, whether or at which price an order fills, and so must not be taken and left undone."""

_NOTHING: tuple[object, ...] = (None, "", 0, False, "None", [])


def ticket(order: Values, listing: Listing, account: str, parent: int | None) -> Ticket:
    """The exchange's order for a client's; raises Refused for what this gateway cannot do."""
    for name in _UNSUPPORTED:
        if order.get(name) not in _NOTHING:
            raise refusals.unsupported(f"The order attribute {name}")
    quantity = order["totalQuantity"]
    if quantity is None or quantity <= 0:
        raise refusals.validation("The order size must be greater than zero")
    kind = order["orderType"]
    return Ticket(
        account=account,
        con_id=listing.instrument.con_id,
        side=_side(order["action"]),
        quantity=quantity,
        type=kind,
        limit_price=_price(order, "lmtPrice") if kind in _LIMITED else None,
        stop_price=_price(order, "auxPrice") if kind in _TRIGGERED else None,
        tif=order["tif"] or "DAY",
        oca_group=order["ocaGroup"],
        oca_type=order["ocaType"] or 3,
        parent=parent,
        transmit=order["transmit"],
        outside_rth=order["outsideRth"],
    )


def _side(action: str) -> Side:
    if action not in ("BUY", "SELL"):
        raise refusals.validation(f"Invalid order action {action}" if action else "Missing order action")
    return Side(action)


def _price(order: Values, name: str) -> Decimal | None:
    """A price that the order type needs; 0 is what clients send for one that was not given."""
    price: Decimal | None = order[name]
    return price or None
