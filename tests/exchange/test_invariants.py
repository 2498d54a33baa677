"""What holds whatever is ordered and wherever prices go."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ibtui.exchange.told.reports import Execution, OrderReport
from tests.exchange.floor import ACCOUNT, Floor
from tests.exchange.player import CASH, Player, actions

DONE = ("Filled", "Cancelled", "Inactive")


def check_money(floor: Floor) -> None:
    account = floor.account()
    assert abs(account.net_liquidation - (CASH + account.realized_pnl + account.unrealized_pnl)) < 0.01
    held: dict[int, Decimal] = defaultdict(Decimal)
    for fill in floor.exchange.executions(ACCOUNT):
        held[fill.con_id] += fill.quantity * fill.side.sign
    assert {con_id: position.quantity for con_id, position in account.positions.items()} == held


def check_orders(floor: Floor, placed: list[int]) -> None:
    filled: dict[int, Decimal] = defaultdict(Decimal)
    for fill in floor.heard(Execution):
        ticket = floor.order(fill.perm_id).ticket
        filled[fill.perm_id] += fill.quantity
        assert fill.quantity > 0
        assert fill.cumulative == filled[fill.perm_id]
        assert fill.commission >= 0
        assert ticket.side is fill.side
    for perm_id in placed:
        order = floor.order(perm_id)
        assert filled[perm_id] == order.filled <= order.ticket.quantity
        assert (order.state == "Filled") == (order.remaining == 0)
        if order.ticket.all_or_none or order.ticket.tif == "FOK":
            assert order.state == "Filled" or not order.filled
        if order.ticket.tif in ("IOC", "FOK"):
            assert order.state in (*DONE, "PreSubmitted")


def check_limits(floor: Floor) -> None:
    """No fill was worse than the limit that its order has in the report that tells of it."""
    fills: dict[int, Execution] = {}
    for report in floor.reports:
        if isinstance(report, Execution):
            fills[report.perm_id] = report
        elif isinstance(report, OrderReport) and report.perm_id in fills:
            fill, limit = fills.pop(report.perm_id), report.limit_price
            assert limit is None or (Decimal(str(fill.price)) - limit) * fill.side.sign <= 0
            assert report.filled == fill.cumulative
    assert not fills


def check_brackets(floor: Floor, placed: list[int]) -> None:
    """Children together never sold more than their parent bought."""
    exits: dict[int, Decimal] = defaultdict(Decimal)
    for perm_id in placed:
        order = floor.order(perm_id)
        if order.ticket.parent is not None:
            exits[order.ticket.parent] += order.filled
    for parent, sold in exits.items():
        assert sold <= floor.order(parent).filled


def check_ends(floor: Floor) -> None:
    """Nothing is told of an order after its end."""
    ended: set[int] = set()
    for report in floor.heard(OrderReport):
        assert report.perm_id not in ended
        if report.state in DONE:
            ended.add(report.perm_id)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(actions, min_size=5, max_size=40))
@example(  # a pair's least commission is of dollars: a later part at a lower price makes it less than was charged
    [
        ("price", 265598, 0),
        ("book", 15016059, -3, 1),
        ("bracket", 15016059, 1, 0, 1, 1),
        ("release", 265598),
        ("price", 265598, -24),
    ]
)
def test_books_always_balance(played: list[tuple[object, ...]]) -> None:
    player = Player()
    for action in played:
        player.play(action)
        check_money(player.floor)
    check_orders(player.floor, player.placed)
    check_limits(player.floor)
    check_ends(player.floor)
    if not any(action[0] == "change" for action in played):
        check_brackets(player.floor, player.placed)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0.001, 30), actions), min_size=1, max_size=12), st.floats(0.01, 1))
def test_cutting_time_changes_nothing_whatever_is_done(
    played: list[tuple[float, tuple[object, ...]]], cut: float
) -> None:
    whole, fine = Player(), Player()
    for seconds, action in played:
        whole.play(action)
        fine.play(action)
        whole.floor.wait(seconds=seconds)
        until = whole.floor.exchange.now
        fine.floor.wait(seconds=seconds * cut)
        fine.floor.exchange.advance(until)
    assert whole.floor.reports == fine.floor.reports
