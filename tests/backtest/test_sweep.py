"""Sweeps: the same result wherever they run, resumed where they were stopped, honest about luck."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.backtest.settings import Settings
from ibtui.backtest.source import BarSource
from ibtui.backtest.sweep import Axis, SweepTask, TrialOutcome, metric, split, sweep
from ibtui.backtest.sweep.axes import point, points, size
from ibtui.backtest.sweep.findings import findings
from ibtui.backtest.sweep.heatmap import heatmap
from ibtui.backtest.sweep.luck import BELIEVABLE, deflated_sharpe, expected_best, moments_of, percent
from ibtui.backtest.sweep.pool import Here
from ibtui.backtest.sweep.search import at_random, grid
from ibtui.backtest.sweep.store import OutcomeStore
from ibtui.backtest.sweep.trial import Trial, evaluate
from ibtui.backtest.sweep.walk import walk, windows
from ibtui.domain.failure import IbtuiError
from ibtui.recording.export import write_bars
from ibtui.strategies.builtin.sma_cross import SmaCross
from ibtui.strategies.load import from_builtin
from tests.backtest.past import walk as random_walk
from tests.clocks import PATIENCE

SHARPE = metric("sharpe")


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("prices") / "A.csv"
    bars = [bar for (bar,) in random_walk(2_000)]
    start = datetime(2024, 1, 2, 21, tzinfo=UTC)
    write_bars(file, [bar._replace(time=start + timedelta(days=n)) for n, bar in enumerate(bars)])
    return file


def task(file: Path, **fixed: str) -> SweepTask:
    return SweepTask(
        strategy="sma_cross",
        folder=file.parent,
        sha256=from_builtin("sma_cross").sha256,
        fixed={"symbol": "A", **fixed},
        source=BarSource(paths=(file,), seconds=86_400, read_seconds=86_400),
        settings=Settings(commission="none"),
    )


def axes(**typed: str) -> tuple[Axis, ...]:
    return split(SmaCross, typed)[1]


def run(*words: str, cwd: Path) -> tuple[dict[str, Any], str]:
    """The object on standard output, and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "ibtui", "sweep", "sma_cross", *words, "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(cwd)},
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found, done.stderr


# ranges


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("fast", "5:20:5", ("5", "10", "15", "20")),
        ("fast", "5:21:5", ("5", "10", "15", "20")),
        ("fast", "3:5", ("3", "4", "5")),
        ("fast", "3,9,4:6", ("3", "9", "4", "5", "6")),
        ("stop", "0:1:0.25", ("0", "0.25", "0.5", "0.75", "1")),
        ("symbol", "A,B", ("A", "B")),
    ],
)
def test_a_range_is_written_as_from_to_step(name: str, text: str, values: tuple[str, ...]) -> None:
    fixed, (axis,) = split(SmaCross, {name: text, "shares": "7"})
    assert axis.values == values
    assert fixed == {"shares": "7"}


@pytest.mark.parametrize(
    "text", ["5:1", "1:5:0", "1:5:-1", "a:b", "1:2:3:4", "100:300", "1:nan", "1:200:1e-9", "x,3", "1:1_0", "1:１０"]
)
def test_a_range_that_is_none_is_one_sentence(text: str) -> None:
    with pytest.raises(IbtuiError) as found:
        split(SmaCross, {"fast": text})
    assert found.value.code == "bad_parameter"


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_points_are_counted_as_they_come(lengths: list[int]) -> None:
    chosen = [Axis(f"p{n}", tuple(str(v) for v in range(length))) for n, length in enumerate(lengths)]
    assert [point(chosen, number) for number in range(size(chosen))] == list(points(chosen))


def test_random_points_differ_and_are_those_of_the_seed() -> None:
    def asked(seed: int, trials: int) -> list[tuple[str, ...]]:
        search = at_random(axes(fast="2:50", slow="60:100"), trials, seed)
        return [tuple(found[0].values()) for found in iter(search.ask, None)]

    assert len(set(asked(1, 200))) == 200
    assert asked(1, 200) == asked(1, 200) != asked(2, 200)
    assert len(asked(1, 10**9)) == 49 * 41


def test_an_unknown_metric_is_told_the_nearest() -> None:
    with pytest.raises(IbtuiError, match="sortino"):
        metric("sortin")
    assert metric("drawdown").name == "max_drawdown_percent"
    assert metric("volatility_percent").sign == -1


# runs


def go(file: Path, store: OutcomeStore, **typed: str) -> list[TrialOutcome]:
    return sweep(task(file), grid(axes(**typed)), Here(), SHARPE, ahead=1, store=store)


def test_the_best_comes_first_and_equals_a_run_of_its_own(prices: Path) -> None:
    ranked = go(prices, OutcomeStore(None), fast="3:9:3", slow="6:18:6")
    scores = [SHARPE.of(outcome) for outcome in ranked if outcome.statistics]
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
    assert [outcome.refused for outcome in ranked if outcome.statistics is None] == [
        "fast must be less than slow, not 6 and 6.",
        "fast must be less than slow, not 9 and 6.",
    ]
    alone = evaluate(task(prices, **ranked[0].trial.values), Trial(values={}))
    assert alone.final_equity == ranked[0].final_equity


def test_what_was_found_is_not_run_again(prices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "found.jsonl"
    with OutcomeStore(file) as store:
        first = go(prices, store, fast="3:5", slow="9:18:9")
    with file.open("ab") as cut:
        cut.write(file.read_bytes()[:50])  # as a crash leaves it

    def fail(*_: object) -> None:
        raise AssertionError("run again")

    monkeypatch.setattr("ibtui.backtest.sweep.run.evaluate", fail)
    with OutcomeStore(file) as store:
        assert go(prices, store, fast="3:5", slow="9:18:9") == first


def test_other_data_is_another_sweep(prices: Path, tmp_path: Path) -> None:
    copy = tmp_path / "A.csv"
    copy.write_bytes(prices.read_bytes())
    before = task(copy).digest
    assert before == task(copy).digest != task(copy, shares="5").digest
    with copy.open("a") as more:
        more.write("\n")
    assert task(copy).digest != before


def test_windows_move_forward_and_share_nothing_with_what_they_are_tried_on() -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    parts = windows(begin, begin + timedelta(days=800), 5)
    assert [part.end for part in parts[:-1]] == [part.split for part in parts[1:]]
    assert parts[0].begin == begin
    assert parts[-1].end == begin + timedelta(days=800)
    assert all(part.begin < part.split < part.end for part in parts)


def test_walking_forward_tries_the_choice_on_what_came_after(prices: Path) -> None:
    chosen = axes(fast="3:6", slow="9:18:9")
    whole = task(prices)
    begin = datetime(2024, 1, 2, 21, tzinfo=UTC)
    parts = windows(begin, begin + timedelta(days=2_000), 3)
    store = OutcomeStore(None)
    folds = walk(whole, lambda: grid(chosen), Here(), SHARPE, parts, ahead=1, store=store)
    assert len(folds) == 3
    for fold in folds:
        before = sweep(
            whole, grid(chosen), Here(), SHARPE, ahead=1, store=store, begin=fold.window.begin, end=fold.window.split
        )
        assert fold.chosen == before[0]
        assert fold.tried.trial == Trial(values=fold.chosen.trial.values, begin=fold.window.split, end=fold.window.end)


# luck


def test_the_deflated_sharpe_ratio_of_the_paper() -> None:
    """The example of Bailey and Lopez de Prado (2014), page 9: 100 tries, V = 1/2 of a year, 5 years of 250 days, a
    ratio of 2.5 of a year, skew -3, kurtosis 10: SR0 is 0.1132 of a day and the probability 0.9004."""
    spread = math.sqrt(0.5 / 250)
    sharpes = [spread * one for one in (-1.0, 1.0)] * 50
    scale = spread / (sum(one * one for one in sharpes) / 99) ** 0.5
    sharpes = [one * scale for one in sharpes]
    assert expected_best(sharpes) == pytest.approx(0.1132, abs=1e-4)
    best = moments_of([0.01, -0.01, 0.02])
    best = type(best)(days=1250, sharpe=2.5 / math.sqrt(250), skew=-3, kurtosis=10)
    assert deflated_sharpe(best, sharpes) == pytest.approx(0.9004, abs=1e-4)


def test_moments_of_a_normal_spread() -> None:
    import random

    rng = random.Random(3)
    found = moments_of([rng.gauss(0.001, 0.01) for _ in range(20_000)])
    assert found.sharpe == pytest.approx(0.1, abs=0.02)
    assert found.skew == pytest.approx(0, abs=0.05)
    assert found.kurtosis == pytest.approx(3, abs=0.1)
    assert moments_of([0.0, 0.0, 0.0]).sharpe is None


# pictures


def test_a_heatmap_has_numbers_where_there_is_room(prices: Path) -> None:
    chosen = axes(fast="3:6", slow="9:18:9")
    ranked = go(prices, OutcomeStore(None), fast="3:6", slow="9:18:9")
    text = heatmap(chosen, ranked, SHARPE, 80).plain
    best = SHARPE.of(ranked[0])
    assert f"{best:.2f}" in text
    assert text.splitlines()[2].split() == ["9", "18"]
    assert [line.split()[0] for line in text.splitlines()[3:]] == ["3", "4", "5", "6"]
    narrow = heatmap(chosen, ranked, SHARPE, 12).plain
    assert "█" in narrow
    assert "." not in narrow


# the command line


def test_the_same_points_in_processes_and_in_one(prices: Path, tmp_path: Path) -> None:
    words = ("--data", str(prices), "--param", "fast=3:5", "--param", "slow=9,18")
    alone, _ = run(*words, "--workers", "1", cwd=tmp_path / "one")
    pool, told = run(*words, "--workers", "2", "--progress", "json", cwd=tmp_path / "two")
    assert alone == pool
    assert alone["runs"] == 6
    assert json.loads(told.splitlines()[-1])["progress"] == 1.0


def test_what_a_worker_cannot_read_is_one_sentence(prices: Path, tmp_path: Path) -> None:
    found, _ = run("--data", str(prices), "--param", "fast=3:5", "--from", "2050-01-01", cwd=tmp_path)
    assert found["error"]["code"] == "no_bars"


def test_optuna_searches_and_a_seed_repeats_it(prices: Path, tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="the extra `optimize` is not installed")
    words = ("--data", str(prices), "--param", "fast=3:50", "--param", "slow=60:90", "--workers", "1")
    search = ("--search", "optuna", "--trials", "12", "--fresh")
    one, _ = run(*words, *search, cwd=tmp_path)
    two, _ = run(*words, *search, cwd=tmp_path)
    assert one == two
    assert 1 < one["runs"] <= 12


_CLUSTER = """
import subprocess, sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        command = [sys.executable, "-m", "ibtui", "sweep", "sma_cross", *sys.argv[1:]]
        sys.exit(subprocess.run([*command, "--cluster", cluster.scheduler_address, "--json"]).returncode)
"""


def test_a_cluster_finds_the_same(prices: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    words = ("--data", str(prices), "--param", "fast=3:4", "--param", "slow=9")
    script = tmp_path / "cluster.py"
    script.write_text(_CLUSTER)
    done = subprocess.run(
        [sys.executable, str(script), *words],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cluster")},
        check=True,
    )
    assert json.loads(done.stdout) == run(*words, "--workers", "1", cwd=tmp_path)[0]


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "10.0.0.1:8786", "http://x", "tcp://localhost.evil.com:1"])
def test_a_cluster_is_reached_over_tls(prices: Path, tmp_path: Path, address: str) -> None:
    found, _ = run("--data", str(prices), "--param", "fast=3:5", "--cluster", address, cwd=tmp_path)
    assert found["error"]["code"] == "usage"


_SLOW = """
import time
from ibtui.strategies import Strategy, param

class Slow(Strategy):
    '''Takes its time.'''
    symbol: str = param("A", kind="symbol")
    number: int = param(1, 1, 1000)

    def on_start(self):
        time.sleep(0.05)
"""


def test_ctrl_c_keeps_what_was_found(prices: Path, tmp_path: Path) -> None:
    file = tmp_path / "slow.py"
    file.write_text(_SLOW)
    file.chmod(0o600)
    words = ["--data", str(prices), "--param", "number=1:400", "--workers", "2", "--progress", "json"]
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "ibtui", "sweep", str(file), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        start_new_session=True,
    )
    with process:
        assert process.stderr is not None
        done = 0
        while done < 5:
            done = json.loads(process.stderr.readline())["done"]
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait() == 130
    assert "runs are kept" in rest
    assert "Traceback" not in rest
    (kept,) = (tmp_path / "ibtui" / "sweeps").glob("*.jsonl")
    assert 5 <= len(kept.read_text().splitlines()) < 400


def test_a_strategy_that_ends_its_process_is_one_sentence(prices: Path, tmp_path: Path) -> None:
    file = tmp_path / "ends.py"
    file.write_text(_SLOW.replace("time.sleep(0.05)", "import os; os._exit(3)").replace("Slow", "Ends"))
    file.chmod(0o600)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ibtui",
            "sweep",
            str(file),
            "--data",
            str(prices),
            "--param",
            "number=1:4",
            "--workers",
            "2",
            "--json",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (9, "strategy_failed")


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for foreign processes by their descriptors")
def test_workers_end_with_a_sweep_that_was_killed(prices: Path, tmp_path: Path) -> None:
    file, marker = tmp_path / "loops.py", tmp_path / "looping"
    file.write_text(
        _SLOW.replace("time.sleep(0.05)", f"open({str(marker)!r}, 'w').write(f'{{__import__(\"os\").getpid()}} ')")
        + "        while True: pass\n"
    )
    file.chmod(0o600)
    os.mkfifo(marker)
    words = ["--data", str(prices), "--param", "number=1:400", "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ibtui", "sweep", str(file), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
    )
    workers: set[int] = set()
    while len(workers) < 2:  # opening a named pipe waits for the other side: each is in its loop then
        workers |= {int(word) for word in marker.read_text().split()}
    watched = [os.pidfd_open(pid) for pid in workers]
    try:
        process.kill()
        process.wait(PATIENCE)
        for descriptor in watched:
            assert select.select([descriptor], [], [], PATIENCE)[0], "a worker outlived its sweep"
    finally:
        for pid, descriptor in zip(workers, watched, strict=True):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.close(descriptor)


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (0.9497, "94.97 %"),
        (0.95, "95.0 %"),
        (0.949999, "94.9999 %"),
        (0.5, "50.0 %"),
        (0.9999, "100.0 %"),
        (0, "0.0 %"),
    ],
)
def test_a_probability_is_shown_on_its_side_of_the_threshold(probability: float, shown: str) -> None:
    assert percent(probability) == shown


@given(st.floats(0, 1))
def test_no_probability_crosses_the_threshold_as_it_is_shown(probability: float) -> None:
    shown = float(percent(probability).removesuffix(" %"))
    assert (shown < 95) == (probability < BELIEVABLE) or abs(probability - BELIEVABLE) < 1e-12
    assert shown == pytest.approx(100 * probability, abs=0.0501)


@pytest.mark.parametrize("deflated", [0.9497, 0.31])
def test_the_warning_of_luck_names_the_probability_that_was_found(
    prices: Path, monkeypatch: pytest.MonkeyPatch, deflated: float
) -> None:
    monkeypatch.setattr("ibtui.backtest.sweep.findings.deflated_sharpe", lambda *_: deflated)
    ranked = go(prices, OutcomeStore(None), fast="3:5", slow="9")
    found = findings(ranked, SHARPE, strategy="sma_cross", parameters={}, symbols=("A",), sha256="")
    assert f"with a probability of {percent(deflated)} (deflated Sharpe ratio); 95 % is wanted." in found.warnings[0]
