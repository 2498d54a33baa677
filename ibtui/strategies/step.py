"""The only caller of a strategy's hooks, live and over the past: what is true in one is true in the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.strategies.author.base import Broker, Strategy
from ibtui.strategies.author.indicating import Feeds
from ibtui.strategies.author.parameters import Value, bar_length, traded
from ibtui.strategies.author.schedule import Schedule

Event = Quote | Fill | Signal
S = TypeVar("S", bound=Strategy)


def start(kind: type[S], broker: Broker, values: Mapping[str, Value], memory: Mapping[str, Any] | None = None) -> S:
    """A strategy with its parameters set, its broker and memory at hand and `on_start` done."""
    strategy = kind()
    strategy._broker = broker
    strategy._indicators = {}
    strategy._feeds = Feeds(strategy._indicators)
    strategy._by_moment = kind.on_bars is not Strategy.on_bars
    strategy._warmup = 0
    strategy._schedule = Schedule(bar_length(kind, values), broker.log)
    strategy._first = next(iter(traded(kind, values)), "")
    strategy.memory = dict(memory or {})
    for name, value in values.items():
        setattr(strategy, name, value)
    strategy.on_start()
    return strategy


def step(strategy: Strategy, broker: Broker, bars: tuple[Bar, ...] = (), events: Iterable[Event] = ()) -> None:
    """One moment: earlier orders fill, indicators take the bars, events are told, then the strategy decides.

    `bars` share one close time; an order asked for here fills at the next bar at the earliest.
    """
    if bars:
        for fill in broker.match(bars):
            strategy.on_fill(fill)
        feeds = strategy._feeds
        for bar in bars:
            for update in feeds[bar[0]]:
                update(bar)
    if events:
        _tell(strategy, events)
    if bars:
        if strategy._by_moment:
            strategy.on_bars(bars)
        else:
            for bar in bars:
                strategy.on_bar(bar)
        if strategy._schedule.due:
            strategy._schedule.run(bars, broker.now)


def _tell(strategy: Strategy, events: Iterable[Event]) -> None:
    for event in events:
        if isinstance(event, Quote):
            strategy.on_quote(event)
        elif isinstance(event, Fill):
            strategy.on_fill(event)
        else:
            strategy.on_event(event)


def go_live(strategy: Strategy, broker: Broker) -> None:
    """The past has been shown: from the broker's time on bars are counted and times are due."""
    if strategy._schedule.due:
        strategy._schedule.begin(broker.now)


def miss(strategy: Strategy, now: datetime) -> None:
    """Live, before bars are shown that may have closed long ago: what was due too long before `now` is not called."""
    if strategy._schedule.due:
        strategy._schedule.miss(now)


def tick(strategy: Strategy, broker: Broker) -> bool:
    """The clock moved on and nothing else did: what is due by it is called; whether something was."""
    return strategy._schedule.due and strategy._schedule.tick(broker.now)


def stop(strategy: Strategy) -> None:
    """Call the last hook of a strategy that is switched off."""
    strategy.on_stop()
