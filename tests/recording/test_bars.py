"""Files of bars: any header, many forms of time, several symbols and files; what is wrong is said with its line."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.recording.bars import read_bars, read_length, symbols_of
from ibtui.recording.export import write_bars
from ibtui.recording.names import name_of

BEGAN = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
HEADER = "date,open,high,low,close,volume\n"


def written(folder: Path, text: str, name: str = "TEST.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def flat(*paths: Path) -> list[Bar]:
    return [bar for group in read_bars(paths) for bar in group]


@st.composite
def markets(draw: st.DrawFn) -> list[Bar]:
    """Bars of up to three symbols in order of time, some minutes and symbols missing."""
    bars = []
    for minute in sorted(draw(st.sets(st.integers(0, 500), min_size=1, max_size=12))):
        for symbol in sorted(draw(st.sets(st.sampled_from(["AAPL", "BRK B", "ES"]), min_size=1))):
            low, step, high = sorted(draw(st.tuples(*[st.floats(0.01, 1e5)] * 3)))
            volume = draw(st.floats(0, 1e9))
            bars.append(Bar(symbol, BEGAN + timedelta(minutes=minute), step, high, low, step, volume))
    return bars


@given(bars=markets(), ending=st.sampled_from([".csv", ".csv.gz", ".parquet"]))
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, bars: list[Bar], ending: str
) -> None:
    if ending == ".parquet":
        pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    path = tmp_path_factory.mktemp("bars") / f"bars{ending}"
    assert write_bars(path, bars) == len(bars)
    back = flat(path)
    assert sorted(back, key=lambda bar: (bar.time, bar.symbol)) == bars
    assert [bar.time for bar in back] == [bar.time for bar in bars]


@given(seed=st.integers(0, 10_000), upper=st.booleans(), extra=st.booleans())
def test_columns_come_in_any_order_and_case(
    tmp_path_factory: pytest.TempPathFactory, seed: int, upper: bool, extra: bool
) -> None:
    row = {"date": "2026-03-02 09:30", "open": "2", "high": "4", "low": "1", "close": "3", "volume": "70"}
    if extra:
        row |= {"adj close": "9", "note": "x"}
    names = random.Random(seed).sample(sorted(row), len(row))
    header = ",".join(name.upper() if upper else name.title() for name in names)
    path = written(tmp_path_factory.mktemp("bars"), f"{header}\n{','.join(row[name] for name in names)}\n")
    assert flat(path) == [Bar("TEST", BEGAN, 2.0, 4.0, 1.0, 3.0, 70.0)]


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-02 09:30", "2026-03-02T09:30:00", "2026-03-02T14:30:00Z", "2026-03-02 09:30:00-05:00"),
        *("20260302 09:30:00", "20260302 09:30", "1772461800", "1772461800000"),
    ],
)
def test_a_time_is_read_in_the_forms_that_files_use(tmp_path: Path, text: str) -> None:
    assert [bar.time for bar in flat(written(tmp_path, f"{HEADER}{text},2,4,1,3,5\n"))] == [BEGAN]


def test_the_columns_that_may_be_there(tmp_path: Path) -> None:
    assert flat(written(tmp_path, "Timestamp,close,open,low,high\n2026-03-02 09:30,3,2,1,4\n"))[0].volume == 0
    text = "ticker,time,open,high,low,close\naapl,2026-03-02 09:30,2,4,1,3\nMSFT,2026-03-02 09:30,2,4,1,3\n"
    assert [bar.symbol for bar in flat(written(tmp_path, text))] == ["AAPL", "MSFT"]


def test_symbols_one_after_the_other_are_put_in_order_of_time(tmp_path: Path) -> None:
    rows = [f"{symbol},2026-03-02 09:3{minute},2,4,1,3" for symbol in ("B", "A") for minute in range(3)]
    path = written(tmp_path, "symbol,date,open,high,low,close\n" + "\n".join(rows) + "\n")
    assert [[bar.symbol for bar in group] for group in read_bars([path])] == [["B", "A"]] * 3


def test_files_of_one_symbol_each_are_merged_by_time(tmp_path: Path) -> None:
    first = written(tmp_path, HEADER + "".join(f"2026-03-02 09:3{n},2,4,1,3,5\n" for n in (0, 1, 3)), "AAPL.csv")
    second = written(tmp_path, HEADER + "".join(f"2026-03-02 09:3{n},2,4,1,3,5\n" for n in (1, 2)), "msft-1min.csv")
    groups = [[bar.symbol for bar in group] for group in read_bars([first, second])]
    assert groups == [["AAPL"], ["AAPL", "MSFT"], ["MSFT"], ["AAPL"]]
    assert symbols_of([first, second]) == ("AAPL", "MSFT")


def test_a_span_ends_before_its_end(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "".join(f"2026-03-02 09:3{n},2,4,1,3,5\n" for n in range(6)))
    times = [
        group[0].time.minute
        for group in read_bars([path], start=BEGAN + timedelta(minutes=2), end=BEGAN + timedelta(minutes=4))
    ]
    assert times == [32, 33]


@pytest.mark.parametrize(
    ("minutes", "seconds"), [((0, 1, 5), 60), ((0, 30), 1800), ((0, 1440, 5760), 86400), ((0,), 60)]
)
def test_the_length_of_bars_is_found(tmp_path: Path, minutes: tuple[int, ...], seconds: int) -> None:
    rows = (f"{BEGAN + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ},2,4,1,3,5\n" for minute in minutes)
    length, groups = read_length(read_bars([written(tmp_path, HEADER + "".join(rows))]))
    assert (length, len(list(groups))) == (seconds, len(minutes))


GOOD = "2026-03-02 09:30,2,4,1,3,5\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("date,open,high,low\n", "no column close"),
        ("open,high,low,close\n", "no column date"),
        (HEADER + GOOD + "2026-03-02 09:29,2,4,1,3,5\n", "line 3"),
        (HEADER + GOOD + GOOD, "line 3"),
        (HEADER + GOOD + "2026-03-02 09:31,nan,4,1,3,5\n", "line 3"),
        (HEADER + GOOD + "2026-03-02 09:31,2,4,-1,3,5\n", "line 3"),
        (HEADER + GOOD + "2026-03-02 09:31,2,1,4,3,5\n", "line 3"),
        (HEADER + GOOD + "2026-03-02 09:31,2,4,1,inf,5\n", "line 3"),
        (HEADER + GOOD + "2026-03-02 09:31,2,4,1\n", "line 3"),
        (HEADER + GOOD + "yesterday,2,4,1,3,5\n", "line 3"),
        (HEADER + GOOD + "2026-03-02 09:31,2,4,1,three,5\n", "line 3"),
        ("symbol," + HEADER + "A," + GOOD + "A," + GOOD, "line 3"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(IbtuiError, match=says) as error:
        flat(written(tmp_path, text))
    assert error.value.code == "bad_data"
    assert "TEST.csv" in error.value.message


@pytest.mark.parametrize("good", ["", HEADER, HEADER + GOOD])
def test_a_file_that_is_no_text_is_refused_wherever_it_is_read(tmp_path: Path, good: str) -> None:
    path = tmp_path / "TEST.csv"
    path.write_bytes(good.encode() + b"\xff\xfe\x00a\x00,\n")
    for read in (symbols_of, lambda paths: flat(*paths)):
        with pytest.raises(IbtuiError, match=r"TEST.csv is not text in UTF-8.*save it"):
            read([path])


def test_a_packed_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError, match=r"TEST.csv.gz cannot be read: Not a gzipped file"):
        symbols_of([written(tmp_path, HEADER, "TEST.csv.gz")])


def test_a_file_that_is_not_there_and_one_that_is_cut(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError) as error:
        flat(tmp_path / "none.csv")
    assert error.value.code == "no_file"
    path = tmp_path / "TEST.csv.gz"
    path.write_bytes(gzip.compress((HEADER + GOOD * 1).encode())[:-9])
    with pytest.raises(IbtuiError, match="cannot be read") as error:
        flat(path)
    assert error.value.code == "bad_data"


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("AAPL.csv", "AAPL"), ("aapl-1min.csv.gz", "AAPL"), ("BRK.B_2026.parquet", "BRK.B"), ("EUR.USD.csv", "EUR.USD")],
)
def test_a_files_name_is_its_symbol(name: str, symbol: str) -> None:
    assert name_of(Path(name)) == symbol


def test_an_index_without_a_name_is_the_time(tmp_path: Path) -> None:
    file = tmp_path / "A.csv"
    file.write_text(",Open,High,Low,Close\n2026-03-02,1,2,1,2\n")
    ((bar,),) = read_bars([file])
    assert f"{bar.time:%Y-%m-%d}" == "2026-03-02"
