"""What a symbol of a file is, as a script asks a backtest: by the tables, by `--as`, by the configuration."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.instrument import Instrument
from ibtui.recording.described import keep_described
from tests.processes.programs import Done, Home

BUYS = '''
from ibtui.strategies import Bar, Strategy, param

class Buys(Strategy):
    """Buys one on the second bar, sells it on the fourth."""
    symbol: str = param("SPY", kind="symbol")
    bar: str = param("1d", kind="bar")
    def on_start(self): self.count = 0
    def on_bar(self, bar: Bar) -> None:
        self.count += 1
        if self.count == 2: self.buy(bar.symbol, 1)
        if self.count == 4: self.close(bar.symbol)
'''
BARS = "date,open,high,low,close\n" + "".join(
    f"2026-03-0{day},{price},{price + 1},{price - 1},{price}\n" for day, price in enumerate((20, 21, 22, 23, 24), 2)
)


@pytest.fixture
def buys(tmp_path: Path) -> Path:
    file = tmp_path / "buys.py"
    file.write_text(BUYS)
    return file


def over(home: Home, buys: Path, symbol: str, *words: str) -> Done:
    file = buys.with_name(f"{symbol}.csv")
    file.write_text(BARS)
    return home.run("backtest", str(buys), "--data", str(file), "--commission", "none", *words)


def test_a_future_earns_what_its_contract_says_and_the_report_names_it(home: Home, buys: Path) -> None:
    """Bought at 22, sold at 24: two points of 1,000 dollars."""
    done = over(home, buys, "ZNH6", "--report", str(buys.parent / "out"))
    assert done.code == 0, done.err
    assert "ZNH6 is FUT USD 1000 0.015625 CBOT" in done.out
    assert "ZNH6 is FUT USD 1000 0.015625 CBOT" in (buys.parent / "out" / "report.html").read_text()
    told = over(home, buys, "ZNH6", "--json").json
    assert told["final_equity"] == 102_000
    assert told["contracts"] == [
        {"symbol": "ZNH6", "kind": "FUT", "currency": "USD", "multiplier": 1000.0, "tick": 0.015625, "exchange": "CBOT"}
    ]
    assert over(home, buys, "AAPL", "--json").json["contracts"] == []


def test_what_nothing_knows_stops_the_run_until_it_is_told(home: Home, buys: Path) -> None:
    done = over(home, buys, "ZZH6", "--json")
    assert (done.code, done.error) == (2, "no_contract")
    assert done.json["error"]["message"] == (
        'What is ZZH6? Give it as --as "FUT USD 1000 0.01 NYMEX" or a line under [instruments].'
    )
    for words in ("FUT USD 10 0.5 CME", "zz=FUT USD 10 0.5 CME", "ZZH6 = fut usd 10 0.5 cme"):
        assert over(home, buys, "ZZH6", "--as", words, "--json").json["final_equity"] == 100_020
    home.configure('[instruments]\nZZ = "FUT USD 30 0.5 CME"\n')
    assert over(home, buys, "ZZH6", "--json").json["final_equity"] == 100_060


def test_a_sweep_knows_every_symbol_that_it_tries(home: Home, buys: Path) -> None:
    rows = BARS.replace("date,", "symbol,date,").replace("\n2026", "\n{0},2026").splitlines()
    both = [rows[0], *(row.replace("{0}", symbol) for row in rows[1:] for symbol in ("ZZH6", "ZYH6"))]
    file = buys.with_name("both.csv")
    file.write_text("\n".join(both) + "\n")
    words = ("sweep", str(buys), "--data", str(file), "--param", "symbol=ZZH6,ZYH6", "--commission", "none", "--json")
    assert home.run(*words, "--as", "ZZ=FUT USD 10 0.5 CME").error == "no_contract"
    done = home.run(*words, "--as", "ZZ=FUT USD 10 0.5 CME", "--as", "ZY=FUT USD 20 0.5 CME")
    assert done.code == 0, done.err
    assert done.json["best"]
    alone = home.run(*words, "--as", "FUT USD 10 0.5 CME")
    assert (alone.code, alone.error) == (2, "usage")
    assert 'say which one it is: --as "ZZH6=FUT USD 10 0.5 CME"' in alone.json["error"]["message"]


def test_a_line_that_is_none_is_said(home: Home, buys: Path) -> None:
    done = over(home, buys, "ZZH6", "--as", "FUT USD 10 0 CME", "--json")
    assert (done.code, done.error) == (2, "usage")
    assert "the tick '0' is no number above 0" in done.json["error"]["message"]
    home.configure('[instruments]\nZZ = "FUT USD 30 0.5"\n')
    done = over(home, buys, "ZZH6", "--json")
    assert (done.code, done.error) == (2, "bad_config")
    assert "[instruments] ZZ: " in done.json["error"]["message"]


def test_what_ib_told_is_believed_before_the_tables(home: Home, buys: Path) -> None:
    told = Instrument(
        symbol="ZZH6", con_id=1, sec_type="FUT", root="ZZ", exchange="CME", currency="USD",
        multiplier=Decimal(40), tick=Decimal("0.5"), name="SOMETHING",
    )  # fmt: skip
    keep_described(home.folder / "ibtui" / "paper" / "contracts.jsonl", [told])
    home.configure('[instruments]\nZZ = "FUT USD 30 0.5 CME"\n')
    assert over(home, buys, "ZZH6", "--json").json["final_equity"] == 100_080
    assert over(home, buys, "ZZH6", "--json", "--profile", "demo").json["final_equity"] == 100_060
    assert over(home, buys, "ZZH6", "--json", "--as", "FUT USD 20 0.5 CME").json["final_equity"] == 100_040
