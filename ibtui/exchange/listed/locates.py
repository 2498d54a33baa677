"""Locates: shares that must be found before they can be sold short.

A sale that goes short in a stock that is hard to borrow is held, with IB's code 404 and `locate` as its reason, until
the shares are found: after a while, or when someone says so. Stocks that are not hard to borrow need no locate.
"""

from __future__ import annotations

from ibtui.exchange.listed.instruments import Listing

HELD = 404, "Order held while securities are located."
SEARCH = 60_000_000
"""Microseconds until shares are found by themselves."""


class Locates:
    """Which stocks are hard to borrow: as listed, or as was said since."""

    def __init__(self) -> None:
        self._said: dict[int, bool] = {}

    def said(self) -> dict[int, bool]:
        """What was said, by contract id: whether it is hard to borrow."""
        return dict(self._said)

    def say(self, con_id: int, hard: bool) -> None:
        self._said[con_id] = hard

    def hard(self, listing: Listing) -> bool:
        """Whether a short sale of it has to wait."""
        return self._said.get(listing.instrument.con_id, listing.hard_to_borrow)
