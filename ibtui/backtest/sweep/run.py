"""The loop of a sweep: asks for points, has them run somewhere, keeps what comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from datetime import datetime
from typing import Any

from ibtui.backtest.sweep.metrics import Metric
from ibtui.backtest.sweep.search import PointSearch
from ibtui.backtest.sweep.store import OutcomeStore
from ibtui.backtest.sweep.trial import SweepTask, Trial, TrialOutcome, evaluate
from ibtui.domain.failure import IbtuiError

Told = Callable[[TrialOutcome], None]


def sweep(
    task: SweepTask,
    search: PointSearch,
    executor: Executor,
    metric: Metric,
    *,
    ahead: int,
    store: OutcomeStore,
    told: Told | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> list[TrialOutcome]:
    """The outcome of every point, the best first; those without a figure last, in the order of their values.

    `ahead` runs are with the executor at once. `told` hears of each outcome as it comes. `begin` and `end` cut the
    data. Raises IbtuiError for data that cannot be read, and `strategy_failed` when a worker's process ended.
    """
    found = _Found(metric, search, told)
    waiting: dict[Future[TrialOutcome], Any] = {}
    try:
        while True:
            while len(waiting) < ahead and (asked := search.ask()) is not None:
                point, mark = asked
                trial = Trial(values=point, begin=begin, end=end)
                known = store.get(trial)
                if known is not None:
                    found.add(known, mark)
                else:
                    waiting[executor.submit(evaluate, task, trial)] = mark
            if not waiting:
                break
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                outcome, mark = future.result(), waiting.pop(future)
                store.add(outcome)
                found.add(outcome, mark)
    except IbtuiError:
        raise
    except Exception as error:  # a strategy's own are outcomes
        raise IbtuiError(
            "strategy_failed",
            f"A worker ended ({type(error).__name__}): the strategy ended it, or memory ran out; try --workers 1.",
        ) from None
    return found.ranked()


class _Found:
    """Outcomes so far, each point once."""

    def __init__(self, metric: Metric, search: PointSearch, told: Told | None) -> None:
        self._metric = metric
        self._search = search
        self._told = told
        self._outcomes: dict[str, TrialOutcome] = {}

    def add(self, outcome: TrialOutcome, mark: Any) -> None:
        self._outcomes[outcome.trial.key] = outcome
        self._search.tell(mark, self._metric.score(outcome))
        if self._told is not None:
            self._told(outcome)

    def ranked(self) -> list[TrialOutcome]:
        return sorted(self._outcomes.values(), key=self._rank)

    def _rank(self, outcome: TrialOutcome) -> tuple[float, list[tuple[float, str]]]:
        return -self._metric.score(outcome), [_number(text) for text in outcome.trial.values.values()]


def _number(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return 0.0, text
