"""What IB's ids say of orders that no list shows: the same for each of them, and worked out once for all."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.order import FOREIGN, Order, OrderStatus
from ibtui.engine.truth.orders import Orders, ours
from ibtui.engine.truth.reconcile import Numbers
from tests.engine.state_bench import Bench, pending, reconciled

MANY = 3_000

REFS = st.sampled_from("abcdefgh")
BOOKS = st.lists(
    st.builds(
        lambda ref, parent, number, client, owner: pending(
            ref=ref, parent=None if parent == ref else parent, number=number, client_id=client, owner=owner
        ),
        REFS,
        st.none() | st.sampled_from("AB"),
        st.none() | st.integers(1, 40),
        st.sampled_from((None, 1, 2)),
        st.sampled_from(("you", FOREIGN)),
    ),
    unique_by=lambda order: order.ref,
)


@given(BOOKS, st.sets(REFS), st.integers(1, 40))
def test_every_order_is_told_what_a_look_at_all_orders_says(book: list[Order], known: set[str], next_id: int) -> None:
    numbers = Numbers(book, known)
    for order in book:
        mine = [o for o in book if ours(o) and o.number is not None and o.client_id == order.client_id]
        assert numbers.answered(order) == max((o.number or 0 for o in mine if o.ref in known), default=0)
        family = {order.ref, order.parent} - {None}
        complete = all((o.number or 0) < next_id for o in mine if {o.ref, o.parent} & family)
        last = numbers.of_bracket(order)
        assert (last is None or last < next_id) is complete


class CountedOrders(Orders):
    """Counts the orders that are looked at one by one."""

    looked_at = 0

    def __iter__(self) -> Iterator[Order]:
        for order in super().__iter__():
            self.looked_at += 1
            yield order


def test_a_reconcile_that_shows_none_of_many_orders_looks_at_each_a_few_times() -> None:
    bench = Bench()
    orders = bench.state.orders
    orders.__class__ = CountedOrders
    assert isinstance(orders, CountedOrders)
    for number in range(MANY):
        orders.put(pending(ref=f"{number:012}", symbol=f"S{number}", number=number, client_id=1))
    bench.apply(reconciled(next_id=MANY // 2, client_id=1))
    assert orders.looked_at <= 5 * MANY
    assert {order.status for order in orders} == {OrderStatus.UNKNOWN}
