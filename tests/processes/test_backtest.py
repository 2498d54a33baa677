"""`ibtui backtest` as a script calls it: figures out, one sentence and a code for every mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.processes.files import STRATEGY
from tests.processes.programs import Home, Trader


def test_a_file_of_ones_own_runs_and_prints_figures(home: Home, folder: Path) -> None:
    done = home.run("backtest", f"{folder}/often.py", "--data", f"{folder}/A.csv", "--json")
    assert done.code == 0, done.err
    told = done.json
    assert (told["strategy"], told["symbols"], told["bars"]) == ("often", ["A"], 400)
    assert told["fills"] == 399
    assert told["trades"] == {"closed": 199, "open": 1}
    assert told["statistics"]["commissions"] == pytest.approx(399.0)


def test_of_several_symbols_it_sees_those_that_it_trades(home: Home, folder: Path) -> None:
    one = home.run(
        "backtest", f"{folder}/often.py", "--data", f"{folder}/two.csv", "--param", "symbol=B", "--json"
    ).json
    assert (one["symbols"], one["fills"]) == (["B"], 399)
    both = home.run("backtest", f"{folder}/nameless.py", "--data", f"{folder}/two.csv", "--json").json
    assert (both["symbols"], both["fills"]) == (["A", "B"], 798)
    words = ("--param", "symbol=C", "--json")
    assert home.run("backtest", f"{folder}/often.py", "--data", f"{folder}/two.csv", *words).error == "no_bars"


def test_longer_bars_and_a_part_of_the_data(home: Home, folder: Path) -> None:
    arguments = ("--bar", "5min", "--from", "2026-03-02T10:00", "--to", "2026-03-02T12:00", "--param", "shares=1")
    done = home.run("backtest", f"{folder}/often.py", "--data", f"{folder}/A.csv", *arguments, "--json")
    told = done.json
    assert (told["bar_seconds"], told["bars"], told["parameters"]["shares"]) == (300, 24, "1")


def test_the_report_for_a_person_and_for_a_browser(home: Home, folder: Path) -> None:
    out = folder / "out"
    done = home.run("backtest", "sma_cross", "--data", f"{folder}/A.csv", "--report", str(out))
    assert done.code == 0
    assert "final equity" in done.out
    assert (out / "report.html").read_text().startswith("<!doctype html>")


def test_the_decision_log_on_standard_output_in_a_file_and_in_the_report(home: Home, folder: Path) -> None:
    words = ("backtest", f"{folder}/often.py", "--data", f"{folder}/A.csv")
    *lines, figures = home.run(*words, "--log", "-", "--json").out.splitlines()
    records = [json.loads(line) for line in lines]
    assert len(records) == json.loads(figures)["fills"] + 1
    assert records[0]["text"].startswith("BUY ")
    assert records[0]["end"] == "filled"
    told = home.run(*words, "--log", f"{folder}/why.log", "--report", f"{folder}/out").out
    assert f"{len(records) - 10} more: --log FILE" in told
    assert len((folder / "why.log").read_text().splitlines()) == len(records)
    assert len((folder / "out" / "decisions.csv").read_text().splitlines()) == len(records) + 1
    assert "<h2>Decisions</h2>" in (folder / "out" / "report.html").read_text()
    assert "decisions" not in home.run(*words).out
    assert home.run(*words, "--log", f"{folder}/none/why.log", "--json").error == "no_file"


def test_a_position_that_live_would_not_hold_is_told_of(home: Home, folder: Path) -> None:
    (folder / "many.py").write_text(STRATEGY.replace("(10, 1, 100)", "(1001, 1, 9999)"))
    words = (f"{folder}/many.py", "--data", f"{folder}/A.csv", "--cash", "10000000", "--json")
    (warning,) = [one for one in home.run("backtest", *words).json["warnings"] if "position_quantity" in one]
    assert warning.startswith("It held 1,001 A; live it may hold 1,000 until")
    assert "position_quantity" not in home.run("backtest", *words, "--param", "shares=1000").out
    home.configure("[profiles.paper.strategies.many]\nposition_quantity = 2000\n")
    assert "position_quantity" not in home.run("backtest", *words).out


def test_progress_for_a_program(home: Home, folder: Path) -> None:
    done = home.run("backtest", "sma_cross", "--data", f"{folder}/A.csv", "--json", "--progress", "json")
    assert done.code == 0


@pytest.mark.parametrize(
    ("words", "code", "error", "says"),
    [
        (("sma_crss", "--data", "A.csv"), 9, "unknown_strategy", "did you mean 'sma_cross'"),
        (("sma_cross", "--data", "none.csv"), 2, "no_data", "none.csv"),
        (("sma_cross", "--data", "bad.csv"), 2, "bad_data", "bad.csv line 2"),
        (("sma_cross", "--data", "short.csv"), 2, "bad_data", "no column high, low"),
        (("sma_cross", "--data", "back.csv"), 2, "bad_data", "line 3"),
        (("sma_cross", "--data", "A.csv", "--param", "fast=0"), 2, "bad_parameter", "from 1 to 200"),
        (("sma_cross", "--data", "A.csv", "--param", "fats=3"), 2, "bad_parameter", "did you mean 'fast'"),
        (("sma_cross", "--data", "A.csv", "--param", "fast"), 2, "bad_parameter", "name=value"),
        (("sma_cross", "--data", "A.csv", "--from", "2030-01-01"), 2, "no_bars", "--from"),
        (("sma_cross", "--data", "A.csv", "--from", "soon"), 2, "usage", "no date"),
        (("sma_cross", "--data", "A.csv", "--bar", "1s"), 2, "bad_bar", "bars of 60 s"),
        (("sma_cross", "--data", "A.csv", "--cash", "-5"), 2, "usage", "--cash"),
        (("broken.py", "--data", "A.csv"), 9, "strategy_failed", "broken.py line 15, in on_bar: ZeroDivisionError"),
        (("sma_cross", "--data", "A.csv", "--limit", "order_valeu=5"), 2, "bad_parameter", "order_value"),
        (("sma_cross", "--data", "A.csv", "--limit", "order_value=1,5"), 2, "bad_parameter", "not '1,5'; write 1.5"),
        (("sma_cross", "--data", "A.csv", "--cash", "1,5"), 2, "usage", "not '1,5'; write 1.5"),
        (("sma_cross", "--data", "A.csv", "--param", "fast=1,5"), 2, "bad_parameter", "whole number"),
        (("sma_cross", "--data", "A.csv", "--actions", "A.csv"), 2, "bad_data", "no column date"),
        (("none.py", "--data", "A.csv"), 9, "no_file", "none.py"),
    ],
)
def test_mistakes(home: Home, folder: Path, words: tuple[str, ...], code: int, error: str, says: str) -> None:
    there = [str(folder / word) if word.endswith((".csv", ".py")) else word for word in words]
    done = home.run("backtest", *there, "--json")
    assert done.error == error
    assert says in done.json["error"]["message"]
    assert done.code == code


def test_the_history_of_symbols(home: Home, folder: Path) -> None:
    with (
        home.serving("gateway", "--port", "0", "--start", "2025-03-03T15:00") as (_, address),
        home.serving("engine", "--profile", "paper", "--port", address.rpartition(":")[2]),
    ):
        Trader(home, "paper").until(lambda status: status["state"] == "active")
        arguments = ("--data", "AAPL,MSFT", "--bar", "1min", "--from", "2025-02-28", "--to", "2025-03-01")
        done = home.run("backtest", "sma_cross", *arguments, "--param", "symbol=MSFT", "--json")
        assert done.code == 0, done.out
        assert done.json["begin"] == "2025-02-28T05:00:00Z"
        assert done.json["bars"] > 1_000
        assert home.run("backtest", "sma_cross", "--data", "NOSUCH", "--json").error == "unknown_symbol"
