"""Bars of a recording's ticks, and what is exported."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.recording.bars import read_bars, symbols_of
from ibtui.recording.export import export
from ibtui.recording.playing import bars_of, recorded_bars
from ibtui.recording.rows import Recorded
from ibtui.recording.writer import Writer

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


def traded(second: float, price: float, volume: float, symbol: str = "AAPL") -> Recorded:
    return Recorded(NOON + timedelta(seconds=second), Quote(symbol=symbol, last=price, volume=volume))


def ticks(count: int = 200) -> list[Recorded]:
    """Two symbols, a trade of each every second and a half."""
    return [
        traded(step * 1.5 + number * 0.01, 100.0 + step % 7 + number, 100.0 * step, symbol)
        for step in range(count)
        for number, symbol in enumerate(("MSFT", "AAPL"))
    ]


def written(root: Path, facts: list[Recorded]) -> Path:
    writer = Writer(root, "paper", [], facts[0].time)
    for time, fact in facts:
        writer.write(time, fact)
    writer.close(facts[-1].time + timedelta(minutes=1))
    return root


def test_minutes_of_ticks() -> None:
    groups = list(bars_of(ticks(), 60, until=NOON + timedelta(hours=1)))
    assert [group[0].time - NOON for group in groups] == [timedelta(minutes=minute) for minute in range(5)]
    assert [bar.symbol for bar in groups[1]] == ["MSFT", "AAPL"]
    assert groups[1][1] == Bar("AAPL", NOON + timedelta(minutes=1), 106.0, 107.0, 101.0, 103.0, 4000.0)


@given(cut=st.integers(1, 390), seconds=st.sampled_from([1, 7, 60]))
def test_bars_do_not_depend_on_what_follows(cut: int, seconds: int) -> None:
    whole, part = list(bars_of(ticks(), seconds)), list(bars_of(ticks()[:cut], seconds))
    assert whole[: len(part)] == part


def test_a_recording_gives_the_bars_of_its_ticks(tmp_path: Path) -> None:
    folder = written(tmp_path / "recordings", ticks())
    assert list(recorded_bars(folder, 60)) == list(bars_of(ticks(), 60, until=NOON + timedelta(hours=1)))
    only = list(recorded_bars(folder, 60, symbols=["aapl"]))
    assert {bar.symbol for group in only for bar in group} == {"AAPL"}


def test_a_new_engine_begins_its_bars_anew(tmp_path: Path) -> None:
    root = tmp_path / "recordings"
    before, after = ticks(30), [Recorded(time + timedelta(seconds=70), fact) for time, fact in ticks(80)]
    writer = Writer(root, "paper", [], NOON)
    for time, fact in before:
        writer.write(time, fact)
    writer.flush(before[-1].time)  # and killed
    writer = Writer(root, "paper", [], after[0].time)
    for time, fact in after:
        writer.write(time, fact)
    writer.close(after[-1].time + timedelta(minutes=1))
    times = [group[0].time - NOON for group in recorded_bars(root, 60)]
    assert times == [timedelta(0), *(timedelta(minutes=minute) for minute in (2, 3))]


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.parquet"])
def test_exported_bars_are_read_as_any_file_of_bars(tmp_path: Path, name: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    folder = written(tmp_path / "recordings", ticks())
    count = export(folder, "AAPL", tmp_path / name, 60)
    bars = [bar for group in read_bars([tmp_path / name]) for bar in group]
    assert len(bars) == count == 4
    assert bars == [group[0] for group in recorded_bars(folder, 60, symbols=["AAPL"])]


def test_exported_ticks_are_the_rows_of_one_symbol(tmp_path: Path) -> None:
    folder = written(tmp_path / "recordings", ticks())
    assert export(folder, "msft", tmp_path / "ticks.csv") == 200
    recorded = gzip.decompress((folder / "2026-03-02" / "ticks-MSFT.csv.gz").read_bytes())
    assert (tmp_path / "ticks.csv").read_bytes() == recorded


def test_exported_ticks_as_parquet_have_types(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    folder = written(tmp_path / "recordings", ticks())
    assert export(folder, "MSFT", tmp_path / "ticks.parquet") == 200
    first = parquet.read_table(tmp_path / "ticks.parquet").to_pylist()[0]
    assert (first["time"], first["symbol"], first["last"], first["bid"]) == (NOON, "MSFT", 100.0, None)


@pytest.mark.parametrize(("symbol", "name", "code"), [("NOPE", "a.csv", "no_file"), ("AAPL", "a.xls", "usage")])
def test_what_cannot_be_exported_is_said(tmp_path: Path, symbol: str, name: str, code: str) -> None:
    folder = written(tmp_path / "recordings", ticks(10))
    with pytest.raises(IbtuiError) as error:
        export(folder, symbol, tmp_path / name)
    assert error.value.code == code
    assert not list(tmp_path.glob("a.*"))


def test_a_recording_is_read_as_files_of_bars_are(tmp_path: Path) -> None:
    folder = written(tmp_path / "recordings", ticks())
    (tmp_path / "IBM.csv").write_text("time,open,high,low,close\n2026-03-02T17:02:00Z,5,6,4,5\n")
    assert symbols_of([folder, tmp_path / "IBM.csv"]) == ("AAPL", "MSFT", "IBM")
    assert list(read_bars([folder], seconds=30)) == list(recorded_bars(folder, 30))
    together = list(read_bars([folder, tmp_path / "IBM.csv"]))
    assert [[bar.symbol for bar in group] for group in together[:3]] == [
        ["MSFT"],
        ["MSFT", "AAPL"],
        ["MSFT", "AAPL", "IBM"],
    ]
    third = list(read_bars([folder], start=NOON + timedelta(minutes=2), end=NOON + timedelta(minutes=3)))
    assert third == list(recorded_bars(folder, 60))[2:3]
