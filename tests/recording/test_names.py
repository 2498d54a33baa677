"""The symbol that a file's name says, the same for a backtest and for a replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from ibtui.recording.bars import symbols_of
from ibtui.recording.names import name_of
from ibtui.recording.replay import read_series

NAMES = {
    "AAPL.csv": "AAPL",
    "AAPL.CSV": "AAPL",
    "aapl-1min.csv": "AAPL",
    "AAPL-1MIN.csv": "AAPL",
    "AAPL_full_1min.txt": "AAPL",
    "AAPL_2026.csv": "AAPL",
    "AAPL (1).csv": "AAPL",
    "AAPL Historical Data.csv": "AAPL",
    "daily_AAPL.csv": "AAPL",
    "intraday_5min_IBM.csv": "IBM",
    "daily_adjusted_BRK-B.csv": "BRK.B",
    "aapl.us.txt": "AAPL",
    "BRK.B.csv": "BRK.B",
    "BRK-B.csv": "BRK.B",
    "BRK B.csv": "BRK.B",
    "BRK-B-1min.csv": "BRK.B",
    "NASDAQ_AAPL, 1D.csv": "AAPL",
    "NYSE_BRK.B, 60.csv": "BRK.B",
    "NASDAQ_DLY_AAPL, 1D.csv": "AAPL",
    "EUR.USD.csv": "EUR.USD",
    "EURUSD_M1.csv": "EURUSD",
    "EURUSD=X.csv": "EURUSD",
    "EUR-USD.csv": "EUR.USD",
    "BTC-USD.csv": "BTC.USD",
    "BTCUSDT-1m-2026-03-02.csv": "BTCUSDT",
    "SAP.EUR.csv": "SAP.EUR",
    "ES 03-26.Last.txt": "ESH26",
    "6E 12-26.txt": "6EZ26",
    "ZNH6.csv": "ZNH6",
    ".csv": "DATA",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_is_its_symbol(name: str) -> None:
    assert name_of(Path(name)) == NAMES[name]
    assert name_of(Path("some.folder") / f"{name}.gz") == NAMES[name]


@pytest.mark.parametrize("name", [name for name in NAMES if name != ".csv"])
def test_it_is_the_same_everywhere(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("date,open,high,low,close\n2026-03-02,1,2,1,2\n")
    assert symbols_of([file]) == (NAMES[name],) == tuple(read_series(file))
