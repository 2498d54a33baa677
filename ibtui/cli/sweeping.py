"""What a command line for a sweep asked for, and carrying it out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from ibtui.backtest.source import kept, left_out
from ibtui.backtest.sweep.axes import Axis, split
from ibtui.backtest.sweep.cluster import cluster
from ibtui.backtest.sweep.findings import Findings, findings
from ibtui.backtest.sweep.metrics import Metric, metric
from ibtui.backtest.sweep.pool import processes, processors
from ibtui.backtest.sweep.run import sweep
from ibtui.backtest.sweep.search import Guided, PointSearch, at_random, grid
from ibtui.backtest.sweep.store import OutcomeStore
from ibtui.backtest.sweep.trial import SweepTask, TrialOutcome
from ibtui.backtest.sweep.walk import Fold, walk, windows
from ibtui.cli.past import Chosen, PastOptions, choose, load_strategy, parse_parameters
from ibtui.cli.progress import Counted, counted
from ibtui.config import cache_folder, strategies_folder
from ibtui.domain.failure import IbtuiError
from ibtui.recording.playing import began

if TYPE_CHECKING:
    from concurrent.futures import Executor


class How(Struct, frozen=True, kw_only=True):
    """Which points, where they run, and what is shown meanwhile."""

    search: str
    trials: int
    seed: int
    workers: int | None
    """How many processes run trials; None for one on each processor."""
    cluster: str | None
    folds: int
    """Steps of the walk forward."""
    fresh: bool
    progress: str


class SweepRequest(Struct, frozen=True, kw_only=True):
    """A sweep that makes sense."""

    chosen: Chosen
    """With the first value of each range."""
    axes: tuple[Axis, ...]
    task: SweepTask
    metric: Metric
    how: How

    def go(self) -> tuple[Findings, list[TrialOutcome]]:
        """Run it; raises IbtuiError when nothing ran at all."""
        file = cache_folder() / "sweeps" / f"{self.task.digest[:20]}.jsonl"
        if self.how.fresh:
            file.unlink(missing_ok=True)
        count = self._search().count
        with (
            OutcomeStore(file) as store,
            self._executor(count) as (executor, ahead),
            counted(self.how.progress, count * (1 + self.how.folds) + self.how.folds) as told,
        ):
            try:
                ranked, folds = self._run(executor, ahead, store, told)
            except KeyboardInterrupt:
                click.echo(
                    f"ibtui: stopped; {told.done:,} runs are kept, the same command goes on from there.", err=True
                )
                raise
        _need_one(ranked)
        return self._findings(ranked, folds), ranked

    def _run(
        self, executor: Executor, ahead: int, store: OutcomeStore, told: Counted
    ) -> tuple[list[TrialOutcome], list[Fold]]:
        heard = lambda outcome: told.tell(self.metric.of(outcome), self.metric.score(outcome))  # noqa: E731
        ranked = sweep(self.task, self._search(), executor, self.metric, ahead=ahead, store=store, told=heard)
        if not self.how.folds or self.metric.of(ranked[0]) is None:
            return ranked, []
        parts = windows(*self._span(), self.how.folds)
        folds = walk(self.task, self._search, executor, self.metric, parts, ahead=ahead, store=store, told=heard)
        return ranked, folds

    def _search(self) -> PointSearch:
        if self.how.search == "grid":
            return grid(self.axes)
        if self.how.search == "random":
            return at_random(self.axes, self.how.trials, self.how.seed)
        return Guided(self.axes, self.how.trials, self.how.seed)

    def _executor(self, count: int) -> AbstractContextManager[tuple[Executor, int]]:
        return (
            cluster(self.how.cluster) if self.how.cluster else processes(min(self.how.workers or processors(), count))
        )

    def _span(self) -> tuple[datetime, datetime]:
        """From the first bar that counts to the end of the last."""
        source, since = self.task.source, self.task.settings.since
        first = last = None
        for begun in map(began, kept(source) or source.moments()):
            if since is None or begun >= since:
                first = first or begun
                last = begun
        if first is None or last is None:
            raise IbtuiError("no_bars", "There are no bars to run over: look at --from, --to and the file.")
        return first, last + timedelta(seconds=source.seconds)

    def _findings(self, ranked: Sequence[TrialOutcome], folds: Sequence[Fold]) -> Findings:
        swept = {axis.name for axis in self.axes}
        return findings(
            ranked,
            self.metric,
            folds,
            strategy=self.chosen.name,
            parameters={name: text for name, text in self.chosen.typed.items() if name not in swept},
            symbols=self.chosen.symbols,
            sha256=self.chosen.sha256,
        )


def ask(name: str, typed: Sequence[str], figure: str, past: PastOptions, how: How) -> SweepRequest:
    """Understand a command line; raises IbtuiError with one sentence for what does not fit."""
    wanted = metric(figure)
    fixed, axes = split(load_strategy(name).strategy, parse_parameters(typed))
    if not axes:
        raise IbtuiError("usage", "A sweep needs a parameter with several values, such as --param fast=5:50:5.")
    first = {**fixed, **{axis.name: axis.values[0] for axis in axes}}
    chosen = choose(name, [f"{key}={value}" for key, value in first.items()], past)
    for sentence in left_out(chosen.events):
        click.echo(f"ibtui: {sentence}", err=True)
    task = SweepTask(
        strategy=str(Path(name).expanduser().resolve()) if name.endswith(".py") or "/" in name else name,
        folder=strategies_folder(),
        sha256=chosen.sha256,
        fixed={key: value for key, value in chosen.typed.items() if key not in {axis.name for axis in axes}},
        source=chosen.source,
        settings=chosen.settings,
        events=chosen.events,
    )
    return SweepRequest(chosen=chosen, axes=axes, task=task, metric=wanted, how=how)


def _need_one(ranked: Sequence[TrialOutcome]) -> None:
    """Raise what the first point says when none ran."""
    if any(outcome.statistics is not None for outcome in ranked):
        return
    for outcome in ranked:
        if outcome.failed:
            raise IbtuiError("strategy_failed", outcome.failed)
    raise IbtuiError("bad_parameter", ranked[0].refused if ranked else "There is no point to run.")
