"""`ibtui history`: past bars of IB as a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from heapq import merge
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ibtui.cli.options import JSON, PROFILE
from ibtui.cli.output import print_json
from ibtui.domain.bar import Bar, BarHours, bar_seconds
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.link.caller import Caller

PATIENCE = 60.0
"""Seconds to wait for one answer: IB takes its time with long spans."""


@click.command()
@click.argument("symbols", nargs=-1, required=True)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--bar", default="1min", show_default=True, help="Length of the bars: 1s, 5s, 1min, 5min, 1h, 1d.")
@click.option(
    "--hours",
    type=click.Choice(["regular", "all"]),
    help="Which hours bars of 1h and more are of.  [default: the profile's bar_hours, else regular; all of futures,"
    " currencies and coins]",
)
@click.option("--from", "begin", required=True, metavar="TIME", help="The first bar: 2026-01-02, or with a time.")
@click.option("--to", "end", metavar="TIME", help="Up to, not including.  [default: now]")
@PROFILE
@JSON
def history(
    symbols: tuple[str, ...],
    out: Path,
    bar: str,
    hours: BarHours | None,
    begin: str,
    end: str | None,
    profile: str,
    as_json: bool,
) -> None:
    """Download past bars of IB into OUT, a .csv, .csv.gz or .parquet file.

    The engine asks IB piece by piece, as fast as IB allows, and keeps what it was told: an interrupted download goes
    on where it was, and what is known is not asked for again. Times without a zone are New York's. Bars are trades (of
    a currency the middle), adjusted by IB for splits as of the day on which they were asked for.

    \b
    ibtui history AAPL MSFT bars.csv --bar 1min --from 2026-01-02
    ibtui history SPY spy.parquet --bar 1d --from 2010-01-01
    ibtui backtest sma_cross --data bars.csv
    """
    from ibtui.cli import launch
    from ibtui.cli.engines import profile_of
    from ibtui.link.caller import Caller
    from ibtui.recording.export import write_bars

    first, last = _moment(begin), datetime.now(UTC) if end is None else _moment(end)
    seconds = _seconds(bar)
    _, state = profile_of(profile)
    with Caller(launch.socket_of(profile, state), timeout=PATIENCE) as engine:
        for symbol in symbols:
            fetch(engine, symbol, seconds, first, last, _silent if as_json else say, hours=hours)
        bars = [known(engine, symbol, seconds, first, last, hours) for symbol in symbols]
        count = write_bars(out, merge(*bars, key=attrgetter("time")))
    if as_json:
        print_json({"bars": count, "file": str(out)})
    else:
        click.echo(f"{count:,} bars in {out}")


def fetch(
    engine: Caller,
    symbol: str,
    seconds: int,
    begin: datetime,
    end: datetime,
    tell: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    *,
    hours: BarHours | None = None,
) -> None:
    """Have the engine ask IB until it knows every bar of a span; raises IbtuiError as it does."""
    from ibtui.link.messages import GetHistory, History

    while True:
        answer = engine.ask(GetHistory(symbol=symbol, seconds=seconds, begin=begin, end=end, hours=hours))
        assert isinstance(answer, History)
        if answer.missing is None:
            return
        tell(f"{answer.symbol}: back to {answer.missing:%Y-%m-%d %H:%M} UTC")
        if answer.wait:
            tell(f"{answer.symbol}: IB allows no more for {answer.wait:.0f} s")
            sleep(answer.wait)


def known(
    engine: Caller, symbol: str, seconds: int, begin: datetime, end: datetime, hours: BarHours | None = None
) -> Iterator[Bar]:
    """The bars of a span that the engine knows, page by page."""
    from ibtui.link.messages import GetHistory, History

    at: datetime | None = begin
    while at is not None and at < end:
        answer = engine.ask(GetHistory(symbol=symbol, seconds=seconds, begin=at, end=end, hours=hours))
        assert isinstance(answer, History)
        yield from answer.bars
        at = answer.next


def say(text: str) -> None:
    """A line on standard error where somebody reads it."""
    if sys.stderr.isatty():
        click.echo(text, err=True)


def _silent(text: str) -> None: ...


def _moment(text: str) -> datetime:
    from ibtui.recording.times import reader

    try:
        return reader(text)(text)
    except ValueError:
        raise IbtuiError("usage", f"{text[:30]!r} is no time; write 2026-01-02 or 2026-01-02T09:30.") from None


def _seconds(text: str) -> int:
    try:
        return bar_seconds(text)
    except ValueError as error:
        raise IbtuiError("bad_bar", f"{error}.") from None
