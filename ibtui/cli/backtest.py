"""`ibtui backtest`: a strategy over past data, its figures, its report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ibtui.cli.options import JSON, PROFILE, PROGRESS, over_the_past
from ibtui.cli.output import print_json
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.backtest import Result
    from ibtui.backtest.summary import Summary
    from ibtui.cli.past import Chosen


@click.command()
@click.argument("name")
@over_the_past
@click.option("--param", multiple=True, metavar="NAME=VALUE", help="A parameter of the strategy. May be repeated.")
@click.option("--report", type=click.Path(path_type=Path), metavar="DIR", help="Write report.html and CSV files there.")
@click.option("--log", metavar="FILE|-", help="Write why each order was asked for and what became of it.")
@PROGRESS
@PROFILE
@JSON
def backtest(
    name: str,
    param: tuple[str, ...],
    report: Path | None,
    log: str | None,
    progress: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Run a strategy over past data and say what it would have done.

    NAME is a built-in strategy, one of your strategies folder, or the path of a .py file. Orders are decided at the
    close of a bar and fill from the next open on; within a bar a stop comes before a target; gaps are honoured.
    Parameters that name symbols are those of the data unless you set them. `ibtui strategies show NAME` explains its
    parameters and what the past can say about it.

    \b
    ibtui backtest sma_cross --data AAPL.csv --param fast=10 --param slow=30
    ibtui backtest ./dip.py --data minutes.parquet --bar 5min --from 2025-01-01 --report out
    ibtui backtest sma_cross --data SPY --bar 1d --json | jq .statistics.sharpe
    ibtui backtest ./dip.py --data minutes.parquet --log - | grep refused
    """
    from ibtui.cli.past import PastOptions, choose

    chosen = choose(name, param, PastOptions(**options))
    from ibtui.cli.decided import DecisionFile

    kept = None if log is None else DecisionFile(log)
    keeps = kept is not None or report is not None
    summary, result = _run(chosen, "none" if as_json and progress == "auto" else progress, keeps=keeps)
    if kept is not None:
        kept.write(result.decisions or (), as_json=as_json)
    files = _written(report, summary, result)
    if as_json:
        print_json(summary)
        return
    from rich.console import Console

    from ibtui.backtest.report import print_report

    print_report(summary, result, Console(), decisions=kept is None or not kept.shown)
    if files:
        click.echo(f"\n  {files[0]}")


def _run(chosen: Chosen, progress: str, *, keeps: bool) -> tuple[Summary, Result]:
    """The run and its figures; `keeps` says whether its decisions are kept."""
    from ibtui.backtest import run
    from ibtui.backtest.decisions import DecisionLog
    from ibtui.backtest.source import left_out
    from ibtui.backtest.summary import summary
    from ibtui.cli.progress import shown

    with shown(progress, chosen) as told:
        try:
            result = run(
                chosen.strategy,
                chosen.source.of(chosen.traded),
                chosen.values,
                chosen.settings,
                seconds=chosen.source.seconds,
                symbols=chosen.symbols,
                signals=chosen.signals(),
                progress=told,
                decisions=DecisionLog() if keeps else None,
            )
        except (IbtuiError, KeyboardInterrupt):
            raise
        except Exception as error:
            from ibtui.strategies.mistake import sentence

            raise IbtuiError("strategy_failed", sentence(error)) from error
    return summary(
        result,
        strategy=chosen.name,
        parameters=chosen.typed,
        sha256=chosen.sha256,
        bar_hours=chosen.source.hours_words(),
        warnings=(*_volumeless(chosen), *left_out(chosen.events)),
    ), result


def _volumeless(chosen: Chosen) -> Iterator[str]:
    """That a column of volumes is missing or was not known, for what is made of volume stays empty without a word."""
    from ibtui.recording.bars import without_volume

    wanted = set(chosen.traded or chosen.symbols)
    symbols = [symbol for symbol in without_volume(chosen.source.bars()) if symbol in wanted]
    if symbols:
        more = f" and {len(symbols) - 6} more" if len(symbols) > 6 else ""
        yield f"The data has no volume of {', '.join(symbols[:6])}{more}: indicators of volume stay empty."


def _written(report: Path | None, summary: Summary, result: Result) -> list[Path]:
    if report is None:
        return []
    from ibtui.backtest.page import write_report

    return write_report(report, summary, result)
