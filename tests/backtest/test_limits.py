"""The desk's limits over the past: they refuse when an order is asked for, and the report counts what they refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ibtui.backtest import Result, Settings
from ibtui.config import Limits
from ibtui.domain.limits import Ceilings
from ibtui.risk.paper_ceilings import PaperRules
from tests.backtest.past import Row, Script, bars, play, prices

FLAT: Row = (100.0, 101.0, 99.0, 100.0)
Deeds = dict[int, Callable[[Script], Any]]
TWICE: Deeds = {0: lambda s: s.buy("A", 10), 1: lambda s: s.buy("A", 10)}


def ruled(deeds: Deeds, account: Limits = Limits(), strategy: Ceilings = Ceilings(), rows: int = 4) -> Result:  # noqa: B008
    settings = Settings(commission="none", rules=PaperRules(limits=account, strategy=strategy, groups={"A": "g"}))
    return play(bars(*[FLAT] * rows), deeds, settings)[0]


def test_the_profiles_limit_on_one_order() -> None:
    result = ruled(TWICE, Limits(order_value=999))
    assert prices(result) == []
    assert result.refusals == {"The order is worth 1,000.00 USD, above the profile's limit 999.00 USD.": 2}


def test_orders_that_work_count_as_filled() -> None:
    def both(script: Script) -> None:
        script.buy("A", 10, limit=100.0)
        script.buy("A", 10, limit=99.0)

    result = ruled({0: both}, Limits(position_quantity=15))
    assert prices(result) == [("BUY", 10, 100)]


def test_what_reduces_passes_every_limit() -> None:
    deeds: Deeds = {0: lambda s: s.buy("A", 10), 1: lambda s: s.sell("A", 4), 2: lambda s: s.close("A")}
    result = ruled(deeds, Limits(orders_per_day=1, order_seconds=1e6))
    assert prices(result) == [("BUY", 10, 100), ("SELL", 4, 100), ("SELL", 6, 100)]


def test_what_flips_a_position_does_not() -> None:
    result = ruled({0: lambda s: s.buy("A", 10), 1: lambda s: s.sell("A", 20)}, Limits(orders_per_day=1))
    assert prices(result) == [("BUY", 10, 100)]


def test_a_strategys_own_limits() -> None:
    result = ruled(TWICE, strategy=Ceilings(gross_value=1_500))
    assert prices(result) == [("BUY", 10, 100)]
    assert "gross_value is 1,500.00 USD (its own)." in next(iter(result.refusals))


def test_a_daily_loss_turns_to_reduce_only() -> None:
    rows = bars(FLAT, FLAT, (90, 91, 89, 90), FLAT, FLAT)
    settings = Settings(commission="none", rules=PaperRules(limits=Limits(daily_loss=50)))
    deeds: Deeds = {0: lambda s: s.buy("A", 10), 2: lambda s: s.buy("A", 10), 3: lambda s: s.close("A")}
    result, _ = play(rows, deeds, settings)
    assert prices(result) == [("BUY", 10, 100), ("SELL", 10, 100)]
    assert "daily_loss is 50.00" in next(iter(result.refusals))


def test_refusals_of_one_limit_are_counted_under_its_first_sentence() -> None:
    deeds: Deeds = dict.fromkeys(range(150), lambda s: s.buy("A", 1_000 + s.number))
    result = ruled(deeds, Limits(order_quantity=1), rows=151)
    assert result.refusals == {"The quantity 1001 is above the profile's limit 1.": 150}


def test_an_order_that_becomes_larger_is_judged_like_a_new_one() -> None:
    def larger(script: Script) -> None:
        for order in script.orders("A"):
            script.modify(order.ref, quantity=20 if script.number == 3 else 15)

    deeds: Deeds = {1: lambda s: s.buy("A", 10, limit=90.0), 2: larger, 3: larger}
    low: Row = (89.0, 90.0, 88.0, 89.0)
    settings = Settings(commission="none", rules=PaperRules(limits=Limits(position_quantity=15, orders_per_day=1)))
    result, _ = play(bars(FLAT, FLAT, FLAT, FLAT, low), deeds, settings)
    assert prices(result) == [("BUY", 15, 89)]
    assert list(result.refusals) == ["That could carry A to 20; the limit position_quantity is 15."]


def test_a_sale_that_may_not_fill_makes_no_room() -> None:
    def both(script: Script) -> None:
        script.sell("A", 10, limit=150.0)
        script.buy("A", 10)

    result = ruled({0: lambda s: s.buy("A", 10), 1: both}, Limits(position_quantity=10))
    assert prices(result) == [("BUY", 10, 100)]


def test_a_loss_that_is_made_good_still_counts_until_the_day_ends() -> None:
    """And entries that work are cancelled."""
    rows = bars(FLAT, FLAT, (90, 91, 89, 90), FLAT, FLAT, (80, 81, 79, 80))
    settings = Settings(commission="none", rules=PaperRules(limits=Limits(daily_loss=50)))

    def first(script: Script) -> None:
        script.buy("A", 10)
        script.buy("A", 10, limit=85.0)

    result, _ = play(rows, {0: first, 4: lambda s: s.buy("A", 1)}, settings)
    assert prices(result) == [("BUY", 10, 100)]
    assert list(result.refusals) == [
        "Today had lost 100.00 USD; the limit daily_loss is 50.00 USD: only reducing orders pass."
    ]


def test_an_exit_that_may_fill_counts_beside_a_new_sale() -> None:
    """As it does live: both fill at the next open, and the position would be short by more than its limit."""

    def both(script: Script) -> None:
        script.close("A")
        script.sell("A", 15)

    result = ruled({0: lambda s: s.buy("A", 10), 1: both}, strategy=Ceilings(position_quantity=12))
    assert prices(result) == [("BUY", 10, 100), ("SELL", 10, 100)]
    assert list(result.refusals) == ["SELL 15 A could carry its position to -15; its own limit is 12."]


def test_an_entry_at_another_price_is_judged_as_the_order_it_becomes() -> None:
    def dearer(script: Script) -> None:
        for order in script.orders("A"):
            script.modify(order.ref, limit=101.0 if script.number == 3 else 89.0)

    deeds: Deeds = {1: lambda s: s.buy("A", 10, limit=80.0), 2: dearer, 3: dearer}
    settings = Settings(commission="none", rules=PaperRules(limits=Limits(order_value=1_000, orders_per_day=1)))
    result, _ = play(bars(*[FLAT] * 3, (95, 96, 94, 95), (88, 89, 87, 88)), deeds, settings)
    assert prices(result) == [("BUY", 10, 88)]
    assert list(result.refusals) == ["The order is worth 1,010.00 USD, above the profile's limit 1,000.00 USD."]


def test_what_brings_a_stop_or_a_target_does_more_than_reduce() -> None:
    deeds: Deeds = {0: lambda s: s.buy("A", 10), 1: lambda s: s.sell("A", 4, sl=110.0), 2: lambda s: s.sell("A", 4)}
    result = ruled(deeds, Limits(orders_per_day=1))
    assert prices(result) == [("BUY", 10, 100), ("SELL", 4, 100)]
    assert list(result.refusals) == ["1 orders went out today; the limit orders_per_day is 1."]


def test_a_sale_that_is_no_close_is_no_larger_than_one_order_of_the_profile_may_be() -> None:
    """Live a person or a strategy gets out of more than that by a close, which the position bounds."""
    deeds: Deeds = {
        0: lambda s: (s.buy("A", 9), s.buy("A", 11)),
        1: lambda s: s.sell("A", 20),
        2: lambda s: s.close("A"),
    }
    result = ruled(deeds, Limits(order_quantity=15), strategy=Ceilings(order_value=1_100), rows=5)
    assert prices(result) == [("BUY", 9, 100), ("BUY", 11, 100), ("SELL", 20, 100)]
    assert list(result.refusals) == ["The quantity 20 is above the profile's limit 15."]


def test_after_a_days_loss_no_more_stays_than_closes_the_position() -> None:
    """As at the desk: each of two sales only reduces, both together turn the long into a short."""

    def two(script: Script) -> None:
        for limit in (110.0, 110.01):
            script.sell("A", 10, limit=limit)

    rows = bars(FLAT, FLAT, (90, 91, 89, 90), (120, 121, 119, 120))
    settings = Settings(commission="none", rules=PaperRules(limits=Limits(daily_loss=50)))
    result, _ = play(rows, {0: lambda s: s.buy("A", 10), 1: two}, settings)
    assert prices(result) == [("BUY", 10, 100), ("SELL", 10, 120)]
