"""Markets driven by files."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Side
from ibtui.exchange import Exchange
from ibtui.exchange.replay import Replay
from ibtui.exchange.told.reports import Execution, Report, Tick
from ibtui.recording.replay import read_series
from tests.exchange.floor import ticket

MINUTES = """Symbol,Volume,Close,LOW,High,Open,Date
TEST,600,10.10,9.95,10.12,10.00,2024-03-04 09:30
TEST,300,10.20,10.05,10.25,10.10,2024-03-04 09:31
AAPL,900,171.00,169.50,171.20,170.00,2024-03-04 09:31
TEST,0,10.00,10.00,10.20,10.20,2024-03-04 09:35
"""
TICKS = """time,price,size,bid,ask,bid_size,ask_size
2024-03-04T14:30:00.100Z,50.01,100,50.00,50.02,300,200
2024-03-04T14:30:01Z,,,50.01,50.03,100,500
2024-03-04T14:30:02Z,50.03,40,50.01,50.03,100,500
2024-03-04T14:31:10Z,50.40,10,50.39,50.41,100,100
"""
LEAN = Path(os.environ.get("LEAN_DATA", "none")) / "equity" / "usa" / "minute" / "spy" / "20131007_trade.zip"
"""Minute trades of SPY in the layout of Lean's data folder, where a machine has it."""


def replay(folder: Path, text: str, name: str = "data.csv") -> Replay:
    path = folder / name
    path.write_text(text)
    return Replay(read_series(path))


def con_id(exchange: Exchange, symbol: str) -> int:
    (listing,) = exchange.listings.find(root=symbol, sec_type="STK")
    return listing.instrument.con_id


def test_what_one_file_says_of_its_zone_binds_no_other(tmp_path: Path) -> None:
    local, aware = tmp_path / "TEST.csv", tmp_path / "OTHER.csv"
    local.write_text("time,price\n2024-03-04 09:30:00,5\n")
    aware.write_text("time,price\n2024-03-04T14:30:00Z,5\n")
    both = read_series(local, aware)
    assert both["TEST"] == both["OTHER"]
    assert read_series(aware, local) == both


def test_a_file_of_times_with_and_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError, match=r"data.csv, row 3: some times say their zone and some do not"):
        replay(tmp_path, "time,price\n2024-03-04 09:30:00,5\n2024-03-04T14:30:00Z,5\n")


def test_bars_come_back_as_history(tmp_path: Path) -> None:
    exchange = Exchange(replay=replay(tmp_path, MINUTES))
    assert exchange.now == datetime(2024, 3, 4, 14, 30, tzinfo=UTC)
    exchange.advance(exchange.now + timedelta(minutes=10))
    bars = exchange.history(con_id(exchange, "TEST"), end=exchange.now, seconds=3600, bar=60)
    assert [(bar.open, bar.high, bar.low, bar.close) for bar in bars] == [
        (10.00, 10.12, 9.95, 10.10),
        (10.10, 10.25, 10.05, 10.20),
        (10.20, 10.20, 10.00, 10.00),
    ]
    assert [bar.volume for bar in bars] == [600, 300, 4]
    assert [bar.time.minute for bar in bars] == [30, 31, 35]


def test_what_streams_is_what_history_tells(tmp_path: Path) -> None:
    exchange = Exchange(replay=replay(tmp_path, MINUTES))
    number = con_id(exchange, "TEST")
    heard: list[Report] = []
    exchange.listen(heard.append)
    exchange.watch(number)
    for _ in range(100):
        exchange.advance(exchange.now + timedelta(seconds=6))
    trades = [report for report in heard if isinstance(report, Tick) and report.traded]
    past = exchange.ticks(number, start=datetime(2024, 3, 4, 14, 30, tzinfo=UTC), count=9999, what="TRADES")
    streamed = [(tick.last, tick.last_size) for tick in trades]
    assert [(tick.price, tick.size) for tick in past][-len(trades) :] == streamed
    assert sum(tick.size for tick in past) == 904


def test_a_listed_symbol_keeps_its_contract_and_an_unknown_one_gets_one(tmp_path: Path) -> None:
    exchange = Exchange(replay=replay(tmp_path, MINUTES))
    assert con_id(exchange, "AAPL") == 265598
    assert exchange.tick(265598).last == 170.0
    assert exchange.tick(con_id(exchange, "TEST")).last >= 9.95
    assert exchange.tick(con_id(exchange, "MSFT")).last > 0
    option, *_ = exchange.listings.find(root="AAPL", sec_type="OPT", strike=170, right="C")
    assert exchange.greeks(option.instrument.con_id).underlying_price == pytest.approx(170, abs=0.1)


def test_orders_meet_the_replayed_market(tmp_path: Path) -> None:
    exchange = Exchange(replay=replay(tmp_path, MINUTES))
    number = con_id(exchange, "TEST")
    heard: list[Report] = []
    exchange.listen(heard.append)
    exchange.place(ticket("BUY", 50, limit="9.96", con_id=number))
    exchange.advance(exchange.now + timedelta(minutes=10))
    fills = [report for report in heard if isinstance(report, Execution)]
    assert {(fill.side, fill.price) for fill in fills} == {(Side.BUY, 9.96)}
    assert sum(fill.quantity for fill in fills) == 50
    assert all(fill.time < datetime(2024, 3, 4, 14, 31, tzinfo=UTC) for fill in fills)


def test_long_and_short_steps_trade_alike(tmp_path: Path) -> None:
    fills = []
    for steps in (1, 60):
        exchange = Exchange(replay=replay(tmp_path, MINUTES))
        number = con_id(exchange, "TEST")
        exchange.place(ticket("SELL", 70, limit="10.22", con_id=number))
        exchange.place(ticket("BUY", 70, stop="10.15", con_id=number))
        for _ in range(steps):
            exchange.advance(exchange.now + timedelta(minutes=30) / steps)
        fills.append(exchange.executions())
    assert fills[0] == fills[1]
    assert len(fills[0]) >= 2


def test_ticks_are_replayed_as_they_were(tmp_path: Path) -> None:
    exchange = Exchange(replay=replay(tmp_path, TICKS, "ticky.csv"))
    number = con_id(exchange, "TICKY")
    heard: list[Report] = []
    exchange.listen(heard.append)
    exchange.watch(number)
    exchange.advance(exchange.now + timedelta(seconds=90))
    ticks = [report for report in heard if isinstance(report, Tick)]
    seen = [(tick.bid, tick.ask, tick.last) for tick in ticks if tick.traded]
    assert seen == [(50.00, 50.02, 50.01), (50.01, 50.03, 50.03), (50.39, 50.41, 50.40)]
    assert (50.01, 50.03, 50.01) in [(tick.bid, tick.ask, tick.last) for tick in ticks]
    assert exchange.tick(number).volume == 150
    quotes = exchange.ticks(number, end=exchange.now, count=10, what="BID_ASK")
    assert [(quote.bid, quote.ask) for quote in quotes] == [(50.00, 50.02), (50.01, 50.03), (50.39, 50.41)]


def test_after_its_end_a_market_stands_still(tmp_path: Path) -> None:
    exchange = Exchange(replay=replay(tmp_path, MINUTES))
    number = con_id(exchange, "TEST")
    exchange.advance(exchange.now + timedelta(days=3))
    assert exchange.tick(number).last == 10.0


def test_days_are_played_in_the_session(tmp_path: Path) -> None:
    text = "date,open,high,low,close,volume\n2013-03-04,100,104,99,103,39000\n2013-03-05,103,103,98,99,39000\n"
    exchange = Exchange(replay=replay(tmp_path, text, "DAYS.csv"))
    assert exchange.now == datetime(2013, 3, 4, 14, 30, tzinfo=UTC)
    exchange.advance(exchange.now + timedelta(days=2))
    days = exchange.history(con_id(exchange, "DAYS"), end=exchange.now, seconds=5 * 86400, bar=86400)
    assert [(day.open, day.high, day.low, day.close, day.volume) for day in days] == [
        (100, 104, 99, 103, 39000),
        (103, 103, 98, 99, 39000),
    ]


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2024-03-04 09:30", "2024-03-04T14:30:00+00:00"),
        ("2024-07-04T09:30:00", "2024-07-04T13:30:00+00:00"),
        ("2024-03-04T09:30:00+01:00", "2024-03-04T08:30:00+00:00"),
        ("20240304 09:30:05", "2024-03-04T14:30:05+00:00"),
        ("1709562600", "2024-03-04T14:30:00+00:00"),
        ("1709562600000", "2024-03-04T14:30:00+00:00"),
        ("1709562600000000000", "2024-03-04T14:30:00+00:00"),
    ],
)
def test_times_come_in_many_forms(tmp_path: Path, stamp: str, expected: str) -> None:
    found = replay(tmp_path, f"timestamp,price\n{stamp},5\n")
    assert found.start == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("time,open,high,low,close\n2024-03-04,1,2,3,1\n", "replay_file", "no bar"),
        ("time,price\nyesterday,1\n", "replay_file", "not a time"),
        ("time,price\n2024-03-04,abc\n", "replay_file", "not a number"),
        ("time,bid,ask\n2024-03-04,3,2\n", "replay_file", "above the ask"),
        ("time,colour\n2024-03-04,red\n", "replay_file", "no columns"),
        ("time,price\n", "replay_empty", "nothing to replay"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, code: str, says: str) -> None:
    with pytest.raises(IbtuiError, match=says) as error:
        replay(tmp_path, text)
    assert error.value.code == code


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError) as error:
        read_series(tmp_path / "none.csv")
    assert error.value.code == "replay_file"


@pytest.mark.skipif(find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_parquet_needs_its_extra(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(IbtuiError, match="pip install") as error:
        Replay(read_series(path))
    assert error.value.code == "replay_parquet"


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs pyarrow, the extra parquet")
def test_parquet_is_read_as_csv_is(tmp_path: Path) -> None:
    arrow_csv, parquet = import_module("pyarrow.csv"), import_module("pyarrow.parquet")
    replay(tmp_path, MINUTES)
    parquet.write_table(arrow_csv.read_csv(tmp_path / "data.csv"), tmp_path / "data.parquet")
    assert read_series(tmp_path / "data.parquet") == read_series(tmp_path / "data.csv")


@pytest.mark.skipif(not LEAN.exists(), reason="LEAN_DATA names no folder of Lean's market data")
def test_a_real_day_is_replayed(tmp_path: Path) -> None:
    """SPY on 7 October 2013 by the minute: milliseconds of the day, prices times 10,000."""
    with ZipFile(LEAN) as archive:
        rows = list(csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode())))
    lines = ["time,open,high,low,close,volume"]
    midnight = datetime(2013, 10, 7)  # noqa: DTZ001 - the file's times are New York's
    for milliseconds, *prices, volume in rows:
        time = midnight + timedelta(milliseconds=int(milliseconds))
        lines.append(",".join([f"{time}", *(str(int(price) / 10_000) for price in prices), volume]))
    exchange = Exchange(replay=replay(tmp_path, "\n".join(lines), "SPY.csv"))
    exchange.advance(datetime(2013, 10, 8, 3, 0, tzinfo=UTC))
    (day,) = exchange.history(con_id(exchange, "SPY"), end=exchange.now, seconds=86400, bar=86400)
    opened, closed = int(rows[0][1]) / 10_000, int(rows[-1][4]) / 10_000
    assert day.open == pytest.approx(opened, abs=0.006)
    assert day.close == pytest.approx(closed, abs=0.006)
    assert day.volume == pytest.approx(sum(int(row[5]) for row in rows), rel=0.001)
