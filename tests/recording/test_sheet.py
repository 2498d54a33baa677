"""Files as programs write them: all are read into the same bars, or refused with the way out."""

from __future__ import annotations

import gzip
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.past import PastBar
from ibtui.recording.bars import read_bars, symbols_of, without_volume
from ibtui.recording.replay import read_series
from ibtui.recording.sheet import called, read_volume

FIRST, SECOND, THIRD = (datetime(2026, 3, day, 5, tzinfo=UTC) for day in (2, 3, 4))
DAYS = [(10.0, 12.0, 9.0, 11.0, 1000.0), (11.0, 14.0, 10.5, 13.0, 1100.0), (13.0, 13.5, 11.0, 12.0, 1200.0)]


def rows(form: str, *times: str, newest_first: bool = False) -> str:
    """A row for each time: `t` is the time, `o`, `h`, `l`, `c` and `v` are figures of its bar."""
    made = [
        form.format(t=time, o=open_, h=high, l=low, c=close, v=int(volume)) + "\n"
        for time, (open_, high, low, close, volume) in zip(times, DAYS, strict=True)
    ]
    return "".join(reversed(made) if newest_first else made)


ISO = ("2026-03-02", "2026-03-03", "2026-03-04")
DOTTED = ("2026.03.02", "2026.03.03", "2026.03.04")
TOGETHER = ("20260302", "20260303", "20260304")
MONTH_FIRST = ("03/02/2026", "03/03/2026", "03/04/2026")
HALF_PAST_NINE = ("09:30", "09:31", "09:32")
PLAIN = "Date,Open,High,Low,Close,Volume\n" + rows("{t},{o},{h},{l},{c},{v}", *ISO)
_META = "<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
_META_ROW = "{o}\t{h}\t{l}\t{c}\t{v}\t0\t3"
_STOOQ = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
DAILY = {
    "plain.csv": PLAIN,
    "comment.csv": "# exported by a tool\n" + PLAIN,
    "footer.csv": PLAIN + "Downloaded from example.com\n",
    "null.csv": PLAIN + "2026-03-05,null,null,null,null,null\n",
    "volume.csv": PLAIN.replace("Volume", "Vol."),
    "coins.csv": PLAIN.replace("Volume", "Volume BTC"),
    "metatrader.csv": f"<DATE>\t{_META}" + rows("{t}\t" + _META_ROW, *DOTTED),
    "excel.csv": PLAIN.replace(",", ";").replace(".", ","),
    "newest.csv": "timestamp,open,high,low,close,volume\n" + rows("{t},{o},{h},{l},{c},{v}", *ISO, newest_first=True),
    "nasdaq.csv": "Date,Close/Last,Volume,Open,High,Low\n"
    + rows("{t},${c},{v},${o},${h},${l}", *MONTH_FIRST, newest_first=True),
    "yfinance.csv": "Price,Close,High,Low,Open,Volume\nTicker,A,A,A,A,A\nDate,,,,,\n"
    + rows("{t},{c},{h},{l},{o},{v}", *ISO),
    "stooq.txt": _STOOQ + rows("X.US,D,{t},000000,{o},{h},{l},{c},{v},0", *TOGETHER),
    "investing.csv": PLAIN.replace(",1000", ",1K").replace(",1100", ",1.1K").replace(",1200", ',"1,200"'),
}
MINUTES = {
    "first_rate.txt": rows("2026-03-02 {t}:00,{o},{h},{l},{c},{v}", *HALF_PAST_NINE),
    "kibot.txt": rows("03/02/2026,{t},{o},{h},{l},{c},{v}", *HALF_PAST_NINE),
    "binance.csv": rows("17724{t}000000,{o},{h},{l},{c},{v},1,1,1,1,1,0", "61800", "61860", "61920"),
    "alpaca.csv": "t,o,h,l,c,v,n,vw\n" + rows("2026-03-02T14:{t}:00Z,{o},{h},{l},{c},{v},1,1", "30", "31", "32"),
    "polygon.csv": "ticker,volume,open,close,high,low,window_start,transactions\n"
    + rows("X,{v},{o},{c},{h},{l},17724{t}000000000,3", "61800", "61860", "61920"),
    "metatrader.csv": f"<DATE>\t<TIME>\t{_META}" + rows("2026.03.02\t{t}:00\t" + _META_ROW, *HALF_PAST_NINE),
}


def bars(path: Path) -> list[Bar]:
    return [bar for group in read_bars([path]) for bar in group]


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_bytes(text.encode())
    return file


@pytest.mark.parametrize("name", DAILY)
def test_days(tmp_path: Path, name: str) -> None:
    found = bars(written(tmp_path, name, DAILY[name]))
    assert [bar.time for bar in found] == [FIRST, SECOND, THIRD]
    assert [tuple(bar[2:]) for bar in found] == DAYS


@pytest.mark.parametrize("name", MINUTES)
def test_minutes(tmp_path: Path, name: str) -> None:
    found = bars(written(tmp_path, name, MINUTES[name]))
    assert [f"{bar.time:%m-%d %H:%M}" for bar in found] == ["03-02 14:30", "03-02 14:31", "03-02 14:32"]
    assert [tuple(bar[2:]) for bar in found] == DAYS


@pytest.mark.parametrize("name", [*DAILY, *MINUTES])
def test_a_replay_reads_what_a_backtest_reads(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, name, (DAILY | MINUTES)[name])
    ((symbol, series),) = read_series(file).items()
    assert (symbol,) == symbols_of([file])
    assert [bar[2:] for bar in series if isinstance(bar, PastBar)] == DAYS


def test_an_encoding_says_itself(tmp_path: Path) -> None:
    for name, data in (
        ("A.csv", PLAIN.encode("utf-16")),
        ("B.csv", PLAIN.encode("utf-8-sig")),
        ("C.csv.gz", gzip.compress(PLAIN.encode("utf-16"))),
    ):
        (tmp_path / name).write_bytes(data)
        assert [tuple(bar[2:]) for bar in bars(tmp_path / name)] == DAYS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("20260302 093000;10;12;9;11;1000\n", "NinjaTrader's, whose times are the ends of bars"),
        ("Date,Open,High,Low,Close\n03/02/2026,10,12,9,11\n", "may begin with the day or with the month"),
        ("2026-03-02,10,12,9\n", "give it a first line `date,open,high,low,close,volume`"),
        ("when,open,high,low,close\n", "no column date; its first line must name its columns: `date,open"),
        (
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>\nX.US,5,20260302,153000,1,1,1,1\n",
            "write them with their zone",
        ),
        (PLAIN + "Downloaded from example.com\n2026-03-05,1,1,1,1,1\n", "line 5 is no bar"),
        (PLAIN.replace(",1000", ",many"), "line 2 is no bar"),
    ],
)
def test_what_is_refused_says_the_way_out(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(IbtuiError) as caught:
        bars(written(tmp_path, "A.csv", text))
    assert caught.value.code == "bad_data"
    assert says in caught.value.message


def test_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", PLAIN)
    for read in (bars, read_series):
        with pytest.raises(IbtuiError, match="unpack it"):
            read(tmp_path / "a.zip")


def test_days_that_are_there_twice_are_refused_in_a_file_that_begins_with_the_newest(tmp_path: Path) -> None:
    head, *rows = PLAIN.splitlines(keepends=True)
    with pytest.raises(IbtuiError, match="two bars that begin at 2026-03-02"):
        bars(written(tmp_path, "A.csv", head + "".join((*reversed(rows), rows[0]))))


@pytest.mark.parametrize(
    ("text", "volume"),
    [("1200", 1200), ("1,200", 1200), ("1.5M", 1.5e6), ("nan", None), ("-1", None), ("", None), ("0", 0)],
)
def test_a_volume(tmp_path: Path, text: str, volume: float | None) -> None:
    assert read_volume(text) == volume
    file = written(tmp_path, "A.csv", f'date,open,high,low,close,volume\n2026-03-02,1,2,1,2,"{text}"\n')
    assert bars(file)[0].volume == (volume or 0.0)
    (series,) = read_series(file).values()
    assert isinstance(series[0], PastBar)
    assert series[0].volume == volume


def test_no_volume_is_said(tmp_path: Path) -> None:
    file = written(tmp_path, "A.csv", PLAIN.replace("1000", "-1").replace("1100", "NaN").replace("1200", ""))
    assert without_volume(read_bars([file])) == ("A",)
    assert without_volume(read_bars([written(tmp_path, "B.csv", PLAIN)])) == ()


@given(st.permutations(["date", "open", "high", "low", "close", "volume", "symbol"]), st.booleans())
def test_a_header_keeps_every_place(names: list[str], upper: bool) -> None:
    found = called([f"<{name.upper()}>" if upper else f" {name} " for name in names])
    assert ["date" if name == "time" else name for name in found] == names
