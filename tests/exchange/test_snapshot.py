"""An exchange that is saved and restored goes on as if it had never stopped."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.exchange import Exchange
from ibtui.exchange.listed.instruments import Leg
from ibtui.exchange.markets.combos import combo
from ibtui.exchange.saved import Saved, SavedChanges, changed
from ibtui.exchange.terms.algos import Algo
from ibtui.exchange.terms.conditions import ClockCondition, ExecutionCondition, MarketPriceCondition
from ibtui.exchange.told.reports import Execution, OrderReport, PositionReport, Report
from tests.exchange.floor import AAPL, KO, MSFT, START, Floor
from tests.exchange.player import Player, actions


def restored(floor: Floor) -> Floor:
    """A second exchange made from the first one's data, which went through JSON."""
    data = msgspec.json.encode(floor.exchange.snapshot())
    other = Floor.__new__(Floor)
    other.exchange, other.reports = Exchange.restore(msgspec.json.decode(data, type=Saved)), []
    other.exchange.listen(other.reports.append)
    floor.reports.clear()
    return other


def told(floor: Floor) -> list[Report]:
    return [report for report in floor.reports if isinstance(report, OrderReport | Execution | PositionReport)]


def same(first: Floor, second: Floor) -> None:
    """Both stand alike in everything that can be asked."""
    one, two = first.exchange, second.exchange
    assert one.now == two.now
    assert one.orders() == two.orders()
    assert one.completed() == two.completed()
    assert one.executions() == two.executions()
    assert [one.account(name) for name in one.accounts] == [two.account(name) for name in two.accounts]
    for con_id in (AAPL, MSFT, KO):
        assert one.tick(con_id) == two.tick(con_id)
        assert one.depth(con_id) == two.depth(con_id)


def test_orders_of_every_kind_go_on() -> None:
    floor = Floor()
    exchange = floor.exchange
    tick = exchange.tick(AAPL)
    floor.place("BUY", 700)
    floor.bracket(300, f"{tick.bid - 0.05:.2f}", f"{tick.bid + 0.3:.2f}", f"{tick.bid - 0.5:.2f}")
    floor.place("SELL", 100, type="TRAIL", trail_percent=Decimal("0.1"))
    floor.place("BUY", 100, type="PEG MID", con_id=MSFT)
    floor.place("BUY", 100, limit="1", tif="GTD", good_till=START + timedelta(minutes=9))
    floor.place("BUY", 10, good_after=START + timedelta(minutes=7), con_id=KO)
    floor.place("SELL", 500, algo=Algo(name="Twap", end=START + timedelta(minutes=15)), con_id=KO)
    floor.place("SELL", 400, algo=Algo(name="Vwap", end=START + timedelta(minutes=15)), con_id=MSFT)
    later = ClockCondition(time=START + timedelta(minutes=8), more=True, join="or")
    floor.place("BUY", 5, conditions=(later, MarketPriceCondition(con_id=MSFT, price=1.0, more=False)))
    floor.place("BUY", 5, conditions=(ExecutionCondition(symbol="KO", sec_type="STK"),), con_id=MSFT)
    floor.place("BUY", 5, type="MOC", con_id=MSFT)
    exchange.set_borrowable(MSFT, False)
    floor.place("SELL", 5000, con_id=MSFT, account="DU2")
    floor.wait(minutes=4, seconds=0.7)
    other = restored(floor)
    same(floor, other)
    for seconds in (1, 40, 300, 500, 3600):
        floor.wait(seconds=seconds)
        other.wait(seconds=seconds)
        assert told(floor) == told(other)
        same(floor, other)
    assert len(told(floor)) > 20


def test_markets_moved_by_hand_stay_where_they_are() -> None:
    floor = Floor()
    floor.hold(100.00, 100.01, 300)
    floor.place("BUY", 450)
    floor.exchange.set_price(MSFT, 500.0)
    floor.wait(minutes=2)
    other = restored(floor)
    same(floor, other)
    assert other.exchange.tick(AAPL).bid == 100.00
    assert other.exchange.depth(AAPL).asks[0].size == floor.exchange.depth(AAPL).asks[0].size != 300
    both = [item.exchange.history(MSFT, end=item.exchange.now, seconds=600, bar=60) for item in (floor, other)]
    assert both[0] == both[1]
    for item in (floor, other):
        item.exchange.release(AAPL)
        item.wait(minutes=1)
    same(floor, other)


def test_a_halt_of_trading_goes_on() -> None:
    floor = Floor()
    floor.hold(99, 100, con_id=MSFT)
    for con_id in (AAPL, MSFT):
        floor.exchange.halt(con_id)
    number = floor.place("BUY", 10)
    other = restored(floor)
    other.wait(minutes=1)
    assert other.states(number) == ["Submitted"]
    for con_id in (AAPL, MSFT):
        other.exchange.halt(con_id, False)
    assert other.states(number) == ["Filled"]
    other.wait(minutes=5)
    assert len(other.ticks(AAPL)) > 2
    assert {(tick.bid, tick.ask) for tick in other.ticks(MSFT)} <= {(99.0, 100.0)}


def test_numbers_go_on() -> None:
    floor = Floor()
    floor.place("BUY", 10)
    other = restored(floor)
    for item in (floor, other):
        item.place("BUY", 10)
    assert told(floor) == told(other)
    assert len({fill.exec_id for fill in other.exchange.executions()}) == 2


def test_the_days_figures_and_tiers_go_on() -> None:
    floor = Floor(accounts=("DU1234567:EUR:cash:tiered", "DU2"))
    floor.place("BUY", 100)
    floor.place("SELL", 40)
    other = restored(floor)
    assert other.account().currency == "EUR"
    assert other.account() == floor.account()
    for item in (floor, other):
        item.wait(days=1, hours=1)
    assert other.account() == floor.account()


def test_combinations_keep_their_numbers() -> None:
    floor = Floor()
    legs = (Leg(AAPL, 1, 1), Leg(MSFT, 1, -1))
    con_id = combo(floor.exchange.listings, legs).instrument.con_id
    order = floor.place("BUY", 10, limit="-400", con_id=con_id)
    other = restored(floor)
    assert other.order(order) == floor.order(order)
    listing = other.exchange.listings.by_con_id(con_id)
    assert listing is not None
    assert listing.legs == legs


def test_data_of_another_version_are_refused() -> None:
    saved = msgspec.structs.replace(Floor().exchange.snapshot(), version=99)
    with pytest.raises(ValueError, match="version 99"):
        Exchange.restore(saved)


def test_a_snapshot_does_not_change_afterwards() -> None:
    floor = Floor()
    floor.place("SELL", 700, type="TRAIL", trail_percent=Decimal("0.05"))
    saved = floor.exchange.snapshot()
    before = msgspec.json.encode(saved)
    floor.place("BUY", 100)
    floor.wait(minutes=3)
    assert msgspec.json.encode(saved) == before


@settings(max_examples=20, deadline=None)
@given(st.lists(actions, min_size=1, max_size=15), st.lists(actions, max_size=8))
def test_whatever_was_done_goes_on_alike(before: list[tuple[object, ...]], after: list[tuple[object, ...]]) -> None:
    first = Player()
    for action in before:
        first.play(action)
    second = Player.__new__(Player)
    second.floor, second.es, second.placed = restored(first.floor), first.es, list(first.placed)
    for action in (*after, ("wait", 15.0)):
        first.play(action)
        second.play(action)
    assert told(first.floor) == told(second.floor)
    same(first.floor, second.floor)


@settings(max_examples=30, deadline=None)
@given(st.lists(actions, min_size=1, max_size=25), st.sampled_from([0.0, 3600.0, 80_000.0]))
def test_a_state_and_its_changes_are_the_state_after_them(played: list[tuple[object, ...]], later: float) -> None:
    player = Player()
    exchange = player.floor.exchange
    whole, lines, course = exchange.snapshot(), list[bytes](), exchange.course
    for action in (*played, ("wait", later), *played[:3]):
        player.floor.reports.clear()
        player.play(action)
        touched = {report.perm_id for report in player.floor.reports if isinstance(report, OrderReport | Execution)}
        changes = exchange.changes(course, touched)
        if changes is None:
            whole, lines = exchange.snapshot(), []
        else:
            lines.append(msgspec.json.encode(changes))
        course = exchange.course
    after = changed(whole, [msgspec.json.decode(line, type=SavedChanges) for line in lines])
    assert after == exchange.snapshot()


def test_an_order_that_was_lost_without_a_word_does_not_come_back() -> None:
    floor = Floor()
    lost, kept = floor.place("BUY", 10, limit="1"), floor.place("BUY", 10, limit="1")
    whole, course = floor.exchange.snapshot(), floor.exchange.course
    floor.exchange.forget(lost)
    changes = floor.exchange.changes(course, ())
    assert changes is not None
    assert [order.perm_id for order in changed(whole, [changes]).orders] == [kept]
