"""A sweep in figures: what `--json` prints and the report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from ibtui.backtest.statistics import Statistics
from ibtui.backtest.summary import TradeCounts
from ibtui.backtest.sweep.luck import BELIEVABLE, deflated_sharpe, expected_best, percent
from ibtui.backtest.sweep.metrics import Metric
from ibtui.backtest.sweep.trial import TrialOutcome
from ibtui.backtest.sweep.walk import Fold, compounded

YEAR = 252


class Point(Struct, frozen=True, kw_only=True):
    """One run of the sweep."""

    parameters: dict[str, str]
    metric: float | None
    final_equity: float
    fills: int
    trades: TradeCounts
    statistics: Statistics | None
    """None when it did not run: `problem` says why."""
    ruined: date | None = None
    """The day on which its equity was at or below zero, which ended the run."""
    problem: str = ""


class Step(Struct, frozen=True, kw_only=True):
    """One step of a walk forward."""

    chosen_from: datetime
    split: datetime
    end: datetime
    parameters: dict[str, str]
    """The best on the bars before `split`."""
    metric_before: float | None
    metric_after: float | None
    return_percent: float | None
    """What this point earned after the day `split`, in percent."""
    trades: TradeCounts


class Findings(Struct, frozen=True, kw_only=True):
    """The whole sweep; names only ever grow, since programs read them."""

    strategy: str
    metric: str
    parameters: dict[str, str]
    """Those that were the same for all."""
    symbols: tuple[str, ...]
    runs: int
    skipped: int
    """Points whose values do not fit together."""
    failed: int
    best: Point | None
    points: tuple[Point, ...]
    """Every one, the best first."""
    deflated_sharpe: float | None
    """Probability that the best point's Sharpe ratio is not the luck of so many tries."""
    expected_luck_sharpe: float | None
    """Sharpe ratio of a year that the best of so many tries without skill would show."""
    walk_forward: tuple[Step, ...] = ()
    walk_forward_return_percent: float | None = None
    """What the choices earned one after the other on bars they were not chosen on."""
    warnings: tuple[str, ...] = ()
    sha256: str = ""


def findings(
    ranked: Sequence[TrialOutcome],
    metric: Metric,
    folds: Sequence[Fold] = (),
    *,
    strategy: str,
    parameters: dict[str, str],
    symbols: tuple[str, ...],
    sha256: str,
) -> Findings:
    """Everything that a sweep found."""
    ran = [outcome for outcome in ranked if outcome.statistics is not None]
    sharpes = [outcome.returns.sharpe for outcome in ran if outcome.returns.sharpe is not None]
    points = tuple(point(outcome, metric) for outcome in ranked)
    best = ranked[0] if ranked and metric.of(ranked[0]) is not None else None
    deflated = None if best is None else deflated_sharpe(best.returns, sharpes)
    luck = expected_best(sharpes) * YEAR**0.5 if len(sharpes) > 1 else None
    return Findings(
        strategy=strategy,
        metric=metric.name,
        parameters=parameters,
        symbols=symbols,
        runs=len(ran),
        skipped=sum(bool(outcome.refused) for outcome in ranked),
        failed=sum(bool(outcome.failed) for outcome in ranked),
        best=None if best is None else points[0],
        points=points,
        deflated_sharpe=deflated,
        expected_luck_sharpe=luck,
        walk_forward=tuple(_step(fold, metric) for fold in folds),
        walk_forward_return_percent=compounded(folds) if folds else None,
        warnings=tuple(_doubts(best, len(ran), deflated, luck, folds, metric)),
        sha256=sha256,
    )


def point(outcome: TrialOutcome, metric: Metric) -> Point:
    """The figures of one run as a point of the findings."""
    return Point(
        parameters=outcome.trial.values,
        metric=metric.of(outcome),
        final_equity=outcome.final_equity,
        fills=outcome.fills,
        trades=outcome.trades,
        statistics=outcome.statistics,
        ruined=outcome.ruined,
        problem=outcome.refused or outcome.failed,
    )


def _step(fold: Fold, metric: Metric) -> Step:
    figures = fold.tried.statistics
    return Step(
        chosen_from=fold.window.begin,
        split=fold.window.split,
        end=fold.window.end,
        parameters=fold.chosen.trial.values,
        metric_before=metric.of(fold.chosen),
        metric_after=metric.of(fold.tried),
        return_percent=None if figures is None else figures.return_percent,
        trades=fold.tried.trades,
    )


def _doubts(
    best: TrialOutcome | None,
    runs: int,
    deflated: float | None,
    luck: float | None,
    folds: Sequence[Fold],
    metric: Metric,
) -> list[str]:
    """What a reader should know before trading the best point."""
    found = []
    if best is not None and runs > 1:
        if deflated is None or luck is None:
            found.append(f"Overfitting: the best of {runs:,} tries; its returns are too few to tell it from luck.")
        elif deflated < BELIEVABLE:
            found.append(
                f"Overfitting: the best of {runs:,} tries would show a Sharpe ratio of {luck:.2f} by luck alone; this "
                f"one is better than that with a probability of {percent(deflated)} (deflated Sharpe ratio); "
                f"{100 * BELIEVABLE:.0f} % is wanted."
            )
        if best.trades.closed < 30:
            found.append(f"The best point closed {best.trades.closed} trades: too few to tell skill from luck.")
    worse = [fold for fold in folds if metric.score(fold.tried) < metric.score(fold.chosen)]
    if folds and len(worse) > len(folds) / 2:
        found.append(f"Walking forward, {len(worse)} of {len(folds)} choices did worse on what came after.")
    return found
