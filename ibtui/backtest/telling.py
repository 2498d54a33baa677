"""When signals are told over past bars: each at its time, with what was known then.

One that comes between two bars is told before the next opens, and what it makes a strategy ask for meets that open. One
that comes inside a bar is told once orders have met its open, with that as the last price; what is asked for then meets
the next bar, for nobody knows what this one did after that moment. One that comes at a close is told with it. Before
any price is known a signal waits for the first close.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ibtui.backtest.broker import Simulated
from ibtui.domain.bar import Bar
from ibtui.domain.signal import Signal
from ibtui.strategies import step as steps
from ibtui.strategies.author.base import Strategy


class SignalQueue:
    """Signals of a run, oldest first, and how many of them were told."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        self._signals = signals
        self._count = 0

    @property
    def left(self) -> bool:
        """Whether there are signals that were not told."""
        return self._count < len(self._signals)

    def before(self, moment: datetime) -> list[Signal]:
        """Those that are earlier than a moment and were not told; they are now."""
        return self._take(lambda signal: signal.time < moment)

    def until(self, moment: datetime) -> list[Signal]:
        """Those that are no later than a moment and were not told; they are now."""
        return self._take(lambda signal: signal.time <= moment)

    def _take(self, due: Callable[[Signal], bool]) -> list[Signal]:
        first = self._count
        while self._count < len(self._signals) and due(self._signals[self._count]):
            self._count += 1
        return list(self._signals[first : self._count])


def tell(strategy: Strategy, broker: Simulated, bars: tuple[Bar, ...], signals: SignalQueue) -> list[Signal]:
    """Tell what became known before bars close; what is to be told with their close is returned."""
    opened = bars[0].time
    closed = broker.closing(opened)
    if broker.priced:
        tell_each(strategy, broker, signals.until(opened))
        inside = signals.before(closed)
        if inside:
            steps.step(strategy, broker, events=broker.open(bars))
            tell_each(strategy, broker, inside)
    return signals.until(closed)


def tell_each(strategy: Strategy, broker: Simulated, signals: Sequence[Signal]) -> None:
    """Tell signals, each at its time."""
    for signal in signals:
        broker.at(signal.time)
        steps.step(strategy, broker, events=(signal,))
    broker.at(None)
