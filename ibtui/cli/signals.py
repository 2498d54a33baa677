"""`ibtui signal` and `ibtui signals`: what other programs tell the strategies."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

import click

from ibtui.cli.engines import caller
from ibtui.cli.options import JSON, PROFILE, Number
from ibtui.cli.output import print_json
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.domain.signal import Signal
    from ibtui.link.caller import Caller

LONGEST_LINE = 64 * 1024
"""Characters of one line that is read."""


@click.command()
@click.argument("symbol")
@click.argument("kind")
@click.argument("value", required=False, type=Number())
@click.option("--text", default="", help="A few words that go with it.")
@click.option("--expected", type=Number(), help="What was expected of VALUE, for a release.")
@click.option("--source", default="", help="Who says it.")
@click.option("--time", "when", help="When it became known, ISO 8601.  [default: now]")
@click.option("--due", help="When it will happen, for an announcement.")
@PROFILE
@JSON
def signal(
    symbol: str,
    kind: str,
    value: float | None,
    text: str,
    expected: float | None,
    source: str,
    when: str | None,
    due: str | None,
    profile: str,
    as_json: bool,
) -> None:
    """Tell the strategies of a running engine one thing: their on_event hook gets it.

    SYMBOL is the instrument it is about, - for the whole market. KIND is a word that your strategy looks for.

    \b
    ibtui signal AAPL prediction 0.72 --source my_model
    ibtui signal - economic 0.4 --expected 0.3 --text "CPI m/m"
    ibtui signal AAPL earnings --due 2026-01-29T16:05
    """
    from ibtui.domain.signal import signal as made
    from ibtui.recording.signals import parse_time

    one = made(
        parse_time(when) if when else datetime.now(UTC),
        kind,
        "" if symbol == "-" else symbol,
        value,
        expected=expected,
        text=text,
        source=source,
        due=parse_time(due) if due else None,
    )
    with caller(profile) as engine:
        told = _tell(engine, one)
    if as_json:
        print_json({"told": told})
    else:
        click.echo(f"told: {kind} {'' if symbol == '-' else symbol.upper()}".rstrip())


@click.command()
@PROFILE
@JSON
def signals(profile: str, as_json: bool) -> int:
    """Read signals from standard input, one line of JSON each, and tell them to a running engine as they come.

    Fields: kind (needed), symbol, value, expected, text, source, time, due. A line that does not fit is said on
    standard error and skipped; the exit code is then 2.

    \b
    echo '{"symbol": "AAPL", "kind": "prediction", "value": 0.72}' | ibtui signals
    python my_model.py | ibtui signals --profile paper
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    with caller(profile) as engine:
        told, bad = _tell_lines(engine, lines_of(sys.stdin))
    if as_json:
        print_json({"told": told, "skipped": bad})
    else:
        click.echo(f"told {told}" + (f", skipped {bad}" if bad else ""))
    return 2 if bad else 0


def lines_of(stream: TextIO) -> Iterator[str]:
    """Lines as they come; of one that is too long the beginning, which is no JSON: an endless one takes no memory."""
    while line := stream.readline(LONGEST_LINE):
        yield line
        while len(line) == LONGEST_LINE and not line.endswith("\n"):
            line = stream.readline(LONGEST_LINE)


def _tell_lines(engine: Caller, lines: Iterable[str]) -> tuple[int, int]:
    from ibtui.recording.signals import parse_line

    told = bad = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told += _tell(engine, parse_line(line, datetime.now(UTC)))
        except IbtuiError as error:
            if error.code not in ("bad_signal", "too_many_signals", "too_many_requests"):
                raise
            bad += 1
            click.echo(f"ibtui: line {number}: {error.message}", err=True)
    return told, bad


def _tell(engine: Caller, one: Signal) -> int:
    from ibtui.link.messages import Tell, Told

    answer = engine.ask(Tell(signals=(one,)))
    assert isinstance(answer, Told)
    return answer.count
