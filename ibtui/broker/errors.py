"""What IB's error codes mean, for an order by what was being done to it, and for everything else by its kind.

Sources: IB's message codes page, `ibapi/errors.py` 10.51, and reports of what really arrives. IB sends warnings and
rejections through one callback; reading a warning as a cancellation has cost people doubled orders.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal

Context = Literal["new", "modify", "cancel", "live"]
"""What was last asked about an order that IB has not answered; `live` when nothing is open."""


class Meaning(StrEnum):
    """What an error says about an order."""

    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NOTE = "note"
    """The order stands as before; the text is worth showing."""
    KEPT = "kept"
    """A change or a cancel was refused; the order stands as before, on the old terms."""
    OPEN = "open"
    """Whether the order works is an open question: ask IB."""


NOTES = frozenset({165, 354, 399, 404, 492, 10167, 10197, 10311, 10349}) | frozenset(range(2100, 2200))
"""Warnings. 10349: the time in force was set by a preset, the order is live. 404: held while shares are located."""

REFUSALS = frozenset(
    {
        107,
        109,
        110,
        131,
        132,
        134,
        135,
        136,
        200,
        201,
        203,
        320,
        321,
        322,
        387,
        388,
        391,
        434,
        463,
        10006,
        10243,
        10289,
        10325,
        10326,
        10327,
    },
)
"""IB did not accept what was sent: no such contract, no permission, a bad price, size or field, no margin, an OCA group
that takes no order."""

UNSURE_CHANGES = frozenset({10326, 10327})
"""A change of an order in an OCA group was refused: some gateways cancelled the order with that, others kept it."""

CANCELLED = frozenset({202})
_EMPTY_REASON = re.compile(r"(Order Cancell?ed - reason:|Cancelled by Trader)\s*", re.IGNORECASE)

_HELD_UNTIL = re.compile(r"not be placed at the exchange until (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+?)\.?(?=\s|$)")

CHANGE_REFUSED = frozenset({105, 329})
"""The changed order does not match the old one."""

REQUEST_REFUSED = frozenset({320, 321, 322})
"""The request was refused, not the order: TWS's Read-Only box answers cancels so. Some of `REFUSALS`."""

NOT_FOUND = 135
"""TWS finds no order of that id; of a cancel it is a question what became of the order, as 10147 is."""
UNFOUND = frozenset({NOT_FOUND, 10147})
"""The answers to a cancel of an order id that IB does not know, or knows no more."""
UNCANCELLABLE = frozenset({161, 10148})
"""The order is in no state to be cancelled: done, or on its way to it."""

OPEN_QUESTIONS = frozenset({103, 104, 161, 10147, 10148, 10149})
"""Duplicate id, too late to change or to cancel, not found: what the order became is not said."""


def meaning(code: int, context: Context) -> Meaning:
    """What `code` says about an order in `context`; a code that nobody listed leaves the truth open."""
    if code in NOTES:
        return Meaning.NOTE
    if code in CANCELLED:
        return Meaning.CANCELLED
    if code in REFUSALS and context == "new":
        return Meaning.REJECTED
    if code in (REFUSALS | CHANGE_REFUSED) - UNSURE_CHANGES and context == "modify":
        return Meaning.KEPT
    if code in REQUEST_REFUSED and context == "cancel":
        return Meaning.KEPT
    return Meaning.OPEN


RATE_EXCEEDED = 100
"""More than 50 messages in a second. The id beside it is that of no request: logs show the number of the violation."""
CLIENT_ID_IN_USE = 326
UPSTREAM_LOST = frozenset({1100, 2110})
"""TWS lost its connection to IB's servers, 2110 for one that comes back by itself; 1101 or 1102 ends both."""
RESTORED_DATA_LOST = 1101
RESTORED = 1102
SOCKET_RESET = 1300

NO_DATA = frozenset({101, 200, 322, 354, 10089, 10168, 10182, 10186, 10197})
"""Why a market data request gives nothing now and may later: too many lines, no permission, an outage."""

FARM_RESTORED = frozenset({2104, 2106})

_INFO = frozenset({2104, 2106, 2107, 2108, 2119, 2158})
_WARNING = frozenset({0, 399, 10090, 10167}) | frozenset(range(2100, 2200))

Level = Literal["info", "warning", "error"]


def level(code: int) -> Level:
    """How loudly a message that belongs to no order should be shown."""
    if code in _INFO:
        return "info"
    return "warning" if code in _WARNING else "error"


HELD = "held by IB until"
"""How a reason begins that only says when an order goes to its market."""


def note_words(code: int, text: str) -> str:
    """What IB says of an order that stands; of one that waits for its market, until when."""
    waits = _HELD_UNTIL.search(text) if code == 399 else None
    if waits is not None:
        return f"{HELD} {waits[1]}"
    return f"{text} ({code})" if text else f"IB code {code}"


def why_cancelled(text: str) -> str:
    """IB's reason for a cancellation; empty where it only confirms what was asked for."""
    return _EMPTY_REASON.sub("", text).strip()
