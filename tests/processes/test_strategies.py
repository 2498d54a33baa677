"""Strategies on the command line: a new one is written, tried on the past, watched in shadow, run and stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from tests.processes.programs import IBTUI, Home, Trader


def strategies(demo: Trader, *arguments: str) -> dict[str, object]:
    done = demo.home.run("strategies", *arguments, "--profile", "demo", "--json")
    assert done.code == 0, done.out + done.err
    return done.json


def test_from_a_new_file_to_shadow_in_four_commands(demo: Trader) -> None:
    written = demo.home.run("strategies", "new", "dip", "--json")
    assert written.code == 0, written.err
    file = written.json["file"]
    assert file.endswith("/strategies/dip.py")
    again = demo.home.run("strategies", "new", "dip", "--json")
    assert (again.code, again.error) == (2, "usage")
    shown = demo.home.run("strategies", "show", "dip", "--json").json
    assert [row["name"] for row in shown["parameters"]][:3] == ["symbol", "bar", "window"]
    chosen = ("--param", "bar=1s", "--param", "window=5", "--param", "dip=0.01")
    assert "dip is on" in str(strategies(demo, "start", "dip", "--shadow", *chosen)["message"])
    demo.until(lambda status: any(s["name"] == "dip" and s["state"] == "shadow" for s in status["strategies"]))
    assert not [order for order in demo.status()["orders"] if order["owner"] == "dip"]
    assert "paused" in str(strategies(demo, "pause", "dip")["message"])
    assert "may enter" in str(strategies(demo, "resume", "dip")["message"])
    assert "dip is off" in str(strategies(demo, "stop", "dip")["message"])
    with open(file, "a") as out:
        out.write("\n# changed\n")
    refused = demo.home.run("strategies", "start", "dip", "--profile", "demo", "--json")
    assert (refused.code, refused.error) == (9, "not_approved")
    assert "approved as it is now" in str(strategies(demo, "approve", "dip")["message"])


def test_a_file_is_shown_without_being_run(home: Home) -> None:
    file = home.folder / "mine.py"
    mark = home.folder / "ran"
    file.write_text(
        f"open({str(mark)!r}, 'w')\nfrom ibtui.strategies import Strategy, param\n"
        'class Mine(Strategy):\n    "Buys."\n    shares: int = param(100, 1, 9_999)\n'
    )
    shown = home.run("strategies", "show", str(file), "--json").json
    assert (shown["text"], [row["fits"] for row in shown["parameters"]]) == ("Buys.", ["1 to 9999"])
    assert not mark.exists()


def test_the_new_file_runs_over_the_past(home: Home, folder: object) -> None:
    home.run("strategies", "new", "dip")
    done = home.run("backtest", "dip", "--data", f"{folder}/A.csv", "--param", "window=10", "--json")
    assert done.code == 0, done.out
    assert done.json["fills"] > 0


def test_a_strategy_in_the_foreground_ends_with_the_interrupt(demo: Trader) -> None:
    words = ("run", "sma_cross.here", "--param", "symbol=JPM", "--shadow", "--profile", "demo", "--json")
    process = subprocess.Popen(
        [*IBTUI, *words], env={**os.environ, **demo.home.environment}, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            # Once: the second decision may come while it ends, and a second interrupt would end the ending.
            if [event["event"] for event in events].count("decision") == 1 and events[-1]["event"] == "decision":
                process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert events[0]["event"] == "started"
    assert events[-1]["event"] == "stopped"
    assert any(event.get("state") == "shadow" or event.get("state") == "warming" for event in events)


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("strategies", "start", "nope"), 9, "unknown_strategy"),
        (("strategies", "start", "sma_cross", "--param", "fast=x"), 2, "bad_parameter"),
        (("strategies", "pause", "sma_cross"), 9, "not_running"),
        (("strategies", "approve", "sma_cross"), 9, "no_file"),
        (("run", "nope"), 9, "unknown_strategy"),
    ],
)
def test_mistakes(demo: Trader, words: tuple[str, ...], code: int, error: str) -> None:
    done = demo.home.run(*words, "--profile", "demo", "--json")
    assert (done.code, done.error) == (code, error)


@pytest.mark.parametrize("name", ["Dip", "sma_cross", "1st", "you", "a" * 40, "../x"])
def test_a_name_that_does_not_do_is_refused(home: Home, name: str) -> None:
    done = home.run("strategies", "new", name, "--json")
    assert (done.code, done.error) == (2, "usage")
