"""The same decisions over the past and in shadow: every built-in strategy says the same of the same bars."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from ibtui.backtest.broker import Simulated
from ibtui.backtest.settings import Settings
from ibtui.domain.bar import Bar
from ibtui.domain.reference.reference import Reference
from ibtui.link.worker import Begin
from ibtui.strategies import Strategy, step
from ibtui.strategies.author.parameters import traded, values
from ibtui.strategies.builtin.names import builtin
from ibtui.worker.shadow import Shadow
from tests.strategies.runs import RUNS
from tests.strategies.stage import OPENED


def moments(symbols: tuple[str, ...], count: int = 300) -> list[tuple[Bar, ...]]:
    """Minutes of random walks in cents, that open where they closed."""
    dice, prices, made = random.Random(5), dict.fromkeys(symbols, 100.0), []
    for n in range(count):
        bars = []
        for symbol, opened in prices.items():
            close = round(opened + dice.gauss(0, 0.2), 2)
            high = round(max(opened, close) + abs(dice.gauss(0, 0.05)), 2)
            low = round(min(opened, close) - abs(dice.gauss(0, 0.05)), 2)
            bars.append(Bar(symbol, OPENED + timedelta(minutes=n), opened, high, low, close, 100.0))
            prices[symbol] = close
        made.append(tuple(bars))
    return made


def past(kind: type[Strategy], parameters: dict[str, str], bars: list[tuple[Bar, ...]]) -> list[str]:
    chosen = values(kind, parameters)
    settings = Settings(cash=1_000_000.0, commission="none", leverage=100.0)
    broker = Simulated(settings, traded(kind, chosen), 60, check=lambda *_: None)
    strategy, said = step.start(kind, broker, chosen), []
    for moment in bars:
        step.step(strategy, broker, moment)
        text, arguments = broker.explanation
        said.append(text.format(*arguments) if arguments else text)
    return said


def shadow(kind: type[Strategy], parameters: dict[str, str], bars: list[tuple[Bar, ...]]) -> list[str]:
    chosen = values(kind, parameters)
    begin = Begin(parameters=parameters, position={}, orders=(), equity=1_000_000.0, shadow=True)
    broker = Shadow(lambda message: None, begin, traded(kind, chosen))
    broker.trade(tuple(Reference().of(symbol) for symbol in traded(kind, chosen)))
    broker.live = broker.sending = True
    strategy, said = step.start(kind, broker, chosen), []
    for moment in bars:
        broker.bars_closed(moment, 60)
        step.step(strategy, broker, moment)
        said.append(broker.explanation)
    return said


@pytest.mark.parametrize("name", RUNS)
def test_what_it_says_in_shadow_is_what_it_says_over_the_past(name: str) -> None:
    kind, parameters = builtin(name), RUNS[name]
    bars = moments(traded(kind, values(kind, parameters)))
    over_past = past(kind, parameters, bars)
    # Equity moves with the market over the past and not in shadow, so quantities of momentum may differ, not its picks.
    assert shadow(kind, parameters, bars) == over_past
    assert len(set(over_past)) > 3 or name == "eod_flatten"


@pytest.mark.parametrize("name", RUNS)
def test_what_comes_later_changes_nothing_that_was_decided(name: str) -> None:
    kind, parameters = builtin(name), RUNS[name]
    bars = moments(traded(kind, values(kind, parameters)))
    whole = past(kind, parameters, bars)
    for end in (50, 123, 250):
        assert past(kind, parameters, bars[:end]) == whole[:end]
