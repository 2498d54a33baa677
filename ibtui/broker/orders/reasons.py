"""Why an order stands as it stands, and which news makes such a reason untrue: an old one does not stay beside it."""

from __future__ import annotations

from enum import StrEnum

from ibtui.domain.order import Order, OrderStatus


class Why(StrEnum):
    """What a reason is about."""

    NONE = "none"
    HELD = "held"
    """Until when IB keeps it from its market."""
    KEPT_BACK = "kept back"
    """TWS has not sent it on: somebody there has to."""
    LOCATE = "locate"
    """Shares to sell short are being located."""
    NOTE = "note"
    """A warning about an order that stands."""
    UNCONFIRMED = "unconfirmed"
    """A change that IB has not confirmed."""
    REFUSED = "refused"
    """A change or a cancel that IB refused: the order stands on the old terms."""
    QUESTION = "question"
    """What became of it is not known, or IB lists it nowhere."""
    DOUBT = "doubt"
    """Figures that cannot be true, or do not agree."""
    END = "end"
    """Why it was cancelled or rejected; said after its end, any word about it."""


class ReasonNews(StrEnum):
    """What a message can say that makes a reason untrue."""

    STARTED = "started"
    """IB says Submitted for the first time: it is in its market, its shares are located."""
    KNOWN = "known"
    """It was UNKNOWN and is not any more."""
    MOVED = "moved"
    """It stands otherwise than before."""
    TERMS = "terms"
    """IB describes other terms than before."""
    ASKED = "asked"
    """Another change of the order was written to IB."""
    WHOLE = "whole"
    """A complete reconcile lists it."""
    AGREED = "agreed"
    """A report that can be true, and agrees with the executions."""
    TRADED = "traded"
    """More of it has traded, and it works or has filled: a late fill does not change why the rest was cancelled."""
    ENDED = "ended"


OUTLIVED: dict[Why, frozenset[ReasonNews]] = {
    Why.NONE: frozenset(),
    Why.HELD: frozenset({ReasonNews.STARTED, ReasonNews.TRADED, ReasonNews.ENDED}),
    Why.KEPT_BACK: frozenset({ReasonNews.MOVED, ReasonNews.TRADED, ReasonNews.ENDED}),
    Why.LOCATE: frozenset({ReasonNews.STARTED, ReasonNews.TRADED, ReasonNews.ENDED}),
    Why.NOTE: frozenset({ReasonNews.TRADED, ReasonNews.ENDED}),
    Why.UNCONFIRMED: frozenset(
        {ReasonNews.TERMS, ReasonNews.ASKED, ReasonNews.WHOLE, ReasonNews.TRADED, ReasonNews.ENDED}
    ),
    Why.REFUSED: frozenset({ReasonNews.TERMS, ReasonNews.ASKED, ReasonNews.TRADED, ReasonNews.ENDED}),
    Why.QUESTION: frozenset({ReasonNews.KNOWN, ReasonNews.TRADED, ReasonNews.ENDED}),
    Why.DOUBT: frozenset({ReasonNews.AGREED, ReasonNews.ENDED}),
    Why.END: frozenset({ReasonNews.TRADED}),
}


def news(before: Order, after: Order) -> frozenset[ReasonNews]:
    """What the step from one state of an order to the next says."""
    found = set()
    if after.status is not before.status:
        found.add(ReasonNews.MOVED)
    if before.status is OrderStatus.UNKNOWN and after.status is not OrderStatus.UNKNOWN:
        found.add(ReasonNews.KNOWN)
    if (after.filled > before.filled and not after.status.done) or (
        after.status.traded and after.status is not before.status
    ):
        found.add(ReasonNews.TRADED)
    if after.status.done and not before.status.done:
        found.add(ReasonNews.ENDED)
    return frozenset(found)


def outlived(why: Why, said: frozenset[ReasonNews]) -> bool:
    """Whether a reason is no longer so after this news."""
    return bool(OUTLIVED[why] & said)
