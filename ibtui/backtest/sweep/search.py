"""In which order points are tried: all of them, some at random, or where optuna expects better ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Protocol

from ibtui.backtest.sweep.axes import Axis, point, points, size
from ibtui.domain.failure import IbtuiError

Point = dict[str, str]


class PointSearch(Protocol):
    """Asked for the next point, told what came of each."""

    count: int
    """Points it will ask for."""

    def ask(self) -> tuple[Point, Any] | None:
        """The next point and a mark that `tell` gets back; None when there are no more."""

    def tell(self, mark: Any, score: float) -> None:
        """A point's score, more is better; minus infinity when it has none."""


class KnownPoints:
    """Points that are known beforehand."""

    def __init__(self, count: int, found: Any) -> None:
        self.count = count
        self._points = iter(found)

    def ask(self) -> tuple[Point, Any] | None:
        found = next(self._points, None)
        return None if found is None else (found, None)

    def tell(self, mark: Any, score: float) -> None:
        pass


def grid(axes: Sequence[Axis]) -> KnownPoints:
    """Every point of the grid, in the order of its axes."""
    return KnownPoints(size(axes), points(axes))


def at_random(axes: Sequence[Axis], trials: int, seed: int) -> KnownPoints:
    """So many different points, the same for the same seed; every point when there are no more."""
    count = min(trials, size(axes))
    chosen = random.Random(seed).sample(range(size(axes)), count)
    return KnownPoints(count, (point(axes, number) for number in chosen))


class Guided:
    """Optuna's tree-structured Parzen estimator; raises IbtuiError `no_extra` without it."""

    def __init__(self, axes: Sequence[Axis], trials: int, seed: int) -> None:
        try:
            import optuna
        except ImportError:
            raise IbtuiError("no_extra", "This search needs a library: pip install 'ibtui[optimize]'.") from None
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.count = trials
        self._axes = axes
        self._left = trials
        self._study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))

    def ask(self) -> tuple[Point, Any] | None:
        if not self._left:
            return None
        self._left -= 1
        trial = self._study.ask()
        return {axis.name: axis.values[self._place(trial, axis)] for axis in self._axes}, trial

    def _place(self, trial: Any, axis: Axis) -> int:
        places = range(len(axis.values))
        if axis.ordered:
            return int(trial.suggest_int(axis.name, 0, places[-1]))
        return int(trial.suggest_categorical(axis.name, list(places)))

    def tell(self, mark: Any, score: float) -> None:
        from optuna.trial import TrialState

        if score == float("-inf"):
            self._study.tell(mark, state=TrialState.FAIL)
        else:
            self._study.tell(mark, score)
