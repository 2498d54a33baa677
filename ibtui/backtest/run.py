"""Running a strategy over past bars."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from ibtui.backtest.account.judge import Check, buying_power
from ibtui.backtest.account.margin_calls import RuinedError
from ibtui.backtest.broker import Simulated
from ibtui.backtest.deciding import Deciding
from ibtui.backtest.decisions import DecisionLog, follow
from ibtui.backtest.playing import played
from ibtui.backtest.result import Result
from ibtui.backtest.settings import Settings
from ibtui.backtest.telling import SignalQueue, tell
from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal
from ibtui.recording.playing import Moment, PlayedQuote, began
from ibtui.strategies import step as steps
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import Value, traded

Group = tuple[Bar, ...]
TOLD_EVERY = 20_000
"""Moments between two calls of `progress`."""


def run(
    kind: type[Strategy],
    bars: Iterable[Moment],
    values: Mapping[str, Value],
    settings: Settings | None = None,
    *,
    seconds: int = 60,
    symbols: Sequence[str] = (),
    signals: Sequence[Signal] = (),
    check: Check = buying_power,
    progress: Callable[[Bar], None] | None = None,
    decisions: DecisionLog | None = None,
) -> Result:
    """What a strategy with these parameters would have done.

    `bars` are of what it trades, in order of time, those of one moment together; `seconds` is their length. Where
    quotes are among them, as in a recording, orders fill on those, as `ibtui.backtest.playing` says. `symbols`
    may be traded by a strategy whose parameters name none. `signals`, oldest first, are told at their times, as
    `ibtui.backtest.telling` says; those of before `settings.since` are not. `check` may refuse an order that adds risk.
    `progress` is called now and then with the newest bar, and may raise to end the run. `decisions` takes every order
    with its reason and its end, and what the strategy logs; without it none of that costs anything. A strategy's own
    exception goes through.

    Raises IbtuiError `bad_parameter`, `no_contract` for a symbol of which nothing says what it is, `no_rate` for one
    whose money nothing tells in the account's currency, or `no_bars` when there is nothing to run over.
    """
    settings = settings or Settings()
    named = traded(kind, values) or tuple(symbols)
    if decisions is None:
        broker = Simulated(settings, named, seconds, check=check)
    else:
        broker = Deciding(settings, named, seconds, check=check, decisions=decisions)
    trades = {symbol: broker.instrument(symbol) for symbol in named}
    pairs = {symbol: one for symbol, one in settings.instruments.items() if one.sec_type == "CASH"}
    broker.books.rates.check(
        trades.values(), [*pairs.values(), *(one for one in trades.values() if one.sec_type == "CASH")]
    )
    settings.margin.check(list(trades.values()))
    broker.listening = kind.on_fill is not Strategy.on_fill
    strategy = steps.start(kind, broker, values)
    if decisions is not None:
        follow(strategy, decisions, lambda: broker.explanation)
    moments = iter(bars)
    if beside := {symbol: one for symbol, one in pairs.items() if symbol not in trades}:
        moments = broker.books.rates.beside(moments, beside)
    if settings.since is not None:
        moments = _warm(strategy, broker, moments, settings.since)
        signals = [signal for signal in signals if signal.time >= settings.since]
    queue, result = SignalQueue(signals), Result(broker, settings, seconds)
    _go(strategy, broker, played(strategy, broker, moments, queue), queue, result, progress)
    if not result.moments:
        raise IbtuiError("no_bars", "There are no bars to run over: look at --from, --to and the file.")
    steps.stop(strategy)
    broker.finish()
    return result


def _warm(strategy: Strategy, broker: Simulated, moments: Iterator[Moment], since: datetime) -> Iterator[Moment]:
    """Show it as many bars before `since` as it wants, with its orders going nowhere; what comes from there on."""
    past: deque[Group] = deque(maxlen=strategy.warmup + 2)
    first: list[Moment] = []
    for moment in moments:
        if began(moment) >= since:
            first.append(moment)
            break
        if not isinstance(moment, PlayedQuote):
            past.append(moment)
    broker.sending = False
    for group in past:
        steps.step(strategy, broker, group)
    broker.sending = True
    if past:
        steps.go_live(strategy, broker)
    return chain(first, moments)


def _go(
    strategy: Strategy,
    broker: Simulated,
    groups: Iterator[Group],
    signals: SignalQueue,
    result: Result,
    progress: Callable[[Bar], None] | None,
) -> None:
    """The loop over everything; what it does for each moment is what a backtest costs."""
    step, mark, held = steps.step, broker.mark, broker.trades.open
    last = broker.books.last
    happened = broker.happened  # orders that are met add to it
    moments = exposed = known = 0
    left = signals.left
    try:
        for bars in groups:
            if not moments:
                result.first = bars
            moments += 1
            if left:
                step(strategy, broker, bars, chain(happened, tell(strategy, broker, bars, signals)))
                left = signals.left
            else:
                step(strategy, broker, bars, happened)
            if happened:
                broker.happened.clear()
            if held:
                exposed += 1
                mark()
            if len(last) != known:
                known = len(last)
                result.opens.update({bar.symbol: bar for bar in bars if bar.symbol not in result.opens})
            if progress is not None and not moments % TOLD_EVERY:
                progress(bars[0])
    except RuinedError:
        pass  # the account is over, and its run
    result.moments, result.exposed = moments, exposed
    result.lasts = dict(last)
