"""The only caller of a strategy's hooks, live and over the past: what is true in one is true in the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.quote import Quote
from ibtui.strategies.base import Broker, Strategy
from ibtui.strategies.parameters import Value

Event = Quote | Fill
S = TypeVar("S", bound=Strategy)


def start(kind: type[S], broker: Broker, values: Mapping[str, Value]) -> S:
    """A strategy with its parameters set, its broker at hand and `on_start` done."""
    strategy = kind()
    strategy._broker = broker
    strategy._indicators = {}
    for name, value in values.items():
        setattr(strategy, name, value)
    strategy.on_start()
    return strategy


def step(strategy: Strategy, broker: Broker, bars: tuple[Bar, ...] = (), events: Iterable[Event] = ()) -> None:
    """One moment: earlier orders fill, indicators take the bars, events are told, then the strategy decides.

    `bars` share one close time; an order asked for here fills at the next bar at the earliest.
    """
    for fill in broker.match(bars):
        strategy.on_fill(fill)
    for indicator in strategy._indicators.values():
        for bar in bars:
            indicator.update(bar)
    for event in events:
        if isinstance(event, Quote):
            strategy.on_quote(event)
        else:
            strategy.on_fill(event)
    if bars:
        strategy.on_bars(bars)


def stop(strategy: Strategy) -> None:
    """It is switched off."""
    strategy.on_stop()
