"""The decision log of a whole run: what each order asked for, why, what became of it; and the same fills as ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.backtest import Result, Settings, run
from ibtui.backtest.decisions import DecisionLog, DecisionRecord
from ibtui.config import Limits
from ibtui.domain.bar import Bar
from ibtui.risk.paper_ceilings import PaperRules
from ibtui.strategies import Strategy, param
from ibtui.strategies.author.parameters import values
from ibtui.strategies.builtin.sma_cross import SmaCross
from tests.backtest.past import FREE, OPENED, Script, bars, walk

FLAT = (10.0, 11.0, 9.0, 10.0)
Deeds = dict[int, Callable[[Script], Any]]


def decided(deeds: Deeds, count: int = 5, settings: Settings = FREE, rows: Any = None) -> list[DecisionRecord]:
    class Told(Script):
        def on_start(self) -> None:
            super().on_start()
            self.deeds = deeds

    log = DecisionLog()
    result = run(Told, rows or bars(*[FLAT] * count), values(Told, {}), settings, decisions=log)
    assert result.decisions is log
    return list(log)


def becomes(record: DecisionRecord) -> list[str]:
    return [one.text for one in record.became]


def test_a_market_order_says_when_why_and_at_which_price() -> None:
    def buy(script: Script) -> None:
        script.buy("A", 100)
        script.explain("close {:.2f} is low", 10.0)
        script.log("bought some")

    said, bought = sorted(decided({1: buy}), key=lambda record: bool(record.ref))
    assert (said.text, said.time) == ("bought some", OPENED + timedelta(minutes=2))
    assert (bought.time, bought.text) == (OPENED + timedelta(minutes=2), "BUY 100 A at market, day")
    assert (bought.symbol, bought.reason, bought.end) == ("A", "close 10.00 is low", "filled")
    assert [(one.time, one.text) for one in bought.became] == [(OPENED + timedelta(minutes=2), "filled 100 at 10.00")]


def test_a_bracket_s_legs_come_with_it_and_one_takes_the_other_back() -> None:
    entry, stop, target = decided(
        {0: lambda s: s.buy("A", 5, sl=9.0, tp=20.0)}, rows=bars(FLAT, (10, 11, 9.5, 10), FLAT)
    )
    assert entry.text == "BUY 5 A at market, day, target 20.00, stop 9.00"
    assert (stop.text, stop.reason, stop.end) == ("SELL 5 A at 9.00 stop", "comes with b1", "filled")
    assert (target.ref, target.end) == ("b1-t", "cancelled")
    assert becomes(target) == ["taken back: b1-s filled"]


def test_an_entry_that_never_fills_expires_and_its_legs_are_not_listed() -> None:
    late = [(Bar("A", OPENED + timedelta(days=n), *FLAT),) for n in range(3)]
    (entry,) = decided({0: lambda s: s.buy("A", 5, limit=1.0, sl=0.5)}, rows=late)
    assert (becomes(entry), entry.end) == (["expired at the end of its session"], "expired")


def test_changes_cancels_and_closes_are_told() -> None:
    def change(script: Script) -> None:
        script.modify("b1", limit=2.0, quantity=7)

    def replace(script: Script) -> None:
        script.cancel("b1")
        script.buy("A", 3)

    def leave(script: Script) -> None:
        script.close("A")
        script.buy("A", 1, limit=1.0)

    deeds: Deeds = {0: lambda s: s.buy("A", 5, limit=1.0), 1: change, 2: replace, 3: leave}
    first, second, closed, left = decided(deeds, count=6)
    assert becomes(first) == ["changed to 7 at 2.00", "cancelled by the strategy"]
    assert second.end == "filled"
    assert closed.text == "SELL 3 A at market, closes the position"
    assert (left.end, left.became) == ("working", ())


def test_a_close_takes_back_what_waits() -> None:
    waiting, _ = decided(
        {0: lambda s: s.buy("A", 5, limit=1.0), 1: lambda s: s.buy("A", 1), 3: lambda s: s.close("A")}
    )[:2]
    assert becomes(waiting) == ["taken back by a close"]


def test_a_refused_order_names_the_limit() -> None:
    ruled = Settings(commission="none", rules=PaperRules(limits=Limits(order_quantity=10)))
    (refused,) = decided({0: lambda s: s.buy("A", 11)}, settings=ruled)
    assert refused.end == "refused"
    assert "order_quantity" in becomes(refused)[0] or "11" in becomes(refused)[0]


def test_an_order_beyond_the_buying_power_is_refused_when_it_would_fill() -> None:
    (refused,) = decided({0: lambda s: s.buy("A", 1_000_000)})
    assert refused.end == "refused"
    assert becomes(refused)[0].startswith("refused: ")


def test_orders_while_past_bars_warm_it_up_are_no_decisions() -> None:
    settings = Settings(commission="none", since=OPENED + timedelta(minutes=3))
    assert decided({0: lambda s: s.buy("A", 5)}, settings=settings) == []


class Restless(Strategy):
    """Does something else at every bar, by the price's last digits."""

    symbol: str = param("A", kind="symbol")

    def on_bar(self, bar: Bar) -> None:
        what = round(bar.close * 100) % 7
        if what == 0:
            self.buy("A", 10, sl=bar.close - 0.5, tp=bar.close + 0.5)
        elif what == 1:
            self.buy("A", 3, limit=bar.close - 0.1)
        elif what == 2:
            self.sell("A", 4, stop=bar.close - 0.2)
        elif what == 3:
            self.close("A")
        elif what == 4:
            for order in self.orders("A")[:1]:
                self.cancel(order.ref)
        self.explain("digit {}", what)


def fills(result: Result) -> list[tuple[Any, ...]]:
    return [tuple(fill) for fill in result.trades.fills()]


@given(st.integers(0, 10_000))
def test_a_run_with_a_log_trades_as_one_without_and_the_log_has_each_of_its_fills(seed: int) -> None:
    rows = walk(80, seed)
    log = DecisionLog()
    with_log = run(Restless, rows, {"symbol": "A"}, FREE, decisions=log)
    assert fills(with_log) == fills(run(Restless, rows, {"symbol": "A"}, FREE))
    records = list(log)
    filled = [record for record in records if record.end == "filled"]
    assert len(filled) == with_log.trades.fill_count
    assert len({record.ref for record in records}) == len(records)
    assert all(record.reason for record in records)
    working = {record.ref for record in records if record.end == "working"}
    standing = with_log._broker._standing
    assert working == {order.ref for order in standing.values() if not order.waits}


def test_a_built_in_says_why_at_each_of_its_orders() -> None:
    log = DecisionLog()
    run(SmaCross, walk(400), values(SmaCross, {"symbol": "A", "fast": "3", "slow": "8"}), FREE, decisions=log)
    entries = [record for record in log if record.text.startswith("BUY")]
    assert len(entries) > 5
    assert all("crossed above" in record.reason and record.reason.endswith("buys 100") for record in entries)


def test_a_run_without_a_log_keeps_none() -> None:
    result = run(Restless, walk(20), {"symbol": "A"}, FREE)
    assert result.decisions is None


@pytest.mark.parametrize("text", ["", "x" * 500])
def test_lines_that_are_logged_are_kept_whole_enough(text: str) -> None:
    (said,) = decided({0: lambda s: s.log(text)})
    assert len(said.text) <= 300
