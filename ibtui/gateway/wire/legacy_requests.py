"""Field tables of requests at server version 69, where they differ from those of today; names are today's.

The lengths are those that IBPy and npm's `ib` write, which agree.
"""

from __future__ import annotations

from ibtui.gateway.wire import requests
from ibtui.gateway.wire.contracts import CONTRACT, CONTRACT_HELD, DELTA_NEUTRAL, LEGS
from ibtui.gateway.wire.fields import Fixed, Item, Layout, Rest, flag, integer, number, text
from ibtui.gateway.wire.orders import PLACE_ORDER
from ibtui.gateway.wire.research import REQ_SCANNER_SUBSCRIPTION

_VERSION = Fixed("1")
"""Every message has its own version number after its id; no two clients agree on it, and nothing follows from it."""
_REQ_ID = integer("reqId")
_BEGIN: tuple[Item, ...] = (_VERSION, _REQ_ID)

_LAST_OF_ORDER = "whatIf"
_NOT_IN_ORDER = ("modelCode", "algoId")


def _old_order() -> tuple[Item, ...]:
    """placeOrder up to the last field of then, without the two that were put in between."""
    items: list[Item] = [_VERSION]
    for item in PLACE_ORDER.items:
        name = getattr(item, "name", "")
        if name not in _NOT_IN_ORDER:
            items.append(item)
        if name == _LAST_OF_ORDER:
            return tuple(items)
    raise KeyError(_LAST_OF_ORDER)


_CHANGED = (
    Layout(
        1,
        "reqMktData",
        (*_BEGIN, *CONTRACT, LEGS, *DELTA_NEUTRAL, text("genericTickList"), flag("snapshot")),
    ),
    Layout(3, "placeOrder", _old_order()),
    Layout(
        9,
        "reqContractDetails",
        (*_BEGIN, *CONTRACT_HELD, flag("includeExpired"), text("secIdType"), text("secId")),
    ),
    Layout(10, "reqMktDepth", (*_BEGIN, *CONTRACT_HELD, integer("numRows"))),
    Layout(11, "cancelMktDepth", _BEGIN),
    Layout(12, "reqNewsBulletins", (_VERSION, flag("allMsgs"))),
    Layout(13, "cancelNewsBulletins", (_VERSION,)),
    Layout(18, "requestFA", (_VERSION, integer("faDataType"))),
    Layout(19, "replaceFA", (_VERSION, integer("faDataType"), text("xml"))),
    Layout(
        20,
        "reqHistoricalData",
        (
            *_BEGIN,
            *CONTRACT,
            flag("includeExpired"),
            text("endDateTime"),
            text("barSizeSetting"),
            text("durationStr"),
            flag("useRTH"),
            text("whatToShow"),
            integer("formatDate"),
            LEGS,
        ),
    ),
    Layout(
        21,
        "exerciseOptions",
        (
            *_BEGIN,
            *CONTRACT_HELD,
            integer("exerciseAction"),
            integer("exerciseQuantity"),
            text("account"),
            integer("override"),
        ),
    ),
    Layout(22, "reqScannerSubscription", (_VERSION, *REQ_SCANNER_SUBSCRIPTION.items[:-2])),
    Layout(23, "cancelScannerSubscription", _BEGIN),
    Layout(24, "reqScannerParameters", (_VERSION,)),
    Layout(25, "cancelHistoricalData", _BEGIN),
    Layout(
        50,
        "reqRealTimeBars",
        (*_BEGIN, *CONTRACT, integer("barSize"), text("whatToShow"), flag("useRTH")),
    ),
    Layout(51, "cancelRealTimeBars", _BEGIN),
    Layout(
        52,
        "reqFundamentalData",
        (
            *_BEGIN,
            integer("conId"),
            text("symbol"),
            text("secType"),
            text("exchange"),
            text("primaryExchange"),
            text("currency"),
            text("localSymbol"),
            text("reportType"),
        ),
    ),
    Layout(53, "cancelFundamentalData", _BEGIN),
    Layout(
        54,
        "calculateImpliedVolatility",
        (*_BEGIN, *CONTRACT, number("optionPrice", unset=""), number("underPrice", unset="")),
    ),
    Layout(
        55,
        "calculateOptionPrice",
        (*_BEGIN, *CONTRACT, number("volatility", unset=""), number("underPrice", unset="")),
    ),
    Layout(56, "cancelCalculateImpliedVolatility", _BEGIN),
    Layout(57, "cancelCalculateOptionPrice", _BEGIN),
)

_OPEN_ENDED = frozenset(
    layout.id for layout in requests.BY_ID.values() if any(isinstance(item, Rest) for item in layout.items)
)
"""Tables that end in whatever follows, which has no end without a frame."""

BY_ID = {number: layout for number, layout in requests.BY_ID.items() if number not in _OPEN_ENDED} | {
    layout.id: layout for layout in _CHANGED
}
"""Every request whose length is known, newer ones than version 69 too: npm's `ib` sends some all the same."""
del BY_ID[requests.START_API.id]
