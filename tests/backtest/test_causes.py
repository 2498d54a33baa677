"""What changes a position over the past without an order is named with its trade, in the report and in the log."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ibtui.backtest import Settings
from ibtui.backtest.causes import future_ends, prices_words, split_words
from ibtui.backtest.deciding import Deciding
from ibtui.backtest.decisions import DecisionLog
from ibtui.backtest.page import write_report
from ibtui.backtest.run import run
from ibtui.backtest.summary import summary
from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument
from ibtui.domain.signal import Signal
from ibtui.recording.actions import DividendOrSplit
from ibtui.strategies.author.parameters import values
from tests.backtest.past import Script, play

FIRST = datetime(2026, 12, 15, 15, tzinfo=UTC)


def days(symbol: str, *closes: float) -> list[tuple[Bar, ...]]:
    """From Tuesday on; a contract of December has its last day on Friday the 18th."""
    return [(Bar(symbol, FIRST + timedelta(days=n), c, c, c, c),) for n, c in enumerate(closes)]


def test_a_future_that_is_held_ends_at_its_last_bar_and_says_so() -> None:
    rows = [
        (*future, *stock)
        for future, stock in zip([*days("ESZ6", 100, 110, 120, 130), *[()] * 3], days("A", *[10] * 7), strict=True)
    ]
    log = DecisionLog()

    class Told(Script):
        symbol = "ESZ6"

        def on_start(self) -> None:
            super().on_start()
            self.deeds = {0: lambda s: s.buy("ESZ6", 1), 4: lambda s: s.log(f"holds {s.position('ESZ6'):g}")}

    result = run(
        Told,
        rows,
        {"symbol": "ESZ6"},
        Settings(commission="none", leverage=100),
        symbols=("ESZ6", "A"),
        decisions=log,
        seconds=86_400,
    )
    (trade,) = result.trades.closed()
    assert (trade.symbol, trade.exit, trade.cause) == ("ESZ6", 130.0, "expired on 2026-12-18")
    assert trade.closed == FIRST + timedelta(days=3)
    assert trade.profit == 20 * 50
    assert result.trades.open == {}
    assert result.trades.causes == {"expiry": 1}
    assert "ESZ6 +1: expired on 2026-12-18" in [record.text for record in log]


def test_a_future_that_is_held_when_its_data_ends_on_its_last_day_is_over() -> None:
    class Told(Script):
        symbol = "ESZ6"

        def on_start(self) -> None:
            super().on_start()
            self.deeds = {0: lambda s: s.sell("ESZ6", 2)}

    settings = Settings(commission="none", leverage=100)
    result = run(Told, days("ESZ6", 100, 110, 120, 130), {"symbol": "ESZ6"}, settings, seconds=86_400)
    assert [trade.cause for trade in result.trades.closed()] == ["expired on 2026-12-18"]
    assert result.final_equity == 100_000 - 2 * 20 * 50
    early = run(Told, days("ESZ6", 100, 110, 120), {"symbol": "ESZ6"}, settings, seconds=86_400)
    assert list(early.trades.closed()) == []
    assert early.open_trades == 1


@pytest.mark.parametrize(
    ("symbol", "expiry", "near", "ends"),
    [
        ("ESZ6", "", date(2026, 10, 1), date(2026, 12, 18)),
        ("ESZ6", "", date(2016, 10, 1), date(2016, 12, 16)),
        ("ESZ26", "", date(2026, 10, 1), date(2026, 12, 18)),
        ("ESM6", "", date(2026, 5, 1), date(2026, 6, 18)),
        ("ESZ6", "20261217", date(2026, 10, 1), date(2026, 12, 17)),
        ("ZNH6", "", date(2026, 1, 1), None),
        ("CLF7", "", date(2026, 11, 2), date(2026, 12, 21)),
        ("NGF7", "", date(2026, 11, 2), date(2026, 12, 29)),
        ("GCZ6", "", date(2026, 11, 2), date(2026, 12, 29)),
        ("VXZ6", "", date(2026, 11, 2), date(2026, 12, 16)),
        ("ZNH6", "20260320", date(2026, 1, 1), date(2026, 3, 20)),
    ],
)
def test_when_a_future_ends(symbol: str, expiry: str, near: date, ends: date | None) -> None:
    item = Instrument(
        symbol=symbol, con_id=0, sec_type="FUT", root=symbol[:2], exchange="CME", currency="USD", expiry=expiry
    )
    assert future_ends(item, near) == ends


def test_bars_of_another_year_than_the_name_says_are_traded_on() -> None:
    class Told(Script):
        symbol = "ESZ6"

        def on_start(self) -> None:
            super().on_start()
            self.deeds = {0: lambda s: s.buy("ESZ6", 1)}

    rows = [(bar._replace(time=bar.time - timedelta(days=365 * 6)),) for (bar,) in days("ESZ6", *[100] * 9)]
    result = run(Told, rows, {"symbol": "ESZ6"}, Settings(commission="none", leverage=100), seconds=86_400)
    assert result.open_trades == 1


def test_dividends_and_a_split_are_named_with_the_trade_they_happened_to(tmp_path: Path) -> None:
    day = [(FIRST + timedelta(days=n)).date() for n in range(5)]
    paid = tuple(DividendOrSplit(day=day[n], symbol="A", kind="dividend", amount=0.5) for n in (2, 3))
    split = DividendOrSplit(day=day[3], symbol="A", kind="split", amount=4)
    settings = Settings(commission="none", dividends=paid, splits=(split,))
    deeds = {0: lambda s: s.buy("A", 100), 3: lambda s: s.close("A")}
    result, _ = play(days("A", 10, 10, 10, 10, 10, 10), deeds, settings, seconds=86_400)
    (trade,) = result.trades.closed()
    assert trade.cause == "2 dividends +100.00; split 4 for 1"
    assert result.trades.causes == {"dividend": 2, "split": 1}
    told = summary(result, strategy="script", parameters={})
    assert told.causes == {"dividend": 2, "split": 1}
    page, *_ = write_report(tmp_path, told, result)
    assert "2 dividends +100.00; split 4 for 1" in page.read_text()
    with (tmp_path / "trades.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["cause"] == trade.cause


def test_the_report_says_what_prices_are_taken_to_be(tmp_path: Path) -> None:
    paid = DividendOrSplit(day=FIRST.date(), symbol="A", kind="dividend", amount=0.5)
    split = DividendOrSplit(day=FIRST.date(), symbol="A", kind="split", amount=4)
    told = {}
    for name, actions in {"none": (), "paid": (paid,), "both": (paid, paid, split)}.items():
        settings = Settings(
            dividends=tuple(one for one in actions if one.kind == "dividend"),
            splits=tuple(one for one in actions if one.kind == "split"),
        )
        result, _ = play(days("A", 10, 10, 10), {}, settings, seconds=86_400)
        found = summary(result, strategy="script", parameters={})
        page, *_ = write_report(tmp_path / name, found, result)
        assert found.prices in page.read_text()
        told[name] = found.prices
    assert told == {
        "none": "prices as in the data, adjusted or not · no dividends (--actions)",
        "paid": "prices as in the data · 1 dividend of the file",
        "both": "prices in new shares by 1 split · 2 dividends of the file",
    }
    future = Instrument(symbol="ESZ6", con_id=0, sec_type="FUT", root="ES", exchange="CME", currency="USD")
    assert prices_words((future,), (paid,)) == ""


def test_a_trade_without_anything_beside_its_fills_has_no_cause() -> None:
    result, _ = play(days("A", 10, 10, 10), {0: lambda s: s.buy("A", 1), 1: lambda s: s.close("A")}, seconds=86_400)
    assert [trade.cause for trade in result.trades.closed()] == [""]
    assert result.trades.causes == {}


def test_splits_in_words() -> None:
    assert [split_words(amount) for amount in (4, 1.5, 0.1)] == ["split 4 for 1", "split 1.5 for 1", "split 1 for 10"]


def test_a_dividend_of_a_run_with_a_log_stands_in_it() -> None:
    log = DecisionLog()
    paid = DividendOrSplit(day=(FIRST + timedelta(days=2)).date(), symbol="A", kind="dividend", amount=0.5)

    class Told(Script):
        def on_start(self) -> None:
            super().on_start()
            self.deeds = {0: lambda s: s.buy("A", 100)}

    result = run(
        Told,
        days("A", *[10] * 5),
        values(Told, {}),
        Settings(commission="none", dividends=(paid,)),
        decisions=log,
        seconds=86_400,
    )
    assert isinstance(result._broker, Deciding)
    assert "A +100: dividend +50.00" in [record.text for record in log]


Heard = tuple[int, str, float | None, str]


class Hears(Script):
    """Writes down what it is told, and at the bar of which day."""

    def on_start(self) -> None:
        super().on_start()
        self.heard: list[Heard] = []

    def on_event(self, event: Signal) -> None:
        assert event.time <= self.now
        assert event.source == "IB"
        self.heard.append((self.now.day, event.kind, event.value, event.text))


def heard(symbol: str, closes: list[float], shares: float, settings: Settings) -> list[Heard]:
    """What a strategy is told that holds so many from the second day on."""
    told: list[Hears] = []

    class Told(Hears):
        def on_start(self) -> None:
            super().on_start()
            told.append(self)
            self.deeds = {0: lambda s: (s.buy if shares > 0 else s.sell)(symbol, abs(shares))}

    Told.symbol = symbol
    run(Told, days(symbol, *closes), {"symbol": symbol}, settings, seconds=86_400)
    return told[0].heard


@pytest.mark.parametrize("shares", [100.0, -100.0])
def test_dividends_and_splits_are_told_to_who_holds_them_before_the_bar_of_their_day(shares: float) -> None:
    paid = DividendOrSplit(day=(FIRST + timedelta(days=2)).date(), symbol="A", kind="dividend", amount=0.5)
    split = DividendOrSplit(day=(FIRST + timedelta(days=3)).date(), symbol="A", kind="split", amount=4)
    settings = Settings(commission="none", dividends=(paid,), splits=(split,))
    kept = f"A {shares:g} -> {shares:g}"
    assert heard("A", [10.0] * 6, shares, settings) == [
        (17, "dividend", shares / 2, f"{kept}: dividend {shares / 2:+.2f}"),
        (18, "split", 0.0, f"{kept}: split 4 for 1"),
    ]


def test_the_end_of_a_future_is_told_with_the_next_bar() -> None:
    closes = [100.0, 110.0, 120.0, 130.0, 131.0, 132.0]
    settings = Settings(commission="none", leverage=100.0)
    assert heard("ESZ6", closes, 2, settings) == [(19, "expiry", -2.0, "ESZ6 2 -> 0: expired on 2026-12-18")]
