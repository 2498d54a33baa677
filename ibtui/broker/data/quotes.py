"""Live quotes: which instruments are wanted, and one event per changed instrument and network packet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.errors import NO_DATA, level
from ibtui.broker.transport.farms import serves
from ibtui.broker.transport.pacing import Rank
from ibtui.broker.transport.wire import Wire
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import BrokerSaid, Event, QuoteChanged
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import UNSET, known
from ibtui.domain.quote import DataKind, Quote

PRICES = {
    1: ("bid", "bid_size"),
    2: ("ask", "ask_size"),
    4: ("last", "last_size"),
    6: ("high", ""),
    7: ("low", ""),
    9: ("close", ""),
    14: ("open", ""),
    66: ("bid", "bid_size"),
    67: ("ask", "ask_size"),
    68: ("last", "last_size"),
    72: ("high", ""),
    73: ("low", ""),
    75: ("close", ""),
    76: ("open", ""),
}
"""Tick types of prices, and the size that comes with them; from 66 on they are delayed data."""

SIZES = {
    0: "bid_size",
    3: "ask_size",
    5: "last_size",
    8: "volume",
    69: "bid_size",
    70: "ask_size",
    71: "last_size",
    74: "volume",
}
INTEREST = {27: "C", 28: "P"}
"""Tick types of open interest, by the right of the option that they are about."""
MODEL = frozenset({13, 83})
"""Tick types of an option's figures by IB's model, live and delayed."""
OPEN_INTEREST = "101"
"""The generic tick that asks for it."""
HALTED = frozenset({49, 90})
KINDS: dict[int, DataKind] = {1: "real-time", 2: "frozen", 3: "delayed", 4: "delayed-frozen"}
NEWS_TICKS = "292"
"""The generic tick that asks for an instrument's headlines beside its quotes."""
SETTLED = 1.0
"""Seconds after a farm went down from which a price that still comes shows that it comes from elsewhere."""
_STOPPED: dict[DataKind, DataKind] = {"real-time": "frozen", "delayed": "delayed-frozen"}
"""What quotes are called whose farm is down."""
DELAYED_IF_NEEDED = 3
"""Market data type asked for: live where the account has it, delayed elsewhere; `Quote.kind` says which came."""


class ModelFigures(NamedTuple):
    """What IB's model says of an option; None is what it does not know."""

    implied_volatility: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None


class QuoteLine:
    """One market data subscription: the newest value of every field."""

    __slots__ = (
        "failed",
        "fields",
        "figures",
        "instrument",
        "interest",
        "moved",
        "number",
        "received",
        "sent",
        "stopped",
        "trouble",
    )

    def __init__(self, instrument: Instrument, moved: Callable[[], None] | None = None) -> None:
        self.instrument = instrument
        self.moved = moved
        """Called after every change of a borrowed line; None for those whose quotes are told."""
        self.figures: ModelFigures | None = None
        self.interest: float | None = None
        self.trouble = ""
        """What IB complained of last."""
        self.number = 0
        """Request id; 0 while nothing is asked."""
        self.fields: dict[str, Any] = {}
        self.sent = False
        """The request has left the queue."""
        self.failed = False
        self.received = 0.0
        """Monotonic seconds of the newest tick."""
        self.stopped: float | None = None
        """Since when the farm that its prices come from is down."""

    def quote(self) -> Quote:
        """Its market, called frozen while the farm that it comes from is down."""
        fields = self.fields
        if self.stopped is not None:
            kind = fields.get("kind", "real-time")
            fields = fields | {"kind": _STOPPED.get(kind, kind)}
        return Quote(symbol=self.instrument.symbol, received=self.received, **fields)


class Quotes:
    """The subscriptions that are wanted, carried from connection to connection."""

    def __init__(
        self,
        wire: Wire,
        contracts: Contracts,
        emit: Callable[[Event], None],
        clock: Clock,
        *,
        headlines: bool = False,
    ) -> None:
        self._wire = wire
        self._generic = NEWS_TICKS if headlines else ""
        self._contracts = contracts
        self._emit = emit
        self._clock = clock
        self._wanted: dict[int, QuoteLine] = {}
        self._by_number: dict[int, QuoteLine] = {}
        self._changed: dict[int, QuoteLine] = {}

    def subscribe(self, instrument: Instrument) -> None:
        if instrument.con_id not in self._wanted:
            line = self._wanted[instrument.con_id] = QuoteLine(instrument)
            self._request(line)

    def unsubscribe(self, instrument: Instrument) -> None:
        line = self._wanted.pop(instrument.con_id, None)
        if line is not None:
            self._cancel(line)

    def borrow(self, instrument: Instrument, moved: Callable[[], None]) -> QuoteLine:
        """A line of an option for a moment, with its figures and open interest; its quotes are not told as events.

        It ends with the connection; give it back as soon as it is not needed.
        """
        line = QuoteLine(instrument, moved)
        self._request(line)
        return line

    def give_back(self, line: QuoteLine) -> None:
        """Cancel a borrowed line; idempotent."""
        self._cancel(line)

    def start(self) -> None:
        """A new connection: ask for everything that is wanted."""
        self._by_number.clear()
        self._changed.clear()
        self._wire.queue("reqMarketDataType", DELAYED_IF_NEEDED)
        for line in self._wanted.values():
            line.number, line.trouble = 0, ""
            self._request(line)

    def restart(self) -> None:
        """IB lost its side of the subscriptions: cancel what may be left and ask again."""
        for line in self._wanted.values():
            self._again(line)

    def retry_failed(self) -> None:
        """Ask again for lines that IB refused: permissions, competing sessions and farms come and go."""
        for line in self._wanted.values():
            if line.failed:
                self._again(line)

    def price(self, number: int, tick: int, price: float, size: float) -> None:
        """A price tick. IB writes -1 or 0 with no size for a side that is not there."""
        line = self._by_number.get(number)
        names = PRICES.get(tick)
        if line is None or names is None:
            return
        if line.stopped is not None and self._clock.monotonic() - line.stopped > SETTLED:
            line.stopped = None
        absent = (not size and price in (-1.0, 0.0)) or price != price or abs(price) >= UNSET
        line.fields[names[0]] = None if absent else price
        if names[1]:
            line.fields[names[1]] = None if absent else size
        self._changed[number] = line

    def size(self, number: int, tick: int, size: float) -> None:
        line = self._by_number.get(number)
        name = SIZES.get(tick)
        if line is not None and INTEREST.get(tick) == line.instrument.right:
            line.interest = size
        if line is None or name is None:
            return
        line.fields[name] = size if 0 <= size < UNSET else None
        self._changed[number] = line

    def generic(self, number: int, tick: int, value: float) -> None:
        line = self._by_number.get(number)
        if line is not None and tick in HALTED:
            line.fields["halted"] = value > 0
            self._changed[number] = line

    def computed(
        self,
        number: int,
        tick: int,
        _attribute: int,
        volatility: float,
        delta: float,
        _price: float,
        _dividend: float,
        gamma: float,
        vega: float,
        theta: float,
        _under: float,
    ) -> None:
        """An option computation; IB writes -1 for an unknown volatility and -2 for any other unknown figure."""
        line = self._by_number.get(number)
        if line is None or line.moved is None or tick not in MODEL:
            return
        others = (None if figure == -2 else known(figure) for figure in (delta, gamma, vega, theta))
        line.figures = ModelFigures(known(volatility) if volatility > 0 else None, *others)
        self._changed[number] = line

    def data_type(self, number: int, kind: int) -> None:
        line = self._by_number.get(number)
        if line is not None and kind in KINDS:
            line.fields["kind"] = KINDS[kind]
            line.failed, line.trouble = False, ""  # data follows

    def publish(self) -> None:
        """A network packet has been read: tell what it changed."""
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        received = self._clock.monotonic()
        for line in changed.values():
            line.received = received
            if line.moved is not None:
                line.moved()
                continue
            self._emit(QuoteChanged(quote=line.quote()))

    def symbol(self, number: int) -> str:
        """The instrument of a market data request; empty when there is none of that number."""
        line = self._by_number.get(number)
        return "" if line is None else line.instrument.symbol

    def complained(self, number: int, code: int, text: str) -> bool:
        """An error on a market data request; False when the id is none of them."""
        line = self._by_number.get(number)
        if line is None:
            return False
        line.failed = line.failed or code in NO_DATA
        known, line.trouble = line.trouble == text, text
        if line.moved is not None:
            line.moved()
            return True
        if known:
            return True  # it was asked for again, and nothing has changed
        self._emit(BrokerSaid(code=code, text=text, symbol=line.instrument.symbol, level=level(code)))
        return True

    def stop(self, farm: str) -> None:
        """A farm is down: what comes from it is told as frozen, at the prices and the age that it has."""
        for line in self._wanted.values():
            if serves(farm, line.instrument) and line.stopped is None:
                line.stopped = self._clock.monotonic()
                if line.received:
                    self._emit(QuoteChanged(quote=line.quote()))

    def resume(self, farm: str) -> None:
        """A farm is back: ask again for what comes from it, since feeds have stayed silent after that."""
        for line in self._wanted.values():
            if line.stopped is not None and serves(farm, line.instrument):
                self._again(line)

    def _again(self, line: QuoteLine) -> None:
        self._cancel(line)
        self._request(line)

    def _request(self, line: QuoteLine) -> None:
        if not self._wire.connected:
            return
        line.number = self._wire.requests.new_id()
        line.fields = {}
        line.stopped = None
        line.failed = line.sent = False
        self._by_number[line.number] = line
        number = line.number
        contract = self._contracts.contract(line.instrument)
        self._wire.in_turn(lambda: self._send(number, contract), Rank.DATA if line.moved is None else Rank.PERSON)

    def _send(self, number: int, contract: Any) -> None:
        line = self._by_number.get(number)
        if line is not None:  # it may have been given up while it queued
            line.sent = True
            generic = self._generic if line.moved is None else OPEN_INTEREST
            self._wire.write("reqMktData", number, contract, generic, False, False, [])

    def _cancel(self, line: QuoteLine) -> None:
        asked = self._by_number.pop(line.number, None) is not None and line.sent
        if asked and self._wire.connected:
            self._wire.queue("cancelMktData", line.number)
        self._changed.pop(line.number, None)
        line.number = 0
