"""What a page tells to type is understood: shell lines, commands, configurations, and Python that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import FunctionType
from typing import Any

import click
import msgspec
import pytest

from ibtui.backtest import Settings, run
from ibtui.cli.main import commands
from ibtui.cli.strategies import write_new
from ibtui.commands.grammar import parse
from ibtui.config import load
from ibtui.domain.bar import Bar
from ibtui.domain.signal import signal
from ibtui.gateway import control
from ibtui.link.codec import from_client
from ibtui.strategies import Strategy
from ibtui.strategies.author.parameters import describe, traded, values
from ibtui.terminal.places.prompt import WORDS
from tests.guide.blocks import Block, blocks, calls, inline
from tests.guide.tables import PAGES
from tests.strategies.stage import Stage

OPENED = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
"""09:30 in New York, a Monday."""


def understood(arguments: list[str]) -> None:
    """Raise what click or the grammar says against a call of `ibtui`; nothing is done."""
    command: click.Command = commands
    context, rest = click.Context(commands, info_name="ibtui"), list(arguments)
    while isinstance(command, click.Group) and rest:
        _, rest, _ = command.make_parser(context).parse_args(rest)
        if rest:
            name, found, rest = command.resolve_command(context, rest)
            assert found is not None, name
            context, command = click.Context(found, parent=context, info_name=name), found
    if rest and rest != ["--help"]:  # the name of a command alone stands for the command
        given = command.make_context(command.name, rest, parent=context.parent)
        if command.name == "do":
            parse(given.params["command"])


def lines() -> Iterator[tuple[str, str]]:
    """Every line of a shell that calls `ibtui`, with its page."""
    for block in blocks("sh"):
        for line in block.text.splitlines():
            if calls(line):
                yield block.page, line
    for page, file in PAGES.items():
        for words in inline(file):
            if words.startswith("ibtui ") and "…" not in words:
                yield page, words


@pytest.mark.parametrize(("page", "line"), sorted(set(lines())))
def test_every_line_of_a_shell_is_understood(page: str, line: str) -> None:
    for arguments in calls(line):
        understood(arguments)


def test_lines_that_are_not_written_right_are_not_understood() -> None:
    for wrong in (["stats"], ["do", "buy AAPL"], ["status", "--jason"]):
        with pytest.raises(Exception, match=r"stats|jason|write buy"):
            understood(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_every_line_after_a_colon_is_understood(page: str) -> None:
    for words in inline(PAGES[page]):
        if words.startswith(":") and len(words) > 1 and words[1:] not in WORDS:
            parse(words[1:])


def test_every_message_to_an_engine_or_a_gateway_is_one() -> None:
    told = [words for file in PAGES.values() for words in inline(file) if words.startswith("{")]
    to_engine = [words for words in told if words.startswith('{"is"')]
    to_gateway = [words for words in told if words.startswith('{"do"') and "NAME" not in words]
    kinds = {kind.__struct_config__.tag: kind for kind in control.Command.__subclasses__()}
    assert to_engine
    assert to_gateway
    for words in to_engine:
        from_client(words.encode())
    for words in to_gateway:
        msgspec.json.decode(words, type=kinds[json.loads(words)["do"]])


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.name)
def test_every_configuration_loads(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(block.text)
    file.chmod(0o600)
    load(file)


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.name)
def test_every_python_example_runs(block: Block) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(block.text, block.name, "exec"), names)
    for name, item in names.items():
        if isinstance(item, FunctionType) and name.startswith("test_"):
            item()
        elif isinstance(item, type) and issubclass(item, Strategy) and item is not Strategy:
            over_the_past(item)
            at_a_market(item)


def test_the_first_strategy_is_the_file_that_is_written_anew(tmp_path: Path) -> None:
    listed = next(block.text for block in blocks("python") if block.page == "strategies")
    assert listed == write_new("dip", tmp_path).read_text()


def test_readme_has_the_parameters_of_the_file_that_is_written_anew(tmp_path: Path) -> None:
    (shown,) = [parameters(block.text) for block in blocks("python") if block.page == "README"]
    assert shown == parameters(write_new("dip", tmp_path).read_text())


def parameters(text: str) -> dict[str, tuple[Any, Any, Any]]:
    """Of the class Dip in a piece of source: default and bounds by each name."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(text, names)
    return {one.name: (one.default, one.low, one.high) for one in describe(names["Dip"])}


def over_the_past(kind: type[Strategy]) -> None:
    """Three days of minutes with a release in between; it has to live through all its hooks."""
    chosen = values(kind, {})
    symbols = traded(kind, chosen)
    assert symbols
    told = [
        signal(OPENED + timedelta(minutes=40), "economic", value=1.0, expected=0.4, text="CPI"),
        signal(OPENED + timedelta(minutes=45), "news", symbols[0], text="A headline"),
    ]
    bars = [group for day in range(3) for group in a_day(OPENED + timedelta(days=day), symbols)]
    result = run(kind, bars, chosen, Settings(options="model"), signals=told)
    assert result.moments == len(bars)


def at_a_market(kind: type[Strategy]) -> None:
    """Some bars, and quotes, which no backtest has."""
    stage = Stage(kind)
    for price in (100.0, 101.0, 99.0):
        stage.bar(price)
        stage.quote(price - 0.01, price + 0.01)


def a_day(opened: datetime, symbols: tuple[str, ...]) -> list[tuple[Bar, ...]]:
    """390 minutes that fall, rise and fall again around 100."""
    closes = [100 + 3 * abs((minute % 130) / 65 - 1) for minute in range(-1, 390)]
    return [
        tuple(
            Bar(symbol, opened + timedelta(minutes=minute), was, max(was, now) + 0.05, min(was, now) - 0.05, now, 100.0)
            for symbol in symbols
        )
        for minute, (was, now) in enumerate(pairwise(closes))
    ]
