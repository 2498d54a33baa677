"""`ibtui record`: switch the recording of a running engine on and off, and hand out what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ibtui.cli.engines import caller
from ibtui.cli.options import JSON, PROFILE
from ibtui.cli.output import print_json
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.link.messages import Ask, Recording


@click.command()
@click.argument("symbols", nargs=-1)
@click.option("--stop", "stopping", is_flag=True, help="Record nothing any more.")
@click.option("--bars", default="1min", show_default=True, help="Bars to write beside the ticks: 1s, 5min, 1h, none.")
@PROFILE
@JSON
def record(symbols: tuple[str, ...], stopping: bool, bars: str, profile: str, as_json: bool) -> None:
    """Record ticks, bars, news, orders, fills and the strategies' decisions to daily files.

    SYMBOLS are recorded beside those that are already; `watchlist` follows the watchlist. Without SYMBOLS: show what is
    recorded. The engine records, so this returns at once, and a recording goes on after a restart until --stop. What is
    missing is marked in gaps.csv.gz: a lost connection, a killed engine, delayed data, a disk that was too slow.

    \b
    ibtui record watchlist
    ibtui record AAPL MSFT --bars 5s
    ibtui record                                    what is recorded, and where
    ibtui record --stop
    ibtui recordings                                what there is

    Read it in a notebook, a backtest or the offline gateway:

    \b
    pandas.read_csv("2026-11-27/ticks-AAPL.csv.gz", parse_dates=["time"])
    ibtui gateway --replay ~/.local/share/ibtui/paper/recordings/2026-11-27
    """
    from ibtui.link.messages import GetRecording, Record, StopRecording

    if stopping and symbols:
        raise IbtuiError("usage", "--stop ends the whole recording: give no symbols with it.")
    question: Ask = GetRecording()
    if stopping:
        question = StopRecording()
    elif symbols:
        question = Record(symbols=symbols, bars="" if bars == "none" else bars)
    _show(_ask(profile, question), as_json)


def _ask(profile: str, question: Ask) -> Recording:
    from ibtui.link.messages import Recording

    with caller(profile) as engine:
        answer = engine.ask(question)
    assert isinstance(answer, Recording)
    return answer


def _show(now: Recording, as_json: bool) -> None:
    if as_json:
        print_json(now)
        return
    click.echo(now.message)
    if now.on:
        dropped = f", {now.dropped:,} dropped" if now.dropped else ""
        click.echo(f"{now.rows:,} rows{dropped}" + (f" in {now.folder}" if now.folder else ""))


@click.command()
@click.argument("day", required=False)
@click.argument("symbol", required=False)
@click.argument("out", required=False, type=click.Path(path_type=Path))
@click.option("--bars", metavar="LENGTH", help="Export bars of that length, made of the ticks.")
@PROFILE
@JSON
def recordings(
    day: str | None, symbol: str | None, out: Path | None, bars: str | None, profile: str, as_json: bool
) -> None:
    """List the days that were recorded, show one, or export one instrument of one as CSV or Parquet.

    DAY is a date or a folder. What is exported is read up to the last whole row, also from a file that a crash cut.

    \b
    ibtui recordings
    ibtui recordings 2026-11-27                          its files, and where data is missing
    ibtui recordings 2026-11-27 AAPL aapl.csv            ticks
    ibtui recordings 2026-11-27 AAPL aapl.parquet --bars 1min
    """
    from ibtui.cli.recorded import export, show_day, show_days

    if day is None:
        show_days(profile, as_json)
    elif symbol is None:
        show_day(profile, day, as_json)
    elif out is None:
        raise IbtuiError("usage", "Name the file to write: `ibtui recordings 2026-11-27 AAPL aapl.csv`.")
    else:
        export(profile, day, symbol, out, bars, as_json)
