"""The same seed, start and calls give the same reports, on any machine and however time is cut."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from ibtui.exchange.told.reports import Execution, OrderReport, PositionReport, Report, Tick
from tests.exchange.floor import AAPL, EURUSD, KO, MSFT, SPX, START, USDJPY, Floor

DIGEST = """
import hashlib
from datetime import timedelta
from tests.exchange.floor import Floor
floor = Floor(seed=11)
floor.place("BUY", 5000)
floor.bracket(300, limit="187.40", target="187.60", stop="187.20")
floor.wait(seconds=20)
print(hashlib.sha256(repr(floor.reports).encode()).hexdigest())
"""


def trade(floor: Floor) -> None:
    """Orders of every kind, near enough to the market to trade."""
    tick = floor.exchange.tick(AAPL)
    floor.place("BUY", 4000)
    floor.place("SELL", 700, limit=f"{tick.ask + 0.05:.2f}")
    floor.place("BUY", 500, stop=f"{tick.ask + 0.1:.2f}")
    floor.bracket(600, f"{tick.bid - 0.02:.2f}", f"{tick.bid + 0.1:.2f}", f"{tick.bid - 0.1:.2f}")
    floor.place("BUY", 30_000, limit="1.0850", con_id=EURUSD)


def played(cuts: list[float], seed: int = 7, start: datetime = START) -> Floor:
    """An exchange on which everything trades, its time cut into steps of so many seconds."""
    floor = Floor(seed=seed, start=start)
    floor.watch(AAPL, MSFT, KO, EURUSD, USDJPY, SPX)
    trade(floor)
    for seconds in cuts:
        floor.wait(seconds=seconds)
    return floor


def test_cutting_time_into_steps_changes_nothing() -> None:
    whole, fine = played([10]), played([0.1] * 100)
    assert len(whole.reports) > 150
    assert whole.reports == fine.reports


@pytest.mark.parametrize("seed", range(3))
def test_uneven_steps_change_nothing(seed: int) -> None:
    chance = random.Random(seed)
    marks = sorted(chance.uniform(0, 90) for _ in range(40))
    floor = Floor(seed=seed)
    floor.watch(AAPL, MSFT, KO, EURUSD, USDJPY, SPX)
    trade(floor)
    start = floor.exchange.now
    for mark in (*marks, 90.0):
        floor.exchange.advance(start + timedelta(seconds=mark))
    assert floor.reports == played([90], seed).reports


def test_a_step_that_ends_on_a_change_plays_it_once() -> None:
    whole, fine = played([3]), played([])
    for report in [report for report in whole.reports if isinstance(report, Tick)]:
        fine.exchange.advance(max(report.time, fine.exchange.now))
        assert fine.exchange.tick(report.con_id).bid == report.bid
    fine.exchange.advance(whole.exchange.now)
    assert fine.reports == whole.reports


def orders_of(floor: Floor) -> list[Report]:
    return [report for report in floor.reports if isinstance(report, Execution | OrderReport | PositionReport)]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("start", [START, datetime(2026, 11, 24, 4, 50, tzinfo=UTC)], ids=["day", "midnight"])
def test_a_long_step_trades_as_many_short_ones(start: datetime, seed: int) -> None:
    whole, fine = played([1200], seed, start), played([60.0] * 20, seed, start)
    assert len(orders_of(whole)) > 20
    assert orders_of(whole) == orders_of(fine)
    assert [whole.exchange.tick(con_id) for con_id in (AAPL, MSFT)] == [
        fine.exchange.tick(con_id) for con_id in (AAPL, MSFT)
    ]
    assert whole.account() == fine.account()
    assert len(whole.reports) < len(fine.reports)


def test_reports_come_in_the_order_of_time() -> None:
    floor = played([8 * 3600.0])
    times = [report.time for report in floor.reports if not isinstance(report, PositionReport)]
    assert times == sorted(times)


def test_seeds_differ() -> None:
    first, second = (Floor(seed=seed) for seed in (1, 2))
    first.watch(AAPL)
    second.watch(AAPL)
    first.wait(seconds=5)
    second.wait(seconds=5)
    assert first.reports != second.reports


def test_the_hash_seed_changes_nothing() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=os.environ | {"PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for salt in ("0", "1")
    }
    assert len(digests) == 1
