"""What is refused over the past as live, whatever the limits, and what the report says of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ibtui.backtest import Result, Settings
from ibtui.backtest.larger import larger_than_live
from ibtui.backtest.page import write_report
from ibtui.backtest.refused import limits_words
from ibtui.backtest.summary import Summary, summary
from ibtui.domain.instrument import Instrument, SecType
from ibtui.domain.limits import Ceilings, Limits, without
from ibtui.risk.paper_ceilings import PaperRules
from tests.backtest.past import Row, Script, bars, play, prices

FLAT: Row = (100.0, 101.0, 99.0, 100.0)
Deed = Callable[[Script], Any]


def run_of(*deeds: Deed, limits: Limits = Limits(), rows: int = 4, owner: str = "dip") -> Result:  # noqa: B008
    settings = Settings(commission="none", rules=PaperRules(limits=limits, owner=owner))
    return play(bars(*[FLAT] * rows), dict(enumerate(deeds)), settings)[0]


def told(result: Result) -> Summary:
    return summary(result, strategy="dip", parameters={})


@pytest.mark.parametrize(
    ("deed", "code", "sentence"),
    [
        (lambda s: s.buy("A", 0.5), "bad_quantity", "The quantity 0.5 is not a multiple of 1."),
        (lambda s: s.buy("A", 10, sl=110.0), "bad_bracket", "The stop-loss 110 must lie below the entry 100."),
        (lambda s: s.sell("A", 10, sl=90.0), "bad_bracket", "The stop-loss 90 must lie above the entry 100."),
        (lambda s: s.buy("A", 10, tp=98.0), "bad_bracket", "The target 98 must lie above the entry 100."),
        (
            lambda s: s.buy("A", 10, limit=110.0),
            "price_collar",
            "The limit 110 lies 10.0 % above the ask 100; the collar is 5 %.",
        ),
        (
            lambda s: s.buy("A", 10, stop=98.0),
            "price_collar",
            "The stop 98 is not above the ask 100: it would trigger at once.",
        ),
        (
            lambda s: s.buy("A", 10, sl=40.0),
            "price_collar",
            "The stop-loss 40 lies 60 % from the entry 100; the exit collar is 50 %.",
        ),
        (lambda s: s.buy("A", 1, limit=0.001), "off_tick", "The limit price must be a positive number, not 0.00."),
    ],
)
def test_what_live_refuses_the_past_refuses_with_the_same_sentence(deed: Deed, code: str, sentence: str) -> None:
    result = run_of(deed)
    assert prices(result) == []
    (one,) = result.refused
    assert (one.code, one.sentence, one.count) == (code, sentence, 1)


def test_the_same_again_at_once_is_a_duplicate() -> None:
    result = run_of(lambda s: [s.buy("A", 10) for _ in range(3)])
    assert prices(result) == [("BUY", 10, 100)]
    assert [(one.code, one.limit, one.count) for one in result.refused] == [("duplicate", "duplicate_seconds", 2)]


def test_prices_rest_on_the_grid_and_fills_at_an_open_are_not_moved() -> None:
    rows = bars(FLAT, (100.0037, 101, 99, 100), (100, 106, 94, 100), (100, 106, 94, 100))
    result, script = play(rows, {0: lambda s: s.buy("A", 10, sl=95.0049, tp=110.0051)})
    assert prices(result) == [("BUY", 10, 100.0037), ("SELL", 10, 95)]
    later, script = play(rows[:2], {0: lambda s: s.buy("A", 10, limit=90.006)})
    (order,) = script.orders("A")
    assert order.limit_price == Decimal("90.01")
    assert later.refusals == {}


def test_a_change_is_judged_and_moved_to_the_grid_like_an_order() -> None:
    def change(script: Script) -> None:
        for order in script.orders("A"):
            script.modify(order.ref, **{"limit": 120.0} if script.number == 2 else {"limit": 95.006})

    result, script = play(bars(*[FLAT] * 4), {0: lambda s: s.buy("A", 10, limit=90.0), 1: change, 2: change}, FREE_ALL)
    assert [order.limit_price for order in script.orders("A")] == [Decimal("95.01")]
    assert [(one.code, one.count) for one in result.refused] == [("price_collar", 1)]


FREE_ALL = Settings(commission="none", rules=PaperRules(limits=Limits()))


def test_one_limit_is_switched_off_by_its_name() -> None:
    deed: Deed = lambda s: s.buy("A", 10_001)  # noqa: E731
    assert [(one.limit, one.default) for one in run_of(deed).refused] == [("order_quantity", True)]
    off = run_of(deed, limits=without(Limits(), ["order_quantity"]))
    assert [(one.limit, one.default) for one in off.refused] == [("order_value", True)]
    both = without(Limits(), ["order_quantity", "order_value"])
    assert "buying power" in run_of(deed, limits=both).refused[0].sentence


def test_no_hard_ceiling_stands_behind_a_limit_that_is_off() -> None:
    cheap = [(0.02, 0.02, 0.02, 0.02)] * 3
    limits = without(Limits(), ["order_quantity"])
    settings = Settings(commission="none", rules=PaperRules(limits=limits))
    result, _ = play(bars(*cheap), {0: lambda s: s.buy("A", 2_000_000)}, settings)
    assert prices(result) == [("BUY", 2_000_000, 0.02)]


def test_the_report_names_the_limits_and_how_often_those_refused_that_nobody_set(tmp_path: Path) -> None:
    deeds: tuple[Deed, ...] = (
        lambda s: s.buy("A", 6_000),
        lambda s: s.buy("A", 7_000),
        lambda s: s.buy("A", 1, limit=110.0),
        lambda s: s.buy("A", 5, sl=100.5),
    )
    found = told(run_of(*deeds, limits=without(Limits(order_seconds=1.0), ["open_orders"]), rows=5))
    lines = limits_words(found.limits, found.refusals)
    assert lines[0].startswith("limits of every profile: order_quantity 10,000, order_value 500,000, collar_percent 5")
    assert lines[1:] == (
        "limits that were set: order_seconds 1",
        "switched off: open_orders",
        "orders that limits refused which nobody set: order_value 2, collar_percent 1; --limit order_value=none "
        "switches one off",
    )
    files = {file.name: file for file in write_report(tmp_path, found, run_of(*deeds, rows=5))}
    rows = files["refusals.csv"].read_text().splitlines()
    assert rows[0] == "count,code,limit,owner,default,sentence"
    assert rows[1].startswith('2,too_large,order_value,,True,"The order is worth 600,000.00')
    assert "bad_bracket" in files["report.html"].read_text()
    read = msgspec.json.decode(files["summary.json"].read_bytes())
    assert [(one["code"], one["count"]) for one in read["refusals"]] == [
        ("too_large", 2),
        ("price_collar", 1),
        ("bad_bracket", 1),
    ]
    assert {one["name"]: one["value"] for one in read["limits"]}["open_orders"] is None


def test_a_limit_that_somebody_set_is_no_default() -> None:
    found = told(run_of(lambda s: s.buy("A", 10), limits=Limits(order_value=999)))
    assert [one.default for one in found.refusals] == [False]
    assert not any("nobody set" in line for line in limits_words(found.limits, found.refusals))


def item(symbol: str, kind: SecType = "STK") -> Instrument:
    return Instrument(symbol=symbol, con_id=0, sec_type=kind, root=symbol, exchange="SMART", currency="USD")


def test_of_positions_larger_than_live_the_one_farthest_beyond_its_own_limit_is_named() -> None:
    held = [(item("A"), 1_500.0), (item("ESH6", "FUT"), 40.0), (item("B"), 900.0)]
    words = larger_than_live(held, "dip")
    assert words.startswith("It held 40 ESH6; live it may hold 10 until you set position_quantity in strategies.dip.")
    assert words.endswith("So it is with 1 more of its instruments.")
    assert larger_than_live(held[:1], "dip").endswith("strategies.dip.")
    assert larger_than_live([(item("A"), 1_000.0), (item("ESH6", "FUT"), 10.0)], "dip") == ""


@pytest.mark.parametrize(
    ("deeds", "words"),
    [
        ((lambda s: s.sell("A", 1_200),), "It held 1,200 A;"),
        ((lambda s: s.buy("A", 500), lambda s: s.sell("A", 1_600)), "It held 1,100 A;"),
        ((lambda s: s.buy("A", 500), lambda s: s.sell("A", 1_400)), ""),
    ],
    ids=["a short", "a reversal", "a reversal within it"],
)
def test_shorts_and_reversals_count_too(deeds: tuple[Deed, ...], words: str) -> None:
    found = told(run_of(*deeds, rows=5))
    (larger,) = [one for one in found.warnings if "live it may hold" in one] or [""]
    assert larger[: len(words)] == words
    assert bool(larger) == bool(words)


def test_a_strategys_own_limit_is_named_by_its_name() -> None:
    rules = PaperRules(strategy=Ceilings(gross_value=1_500), owner="dip")
    deeds: dict[int, Deed] = {0: lambda s: s.buy("A", 10), 1: lambda s: s.buy("A", 10)}
    result, _ = play(bars(*[FLAT] * 3), deeds, Settings(commission="none", rules=rules))
    assert list(result.refusals) == [
        "All positions together would be worth 2,000.00 USD; the limit gross_value is 1,500.00 USD (dip)."
    ]
