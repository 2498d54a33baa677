"""`--profile` before the subcommand counts as it does behind it; what would be ignored is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
import pytest

from ibtui.cli.main import commands
from ibtui.commands.grammar import USAGE
from ibtui.config import folders
from ibtui.domain.failure import IbtuiError

TAKES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("attach",): (),
    ("backtest",): ("sma_cross", "--data", "none.csv"),
    ("do",): ("buy 100 AAPL market", "--yes"),
    ("engine",): (),
    ("history",): ("SPY", "out.csv", "--from", "2024-01-01"),
    ("record",): ("watchlist",),
    ("recordings",): (),
    ("run",): ("sma_cross",),
    ("signal",): ("AAPL", "prediction", "0.7"),
    ("signals",): (),
    ("since",): (),
    ("status",): (),
    ("stop",): (),
    ("strategies", "approve"): ("dip",),
    ("strategies", "list"): (),
    ("strategies", "pause"): ("dip",),
    ("strategies", "resume"): ("dip",),
    ("strategies", "start"): ("dip",),
    ("strategies", "stop"): ("dip",),
    ("stream",): (),
    ("sweep",): ("sma_cross", "--data", "none.csv", "--param", "fast=5,10"),
}
"""Every command that works on a profile, with arguments that are written right."""
TAKES_NONE: dict[tuple[str, ...], tuple[str, ...]] = {
    ("demo",): ("--headless",),
    ("error",): ("201",),
    ("guide",): ("trading",),
    ("gateway",): ("--port", "0"),
    ("strategies", "new"): ("dip",),
    ("strategies", "show"): ("sma_cross",),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty folders, in which two profiles are configured and nothing runs."""
    for kind in ("STATE", "CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path))
    (tmp_path / "ibtui").mkdir()
    (tmp_path / "ibtui" / "config.toml").write_text("[profiles.one]\n[profiles.two]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ibtui.cli.main._need_terminal", lambda: None)

    def nothing_starts(*_: object) -> NoReturn:
        raise AssertionError("a process was to be started")

    monkeypatch.setattr("ibtui.cli.launch.detach", nothing_starts)


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name)


def failure(*arguments: str) -> IbtuiError | click.ClickException:
    with pytest.raises((IbtuiError, click.ClickException)) as caught:
        commands.main([*arguments], prog_name="ibtui", standalone_mode=False)
    assert isinstance(caught.value, IbtuiError | click.ClickException)
    return caught.value


def test_the_tables_name_every_command() -> None:
    assert sorted(leaves(commands)) == sorted([*TAKES, *TAKES_NONE])


@pytest.mark.parametrize("path", TAKES, ids=" ".join)
def test_a_profile_that_does_not_exist_is_refused_before_and_behind_the_command(path: tuple[str, ...]) -> None:
    before = failure("--profile", "nosuch", *path, *TAKES[path])
    behind = failure(*path, *TAKES[path], "--profile", "nosuch")
    for error in (before, behind):
        assert isinstance(error, IbtuiError)
        assert (error.code, error.message[:31]) == ("bad_config", "There is no profile 'nosuch': A")


@pytest.mark.parametrize("path", TAKES, ids=" ".join)
def test_two_profiles_are_a_usage_error(path: tuple[str, ...]) -> None:
    for arguments in (
        ("--profile", "one", *path, *TAKES[path], "--profile", "two"),
        (*path, *TAKES[path], "--profile", "one", "--profile", "two"),
        ("--profile", "one", "--profile", "two", *path, *TAKES[path]),
    ):
        error = failure(*arguments)
        assert isinstance(error, click.UsageError)
        assert error.message == "--profile is given as 'one' and as 'two'; name one profile."


@pytest.mark.parametrize("path", TAKES_NONE, ids=" ".join)
def test_a_command_without_a_profile_does_not_ignore_one(path: tuple[str, ...]) -> None:
    error = failure("--profile", "one", *path, *TAKES_NONE[path])
    assert isinstance(error, click.UsageError)
    assert error.message == f"`ibtui {' '.join(path)}` takes no --profile."


def test_the_same_profile_twice_is_that_profile() -> None:
    error = failure("--profile", "one", "status", "--profile", "one")
    assert isinstance(error, IbtuiError)
    assert error.message.startswith("No engine runs for profile 'one'")


def test_where_the_demo_runs_a_command_for_another_engine_says_how_to_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    state = folders("demo").state
    state.mkdir(parents=True)
    folders("demo").facts.write_text(json.dumps({"pid": os.getpid(), "socket": "demo.sock"}))
    for profile, told in (("one", True), ("demo", False)):
        monkeypatch.setattr("ibtui.cli.launch.alive", lambda pid, there=told: there)
        error = failure("status", "--profile", profile)
        assert isinstance(error, IbtuiError)
        assert ("The demo runs: add --profile demo" in error.message) is told, error.message


def test_a_command_of_the_shell_is_none_of_the_grammar_and_told_as_what_it_is() -> None:
    for name in commands.list_commands(click.Context(commands)):
        error = failure("do", name)
        assert isinstance(error, IbtuiError)
        assert (f"write `ibtui {name}`" in error.message) is (name not in USAGE), error.message


def test_without_a_command_the_profile_is_looked_up_too() -> None:
    error = failure("--profile", "nosuch")
    assert isinstance(error, IbtuiError)
    assert error.code == "bad_config"
