"""History agrees with what was streamed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from ibtui.exchange.told.reports import HistoryBar, Tick
from tests.exchange.floor import AAPL, EURUSD, START, Floor


def streamed(ticks: list[Tick], seconds: int) -> dict[datetime, tuple[float, float, float, float, float]]:
    """Open, high, low, close and volume by bar, from ticks alone."""
    bars: dict[datetime, tuple[float, float, float, float, float]] = {}
    for before, tick in pairwise(ticks):
        size = tick.volume - before.volume
        if size <= 0:
            continue
        start = datetime.fromtimestamp(tick.time.timestamp() // seconds * seconds, UTC)
        first, high, low, _, volume = bars.get(start, (tick.last, tick.last, tick.last, 0.0, 0.0))
        bars[start] = first, max(high, tick.last), min(low, tick.last), tick.last, volume + size
    return bars


def asked(floor: Floor, seconds: int, bar: int, what: str = "TRADES", con_id: int = AAPL) -> list[HistoryBar]:
    return floor.exchange.history(con_id, end=floor.exchange.now, seconds=seconds, bar=bar, what=what)


def figures(bars: list[HistoryBar]) -> dict[datetime, tuple[float, float, float, float, float]]:
    return {bar.time: (bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars}


@pytest.mark.parametrize("bar", [1, 5, 30, 60, 120])
def test_bars_are_what_was_streamed(bar: int) -> None:
    floor = Floor()
    floor.exchange.tick(AAPL)
    floor.reports.append(floor.exchange.tick(AAPL))
    for _ in range(30):
        floor.wait(seconds=8.1)
    assert figures(asked(floor, 243, bar)) == streamed(floor.ticks(), bar)


@pytest.mark.parametrize("bar", [5, 60])
def test_orders_and_moves_by_hand_are_in_the_bars(bar: int) -> None:
    floor = Floor()
    floor.reports.append(floor.exchange.tick(AAPL))
    floor.wait(seconds=70)
    floor.exchange.set_price(AAPL, 200.0)
    floor.wait(seconds=35)
    floor.exchange.set_price(AAPL, 31.4)
    floor.wait(seconds=70)
    floor.hold(40.0, 40.05)
    floor.wait(seconds=130)
    floor.place("BUY", 100)
    floor.wait(seconds=10)
    floor.exchange.release(AAPL)
    floor.wait(seconds=90)
    assert figures(asked(floor, 600, bar)) | streamed(floor.ticks(), bar) == figures(asked(floor, 600, bar))
    assert set(streamed(floor.ticks(), bar)) == {bar.time for bar in asked(floor, 405, bar) if bar.time >= START}


def test_a_day_of_minutes_exists_from_the_start() -> None:
    bars = asked(Floor(), 86400, 60)
    assert len(bars) == 1440
    assert (bars[0].time, bars[-1].time) == (START - timedelta(days=1), START - timedelta(minutes=1))
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert all(bar.low <= bar.average <= bar.high and bar.count > 0 for bar in bars)
    assert bars[-1].close == 187.42


def test_the_session_is_the_sum_of_its_minutes() -> None:
    floor = Floor()
    tick = floor.exchange.tick(AAPL)
    midnight = datetime(2026, 11, 23, 5, tzinfo=UTC)
    bars = asked(floor, int((START - midnight).total_seconds()), 60)
    assert (bars[0].time, bars[0].open) == (midnight, tick.open)
    assert (max(bar.high for bar in bars), min(bar.low for bar in bars)) == (tick.high, tick.low)
    assert sum(bar.volume for bar in bars) == tick.volume
    (today,) = (bar for bar in asked(floor, 86400, 86400) if bar.time == midnight)
    assert (today.open, today.high, today.low, today.volume) == (tick.open, tick.high, tick.low, tick.volume)


def test_longer_bars_are_made_of_shorter_ones() -> None:
    floor = Floor()
    hours, minutes = asked(floor, 7200, 3600), asked(floor, 7200, 60)
    assert len(hours) == 3
    assert sum(bar.volume for bar in hours[1:]) == sum(bar.volume for bar in minutes if bar.time >= hours[1].time)
    assert hours[1].count == sum(bar.count for bar in minutes if hours[1].time <= bar.time < hours[2].time)


def test_a_step_of_hours_leaves_the_same_history() -> None:
    whole, fine = Floor(), Floor()
    whole.wait(minutes=30)
    for _ in range(30):
        fine.wait(minutes=1)
    assert asked(whole, 1800, 60) == asked(fine, 1800, 60)


def test_nothing_of_the_future_is_told() -> None:
    floor = Floor()
    floor.wait(seconds=90)
    now, later = floor.exchange.now, floor.exchange.now + timedelta(minutes=10)
    assert floor.exchange.history(AAPL, end=later, seconds=900, bar=60)[-1].time == START + timedelta(minutes=1)
    first = floor.exchange.history(AAPL, end=now, seconds=20, bar=60)[-1]
    floor.wait(seconds=20)
    assert floor.exchange.history(AAPL, end=now, seconds=20, bar=60)[-1].volume == first.volume
    assert asked(floor, 20, 60)[-1].volume > first.volume


def test_quotes_lie_around_the_trades() -> None:
    floor = Floor()
    bid, middle, ask = (asked(floor, 600, 60, what, EURUSD) for what in ("BID", "MIDPOINT", "ASK"))
    assert len(bid) == 10
    assert all(
        low.close <= mid.close <= high.close and low.close < high.close
        for low, mid, high in zip(bid, middle, ask, strict=True)
    )
    assert {(bar.volume, bar.average, bar.count) for bar in bid} == {(-1.0, -1.0, -1)}


def test_weeks_begin_on_monday() -> None:
    bars = asked(Floor(), 14 * 86400, 7 * 86400)
    assert [bar.time.strftime("%a %H") for bar in bars] == ["Mon 05"] * 3


@pytest.mark.parametrize(("bar", "what"), [(0, "TRADES"), (90_000, "TRADES"), (60, "HISTORICAL_VOLATILITY")])
def test_other_bars_are_refused(bar: int, what: str) -> None:
    with pytest.raises(ValueError, match="no history"):
        asked(Floor(), 600, bar, what)
