"""Signals in and facts out on the command line, as another program uses them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.clocks import PATIENCE
from tests.processes.programs import IBTUI, Trader


@contextmanager
def program(demo: Trader, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`ibtui ARGUMENTS` with pipes, ended with the block."""
    process = subprocess.Popen(
        [*IBTUI, *arguments, "--profile", "demo"],
        env={**os.environ, **demo.home.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_one_signal_reaches_a_program_that_listens(demo: Trader) -> None:
    with program(demo, "stream", "--only", "session,signal", "--count", "2") as listening:
        assert listening.stdout is not None
        assert json.loads(listening.stdout.readline())["event"] == "session"
        done = demo.home.run("signal", "aapl", "prediction", "0.72", "--source", "model", "--profile", "demo", "--json")
        assert (done.code, done.json) == (0, {"told": 1})
        lines = [json.loads(listening.stdout.readline())]
        assert lines[0]["event"] in ("session", "signal")
    with program(demo, "stream", "--only", "log") as listening:
        assert listening.stdout is not None
        texts = (json.loads(line)["text"] for line in listening.stdout)
        assert any("prediction AAPL 0.72 · model" in text for text in texts)


def test_lines_of_a_program_are_told_and_bad_ones_named(demo: Trader) -> None:
    with program(demo, "signals", "--json") as telling:
        out, err = telling.communicate('{"kind": "a", "symbol": "AAPL"}\n\nnonsense\n{"kind": "b"}\n', timeout=PATIENCE)
        assert telling.returncode == 2
    assert json.loads(out) == {"told": 2, "skipped": 1}
    assert err.startswith("ibtui: line 3: A signal is one line of JSON")


def test_the_stream_begins_with_the_state_and_speaks_in_numbers(demo: Trader) -> None:
    with program(demo, "stream", "--count", "60") as listening:
        out, _ = listening.communicate(timeout=PATIENCE)
    facts = [json.loads(line) for line in out.splitlines()]
    kinds = {fact["event"] for fact in facts}
    assert {"session", "account", "quote", "position", "order", "strategy"} <= kinds
    position = next(fact for fact in facts if fact["event"] == "position")
    assert isinstance(position["quantity"], int | float)


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("signal", "AAPL", "Bad Kind"), 2, "bad_signal"),
        (("signal", "AAPL", "x", "nan"), 2, "usage"),
        (("signal", "AAPL", "x", "--time", "soon"), 2, "bad_signal"),
        (("signal", "AAPL", "x", "--profile", "paper"), 3, "no_engine"),
    ],
)
def test_mistakes_are_one_sentence_and_a_code(demo: Trader, arguments: tuple[str, ...], code: int, error: str) -> None:
    profile = () if "--profile" in arguments else ("--profile", "demo")
    done = demo.home.run(*arguments, *profile, "--json")
    assert (done.code, done.error) == (code, error)


def test_a_kind_that_the_stream_does_not_have_is_named(demo: Trader) -> None:
    done = demo.home.run("stream", "--only", "fils", "--profile", "demo")
    assert done.code == 2
    assert "no kind 'fils'" in done.err


def test_a_stream_that_nobody_reads_any_more_ends_well(demo: Trader) -> None:
    with program(demo, "stream") as listening:
        assert listening.stdout is not None
        listening.stdout.readline()
        listening.stdout.close()
        assert listening.wait(30) == 0
