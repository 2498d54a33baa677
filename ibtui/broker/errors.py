"""What IB's error codes mean, for an order by what was being done to it, and for everything else by its kind.

`error_table` explains each code. IB sends warnings and rejections through one callback; reading a warning as a
cancellation has cost people doubled orders.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal

from ibtui.broker.error_table import TABLE, Effect, Explanation, Level
from ibtui.domain.order import HELD_BACK

Context = Literal["new", "modify", "cancel", "live"]
"""What was last asked about an order that IB has not answered; `live` when nothing is open."""


SHARES_NOT_LOCATED = 404
"""A short sale is held while shares are located."""


class Meaning(StrEnum):
    """What an error says about an order."""

    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NOTE = "note"
    """The order stands as before; the text is worth showing."""
    KEPT = "kept"
    """A change or a cancel was refused; the order stands as before, on the old terms."""
    HELD = "held"
    """TWS holds the new order back: it works once somebody sends it there, and not before."""
    OPEN = "open"
    """Whether the order works is an open question: ask IB."""


_BY_CODE = {entry.code: entry for entry in TABLE}
_WARNINGS = range(2100, 2200)
"""Codes that IB has set aside for warnings, those it has not thought of yet included."""


def explain(code: int) -> Explanation | None:
    """What stands in the table about a code; None for one that nobody has met."""
    known = _BY_CODE.get(code)
    if known is None and code in _WARNINGS:
        return Explanation(code, Effect.NOTE, "warning", "IB warns of something")
    return known


_GROUP_LOCKED = re.compile(r"\((10325|10326|10327)\)")
_EMPTY_REASON = re.compile(r"(Order Cancell?ed - reason:|Cancelled by Trader)\s*", re.IGNORECASE)

_HELD_UNTIL = re.compile(r"not be placed at the exchange until (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+?)\.?(?=\s|$)")

NOT_FOUND = 135
"""TWS finds no order of that id; of a cancel it is a question what became of the order, as 10147 is."""
UNFOUND = frozenset({NOT_FOUND, 10147})
"""The answers to a cancel of an order id that IB does not know, or knows no more."""
UNCANCELLABLE = frozenset({161, 10148})
"""The order is in no state to be cancelled: done, or on its way to it."""


def effect(code: int) -> Effect:
    """What a code says about an order; one that nobody listed leaves the truth open."""
    known = explain(code)
    return Effect.OPEN if known is None or known.effect is Effect.NONE else known.effect


def meaning(code: int, context: Context) -> Meaning:
    """What `code` says about an order in `context`."""
    says = effect(code)
    if says is Effect.HELD:
        return {"new": Meaning.HELD, "modify": Meaning.KEPT}.get(context, Meaning.NOTE)
    if says in _ANYWHERE:
        return _ANYWHERE[says]
    return _BY_CONTEXT.get((says, context), Meaning.OPEN)


_ANYWHERE = {Effect.NOTE: Meaning.NOTE, Effect.CANCELLED: Meaning.CANCELLED}
_BY_CONTEXT: dict[tuple[Effect, Context], Meaning] = {
    (Effect.REFUSED, "new"): Meaning.REJECTED,
    (Effect.REFUSED, "modify"): Meaning.KEPT,
    (Effect.REQUEST, "new"): Meaning.REJECTED,
    (Effect.REQUEST, "modify"): Meaning.KEPT,
    (Effect.REQUEST, "cancel"): Meaning.KEPT,
    (Effect.CHANGE, "modify"): Meaning.KEPT,
    (Effect.UNSURE, "new"): Meaning.REJECTED,
}


def refuses(code: int) -> bool:
    """Whether a new order that gets this code was not taken."""
    return meaning(code, "new") is Meaning.REJECTED


def unsure_change(code: int) -> bool:
    """Whether some gateways cancelled an order whose change they refused by this code, and others kept it."""
    return effect(code) is Effect.UNSURE


RATE_EXCEEDED = 100
"""More than 50 messages in a second. The id beside it is that of no request: logs show the number of the violation."""
CLIENT_ID_IN_USE = 326
UPSTREAM_LOST = frozenset({1100, 2110})
"""TWS lost its connection to IB's servers, 2110 for one that comes back by itself; 1101 or 1102 ends both."""
RESTORED_DATA_LOST = 1101
RESTORED = 1102
SOCKET_RESET = 1300

NO_CONTRACT = frozenset({200, 321})
"""No such contract; a query that IB finds too vague names none either."""
NO_HISTORY = 162
"""IB's history service has no bars, or does not give them."""
TOO_LATE = frozenset({300, 366})
"""A cancelled request was already gone."""
NO_DATA = frozenset({101, 200, 322, 354, 10089, 10168, 10182, 10186, 10197})
"""Why a market data request gives nothing now and may later: too many lines, no permission, an outage."""


def level(code: int) -> Level:
    """How loudly a message that belongs to no order should be shown."""
    known = explain(code)
    return "error" if known is None else known.level


HELD = "held by IB until"
"""How a reason begins that only says when an order goes to its market."""
NEVER_SENT_ON = "TWS kept it back and holds it no more: it never went out"
CLICK = "TWS has it and has not sent it on: it may wait for a click there; do not resend"
"""Of an order that TWS told of and that has not left it."""


def note_words(code: int, text: str) -> str:
    """What IB says of an order, and what helps; of one that waits for its market, until when."""
    waits = _HELD_UNTIL.search(text) if code == 399 else None
    if waits is not None:
        return f"{HELD} {waits[1]}"
    known = explain(code)
    if known is not None and known.effect is Effect.HELD:
        return f"{HELD_BACK}, {known.cause} ({code}); {known.cure}"
    return with_cure(code, f"{text} ({code})" if text else f"IB code {code}")


def locks_group(reason: str) -> bool:
    """Whether an order's reason is that its OCA group takes no order."""
    return _GROUP_LOCKED.search(reason) is not None


def with_cure(code: int, said: str) -> str:
    """What was said of a code, and what helps against it."""
    found = cure(code, said)
    return f"{said}; {found}" if found else said


def cure(code: int, text: str) -> str:
    """What to do about a code with IB's text; empty where nothing is to be done, or nobody knows what."""
    known = explain(code)
    if known is None:
        return ""
    lower = text.lower()
    found = next((helps for word, helps in known.cases if word in lower), known.cure)
    return "" if found.startswith("nothing") else found


def why_cancelled(text: str) -> str:
    """IB's reason for a cancellation; empty where it only confirms what was asked for."""
    return _EMPTY_REASON.sub("", text).strip()
