"""Broker events in any order add up to the same truth."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.event import (
    Commissioned,
    ConnectionChanged,
    Event,
    Filled,
    OrderMoved,
    OrderSeen,
    PositionValued,
    QuoteChanged,
)
from ibtui.domain.order import FOREIGN, OrderStatus, Side
from ibtui.domain.position import Position
from ibtui.domain.quote import Quote
from ibtui.engine.journal.journal import Recovered
from ibtui.engine.truth.changes import Changes
from tests.engine.state_bench import NOW, REF, Bench, fill, moved, pending, position, reconciled


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.state.order(pending())
    return bench


def test_fills_add_up_and_repeats_fall_away(bench: Bench) -> None:
    bench.apply(Filled(fill=fill(1, 40)), Filled(fill=fill(1, 40)))
    assert (bench.order.filled, bench.order.status) == (Decimal(40), OrderStatus.PARTLY_FILLED)
    bench.apply(Filled(fill=fill(2, 60)))
    assert (bench.order.filled, bench.order.status) == (Decimal(100), OrderStatus.FILLED)
    assert bench.order.average_price == pytest.approx(188.6)


def test_a_correction_replaces_and_an_older_one_changes_nothing(bench: Bench) -> None:
    bench.apply(Filled(fill=fill(1, 100)), Filled(fill=fill(1, 90, revision=2)))
    assert (bench.order.filled, bench.order.status) == (Decimal(90), OrderStatus.PARTLY_FILLED)
    bench.apply(Filled(fill=fill(1, 100)))
    assert bench.order.filled == Decimal(90)
    assert "corrected by IB" in bench.said()


def test_a_commission_joins_its_fill_in_either_order(bench: Bench) -> None:
    early, late = fill(1, 40), fill(2, 60)
    bench.apply(
        Commissioned(exec_id=early.exec_id, commission=1.0, currency="USD"),
        Filled(fill=early),
        Filled(fill=late),
        Commissioned(exec_id=late.exec_id, commission=2.0, currency="USD", realized_pnl=5.0),
    )
    assert [f.commission for f in bench.state.fills.of(REF)] == [1.0, 2.0]
    assert bench.state.fills.of(REF)[1].realized_pnl == 5.0
    assert bench.order.filled == 100


def test_a_late_fill_of_a_cancelled_order_counts(bench: Bench) -> None:
    bench.apply(moved(OrderStatus.CANCELLED), Filled(fill=fill(1, 40)))
    assert (bench.order.filled, bench.order.status) == (Decimal(40), OrderStatus.CANCELLED)
    assert "was cancelled and traded 40 more" in bench.said()
    bench.apply(Filled(fill=fill(2, 60)))
    assert bench.order.status is OrderStatus.FILLED


def test_no_status_takes_back_what_executions_proved(bench: Bench) -> None:
    bench.apply(Filled(fill=fill(1, 40)), moved(OrderStatus.WORKING, filled=Decimal(0)))
    assert bench.order.filled == Decimal(40)


def test_nothing_goes_back_to_pending(bench: Bench) -> None:
    bench.apply(moved(OrderStatus.WORKING), OrderSeen(order=pending()))
    assert bench.order.status is OrderStatus.WORKING


def test_what_is_ours_stays_when_the_broker_describes_an_order(bench: Bench) -> None:
    bench.state.order(pending(role="stop", parent="pppppppppppp", oca_group="g"))
    bench.apply(OrderSeen(order=pending(status=OrderStatus.WORKING, perm_id=9, limit_price=Decimal(186))))
    order = bench.order
    assert (order.role, order.parent, order.oca_group, order.created) == ("stop", "pppppppppppp", "g", NOW)
    assert (order.perm_id, order.limit_price) == (9, Decimal(186))


def test_a_report_of_an_order_nobody_knows_changes_nothing() -> None:
    bench = Bench()
    bench.apply(moved(OrderStatus.WORKING))
    assert list(bench.state.orders) == []


@given(st.randoms(use_true_random=False))
def test_order_and_repetition_of_messages_do_not_matter(pick: random.Random) -> None:
    fills = [fill(1, 30), fill(2, 30), fill(2, 20, revision=2), fill(3, 50)]
    events: list[Event] = [Filled(fill=one) for one in fills]
    events += [Commissioned(exec_id=one.exec_id, commission=0.5, currency="USD") for one in fills]
    events += [moved(OrderStatus.PARTLY_FILLED, filled=Decimal(30)), moved(OrderStatus.WORKING)]
    events += pick.sample(events, 5)
    pick.shuffle(events)
    bench = Bench()
    bench.state.order(pending())
    bench.apply(*events)
    assert bench.state.fills.total(bench.state.orders.find(REF)) == Decimal(100)
    assert (bench.order.filled, bench.order.status) == (Decimal(100), OrderStatus.FILLED)
    assert all(one.commission == 0.5 for one in bench.state.fills.of(REF))


# positions


def test_a_flat_position_is_not_listed(bench: Bench) -> None:
    bench.apply(position(100))
    assert bench.state.positions.all()[0].cover == "BARE"
    bench.apply(position(0))
    assert bench.state.positions.all() == ()


def test_the_cover_follows_the_stops(bench: Bench) -> None:
    stop = pending(ref="b" * 12, side=Side.SELL, type="STP", role="stop", limit_price=None, stop_price=Decimal(180))
    bench.apply(position(100), OrderSeen(order=replace(stop, status=OrderStatus.WORKING)))
    assert (bench.state.positions.all()[0].cover, bench.state.positions.all()[0].stop) == ("full", 180.0)
    bench.apply(OrderMoved(ref=stop.ref, status=OrderStatus.CANCELLED))
    assert bench.state.positions.all()[0].cover == "BARE"


def left_over(**changes: Any) -> OrderSeen:
    order = pending(ref="c" * 12, side=Side.SELL, role="stop", type="STP", limit_price=None, stop_price=Decimal(180))
    return OrderSeen(order=replace(order, status=OrderStatus.WORKING, **changes))


def test_exits_of_a_flat_position_are_shown_and_never_held(bench: Bench) -> None:
    bench.apply(reconciled(), position(100), left_over(), position(0))
    (shown,) = bench.state.positions.shown()
    assert shown == Position(symbol="AAPL", quantity=Decimal(0), cover="OVER")
    assert bench.state.positions.all() == ()
    bench.apply(OrderMoved(ref="c" * 12, status=OrderStatus.CANCELLED))
    assert bench.state.positions.shown() == ()


def test_exits_that_a_reconcile_finds_are_left_over_once_positions_are_known(bench: Bench) -> None:
    bench.apply(left_over())
    assert bench.state.positions.shown() == ()
    bench.apply(reconciled([left_over().order]))
    assert [position.cover for position in bench.state.positions.shown()] == ["OVER"]


def test_a_position_is_valued_at_the_market_until_ib_values_it(bench: Bench) -> None:
    bench.apply(position(100), QuoteChanged(quote=Quote(symbol="AAPL", bid=188.0, ask=190.0, received=1.0)))
    assert bench.state.positions.all()[0].unrealized_pnl == pytest.approx(200.0)
    bench.apply(PositionValued(symbol="AAPL", unrealized_pnl=123.0, day_pnl=5.0))
    bench.apply(QuoteChanged(quote=Quote(symbol="AAPL", bid=288.0, ask=290.0, received=2.0)))
    assert bench.state.positions.all()[0].unrealized_pnl == 123.0


@pytest.mark.parametrize("first", ["count", "fill"])
def test_a_fill_is_counted_once_whichever_message_comes_first(bench: Bench, first: str) -> None:
    bench.apply(reconciled(positions=[position(100)]))
    sold = Filled(fill=fill(1, 40, side=Side.SELL))
    bench.apply(*([position(60), sold] if first == "count" else [sold]))
    positions = bench.state.positions
    assert positions.held("AAPL") + positions.moved("AAPL", 0.0) == 60
    bench.apply(*([] if first == "count" else [position(60)]))
    assert positions.held("AAPL") == 60
    assert positions.moved("AAPL", 0.0) == 0


def test_two_counts_ahead_of_their_fills(bench: Bench) -> None:
    bench.apply(reconciled(positions=[position(100)]), position(60), position(30))
    bench.apply(Filled(fill=fill(1, 40, side=Side.SELL)), Filled(fill=fill(2, 30, side=Side.SELL)))
    assert bench.state.positions.moved("AAPL", 0.0) == 0


def test_a_fill_that_no_count_follows_is_doubtful_for_two_seconds(bench: Bench) -> None:
    bench.apply(reconciled(positions=[position(100)]), Filled(fill=fill(1, 40, side=Side.SELL)))
    assert bench.state.positions.moved("AAPL", 1.9) == -40
    assert bench.state.positions.moved("AAPL", 2.1) == 0


# reconcile


def test_a_reconcile_adopts_what_the_broker_shows(bench: Bench) -> None:
    bench.apply(reconciled([pending(status=OrderStatus.WORKING, perm_id=5)], positions=[position(7)]))
    assert (bench.order.status, bench.order.perm_id) == (OrderStatus.WORKING, 5)
    assert bench.state.positions.held("AAPL") == 7
    sold = fill(1, 7, ref="perm-9", owner=FOREIGN, side=Side.SELL)
    bench.apply(reconciled([pending(status=OrderStatus.WORKING, perm_id=5)], [sold]))
    assert bench.state.positions.all() == ()


def test_executions_that_add_up_prove_a_missing_order_filled(bench: Bench) -> None:
    bench.apply(reconciled(fills=[fill(1, 40), fill(2, 60)]))
    assert bench.order.status is OrderStatus.FILLED


def test_executions_that_do_not_add_up_leave_the_rest_unknown(bench: Bench) -> None:
    bench.apply(reconciled(fills=[fill(1, 40)]))
    assert (bench.order.status, bench.order.filled) == (OrderStatus.UNKNOWN, Decimal(40))


def test_an_intent_that_ib_never_came_to_is_unknown_and_after_three_checks_never_placed(bench: Bench) -> None:
    bench.state.order(pending(number=7, client_id=17))
    seen = []
    for seconds in (0, 0, 0, 0, 10, 10):
        bench.clock.advance(seconds)
        bench.apply(reconciled(next_id=7, client_id=17))
        seen.append(str(bench.order.status))
    assert seen == ["unknown"] * 5 + ["rejected"]
    assert "never reached IB" in bench.order.reason


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "no trace"),  # IB did not tell its next order id
        ({"next_id": 7, "client_id": 18}, "no trace"),  # or that of another client
        ({"next_id": 8, "client_id": 17}, "perhaps held at IB: its order id 7 came there"),
    ],
)
def test_without_proof_an_intent_stays_unknown(bench: Bench, told: dict[str, Any], why: str) -> None:
    bench.state.order(pending(number=7, client_id=17))
    for _ in range(9):
        bench.clock.advance(60)
        bench.apply(reconciled(**told))
    assert bench.order.status is OrderStatus.UNKNOWN
    assert why in bench.order.reason


def test_what_this_connection_sent_is_not_proved_lost_by_it(bench: Bench) -> None:
    bench.state.order(pending(number=7, client_id=17))
    bench.state.sent_on[REF] = 1
    for _ in range(9):
        bench.clock.advance(60)
        bench.apply(reconciled(next_id=7, client_id=17))
    assert (bench.order.status, "may be held there" in bench.order.reason) == (OrderStatus.UNKNOWN, True)
    for _ in range(3):
        bench.clock.advance(60)
        bench.apply(reconciled(next_id=7, client_id=17, epoch=2))
    assert bench.order.status is OrderStatus.REJECTED


def test_ids_that_began_anew_prove_nothing(bench: Bench) -> None:
    bench.state.order(pending(number=7, client_id=17))
    bench.apply(OrderSeen(order=pending(ref="b" * 12, perm_id=5, status=OrderStatus.WORKING)))
    bench.state.order(replace(bench.state.orders.find("b" * 12), number=6, client_id=17))
    for _ in range(9):
        bench.clock.advance(60)
        bench.apply(reconciled(next_id=1, client_id=17))
    assert bench.order.status is OrderStatus.UNKNOWN


def test_later_orders_of_ours_are_no_news_of_one_that_never_arrived(bench: Bench) -> None:
    bench.state.order(pending(number=7, client_id=17))
    bench.apply(reconciled(next_id=7, client_id=17))
    later = pending(ref="b" * 12, number=8, client_id=17)
    bench.state.order(later)
    bench.apply(OrderSeen(order=replace(later, perm_id=5, status=OrderStatus.WORKING)))
    for _ in range(2):
        bench.clock.advance(60)
        bench.apply(reconciled(next_id=9, client_id=17))
    assert bench.order.status is OrderStatus.REJECTED


def test_an_order_that_arrives_after_all_is_held(bench: Bench) -> None:
    bench.state.order(pending(number=7, client_id=17))
    bench.apply(reconciled(next_id=7, client_id=17))
    for _ in range(9):
        bench.clock.advance(60)
        bench.apply(reconciled(next_id=8, client_id=17))
    assert (bench.order.status, "held at IB" in bench.order.reason) == (OrderStatus.UNKNOWN, True)


def test_an_order_that_ib_knew_is_never_called_unplaced(bench: Bench) -> None:
    bench.apply(OrderSeen(order=pending(status=OrderStatus.WORKING, perm_id=5)))
    seen = []
    for orders in (*[()] * 9, (pending(status=OrderStatus.WORKING, perm_id=5),)):
        bench.clock.advance(60)
        bench.apply(reconciled(orders))
        seen.append(str(bench.order.status))
    assert seen == ["unknown"] * 9 + ["working"]


def test_an_order_of_another_program_that_is_gone_is_unknown_however_often_it_is_not_shown() -> None:
    bench = Bench()
    bench.apply(OrderSeen(order=pending(ref="perm-5", owner=FOREIGN, status=OrderStatus.WORKING, perm_id=5)))
    for _ in range(5):
        bench.clock.advance(60)
        bench.apply(reconciled())
        order = bench.state.orders.find("perm-5")
        assert (order.status, order.reason) == (OrderStatus.UNKNOWN, "IB does not list it any more")


@pytest.mark.parametrize(("traded", "status"), [(100, OrderStatus.FILLED), (40, OrderStatus.UNKNOWN)])
def test_executions_prove_what_no_list_of_orders_shows(traded: int, status: OrderStatus) -> None:
    bench = Bench()
    bench.state.recover(Recovered(orders=(pending(),), fills=(), positions={}))
    for _ in range(5):
        bench.clock.advance(60)
        bench.apply(reconciled(fills=[fill(1, traded)]))
        assert bench.order.status is status
        assert bench.order.filled == traded


def test_a_position_that_does_not_add_up_is_shown_as_ib_says() -> None:
    bench = Bench()
    bench.state.recover(Recovered(orders=(), fills=(), positions={"AAPL": Decimal(100)}))
    bench.apply(position(300), reconciled(positions=[position(300)]))
    assert bench.state.positions.held("AAPL") == 300
    assert "IB counts 300, our books 100" in bench.said()


# clients and the journal


def test_changes_are_marked_for_each_client_and_wake_it(bench: Bench) -> None:
    woken: list[int] = []
    one, other = Changes(lambda: woken.append(1)), Changes(lambda: woken.append(2))
    for changes in (one, other):
        bench.state.watch(changes)
        changes.clear()
    assert not one
    bench.apply(QuoteChanged(quote=Quote(symbol="AAPL", bid=1.0, ask=2.0, received=1.0)))
    assert woken == [1, 2] or woken == [2, 1]
    assert one.quotes == other.quotes == {"AAPL"}
    one.clear()
    assert not one
    assert other
    bench.state.unwatch(other)
    bench.apply(moved(OrderStatus.WORKING))
    assert list(one.orders) == [REF]
    assert not other.orders


def test_what_happens_to_our_orders_is_journaled_and_to_others_is_not(bench: Bench) -> None:
    bench.records.clear()
    bench.apply(moved(OrderStatus.WORKING), moved(OrderStatus.WORKING, perm_id=5), Filled(fill=fill(1, 100)))
    bench.apply(OrderSeen(order=pending(ref="perm-9", owner="other", status=OrderStatus.WORKING)))
    assert [record.kind for record in bench.records] == ["ORDER", "ORDER", "FILL", "ORDER"]
    assert "perm-9" not in {record.ref for record in bench.records}


def test_an_event_that_says_nothing_new_is_not_journaled(bench: Bench) -> None:
    seen = OrderSeen(order=pending(status=OrderStatus.WORKING, perm_id=5))
    bench.apply(seen)
    bench.records.clear()
    bench.clock.advance(1)
    bench.apply(seen, seen)
    assert bench.records == []


def attempt(bench: Bench) -> None:
    """One more try to connect that fails like the one before, but for the seconds it names."""
    bench.clock.advance(2)
    seconds = bench.clock.monotonic()
    bench.apply(
        ConnectionChanged(state="connecting", epoch=1, reason="Connecting."),
        ConnectionChanged(
            state="disconnected", epoch=1, code="refused", reason=f"Nobody listens. Again in {seconds} s."
        ),
    )


def test_a_lost_link_is_timed_from_its_loss_and_told_once() -> None:
    bench = Bench()
    bench.apply(ConnectionChanged(state="active", epoch=1))
    bench.clock.advance(60)
    bench.apply(ConnectionChanged(state="disconnected", epoch=1, code="lost", reason="IB closed the connection."))
    lost = bench.clock.now()
    for _ in range(5):
        attempt(bench)
    assert bench.state.since == lost
    assert bench.said().count("Nobody listens") == 1
    bench.apply(ConnectionChanged(state="reconciling", epoch=2), ConnectionChanged(state="active", epoch=2))
    assert bench.state.since == bench.clock.now()
    assert bench.said().count("session active") == 2
