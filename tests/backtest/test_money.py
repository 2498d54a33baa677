"""Money of other currencies over the past: profit, commissions, limits and margin are in the account's."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ibtui.backtest.result import Result
from ibtui.backtest.run import run
from ibtui.backtest.settings import Settings
from ibtui.cli.main import commands
from ibtui.domain.bar import Bar
from ibtui.domain.currency import NO_RATES
from ibtui.domain.failure import IbtuiError
from ibtui.domain.reference.reference import Reference
from ibtui.strategies import Strategy, param

START = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
AT_150 = NO_RATES.learn("USD", "JPY", 150.0)


class Round(Strategy):
    """Buys at the second bar's open and sells at the fourth's."""

    symbol: str = param("USD.JPY", kind="symbol")
    qty: float = param(30_000, 1, 1e9)

    def on_start(self) -> None:
        self.seen: list[str] = []

    def on_bar(self, bar: Bar) -> None:
        self.seen.append(bar.symbol)
        if len(self.seen) == 1:
            self.buy(self.symbol, self.qty)
        elif len(self.seen) == 3:
            self.sell(self.symbol, self.qty)


def bars(symbol: str, opens: Sequence[float]) -> list[Bar]:
    """One a minute, each at one price."""
    return [Bar(symbol, START + timedelta(minutes=n), p, p, p, p, 1_000.0) for n, p in enumerate(opens)]


def went(opens: Mapping[str, Sequence[float]], symbol: str, qty: float = 30_000, **settings: Any) -> Result:
    """A round trip in `symbol`; pairs among the bars tell what money is worth."""
    groups = zip(*(bars(name, prices) for name, prices in opens.items()), strict=True)
    known = Reference().all_of((), opens)
    chosen = Settings(**{"commission": "none", "instruments": known} | settings)
    return run(Round, groups, {"symbol": symbol, "qty": qty}, chosen)


YEN = [151.237, 151.237, 151.237, 149.72463, 149.72463]


def test_yen_that_a_pair_loses_are_told_in_dollars() -> None:
    """30,000 x -1.51237 yen are -45,371 yen, and at 149.72463 yen a dollar 303.03 dollars."""
    result = went({"USD.JPY": YEN}, "USD.JPY")
    assert result.final_equity == pytest.approx(100_000 - 303.03, abs=0.01)
    (trade,) = result.trades.closed()
    assert trade.profit == pytest.approx(-303.03, abs=0.01)
    assert result.rates == {"USD.JPY": 149.72463}


def test_a_rate_that_is_given_holds_throughout() -> None:
    result = went({"USD.JPY": YEN}, "USD.JPY", rates=AT_150)
    assert result.final_equity == pytest.approx(100_000 - 45_371.1 / 150, abs=0.01)


def test_an_account_in_yen_needs_no_rate() -> None:
    result = went({"USD.JPY": YEN}, "USD.JPY", currency="JPY", cash=1e7)
    assert result.final_equity == pytest.approx(1e7 - 45_371.1)
    assert result.rates == {}


def test_a_foreign_stock_counts_at_the_bars_of_its_pair_and_is_not_shown_them() -> None:
    result = went({"SAP.EUR": [200, 200, 210, 220, 220], "EUR.USD": [1.0, 1.1, 1.1, 1.2, 1.2]}, "SAP.EUR", 10)
    assert result.final_equity == pytest.approx(100_000 + 10 * 20 * 1.2)
    assert result.moments == 5
    assert result.trades.fill_count == 2


def test_what_is_open_counts_at_the_rate_of_now() -> None:
    result = went({"SAP.EUR": [200, 200, 210], "EUR.USD": [1.0, 1.1, 1.2]}, "SAP.EUR", 10)
    assert result.open_trades == 1
    assert result.final_equity == pytest.approx(100_000 + 10 * 10 * 1.2)


def test_what_nothing_could_tell_in_the_accounts_money_is_refused() -> None:
    with pytest.raises(IbtuiError) as found:
        went({"SAP.EUR": [200, 200]}, "SAP.EUR")
    assert found.value.code == "no_rate"
    assert found.value.message == (
        "SAP.EUR trades in EUR, and the account is in USD: give the rate (--rate EUR.USD=PRICE), bars of EUR.USD "
        "beside the others (--data), or an account in EUR (--currency EUR)."
    )


def test_a_cross_follows_from_two_rates() -> None:
    rates = NO_RATES.learn("EUR", "USD", 1.1).learn("GBP", "USD", 1.3)
    result = went({"EUR.GBP": [0.85, 0.85, 0.85, 0.86, 0.86]}, "EUR.GBP", rates=rates)
    assert result.final_equity == pytest.approx(100_000 + 300 * 1.3)


def test_the_commission_of_a_pair_is_the_least_in_dollars() -> None:
    result = went({"USD.JPY": YEN}, "USD.JPY", commission="ib", rates=AT_150)
    assert result.trades.commissions == pytest.approx(2 * 2.0, rel=0.01)


def test_margin_is_measured_in_the_accounts_money() -> None:
    """1,000 shares of 25,000 yen are 166,667 dollars: less than twice the equity."""
    stock = {"7203.JPY": [25_000.0] * 5}
    assert went(stock, "7203.JPY", 1_000, rates=AT_150).trades.fill_count == 2
    refused = went(stock, "7203.JPY", 1_300, rates=AT_150)
    assert any("buying power" in sentence for sentence in refused.refusals)


@given(qty=st.integers(1, 1_000), rate=st.floats(0.01, 500), begin=st.floats(1, 500), end=st.floats(1, 500))
def test_profits_add_up_to_what_the_account_gained(qty: int, rate: float, begin: float, end: float) -> None:
    rates = NO_RATES.learn("EUR", "USD", rate)
    result = went({"SAP.EUR": [begin, begin, end, end, end]}, "SAP.EUR", qty, rates=rates, leverage=1e12)
    made = sum(trade.profit for trade in result.trades.closed())
    assert result.final_equity == pytest.approx(100_000 + made)
    assert made == pytest.approx(qty * (end - begin) * rate, abs=1e-6)


class Spends(Strategy):
    """Buys once, for a part of what the account is worth or may lose."""

    symbol: str = param("SAP.EUR", kind="symbol")
    how: str = param("cash", choices=("cash", "risk"))

    def on_start(self) -> None:
        self.bought = False

    def on_bar(self, bar: Bar) -> None:
        if not self.bought and self.equity is not None:
            self.bought = True
            rate = self.rate(self.symbol)
            assert rate == (1.25 if self.symbol == "SAP.EUR" else 1.0)
            part = self.equity / 10
            if self.how == "cash":
                self.buy(self.symbol, cash=part)
            else:
                self.buy(self.symbol, risk=part, sl=bar.close - 40)


@pytest.mark.parametrize(
    ("symbol", "how", "quantity"),
    [("SAP.EUR", "cash", 40), ("SAP.EUR", "risk", 200), ("AAPL", "cash", 50), ("AAPL", "risk", 250)],
)
def test_a_part_of_equity_buys_as_much_as_it_is_worth_abroad(symbol: str, how: str, quantity: float) -> None:
    """10,000 dollars are 8,000 euro, which pay for 40 shares at 200 and lose 40 a share of 200."""
    chosen = Settings(
        commission="none",
        instruments=Reference().all_of((), (symbol,)),
        rates=NO_RATES.learn("EUR", "USD", 1.25),
        leverage=10.0,
    )
    result = run(Spends, ((bar,) for bar in bars(symbol, [200.0] * 3)), {"symbol": symbol, "how": how}, chosen)
    (trip,) = result.trades.open.values()
    assert trip.quantity == quantity


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for symbol, prices in {"USD.JPY": YEN, "SAP.EUR": [200.0] * 5}.items():
        with (tmp_path / f"{symbol}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("time", "open", "high", "low", "close", "volume"))
            writer.writerows((bar.time.isoformat(), *bar[2:7]) for bar in bars(symbol, prices))
    (tmp_path / "round.py").write_text(
        "from ibtui.strategies import Strategy, param\n"
        "class Round(Strategy):\n"
        "    symbol: str = param('SPY', kind='symbol')\n"
        "    def on_start(self): self.n = 0\n"
        "    def on_bar(self, bar):\n"
        "        self.n += 1\n"
        "        if self.n == 1: self.buy(self.symbol, 30_000)\n"
        "        if self.n == 3: self.sell(self.symbol, 30_000)\n"
    )
    return tmp_path


def asked(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(commands, ["backtest", str(folder / "round.py"), "--data", *words])


def test_the_command_line_says_in_which_currency_it_counts(folder: Path) -> None:
    """30,000 dollars pass an order_value of 500,000; the files say the currency of their money."""
    words = (str(folder / "USD.JPY.csv"), "--commission", "none", "--rate", "USD.JPY=150")
    told = asked(folder, *words, "--json", "--report", str(folder / "out"))
    summary = json.loads(told.output)
    assert (summary["currency"], summary["rates"]) == ("USD", {"USD.JPY": 150.0})
    assert summary["final_equity"] == 99_697.53
    (trade,) = csv.DictReader((folder / "out" / "trades.csv").open())
    assert trade["currency"] == "USD"
    assert float(trade["profit"]) == pytest.approx(-302.474)
    text = asked(folder, *words).output
    assert "99,697.53 USD" in text
    assert "all money but prices in USD, by USD.JPY 150 at the end" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", "150"), "A rate is written PAIR=PRICE, as USD.JPY=150, not '150'."),
        (("--rate", "USD.JPY=0"), "A rate is written PAIR=PRICE, as USD.JPY=150, not 'USD.JPY=0'."),
        (("--currency", "DOLLARS"), "There is no currency 'DOLLARS'"),
        ((), "SAP.EUR trades in EUR, and the account is in USD: give the rate (--rate EUR.USD=PRICE)"),
    ],
)
def test_what_does_not_fit_is_one_sentence(folder: Path, words: tuple[str, ...], said: str) -> None:
    result = asked(folder, str(folder / "SAP.EUR.csv"), *words)
    assert said in str(result.exception or "") + result.output
    assert result.exit_code != 0
