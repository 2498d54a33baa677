"""Every indicator beside TA-Lib, or beside the plain formula over the last bars where TA-Lib has none."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.domain.reference.reference import shipped
from ibtui.strategies.author.averages import Ema, SessionVwap
from ibtui.strategies.author.indicators import Crossing, Sma
from ibtui.strategies.author.oscillators import Macd, Roc, Rsi, Stochastic
from ibtui.strategies.author.ranges import Atr, Deviation, Highest, Lowest
from ibtui.strategies.author.volume import VolumeProfile

OPENED = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def walk(count: int, seed: int = 3) -> list[Bar]:
    rng = random.Random(seed)
    price, made = 100.0, []
    for number in range(count):
        close = max(1.0, round(price + rng.gauss(0, 0.5), 2))
        high = round(max(price, close) + abs(rng.gauss(0, 0.2)), 2)
        low = max(0.01, round(min(price, close) - abs(rng.gauss(0, 0.2)), 2))
        made.append(Bar("A", OPENED + timedelta(minutes=number), price, high, low, close, rng.randint(0, 500)))
        price = close
    return made


BARS = walk(600)


def _sessions(symbol: str) -> InstrumentSessions:
    instrument = shipped(symbol)
    assert instrument is not None
    return InstrumentSessions.of(instrument, regular=False)


def fed(indicator: Crossing, bars: Sequence[Bar], name: str = "value") -> list[float]:
    """The indicator's figure after each bar; NaN where it has none."""
    found = []
    for bar in bars:
        indicator.update(bar)
        value = getattr(indicator, name)
        found.append(math.nan if value is None else value)
    return found


def columns() -> tuple[Any, Any, Any]:
    numpy = pytest.importorskip("numpy")
    return tuple(numpy.array([getattr(bar, name) for bar in BARS]) for name in ("high", "low", "close"))


CASES: list[tuple[str, Callable[[], Crossing], str, Callable[[Any, Any, Any, Any], Any]]] = [
    ("SMA", lambda: Sma(20), "value", lambda t, h, w, c: t.SMA(c, 20)),
    ("EMA", lambda: Ema(20), "value", lambda t, h, w, c: t.EMA(c, 20)),
    ("RSI", lambda: Rsi(14), "value", lambda t, h, w, c: t.RSI(c, 14)),
    ("ATR", lambda: Atr(14), "value", lambda t, h, w, c: t.ATR(h, w, c, 14)),
    ("ROC", lambda: Roc(10), "value", lambda t, h, w, c: t.ROC(c, 10)),
    ("MACD", Macd, "signal", lambda t, h, w, c: t.MACD(c, 12, 26, 9)[1]),
    ("MACD histogram", Macd, "histogram", lambda t, h, w, c: t.MACD(c, 12, 26, 9)[2]),
    ("Bollinger above", lambda: Deviation(20, 2), "upper", lambda t, h, w, c: t.BBANDS(c, 20, 2, 2)[0]),
    ("Bollinger below", lambda: Deviation(20, 2), "lower", lambda t, h, w, c: t.BBANDS(c, 20, 2, 2)[2]),
    ("stochastic D", lambda: Stochastic(14, 3), "signal", lambda t, h, w, c: t.STOCHF(h, w, c, 14, 3)[1]),
    ("highest", lambda: Highest(9), "value", lambda t, h, w, c: t.MAX(h, 9)),
    ("lowest", lambda: Lowest(9), "value", lambda t, h, w, c: t.MIN(w, 9)),
]


@pytest.mark.parametrize(("make", "name", "oracle"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.filterwarnings("ignore")
def test_the_same_as_talib(make: Any, name: str, oracle: Any) -> None:
    talib = pytest.importorskip("talib", reason="TA-Lib, the oracle, is not installed")
    ours, theirs = fed(make(), BARS, name), list(oracle(talib, *columns()))
    assert [math.isnan(value) for value in ours] == [math.isnan(value) for value in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        assert math.isnan(mine) or mine == pytest.approx(other, abs=1e-6)


def test_the_z_score_is_the_formula() -> None:
    found = fed(Deviation(20), BARS)
    for at in (19, 100, 599):
        closes = [bar.close for bar in BARS[at - 19 : at + 1]]
        assert found[at] == pytest.approx((closes[-1] - fmean(closes)) / pstdev(closes))


def test_the_vwap_begins_anew_each_day() -> None:
    vwap = SessionVwap(lambda _: _sessions("AAPL"))
    for day in (0, 1):
        for bar in BARS[:50]:
            vwap.update(bar._replace(time=bar.time + timedelta(days=day)))
    money = sum((bar.high + bar.low + bar.close) / 3 * bar.volume for bar in BARS[:50])
    assert vwap.value == pytest.approx(money / sum(bar.volume for bar in BARS[:50]))


def test_the_vwap_of_a_future_begins_the_evening_before() -> None:
    vwap = SessionVwap(lambda _: _sessions("ESH6"))
    sunday = datetime(2026, 1, 11, 23, 0, tzinfo=UTC)  # 18:00 in New York
    for hours, price in ((-52, 90.0), (0, 100.0), (4, 102.0), (7, 104.0), (21, 106.0)):  # midnight is after 5 hours
        vwap.update(Bar("ES", sunday + timedelta(hours=hours), price, price, price, price, 1.0))
    assert vwap.value == pytest.approx(103.0)
    vwap.update(Bar("ES", sunday + timedelta(hours=24), 110.0, 110.0, 110.0, 110.0, 1.0))
    assert vwap.value == 110.0


def test_a_day_without_volume_has_no_vwap() -> None:
    vwap = SessionVwap(lambda _: _sessions("AAPL"))
    vwap.update(BARS[0]._replace(volume=0.0))
    assert vwap.value is None


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 9)), min_size=1, max_size=60), st.integers(1, 8))
def test_the_profile_holds_the_volume_of_its_bars(rows: list[tuple[int, int]], length: int) -> None:
    profile = VolumeProfile(length, 1.0)
    for price, volume in rows:
        profile.update(Bar("A", OPENED, price, price, price, price, volume))
    kept = rows[-length:]
    volumes: dict[int, int] = {}
    for price, volume in kept:
        volumes[price] = volumes.get(price, 0) + volume
    assert all(profile.at(price) == volumes.get(price, 0) for price in range(1, 13))
    if len(rows) < length:
        assert profile.value is None
        return
    assert profile.value == min(volumes, key=lambda price: (-volumes[price], price))
    low, high = profile.area or (0, 0)
    inside = sum(volume for price, volume in volumes.items() if low <= price <= high)
    assert inside >= 0.7 * sum(volumes.values()) - 1e-9


@given(st.lists(st.floats(1, 100), min_size=1, max_size=50), st.integers(1, 10))
def test_extremes_are_those_of_the_window(prices: list[float], length: int) -> None:
    highest, lowest = Highest(length), Lowest(length)
    for number, price in enumerate(prices, 1):
        bar = Bar("A", OPENED, price, price, price, price)
        highest.update(bar)
        lowest.update(bar)
        window = prices[max(number - length, 0) : number]
        expected = (max(window), min(window)) if number >= length else (None, None)
        assert (highest.value, lowest.value) == expected


def test_levels_are_crossed_once() -> None:
    roc = Roc(1)
    crossed = []
    for close in (100, 101, 102, 100, 100):
        roc.update(Bar("A", OPENED, close, close, close, close))
        crossed.append((roc.rose_above(0), roc.fell_below(0)))
    assert crossed == [(False, False)] * 3 + [(False, True), (False, False)]


@pytest.mark.parametrize("make", [Sma, Ema, Rsi, Atr, Roc, Deviation, Highest])
def test_a_length_of_nothing_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        make(0)
