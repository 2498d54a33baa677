"""A recording run over with its quotes: decisions at their times, fills on the quotes that stood or came after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from ibtui.backtest.broker import Simulated
from ibtui.backtest.telling import SignalQueue, tell_each
from ibtui.domain.bar import Bar
from ibtui.domain.signal import Signal
from ibtui.recording.playing import Moment, PlayedQuote
from ibtui.strategies import step as steps
from ibtui.strategies.author.base import Strategy

Group = tuple[Bar, ...]


def played(strategy: Strategy, broker: Simulated, moments: Iterator[Moment], signals: SignalQueue) -> Iterator[Group]:
    """The bars of what a run is over, as they are where no quotes are among them: that costs nothing then."""
    first = next(moments, None)
    if first is None:
        return iter(())
    if isinstance(first, PlayedQuote):
        return _Session(strategy, broker, signals).bars(chain((first,), moments))
    return chain((first,), moments)  # type: ignore[arg-type]


class _Session:
    """What happens between the bars of a recording: quotes and signals in order, as a live strategy meets them."""

    def __init__(self, strategy: Strategy, broker: Simulated, signals: SignalQueue) -> None:
        self._strategy = strategy
        self._broker = broker
        self._signals = signals
        self._listens = type(strategy).on_quote is not Strategy.on_quote

    def bars(self, moments: Iterator[Moment]) -> Iterator[Group]:
        """Each group of bars when it closes; what is decided then meets the market as it stands."""
        for moment in moments:
            if isinstance(moment, PlayedQuote):
                self._hear(self._signals.until(moment.time))
                self._quote(moment)
            else:
                self._hear(self._signals.before(self._broker.closing(moment[0].time)))
                yield moment
                self._broker.at(self._broker.now)
                self._settle()
                self._broker.at(None)

    def _quote(self, played: PlayedQuote) -> None:
        """A quote: orders meet it, then it is told."""
        fills = self._broker.quoted(played.quote, played.time)
        if fills or self._listens:
            steps.step(self._strategy, self._broker, events=(*fills, played.quote))
        if self._listens or fills:
            self._settle()
        self._broker.at(None)

    def _hear(self, signals: Sequence[Signal]) -> None:
        for signal in signals:
            tell_each(self._strategy, self._broker, (signal,))
            self._broker.at(signal.time)
            self._settle()
        self._broker.at(None)

    def _settle(self) -> None:
        """What was asked for meets the market as it stands."""
        if fills := self._broker.settle():
            steps.step(self._strategy, self._broker, events=fills)
