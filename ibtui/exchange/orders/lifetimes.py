"""Times in force: when an order begins to work and what ends it.

A session is the exchange's day, for every market and order, where markets are always open. Where they keep hours it is
the market's regular hours, or with `outside_rth` those before and after as well; out of its hours an order waits.

- DAY ends with its session, GTC never, GTD at its date. IOC and FOK end as soon as they met the book, or their trigger
  was reached: IOC keeps what traded, FOK trades whole or not at all. (A live capture showed a FOK order as Inactive;
  here it is Cancelled like IOC, as IB documents it.)
- A good-after time holds an order until then.
- OPG (market or limit) trades whole at the price of the next session's first trade, MOC and LOC at the session's last
  price; what cannot is cancelled. The auctions have room for any quantity and show none of it in the market's volume.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ibtui.exchange.refusal import Refused
from ibtui.exchange.terms.kinds import KINDS
from ibtui.exchange.told.reports import ClientOrder

TIMES = ("DAY", "GTC", "GTD", "IOC", "FOK", "OPG")
LASTING = ("DAY", "GTC", "GTD")
"""Those that an open order may change between."""
FLEETING = ("IOC", "FOK")

Hold = Literal["time", "open", "opening", "close", "conditions", "locate", "hours"]
"""Why an order that was sent does not work yet: its time, the next session's beginning, that session's first trade, the
session's end, its conditions, shares to borrow, its trading hours."""


def check_times(ticket: ClientOrder, now: datetime) -> None:
    """Raise Refused, with IB's codes, where a time in force does not go with the rest of a ticket."""
    kind, tif = KINDS[ticket.type], ticket.tif
    if tif not in TIMES:
        raise Refused(321, f"Error validating request.-'bW' : cause - Invalid time in force {tif}")
    if kind.closes and tif != "DAY":
        raise Refused(113, "The Tif option should be set to DAY for MOC and LOC orders.")
    if tif == "OPG" and ticket.type not in ("MKT", "LMT"):
        raise Refused(111, "The TIF (Tif type) and the order type are incompatible.")
    if (tif == "GTD") != (ticket.good_till is not None):
        raise Refused(334, "Invalid Good Till Date order")
    if ticket.good_till is not None and ticket.good_till <= max(now, ticket.good_after or now):
        raise Refused(334, "Invalid Good Till Date order")


def begins(ticket: ClientOrder) -> datetime | None:
    """When an order begins to work; None at once."""
    times = (ticket.good_after, ticket.algo.begin if ticket.algo is not None else None)
    return max((time for time in times if time is not None), default=None)


def holds(ticket: ClientOrder, now: datetime) -> set[Hold]:
    """What an order that is sent now waits for."""
    reasons: tuple[tuple[Hold, bool], ...] = (
        ("time", (begins(ticket) or now) > now),
        ("open", ticket.tif == "OPG"),
        ("close", KINDS[ticket.type].closes),
        ("conditions", bool(ticket.conditions) and not ticket.conditions_cancel),
    )
    return {hold for hold, applies in reasons if applies}


def keeps_hours(ticket: ClientOrder) -> bool:
    """Whether it waits out of trading hours; what trades in auctions only waits for those instead."""
    return ticket.tif != "OPG" and not KINDS[ticket.type].closes


def may_become(old: str, new: str) -> bool:
    """Whether an open order may change its time in force so."""
    return old == new or (old in LASTING and new in LASTING)
