"""The covered call: shares first, then the call, bought back and sold anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ibtui.domain.options.chain import option_name
from ibtui.strategies import step
from ibtui.strategies.author.parameters import values
from ibtui.strategies.builtin.covered_call import CoveredCall
from tests.strategies.optioned import Market

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)


def begin(**parameters: str) -> tuple[Market, CoveredCall]:
    market = Market(MONDAY, 187.4)
    return market, step.start(CoveredCall, market, values(CoveredCall, parameters))


def written() -> tuple[Market, CoveredCall, str]:
    """Shares held, a call sold."""
    market, strategy = begin()
    market.bar(strategy)
    market.fill(strategy)
    market.bar(strategy)
    market.fill(strategy)
    (call,) = (symbol for symbol in market.held if option_name(symbol))
    return market, strategy, call


def test_the_shares_come_first() -> None:
    market, strategy = begin(hundreds="2")
    market.bar(strategy)
    assert market.asked == ["BUY 200 AAPL"]
    market.bar(strategy)
    assert len(market.asked) == 1
    market.fill(strategy)
    market.bar(strategy)
    assert market.asked[1].startswith("SELL 2 AAPL261224C")
    (order,) = market.standing.values()
    assert order.type == "LMT"


def test_the_call_has_the_delta_that_was_asked_for() -> None:
    _, _, call = written()
    name = option_name(call)
    assert name is not None
    assert name.right == "C"
    assert 187.4 < name.strike < 205


def test_it_is_bought_back_when_enough_is_earned_and_the_next_is_sold() -> None:
    market, strategy, call = written()
    market.bar(strategy, MONDAY + timedelta(days=1))
    assert market.said.endswith("of the income earned")
    market.bar(strategy, MONDAY + timedelta(days=14), 180.0)
    assert "buys back: " in market.said
    assert market.asked[-1] == f"BUY 1 {call}"
    market.fill(strategy)
    market.bar(strategy)
    assert market.asked[-1].startswith("SELL 1 AAPL270108C") or market.asked[-1].startswith("SELL 1 AAPL270115C")
    assert market.position("AAPL") == 100


def test_it_is_bought_back_before_it_expires() -> None:
    market, strategy, call = written()
    name = option_name(call)
    assert name is not None
    market.bar(strategy, datetime(2026, 12, 19, 15, tzinfo=UTC), 195.0)
    assert "buys back: 5 days left" in market.said


def test_a_call_that_nobody_took_is_offered_again_later() -> None:
    market, strategy = begin()
    market.bar(strategy)
    market.fill(strategy)
    market.bar(strategy)
    market.standing.clear()
    market.bar(strategy, market.now + timedelta(seconds=30))
    assert len(market.asked) == 2
    market.bar(strategy, market.now + timedelta(seconds=30))
    assert len(market.asked) == 3
