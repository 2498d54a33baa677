"""Walk forward: choose on the past of each part, then see what the choice earned on the part itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from math import prod

from msgspec import Struct

from ibtui.backtest.sweep.metrics import Metric
from ibtui.backtest.sweep.run import Told, sweep
from ibtui.backtest.sweep.search import KnownPoints, PointSearch
from ibtui.backtest.sweep.store import OutcomeStore
from ibtui.backtest.sweep.trial import SweepTask, TrialOutcome
from ibtui.domain.calendar.new_york import day_began

TRAINED = 3
"""Parts of the data that each choice is made on, before the part that it is tried on."""


class Window(Struct, frozen=True, kw_only=True):
    """Bars to choose on, from `begin` to `split`, and to try the choice on, from there to `end`."""

    begin: datetime
    split: datetime
    end: datetime


class Fold(Struct, frozen=True, kw_only=True):
    """One step of a walk forward: what was best before a day, and what it earned after."""

    window: Window
    chosen: TrialOutcome
    """The best on the bars to choose on."""
    tried: TrialOutcome
    """The same values on the bars after them."""


def windows(begin: datetime, end: datetime, folds: int) -> list[Window]:
    """Equal parts of the time, moving forward by one; cut at midnights of New York where they are longer than a day."""
    step = (end - begin) / (folds + TRAINED)
    cuts = [begin + step * place for place in range(folds + TRAINED)]
    if step > timedelta(days=1):
        cuts = [begin, *(day_began(cut) for cut in cuts[1:])]
    cuts.append(end)
    return [
        Window(begin=cuts[place], split=cuts[place + TRAINED], end=cuts[place + TRAINED + 1]) for place in range(folds)
    ]


def walk(
    task: SweepTask,
    searches: Callable[[], PointSearch],
    executor: Executor,
    metric: Metric,
    parts: Sequence[Window],
    *,
    ahead: int,
    store: OutcomeStore,
    told: Told | None = None,
) -> list[Fold]:
    """Each part's choice and what it came to; a part on which no point has a figure is left out."""
    folds = []
    for part in parts:
        ranked = sweep(
            task, searches(), executor, metric, ahead=ahead, store=store, told=told, begin=part.begin, end=part.split
        )
        if not ranked or metric.of(ranked[0]) is None:
            continue
        only = KnownPoints(1, [ranked[0].trial.values])
        (tried,) = sweep(task, only, executor, metric, ahead=1, store=store, told=told, begin=part.split, end=part.end)
        folds.append(Fold(window=part, chosen=ranked[0], tried=tried))
    return folds


def compounded(folds: Sequence[Fold]) -> float:
    """What the choices earned one after the other, in percent."""
    returns = [fold.tried.statistics.return_percent for fold in folds if fold.tried.statistics is not None]
    return (prod(1 + one / 100 for one in returns) - 1) * 100
