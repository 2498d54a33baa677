"""What a strategy did, in the same words whether it ran live, in shadow or over a recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from ibtui.backtest.decisions import DecisionRecord
from ibtui.backtest.trades import Fact as PastFill
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.words import order_sentence
from ibtui.link import worker
from tests.parity.heard import Spoken


class Deed(NamedTuple):
    """An order that was asked for, or a change of one."""

    time: datetime
    """To the millisecond: no two quotes have the same time, and a recording tells them a microsecond apart."""
    what: str
    reason: str


class Traded(NamedTuple):
    """A fill; a market that trades it at several prices within one moment makes one of them, at their mean."""

    time: datetime
    """To the second, as IB tells it."""
    symbol: str
    quantity: float
    """Signed."""
    price: float


class Course(NamedTuple):
    """The course of one run: what it asked for and what it traded, in order."""

    deeds: list[Deed]
    trades: list[Traded]
    refused: list[str]
    """Sentences."""


def lived(story: Iterable[Spoken], instruments: dict[str, Instrument]) -> Course:
    """The course of a run whose orders are sent."""
    story = list(story)
    requests = Requests(instruments)
    refused = [one.message.message for one in story if isinstance(one.message, worker.RequestRefused)]
    fills = [one.message.fill for one in story if isinstance(one.message, worker.FillSeen)]
    asked = [(time, requests.words(one.message)) for time, one in _timed(story)]
    return Course(_reasoned(story, asked), _traded(fills), refused)


def shadowed(story: Iterable[Spoken]) -> Course:
    """The course of a run whose orders are drawn."""
    story = list(story)
    drawn = [one.message.text if isinstance(one.message, worker.Drawn) else "" for one in story]
    fills = [one.message.fill for one in story if isinstance(one.message, worker.ShadowFilled)]
    asked = [(time, _drawn_order(text)) for (time, _), text in zip(_timed(story), drawn, strict=True)]
    return Course(_reasoned(story, asked), _traded(fills), [text for text in drawn if "would be refused" in text])


def replayed(records: Iterable[DecisionRecord], fills: Iterable[PastFill]) -> Course:
    """The course of a run over a recording."""
    records = [one for one in records if one.ref]
    deeds = [deed for one in records for deed in _recorded(one)]
    refused = [became.text for one in records if one.end == "refused" for became in one.became]
    told = [
        Traded(_second(one.time), one.symbol, one.quantity if one.side == "BUY" else -one.quantity, one.price)
        for one in fills
    ]
    return Course(sorted(deeds, key=lambda deed: deed.time), told, refused)


class Requests:
    """Puts requests into words, of changes with what they change."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self._instruments = instruments
        self._stand: dict[str, tuple[str, str, Decimal, Decimal | None]] = {}
        """By ref: symbol, type, quantity and price."""

    def words(self, message: object) -> str:
        """Empty for what asks for no order, and for a change to what stands already."""
        if isinstance(message, worker.OrderRequest):
            return self._order(message)
        if isinstance(message, worker.ChangeRequest):
            return self._change(message)
        return ""

    def _order(self, request: worker.OrderRequest) -> str:
        symbol = request.symbol
        self._stand[request.ref] = symbol, request.type, request.quantity, request.terms.price
        for suffix, kind, price in (("s", "STP", request.protect), ("t", "LMT", request.target)):
            if price is not None:
                self._stand[f"{request.ref}-{suffix}"] = symbol, kind, request.quantity, price
        if request.reduce_only:
            return f"close {request.quantity:g} {symbol}"
        terms = request.with_terms(tif="")
        return order_sentence(terms, self._instruments.get(symbol), target=request.target, protect=request.protect)

    def _change(self, request: worker.ChangeRequest) -> str:
        ref = request.ref.removesuffix("-x")
        symbol, kind, quantity, price = self._stand[ref]
        change = request.change
        wanted = next((p for p in (change.limit_price, change.stop_price) if p is not None), price)
        now = symbol, kind, change.quantity or quantity, wanted
        if now == self._stand[ref]:
            return ""
        self._stand[ref] = now
        return f"change {symbol} to {now[2]:g} at {now[3]:g}"


def _timed(story: list[Spoken]) -> Iterator[tuple[datetime, Spoken]]:
    """Each message with the time that the strategy has then: when the bars closed, or when what it heard of came."""
    now, length = story[0].time, timedelta(0)
    for one in story:
        message = one.message
        if isinstance(message, worker.Started):
            length = timedelta(seconds=message.bar_seconds)
        elif isinstance(message, worker.BarClosed):
            now = message.bars[0].time + length
        elif isinstance(message, worker.SignalSeen):
            now = message.signal.time
        elif isinstance(message, worker.QuoteMoved | worker.FillSeen):
            now = message.time or now
        yield now, one


def _reasoned(story: list[Spoken], asked: list[tuple[datetime, str]]) -> list[Deed]:
    """Deeds with the reason that was logged behind them at the same moment."""
    deeds: list[Deed] = []
    waiting: list[int] = []
    for (time, what), (_, message) in zip(asked, story, strict=True):
        if what:
            waiting.append(len(deeds))
            deeds.append(Deed(_millisecond(time), what, ""))
        elif isinstance(message, worker.Said):
            for place in waiting:
                if not deeds[place].what.startswith("change "):
                    deeds[place] = deeds[place]._replace(reason=message.text)
        elif isinstance(message, worker.BarClosed | worker.QuoteMoved | worker.SignalSeen | worker.FillSeen):
            waiting = []
    return deeds


def _drawn_order(text: str) -> str:
    """`would BUY 10 AAPL at market` without its first word; a change in the words of the others."""
    if not text.startswith("would ") or text.startswith(("would have traded", "would cancel", "would hold")):
        return ""
    what = text.removeprefix("would ")
    if what.startswith("close "):
        _, quantity, symbol, *_ = what.split()
        return f"close {quantity.lstrip('-+')} {symbol}"
    if what.startswith("change "):
        _, symbol, _, _, quantity, _, price = what.split()
        return f"change {symbol} to {quantity} at {float(price):g}"
    return what


def _recorded(record: DecisionRecord) -> Iterator[Deed]:
    """An order of a decision log, and its changes; not a stop or a target that came with one."""
    text = record.text.replace(", day", "")
    if text.endswith(", closes the position"):
        _, quantity, symbol, *_ = text.split()
        text = f"close {quantity} {symbol}"
    if not record.reason.startswith("comes with"):
        yield Deed(_millisecond(record.time), text, record.reason)
    for became in record.became:
        if became.text.startswith("changed to "):
            quantity, price = became.text.removeprefix("changed to ").split(" at ")
            yield Deed(_millisecond(became.time), f"change {record.symbol} to {quantity} at {float(price):g}", "")


def _traded(fills: Iterable[Fill]) -> list[Traded]:
    return [Traded(_second(fill.time), fill.symbol, float(fill.signed), fill.price) for fill in fills]


def _millisecond(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _second(time: datetime) -> datetime:
    return time.replace(microsecond=0)
