"""The straddle: bought before the event, sold after it, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import signal
from ibtui.strategies import step
from ibtui.strategies.author.parameters import values
from ibtui.strategies.builtin.straddle import Straddle
from tests.strategies.optioned import Market

DUE = datetime(2026, 12, 10, 21, 5, tzinfo=UTC)
"""16:05 in New York."""


def begin(market: Market, **parameters: str) -> Straddle:
    return step.start(Straddle, market, values(Straddle, parameters))


def market(minutes_before: int = 180) -> Market:
    return Market(DUE - timedelta(minutes=minutes_before), 187.4)


def bought(**parameters: str) -> tuple[Market, Straddle]:
    """Inside the window, filled."""
    here = market(30)
    strategy = begin(here, event="2026-12-10 16:05", **parameters)
    here.bar(strategy)
    here.fill(strategy)
    return here, strategy


def test_it_buys_one_combo_within_the_window_and_not_before() -> None:
    here = market(61)
    strategy = begin(here, event="2026-12-10T16:05", quantity="2")
    here.bar(strategy)
    assert (here.asked, here.said) == ([], "waits until 60 min before 10 Dec 21:05 UTC")
    here.bar(strategy, DUE - timedelta(minutes=60))
    assert here.asked == ["BUY 2 AAPL261218C00187500+AAPL261218P00187500"]
    here.fill(strategy)
    here.bar(strategy, DUE - timedelta(minutes=50))
    assert len(here.asked) == 1
    assert here.said.endswith("waits")


def test_it_sells_both_after_the_event_and_is_done() -> None:
    here, strategy = bought(hold="10")
    here.bar(strategy, DUE + timedelta(minutes=9))
    assert len(here.asked) == 1
    here.bar(strategy, DUE + timedelta(minutes=10), 195.0)
    here.fill(strategy)
    assert here.asked[1:] == ["SELL 1 AAPL261218C00187500", "SELL 1 AAPL261218P00187500"]
    here.bar(strategy, DUE + timedelta(minutes=11))
    assert (len(here.asked), here.said) == (3, "done with the event of 10 Dec 21:05 UTC")


def test_it_sells_at_the_target_and_does_not_buy_again() -> None:
    here, strategy = bought(target="20")
    here.bar(strategy, DUE - timedelta(minutes=20), 205.0)
    assert "sells: " in here.said
    here.fill(strategy)
    here.bar(strategy, DUE - timedelta(minutes=10))
    assert here.held == ()
    assert len(here.asked) == 3


def test_it_sells_at_the_stop() -> None:
    here, strategy = bought(stop="20")
    here.volatility = 0.12
    here.bar(strategy, DUE - timedelta(minutes=20))
    assert "% below the cost" in here.said


def test_an_announced_event_is_waited_for_and_the_next_one_wins() -> None:
    here = market()
    strategy = begin(here)
    here.bar(strategy)
    assert here.said == "waits for an event of kind earnings"
    for symbol, kind, due in (
        ("MSFT", "earnings", DUE - timedelta(hours=1)),
        ("AAPL", "economic", DUE - timedelta(hours=1)),
        ("AAPL", "earnings", DUE - timedelta(days=2)),
        ("AAPL", "earnings", DUE + timedelta(days=90)),
        ("AAPL", "earnings", DUE),
    ):
        step.step(strategy, here, events=(signal(here.now, kind, symbol, due=due),))
    assert strategy.due == DUE
    here.bar(strategy, DUE - timedelta(minutes=5))
    assert len(here.asked) == 1


def test_after_a_restart_it_knows_its_event() -> None:
    here, strategy = bought()
    again = step.start(Straddle, here, values(Straddle, {}), dict(strategy.memory))
    here.bar(again, DUE + timedelta(minutes=30))
    assert len(here.asked) == 3


def test_an_entry_that_came_to_nothing_is_asked_again_later() -> None:
    here = market(30)
    strategy = begin(here, event="2026-12-10 16:05")
    here.bar(strategy)
    here.standing.clear()
    here.bar(strategy, here.now + timedelta(seconds=59))
    assert len(here.asked) == 1
    here.bar(strategy, here.now + timedelta(seconds=1))
    assert len(here.asked) == 2


def test_a_chain_that_fails_is_told_and_tried_again() -> None:
    here = market(30)
    strategy = begin(here, event="2026-12-10 16:05", days="365")
    here.chain = lambda symbol, *, days: (_ for _ in ()).throw(IbtuiError("no_option", "There are none."))  # type: ignore[method-assign]
    here.bar(strategy)
    assert here.said == "no straddle: There are none."


def test_an_event_is_written_in_one_way() -> None:
    with pytest.raises(IbtuiError, match="event is written"):
        begin(market(), event="tomorrow")
