"""Market data lines: one subscription each, what it was sent last, and so what of a tick is news to it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from ibtui.domain.calendar.hours import is_open
from ibtui.domain.options.pricing import OptionFigures
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.told.reports import Tick
from ibtui.gateway.services.contracts import SMART_LETTERS
from ibtui.gateway.services.options import computation
from ibtui.gateway.services.service import GatewayClient
from ibtui.gateway.wire import market, responses

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
"""IB's numbers for the types of market data."""

BID, ASK, LAST, HIGH, LOW, CLOSE, OPEN = 1, 2, 4, 6, 7, 9, 14
BID_SIZE, ASK_SIZE, LAST_SIZE, VOLUME = 0, 3, 5, 8
BID_EXCHANGE, ASK_EXCHANGE, LAST_EXCHANGE = 32, 33, 84
LAST_TIME, HALTED = 45, 49
CAN_AUTO_EXECUTE = 1

DELAYED_TYPES = {
    BID: 66, ASK: 67, LAST: 68, BID_SIZE: 69, ASK_SIZE: 70, LAST_SIZE: 71, HIGH: 72, LOW: 73, VOLUME: 74, CLOSE: 75,
    OPEN: 76, 10: 80, 11: 81, 12: 82, 13: 83, LAST_TIME: 88, HALTED: 90,
}  # fmt: skip
"""The tick type under which delayed data goes out."""
BBO_EXCHANGE = "9c0001"
"""The code of the quoted exchanges that reqSmartComponents takes."""


class MarketDataLine:
    """One subscription of one client."""

    def __init__(
        self, client: GatewayClient, request: int, listing: Listing, generic: frozenset[int], wanted: int
    ) -> None:
        """`wanted` is the type of data that the client asked for last."""
        self.request = request
        self.listing = listing
        self.con_id = listing.instrument.con_id
        self.generic = generic
        self.wanted = wanted
        self.mode = LIVE
        self.quoting = True
        """Whether quotes come, or only what needs no subscription to data."""
        self.providers: frozenset[str] = frozenset()
        """News providers wanted; empty for all."""
        self._client = client
        self._sent: dict[int, Any] = {}

    @property
    def delayed(self) -> bool:
        return self.mode in (DELAYED, DELAYED_FROZEN)

    @property
    def frozen(self) -> bool:
        """It shows how its market closed and nothing that came after."""
        return self.mode in (FROZEN, DELAYED_FROZEN)

    def mode_at(self, now: datetime) -> int:
        """The type of data it gets: frozen only while its market is closed, and live wherever it may be."""
        frozen = self.wanted in (FROZEN, DELAYED_FROZEN) and not is_open(self.listing.hours, now, regular=False)
        if not self.listing.delayed_only:
            return FROZEN if frozen else LIVE
        return DELAYED_FROZEN if frozen and self.wanted == DELAYED_FROZEN else DELAYED

    def open(self, *, halted: bool) -> None:
        """What every line begins with; `halted` while its instrument does not trade."""
        self._client.send(
            responses.TICK_REQ_PARAMS,
            reqId=self.request,
            minTick=self.listing.instrument.tick,
            bboExchange=BBO_EXCHANGE if self.listing.instrument.sec_type == "STK" else "",
            snapshotPermissions=3 if self.listing.permitted else 0,
        )
        self.turn(self.mode)
        self.halt(halted)
        self._name_exchanges()

    def halt(self, halted: bool) -> None:
        """Say whether trading is halted, by IB's number for a halt that an authority ordered."""
        self.generic_value(HALTED, 1.0 if halted else 0.0)

    def _name_exchanges(self) -> None:
        """The letter of the home exchange for bid, ask and last price: no other one is simulated."""
        letter = dict(SMART_LETTERS).get(self.listing.instrument.primary_exchange)
        if letter is not None and self.quoting and not self.delayed:
            for kind in (BID_EXCHANGE, ASK_EXCHANGE, LAST_EXCHANGE):
                self.text(kind, letter)

    def turn(self, mode: int) -> None:
        """Announce the type of what follows."""
        self.mode = mode
        self._client.send(responses.MARKET_DATA_TYPE, reqId=self.request, marketDataType=mode)

    def show(self, tick: Tick) -> None:
        """Send what of a tick is new: a price with its size, then the size by itself as TWS does."""
        self.side(BID, tick.bid, BID_SIZE, tick.bid_size)
        self.side(ASK, tick.ask, ASK_SIZE, tick.ask_size)
        self.side(LAST, tick.last, LAST_SIZE, tick.last_size)
        self.size(VOLUME, tick.volume)
        for kind, price in ((HIGH, tick.high), (LOW, tick.low), (CLOSE, tick.close), (OPEN, tick.open)):
            self.price(kind, price)

    def side(self, kind: int, price: float, size_kind: int, size: float) -> None:
        self.price(kind, price, size)
        if known(price):
            self.size(size_kind, size)

    def price(self, kind: int, price: float, size: float = 0.0) -> None:
        """A price, if it changed."""
        if not known(price) or self._sent.get(kind) == price:
            return
        self._sent[kind] = price
        self._client.send(
            responses.TICK_PRICE,
            reqId=self.request,
            tickType=self._type(kind),
            price=price,
            size=size if math.isfinite(size) else 0.0,
            attribMask=CAN_AUTO_EXECUTE if kind in (BID, ASK) and not self.delayed else 0,
        )

    def size(self, kind: int, size: float) -> None:
        """A size, if it changed."""
        if math.isfinite(size) and self._changed(kind, size):
            self._client.send(responses.TICK_SIZE, reqId=self.request, tickType=self._type(kind), size=size)

    def generic_value(self, kind: int, value: float | None) -> None:
        """A generic number, if it is known and changed."""
        if value is not None and self._changed(kind, value):
            self._client.send(responses.TICK_GENERIC, reqId=self.request, tickType=self._type(kind), value=value)

    def text(self, kind: int, value: str) -> None:
        """A text, if it changed."""
        if self._changed(kind, value):
            self.tape(kind, value)

    def tape(self, kind: int, value: str) -> None:
        """A text, whether or not it was sent before."""
        self._client.send(responses.TICK_STRING, reqId=self.request, tickType=self._type(kind), value=value)

    def computation(self, kind: int, figures: OptionFigures) -> None:
        """An option's figures, if they changed."""
        if self._changed(kind, figures):
            self._client.send(
                market.TICK_OPTION_COMPUTATION,
                reqId=self.request,
                tickType=self._type(kind),
                **computation(figures),
            )

    def _changed(self, kind: int, value: Any) -> bool:
        if self._sent.get(kind) == value:
            return False
        self._sent[kind] = value
        return True

    def _type(self, kind: int) -> int:
        return DELAYED_TYPES.get(kind, kind) if self.delayed else kind


def known(price: float) -> bool:
    return math.isfinite(price) and price != 0
