"""`ibtui sweep`: one strategy over past data with many parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ibtui.cli.options import JSON, PROFILE, PROGRESS, WholeNumber, over_the_past
from ibtui.cli.output import print_json


@click.command()
@click.argument("name")
@over_the_past
@click.option(
    "--param", multiple=True, metavar="NAME=RANGE", help="fast=5:50:5, stop=0,1,2 or fast=10. May be repeated."
)
@click.option(
    "--metric", "figure", default="sharpe", show_default=True, help="Figure to be best in: sharpe, calmar, return, ..."
)
@click.option("--search", type=click.Choice(["grid", "random", "optuna"]), default="grid", show_default=True)
@click.option("--trials", type=WholeNumber(1), default=100, show_default=True, help="Of random and optuna.")
@click.option("--seed", type=WholeNumber(0), default=1, show_default=True, help="Of random and optuna.")
@click.option("--workers", type=WholeNumber(1), help="Processes of this machine.  [default: one a processor]")
@click.option("--cluster", metavar="tls://HOST:PORT", help="A dask.distributed scheduler instead.")
@click.option(
    "--walk-forward", "folds", type=WholeNumber(1, 100), metavar="N", help="Also choose and try on N moving parts."
)
@click.option("--fresh", is_flag=True, help="Run everything again, also what an earlier sweep has found.")
@click.option("--report", type=click.Path(path_type=Path), metavar="DIR", help="Write sweep.json and points.csv there.")
@PROGRESS
@PROFILE
@JSON
def sweep(
    name: str,
    param: tuple[str, ...],
    figure: str,
    search: str,
    trials: int,
    seed: int,
    workers: int | None,
    cluster: str | None,
    folds: int | None,
    fresh: bool,
    report: Path | None,
    progress: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Run a strategy over past data with many parameters, and say which were best and how much of that is luck.

    NAME, --data and what follows are those of `ibtui backtest`. A range is from:to:step, both ends included; values
    after commas are a list. What is found is kept: the same command, after Ctrl-C too, goes on where it was.

    With --walk-forward, the values are chosen on three parts of the data and tried on the part after them, N times.
    The workers of a cluster must have ibtui and see the files under the same paths; its certificates are those of
    dask's configuration.

    \b
    ibtui sweep sma_cross --data AAPL.csv --param fast=5:50:5 --param slow=20:200:10
    ibtui sweep ./dip.py --data minutes.parquet --param drop=0.5:5:0.5 --metric calmar --walk-forward 6
    ibtui sweep sma_cross --data AAPL.csv --param fast=2:100 --param slow=10:400 --search random --trials 500
    """
    from ibtui.backtest.sweep.report import print_findings, write_findings
    from ibtui.cli.past import PastOptions
    from ibtui.cli.sweeping import How, ask

    how = How(
        search=search,
        trials=trials,
        seed=seed,
        workers=workers,
        cluster=cluster,
        folds=folds or 0,
        fresh=fresh,
        progress="none" if as_json and progress == "auto" else progress,
    )
    asked = ask(name, param, figure, PastOptions(**options), how)
    found, outcomes = asked.go()
    files = [] if report is None else write_findings(report, found)
    if as_json:
        print_json(found)
        return
    from rich.console import Console

    print_findings(found, asked.axes, outcomes, asked.metric, Console())
    if files:
        click.echo(f"\n  {files[0]}")
