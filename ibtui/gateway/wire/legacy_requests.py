"""Field tables of requests at server version 69, where they differ from those of today; names are today's.

The lengths are those that IBPy and npm's `ib` write, which agree.
"""

from __future__ import annotations

from ibtui.gateway.wire import market, orders, requests, research, settings
from ibtui.gateway.wire.fields import Fixed, Layout, Rest, integer, up_to

_VERSION = Fixed("1")
"""Every message has its own version number after its id; no two clients agree on it, and nothing follows from it."""


def _old(layout: Layout, *without: str, last: str = "") -> Layout:
    """The table of today, up to the field `last` where that was the last of then, without fields that came between."""
    items = up_to(layout.items, last) if last else layout.items
    own = 1 if isinstance(items[0], Fixed) else 0
    kept = (item for item in items[own:] if not isinstance(item, Rest) and getattr(item, "name", "") not in without)
    return layout._replace(items=(_VERSION, *kept))


_EXERCISE = _old(requests.EXERCISE_OPTIONS, "override")


_CHANGED = (
    _old(requests.REQ_MKT_DATA, last="snapshot"),
    _old(orders.PLACE_ORDER, "modelCode", "algoId", last="whatIf"),
    _old(requests.REQ_CONTRACT_DETAILS, "primaryExchange", last="secId"),
    _old(market.REQ_MKT_DEPTH, "primaryExchange", last="numRows"),
    _old(market.CANCEL_MKT_DEPTH, last="reqId"),
    _old(settings.REPLACE_FA, last="xml"),
    _old(requests.REQ_HISTORICAL_DATA, "keepUpToDate", "chartOptions"),
    _EXERCISE._replace(items=(*_EXERCISE.items, integer("override"))),
    _old(research.REQ_SCANNER_SUBSCRIPTION, last="stockTypeFilter"),
    _old(market.REQ_REAL_TIME_BARS, last="useRTH"),
    _old(research.REQ_FUNDAMENTAL_DATA),
    _old(market.CALCULATE_IMPLIED_VOLATILITY),
    _old(market.CALCULATE_OPTION_PRICE),
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
