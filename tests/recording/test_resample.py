from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.cutting import Cutting
from ibtui.domain.calendar.hours import CHICAGO, US_STOCKS, XETRA, MarketHours
from ibtui.domain.calendar.new_york import midnight
from ibtui.recording.resample import resample

LEAN = Path(os.environ.get("LEAN_DATA", "none")) / "equity" / "usa"
MONDAY = datetime(2026, 11, 23, tzinfo=ZoneInfo("America/New_York"))
HOUR, DAY = 3_600, 86_400


def minute(text: str, price: float, symbol: str = "A", days: int = 0) -> Bar:
    hour, minutes = map(int, text.split(":"))
    time = (MONDAY + timedelta(days=days, hours=hour, minutes=minutes)).astimezone(UTC)
    return Bar(symbol, time, price, price + 1, price - 1, price, 10)


def stocks(seconds: int, kept: BarHours = "regular") -> Cutting:
    return Cutting(US_STOCKS, seconds, kept)


DAY_OF_MINUTES = [
    (minute(text, price),)
    for text, price in (("9:29", 9), ("9:30", 10), ("9:59", 11), ("10:00", 12), ("15:59", 13), ("16:00", 20))
]


def test_a_day_of_regular_hours_leaves_out_what_traded_before_and_after() -> None:
    ((day,),) = list(resample(DAY_OF_MINUTES, lambda symbol: stocks(DAY)))
    assert day == Bar("A", midnight(date(2026, 11, 23)), 10, 14, 9, 13, 40)


def test_a_day_of_all_hours_has_them_all_but_what_traded_after_the_session() -> None:
    late = (minute("20:30", 30),)
    first, second = resample([*DAY_OF_MINUTES, late], lambda symbol: stocks(DAY, "all"))
    assert (first[0].open, first[0].close, first[0].volume) == (9, 20, 60)
    assert second == (Bar("A", midnight(date(2026, 11, 24)), 30, 31, 29, 30, 10),)


def test_hours_begin_with_the_session() -> None:
    made = list(resample(DAY_OF_MINUTES, lambda symbol: stocks(HOUR)))
    assert [(f"{bar.time.astimezone(MONDAY.tzinfo):%H:%M}", bar.open, bar.close) for (bar,) in made] == [
        ("09:30", 10, 11),
        ("10:00", 12, 12),
        ("15:00", 13, 13),
    ]


def test_a_day_is_told_when_its_session_has_ended_and_not_before() -> None:
    seen: list[str] = []

    def read() -> Iterator[tuple[Bar, ...]]:
        for group in DAY_OF_MINUTES:
            seen.append(f"{group[0].time.astimezone(MONDAY.tzinfo):%H:%M}")
            yield group

    next(resample(read(), lambda symbol: stocks(DAY)))
    assert seen[-1] == "16:00"


def test_a_futures_monday_begins_on_sunday_and_bears_mondays_date_beside_the_stocks() -> None:
    hours: dict[str, tuple[MarketHours, BarHours]] = {"A": (US_STOCKS, "regular"), "ES": (CHICAGO, "all")}
    groups = [
        (minute("18:00", 100, "ES", days=-1),),
        (minute("9:30", 10, "A"), minute("9:30", 101, "ES")),
        (minute("16:59", 102, "ES"),),
        (minute("18:00", 103, "ES"),),
    ]
    monday, tuesday = resample(groups, lambda symbol: Cutting(hours[symbol][0], DAY, hours[symbol][1]))
    assert {bar.symbol: (bar.time, bar.open, bar.close) for bar in monday} == {
        "ES": (midnight(date(2026, 11, 23)), 100, 102),
        "A": (midnight(date(2026, 11, 23)), 10, 10),
    }
    assert [(bar.symbol, bar.time) for bar in tuesday] == [("ES", midnight(date(2026, 11, 24)))]


def test_bars_of_markets_with_other_grids_come_in_the_order_of_their_times() -> None:
    hours: dict[str, tuple[MarketHours, BarHours]] = {"SAP": (XETRA, "regular"), "ES": (CHICAGO, "all")}
    groups = [
        (minute("9:05", 1, "ES"), minute("9:05", 2, "SAP")),
        (minute("11:00", 3, "SAP"),),
        (minute("13:30", 4, "ES"),),
    ]
    made = list(resample(groups, lambda symbol: Cutting(hours[symbol][0], 4 * HOUR, hours[symbol][1])))
    times = [group[0].time for group in made]
    assert times == sorted(times)
    assert sum(len(group) for group in made) == 4


@given(
    minutes=st.lists(st.integers(0, 14 * 24 * 60), min_size=1, max_size=60, unique=True).map(sorted),
    market=st.sampled_from(((US_STOCKS, "regular"), (US_STOCKS, "all"), (CHICAGO, "all"), (XETRA, "regular"))),
    seconds=st.sampled_from((300, 1800, HOUR, 4 * HOUR, DAY)),
)
def test_every_minute_is_in_the_bar_that_the_rule_names(
    minutes: list[int], market: tuple[MarketHours, BarHours], seconds: int
) -> None:
    cutting = Cutting(market[0], seconds, market[1])
    bars = [Bar("A", (MONDAY + timedelta(minutes=n)).astimezone(UTC), n + 1, n + 2, n, n + 1, 1) for n in minutes]
    made = [bar for group in resample([(bar,) for bar in bars], lambda symbol: cutting) for bar in group]
    wanted: dict[datetime, list[Bar]] = {}
    for bar in bars:
        span = cutting.of(bar.time)
        if span is not None:
            wanted.setdefault(span.time, []).append(bar)
    assert [bar.time for bar in made] == sorted(wanted)
    for bar in made:
        parts = wanted[bar.time]
        assert (bar.open, bar.close, bar.volume) == (parts[0].open, parts[-1].close, len(parts))
        assert (bar.high, bar.low) == (max(p.high for p in parts), min(p.low for p in parts))


@pytest.mark.skipif(not LEAN.exists(), reason="LEAN_DATA names no folder of Lean's market data")
def test_real_minutes_give_the_official_closes() -> None:
    bars = [bar for day in (date(2013, 10, 7), date(2013, 10, 8)) for bar in real_minutes(day)]
    made = list(resample([(bar,) for bar in bars], lambda symbol: stocks(DAY)))
    assert [(bar.time, bar.open, bar.close) for (bar,) in made] == [
        (midnight(date(2013, 10, 7)), 167.43, 167.42),
        (midnight(date(2013, 10, 8)), 167.45, 165.48),
    ]


def real_minutes(day: date) -> list[Bar]:
    with ZipFile(LEAN / f"minute/spy/{day:%Y%m%d}_trade.zip") as archive:
        rows = list(csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode())))
    begin = midnight(day)
    return [
        Bar("SPY", begin + timedelta(milliseconds=int(row[0])), *(int(price) / 10_000 for price in row[1:5]))
        for row in rows
    ]
