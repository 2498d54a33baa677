"""Options over the past: listed and priced by a model, traded on the bars of their underlying, ended on their day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ibtui.backtest import Result, Settings
from ibtui.backtest.options import BacktestOptions
from ibtui.backtest.summary import summary
from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.options.chain import Chain, option_name
from ibtui.domain.options.model import model_value
from tests.backtest.past import Script, play, prices

FIRST = datetime(2026, 3, 2, 5, tzinfo=UTC)
MODEL = Settings(commission="none", options="model", volatility=0.2)
Deeds = dict[int, Callable[[Script], Any]]


def days(*closes: float) -> list[tuple[Bar, ...]]:
    """Daily bars that open where the last one closed."""
    made: list[tuple[Bar, ...]] = []
    before = closes[0]
    for number, close in enumerate(closes):
        low, high = min(before, close), max(before, close)
        made.append((Bar("A", FIRST + timedelta(days=number), before, high, low, close),))
        before = close
    return made


class Trader:
    """Remembers the chain it saw."""

    def __init__(self) -> None:
        self.chain: Chain

    def look(self, script: Script, days: float = 7) -> Chain:
        self.chain = script.chain("A", days=days)
        return self.chain

    def buy_call(self, script: Script) -> None:
        script.buy(self.look(script).at_the_money("C").symbol, 1)


def run(closes: tuple[float, ...], deeds: Deeds, settings: Settings = MODEL) -> Result:
    return play(days(*closes), deeds, settings, seconds=86_400)[0]


def test_without_being_told_there_are_no_options() -> None:
    with pytest.raises(IbtuiError, match="--options model") as found:
        run((100, 100), {0: lambda s: s.chain("A")}, Settings())
    assert found.value.code == "no_option"


def test_a_call_is_bought_at_the_ask_of_the_next_open_and_marked_at_the_middle() -> None:
    trader = Trader()
    result = run((100, 100, 103), {0: trader.buy_call})
    option = trader.chain.at_the_money("C")
    name = next(iter(result.trades.open))
    assert name == option.symbol
    ((side, quantity, paid),) = prices(result)
    listed = option_name(name)
    assert listed is not None
    mid = model_value(listed, 100.0, FIRST + timedelta(days=1), 0.2)
    assert (side, quantity) == ("BUY", 1)
    assert paid == pytest.approx(mid * 1.01)
    closed = FIRST + timedelta(days=2, hours=16)
    worth = model_value(listed, 103.0, closed, 0.2)
    assert result.final_equity == pytest.approx(100_000 + 100 * (worth - paid))


@pytest.mark.parametrize("last", [90.0, 112.0])
def test_an_option_ends_with_what_exercise_brings(last: float) -> None:
    trader = Trader()
    closes = (100.0,) * 5 + (last,) * 12
    result = run(closes, {0: trader.buy_call})
    bought, ended = prices(result)
    assert trader.chain.expiries == (date(2026, 3, 13),)
    assert ended[:2] == ("SELL", 1)
    assert ended[2] == pytest.approx(max(last - 100, 0))
    assert result.trades.open == {}
    assert result.final_equity == pytest.approx(100_000 + 100 * (ended[2] - bought[2]))
    assert [fill.time.date() for fill in result.trades.fills()][1] == date(2026, 3, 13)


def test_what_ended_cannot_be_traded() -> None:
    trader = Trader()

    def again(script: Script) -> None:
        script.buy(trader.chain.at_the_money("C").symbol, 1)

    with pytest.raises(ValueError, match="not what it trades"):
        run((100.0,) * 20, {0: trader.buy_call, 15: again})


def test_calls_that_nothing_covers_are_not_sold() -> None:
    trader = Trader()
    result = run((100, 100, 100), {0: lambda s: s.sell(trader.look(s).at_the_money("C").symbol, 1)})
    assert prices(result) == []
    assert "uncovered" in next(iter(result.refusals))


def test_a_covered_call_caps_what_the_shares_earn() -> None:
    trader = Trader()

    def enter(script: Script) -> None:
        call = trader.look(script).at_the_money("C")
        script.combo([("A", 100), (call, -1)], 1)

    result = run((100.0,) * 4 + (130.0,) * 12, {0: enter})
    shares, call, ended = prices(result)
    assert shares == ("BUY", 100, 100)
    assert call[:2] == ("SELL", 1)
    assert ended[:2] == ("BUY", 1)
    assert ended[2] == pytest.approx(30)
    assert result.final_equity == pytest.approx(100_000 + 100 * call[2])


def test_shares_that_cover_a_call_are_not_sold() -> None:
    trader = Trader()
    deeds: Deeds = {
        0: lambda s: s.combo([("A", 100), (trader.look(s).at_the_money("C"), -1)], 1),
        2: lambda s: s.sell("A", 100),
    }
    result = run((100.0,) * 5, deeds)
    assert len(prices(result)) == 2
    assert "uncovered" in next(iter(result.refusals))


def test_a_straddle_earns_on_a_jump_and_loses_in_a_calm() -> None:
    def enter(script: Script) -> None:
        call, put = Trader().look(script).straddle()
        script.combo([(call, 1), (put, 1)], 2)

    jump = run((100.0,) * 4 + (120.0,) * 12, {0: enter})
    calm = run((100.0,) * 16, {0: enter})
    assert jump.final_equity > 100_000 > calm.final_equity
    assert len(prices(jump)) == len(prices(calm)) == 4


@pytest.mark.parametrize(("limit", "fills"), [(1.0, 0), (1_000.0, 2)])
def test_a_combo_keeps_its_limit(limit: float, fills: int) -> None:
    def enter(script: Script) -> None:
        call, put = Trader().look(script).straddle()
        script.combo([(call, 1), (put, 1)], 1, limit=limit)

    result = run((100.0,) * 4, {0: enter})
    assert len(prices(result)) == fills


def test_a_combo_that_the_bar_carries_to_its_limit_trades_there() -> None:
    trader = Trader()

    def enter(script: Script) -> None:
        call, put = trader.look(script, 30).straddle()
        asks = (call.ask or 0) + (put.ask or 0)
        script.combo([(call, 1), (put, -1)], 1, limit=asks * -0.5)

    result = run((100.0, 80.0), {0: enter})
    (_, _, call), (_, _, put) = prices(result)
    asks = sum(option.ask or 0 for option in trader.chain.straddle())
    assert call - put == pytest.approx(asks * -0.5)


def test_realised_volatility_is_of_days_that_are_over() -> None:
    options = BacktestOptions()
    assert options.volatility("A") == 0.25
    for number in range(21):
        options.end_day("A", 100.0 if number % 2 else 101.0)
    assert options.volatility("A") == pytest.approx(0.01 * 252**0.5, rel=0.05)
    assert BacktestOptions(0.3).volatility("A") == 0.3


def test_what_comes_later_changes_nothing() -> None:
    trader = Trader()
    closes = (100.0, 101.0, 99.0, 104.0, 98.0, 103.0, 97.0, 99.0, 102.0, 110.0, 90.0, 95.0, 97.0, 99.0, 101.0, 103.0)
    realised = Settings(commission="ib", options="model")
    deeds: Deeds = {0: trader.buy_call, 3: trader.buy_call, 6: trader.buy_call}
    whole = prices(run(closes, deeds, realised))
    for cut in range(2, len(closes)):
        part = prices(run(closes[:cut], deeds, realised))
        assert whole[: len(part)] == part


def test_the_report_says_that_a_model_priced_them() -> None:
    result = run((100, 100, 103), {0: Trader().buy_call})
    told = summary(result, strategy="x", parameters={})
    assert any("model" in warning for warning in told.warnings)
