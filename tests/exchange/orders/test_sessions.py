"""Markets that keep their trading hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import log
from statistics import pstdev

import pytest

from ibtui.exchange import Exchange
from ibtui.exchange.told.reports import Execution, Report, Tick
from tests.exchange.floor import AAPL, EURUSD, ticket

BTC, SAP = 479624278, 14204
CLOSING = datetime(2026, 11, 20, 20, 50, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
"""One o'clock in New York, seven in Frankfurt."""
OPENING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def exchange(start: datetime) -> tuple[Exchange, list[Report]]:
    made, heard = Exchange(start=start, always_open=False), list[Report]()
    made.listen(heard.append)
    return made, heard


def ticks(heard: list[Report], con_id: int) -> list[Tick]:
    return [report for report in heard if isinstance(report, Tick) and report.con_id == con_id]


def test_markets_are_open_in_their_own_hours() -> None:
    made, _ = exchange(datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
    open_now = [con_id for con_id in (AAPL, SAP, EURUSD, BTC) if made.is_open(con_id)]
    assert open_now == [SAP, EURUSD, BTC]
    made, _ = exchange(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    assert [con_id for con_id in (AAPL, SAP, EURUSD, BTC) if made.is_open(con_id)] == [BTC]
    assert Exchange(start=NIGHT).is_open(AAPL)


def test_a_closed_market_shows_its_last_price_and_nothing_else() -> None:
    made, heard = exchange(NIGHT)
    tick = made.tick(AAPL)
    assert (tick.bid, tick.ask, tick.bid_size, tick.ask_size) == (-1, -1, 0, 0)
    assert tick.last > 0
    assert made.depth(AAPL) == ([], [])
    heard.clear()
    made.watch(AAPL)
    made.advance(NIGHT + timedelta(hours=2))
    assert all(tick.bid == -1 and not tick.traded for tick in ticks(heard, AAPL))
    last = made.history(AAPL, end=NIGHT, seconds=60 * 86400, bar=60)[-1]
    assert last.time == datetime(2026, 11, 24, 0, 59, tzinfo=UTC)
    assert last.close == tick.last


def test_an_order_waits_for_the_open_and_trades_there() -> None:
    made, heard = exchange(NIGHT)
    made.place(ticket("BUY", 100, outside_rth=True))
    made.advance(OPENING)
    assert made.executions() == []
    made.advance(OPENING + timedelta(seconds=10))
    fills = [report for report in heard if isinstance(report, Execution)]
    assert sum(fill.quantity for fill in fills) == 100
    assert OPENING <= fills[0].time < OPENING + timedelta(seconds=10)


def test_the_book_goes_with_the_close() -> None:
    made, heard = exchange(datetime(2026, 11, 21, 0, 59, 30, tzinfo=UTC))
    made.watch(AAPL)
    made.advance(made.now + timedelta(minutes=1))
    seen = ticks(heard, AAPL)
    assert seen[0].bid > 0
    assert (seen[-1].bid, seen[-1].ask) == (-1, -1)
    assert max(tick.time for tick in seen) < datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def test_a_market_opens_with_a_gap() -> None:
    made, _ = exchange(datetime(2026, 11, 20, 22, 0, tzinfo=UTC))
    minutes = made.history(SAP, end=made.now, seconds=20 * 86400, bar=60)
    pairs = list(pairwise(minutes))
    gaps = [log(after.open / before.close) for before, after in pairs if after.time - before.time > timedelta(hours=1)]
    assert len(gaps) >= 12
    assert pstdev(gaps) > 0.001
    assert all(
        before.close == after.open for before, after in pairs if after.time - before.time == timedelta(minutes=1)
    )


def test_auctions_are_the_largest_trades_of_the_day() -> None:
    made, _ = exchange(datetime(2026, 11, 20, 22, 0, tzinfo=UTC))
    day = made.history(AAPL, end=made.now, seconds=86400, bar=60)
    regular = [bar for bar in day if 14.5 <= bar.time.hour + bar.time.minute / 60 < 21]
    assert len(regular) == 390
    largest = sorted(regular, key=lambda bar: bar.volume)[-2:]
    assert {bar.time.strftime("%H:%M") for bar in largest} == {"14:30", "20:59"}
    opening = made.ticks(AAPL, start=regular[0].time, count=200, what="TRADES")
    assert max(opening[:200], key=lambda tick: tick.size) == opening[0]


def test_most_of_the_volume_is_in_regular_hours() -> None:
    made, _ = exchange(datetime(2026, 11, 20, 22, 0, tzinfo=UTC))
    day = made.history(AAPL, end=made.now, seconds=12 * 3600, bar=60)
    inside = sum(bar.volume for bar in day if 14.5 <= bar.time.hour + bar.time.minute / 60 < 21)
    assert inside > 0.85 * sum(bar.volume for bar in day)


def test_a_holiday_has_no_session() -> None:
    made, _ = exchange(datetime(2026, 11, 26, 16, 0, tzinfo=UTC))
    assert not made.is_open(AAPL)
    days = made.history(AAPL, end=made.now, seconds=4 * 86400, bar=86400)
    assert [day.time.day for day in days][-1] == 25


@pytest.mark.parametrize(
    "start",
    [CLOSING + timedelta(hours=4), OPENING - timedelta(minutes=6), datetime(2026, 11, 24, 14, 24, tzinfo=UTC)],
    ids=["close", "open", "bell"],
)
def test_cutting_time_changes_nothing(start: datetime) -> None:
    runs = []
    for steps in (1, 24):
        made, _ = exchange(start)
        price = made.tick(AAPL).last
        made.place(ticket("BUY", 300, limit=f"{price + 0.02:.2f}"))
        made.place(ticket("SELL", 300, stop=f"{price - 0.05:.2f}"))
        for _ in range(steps):
            made.advance(made.now + timedelta(minutes=24) / steps)
        tick = made.tick(AAPL)
        runs.append((made.executions(), tick.bid, tick.ask, tick.last, tick.volume, tick.high, tick.low))
    assert runs[0] == runs[1]


def test_history_is_what_streamed_through_an_open() -> None:
    made, heard = exchange(OPENING - timedelta(minutes=2))
    made.watch(AAPL)
    for _ in range(5):
        made.advance(made.now + timedelta(minutes=1))
    trades = [tick for tick in ticks(heard, AAPL) if tick.traded]
    bars = made.history(AAPL, end=made.now, seconds=180, bar=60)
    assert [bar.time.minute for bar in bars] == [0, 1, 2]
    assert sum(bar.volume for bar in bars) == sum(tick.last_size for tick in trades)
    assert (bars[0].open, bars[-1].close) == (trades[0].last, trades[-1].last)


def test_options_and_combinations_close_with_what_they_follow() -> None:
    made, _ = exchange(NIGHT)
    option, *_ = made.listings.find(root="SPY", sec_type="OPT", expiry="20261218", strike=670, right="C")
    tick = made.tick(option.instrument.con_id)
    assert (tick.bid, tick.ask) == (-1, -1)
    assert made.greeks(option.instrument.con_id).option_price == pytest.approx(tick.last, abs=0.02)
