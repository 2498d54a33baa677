"""The one door, over a scripted session: whatever is asked in whatever order, nothing passes that the gate forbids."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.domain.event import (
    ConnectionState,
    Filled,
    OrderMoved,
    PositionSeen,
)
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import Change, Order, OrderIntent, OrderLeg, OrderStatus, Side, legs
from ibtui.domain.terms import OrderType
from tests.clocks import PATIENCE
from tests.engine.desk.bench import AAPL, NOW, Bench, wish
from tests.flat_orders import altered


@pytest.fixture
async def bench(tmp_path: Path) -> Any:
    bench = Bench(tmp_path)
    yield bench
    await bench.close()


async def refusal(bench: Bench, intent: OrderIntent) -> str:
    with pytest.raises(IbtuiError) as refused:
        await bench.desk.submit(intent)
    return refused.value.code


async def test_the_intent_is_on_disk_before_a_byte_is_written(bench: Bench) -> None:
    seen: list[Any] = []
    place = bench.session.place

    def look(*arguments: Any, **options: Any) -> dict[str, int]:
        seen.extend(bench.journal._connection.execute("SELECT ref, order_id FROM event WHERE kind = 'INTENT'"))
        seen.extend(bench.journal._connection.execute("SELECT max_order_id FROM id_hwm"))
        return place(*arguments, **options)

    bench.session.place = look  # type: ignore[method-assign]
    intent = wish(target=Decimal(195), protect=Decimal(180))
    orders = await bench.desk.submit(intent)
    refs = [leg.ref for leg in legs(intent)]
    assert seen == [(refs[0], 1), (refs[1], 2), (refs[2], 3), (3,)]
    assert [order.ref for order in orders] == refs
    assert all(order.status is OrderStatus.PENDING for order in orders)


async def test_the_same_ref_is_the_same_order_however_often_and_whenever(bench: Bench) -> None:
    intent = wish()
    first, second = await asyncio.gather(bench.desk.submit(intent), bench.desk.submit(intent))
    assert first == second == await bench.desk.submit(intent)
    assert len(bench.session.written) == 1
    too_much = wish(quantity=1_000_000)
    assert await refusal(bench, too_much) == await refusal(bench, too_much) == "too_large"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda bench: bench.latch.set(NOW, "by hand"), "halted"),
        (lambda bench: setattr(bench.session, "epoch", 2), "reconnected"),
        (lambda bench: setattr(bench.session, "state", "reconciling"), "not_connected"),
        (lambda bench: setattr(bench.session, "account", "DU2"), "wrong_account"),
        (lambda bench: setattr(bench, "bound", ""), "wrong_account"),
        (lambda bench: bench.clock.advance(10), "stale_quote"),
        (lambda bench: setattr(bench.session, "alive", False), "no_answer"),
    ],
)
async def test_what_changes_between_check_and_send_is_noticed(bench: Bench, change: Any, code: str) -> None:
    bench.session.proved.clear()
    task = asyncio.ensure_future(refusal(bench, wish()))
    await bench.session.asked.wait()
    change(bench)
    bench.session.proved.set()
    assert await task == code
    assert bench.session.written == []
    assert list(bench.state.orders) == []
    await bench.journal.commit()
    assert bench.journal._connection.execute("SELECT * FROM ord").fetchall() == []


async def test_a_limit_that_the_market_left_behind_is_not_sent(bench: Bench) -> None:
    bench.session.proved.clear()
    task = asyncio.ensure_future(refusal(bench, wish(type=OrderType.LMT, limit_price=Decimal("187.42"))))
    await bench.session.asked.wait()
    bench.quote(160.0, 160.05)
    bench.session.proved.set()
    assert await task == "price_collar"


async def test_two_closes_at_once_close_once(bench: Bench) -> None:
    bench.hold(Decimal(100))
    closes = [wish(Side.SELL, quantity, reduce_only=True) for quantity in (100, 99)]
    results = await asyncio.gather(*(bench.desk.submit(close) for close in closes), return_exceptions=True)
    assert len(bench.session.written) == 1
    assert [result.code for result in results if isinstance(result, IbtuiError)] == ["would_increase"]


async def test_a_close_right_after_the_fill_of_a_close_is_refused(bench: Bench) -> None:
    bench.hold(Decimal(100))
    bench.clock.advance(3)
    bench.quote()
    (order,) = await bench.desk.submit(wish(Side.SELL, reduce_only=True))
    fill = Fill(
        exec_id="1.01",
        ref=order.ref,
        symbol="AAPL",
        side=Side.SELL,
        quantity=Decimal(100),
        price=187.4,
        time=NOW,
        owner="you",
    )
    bench.state.apply(Filled(fill=fill))
    assert await refusal(bench, wish(Side.SELL, 99, reduce_only=True)) == "would_increase"


async def test_a_caller_that_gives_up_withdraws_what_is_not_sent(bench: Bench) -> None:
    bench.session.proved.clear()
    intent = wish()
    task = asyncio.ensure_future(bench.desk.submit(intent))
    await bench.session.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    bench.session.proved.set()
    await bench.desk.submit(wish(quantity=7))
    assert [leg.quantity for leg in bench.session.written] == [Decimal(7)]


async def test_what_is_under_way_cannot_be_forgotten_and_is_sent_once(bench: Bench) -> None:
    bench.session.proved.clear()
    intent = wish()
    first = asyncio.ensure_future(bench.desk.submit(intent))
    await bench.session.asked.wait()
    bench.desk.forget([intent.ref])
    second = asyncio.ensure_future(bench.desk.submit(intent))
    bench.session.proved.set()
    await asyncio.gather(first, second)
    bench.desk.forget([intent.ref])  # nor what was sent
    await bench.desk.submit(intent)
    assert [leg.ref for leg in bench.session.written] == [intent.ref]


async def test_what_was_refused_can_be_asked_again_once_it_is_forgotten(bench: Bench) -> None:
    intent = wish()
    bench.session.alive = False
    assert await refusal(bench, intent) == "no_answer"
    bench.session.alive = True
    assert await refusal(bench, intent) == "no_answer"
    bench.desk.forget([intent.ref])
    await bench.desk.submit(intent)
    assert [leg.ref for leg in bench.session.written] == [intent.ref]


async def test_an_order_that_was_not_sent_is_no_duplicate(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(duplicate_seconds=60))
    bench.session.alive = False
    assert await refusal(bench, wish()) == "no_answer"
    bench.session.alive = True
    await bench.desk.submit(wish())
    assert await refusal(bench, wish()) == "duplicate"
    await bench.close()


async def test_an_unknown_order_bars_its_repetition_until_it_is_settled(bench: Bench) -> None:
    (order,) = await bench.desk.submit(wish())
    bench.state.order(replace(order, status=OrderStatus.UNKNOWN))
    bench.clock.advance(2)
    bench.quote()
    assert await refusal(bench, wish()) == "unknown_order"
    bench.state.apply(OrderMoved(ref=order.ref, status=OrderStatus.CANCELLED))
    await bench.desk.submit(wish())


async def test_a_live_profile_only_shows(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.desk.live = True
    assert await refusal(bench, wish()) == "read_only"
    await bench.close()


async def test_a_second_carries_so_many_orders_and_changes_and_no_more(tmp_path: Path) -> None:
    """Whoever sends them, and however they come; what only reduces goes out all the same."""
    bench = Bench(tmp_path, Limits(duplicate_seconds=1e-9, orders_per_second=4))
    bench.hold(Decimal(100))
    bracket, *_ = await bench.desk.submit(wish(protect=Decimal(180)))
    wishes = [wish(quantity=n, owner=owner) for n, owner in ((1, "you"), (2, "dip"), (3, "twin"))]
    results = await asyncio.gather(*map(bench.desk.submit, wishes), return_exceptions=True)
    assert [result.code for result in results if isinstance(result, IbtuiError)] == ["too_fast"]
    assert len(bench.session.written) == 4
    bench.state.order(altered(bracket, status=OrderStatus.WORKING, type="LMT", limit_price=Decimal(187)))
    with pytest.raises(IbtuiError) as error:
        await bench.desk.modify(Change(ref=bracket.ref, limit_price=Decimal("187.01")))
    assert error.value.code == "too_fast"
    await bench.desk.submit(wish(Side.SELL, 50, reduce_only=True))
    await bench.desk.submit(wish(Side.SELL, 49))
    bench.clock.advance(1)
    bench.quote()
    for price in ("187.01", "187.02", "187.03", "187.04"):
        await bench.desk.modify(Change(ref=bracket.ref, limit_price=Decimal(price)))
    assert await refusal(bench, wish()) == "too_fast"
    await bench.close()


class Trading(RuleBasedStateMachine):
    """Random wishes, answers, fills, halts and reconnects; the broker's own ledger is the oracle."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.bench = self.loop.run_until_complete(self._make())
        self.position = Decimal(0)
        self.executions = 0
        self.ever: list[OrderIntent] = []
        self.after_halt: list[OrderLeg] = []

    async def _make(self) -> Bench:
        return Bench(Path(self.folder.name), Limits(duplicate_seconds=1e-9, open_orders=8))

    def teardown(self) -> None:
        self.loop.run_until_complete(self.bench.close())
        self.loop.close()
        self.folder.cleanup()

    def submit(self, intent: OrderIntent) -> None:
        held, before = self.position, len(self.bench.session.written)
        halted = self.bench.latch.halted is not None
        try:
            self.loop.run_until_complete(self.bench.desk.submit(intent))
        except IbtuiError:
            assert len(self.bench.session.written) == before
            return
        sent = self.bench.session.written[before:]
        assert self.bench.session.state == "active" or not sent
        if sent and (halted or intent.reduce_only):
            assert abs(held + intent.side.sign * intent.quantity) < abs(held)
        self.ever.append(intent)

    @rule(side=st.sampled_from(Side), quantity=st.integers(1, 4_000), bracket=st.booleans(), only=st.booleans())
    def wish(self, side: Side, quantity: int, bracket: bool, only: bool) -> None:
        self.bench.quote()
        target = Decimal(195) if side is Side.BUY else Decimal(180)
        protect = Decimal(180) if side is Side.BUY else Decimal(195)
        prices = {"target": target, "protect": protect} if bracket and not only else {}
        self.submit(wish(side, quantity, reduce_only=only, **prices))

    @rule(pick=st.randoms(use_true_random=False))
    def again(self, pick: Any) -> None:
        """The same wish once more."""
        if self.ever:
            before = len(self.bench.session.written)
            self.submit(pick.choice(self.ever))
            assert len(self.bench.session.written) == before

    @rule(pick=st.randoms(use_true_random=False), status=st.sampled_from(["working", "cancelled", "unknown"]))
    def answer(self, pick: Any, status: str) -> None:
        live = self.bench.state.orders.all_live()
        if live:
            order = pick.choice(live)
            self.bench.state.apply(OrderMoved(ref=order.ref, status=OrderStatus(status), filled=order.filled))

    @rule(pick=st.randoms(use_true_random=False), share=st.integers(1, 3), count_first=st.booleans())
    def fill(self, pick: Any, share: int, count_first: bool) -> None:
        live = [order for order in self.bench.state.orders.all_live() if order.parent is None]
        if not live:
            return
        order: Order = pick.choice(live)
        quantity = max(order.remaining // share, Decimal(1))
        self.executions += 1
        self.position += order.side.sign * quantity
        count = PositionSeen(account="DU1", instrument=AAPL, quantity=self.position, average_cost=187.0)
        fill = Fill(
            exec_id=f"{self.executions}.01",
            ref=order.ref,
            symbol="AAPL",
            side=order.side,
            quantity=quantity,
            price=187.4,
            time=NOW,
            owner="you",
        )
        for event in (count, Filled(fill=fill)) if count_first else (Filled(fill=fill), count):
            self.bench.state.apply(event)

    @rule()
    def halt(self) -> None:
        self.bench.latch.set(NOW, "by hand")

    @rule()
    def resume(self) -> None:
        self.loop.run_until_complete(self.bench.latch.clear())

    @rule(state=st.sampled_from(["active", "active", "disconnected", "reconciling"]))
    def connection(self, state: ConnectionState) -> None:
        self.bench.session.state = state
        self.bench.session.epoch += state == "disconnected"

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0]))
    def wait(self, seconds: float) -> None:
        self.bench.clock.advance(seconds)

    @invariant()
    def order_ids_only_grow(self) -> None:
        ids = self.bench.session.ids
        assert ids == sorted(set(ids))

    @invariant()
    def every_order_is_sent_once_and_every_sent_order_is_known(self) -> None:
        refs = [leg.ref for leg in self.bench.session.written]
        assert len(refs) == len(set(refs))
        assert {order.ref for order in self.bench.state.orders} == set(refs)

    @invariant()
    def positions_are_the_brokers(self) -> None:
        assert self.bench.state.positions.held("AAPL") == self.position


TestTrading = Trading.TestCase
TestTrading.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


async def test_orders_go_out_in_the_order_of_their_ids_however_long_the_disk_takes_for_the_first(bench: Bench) -> None:
    kept, reserve, disk = bench.desk.reach, bench.session.reserve, asyncio.Event()

    async def first_is_slow(client_id: int, order_id: int) -> None:
        if order_id == 1:
            await disk.wait()
        await kept(client_id, order_id)

    def third_frees_the_disk(count: int) -> Sequence[int]:
        ids = reserve(count)
        if ids[0] == 3:
            disk.set()
        return ids

    bench.desk.reach = first_is_slow
    bench.session.reserve = third_frees_the_disk  # type: ignore[method-assign]
    sending = [asyncio.create_task(bench.desk.submit(wish(quantity=100 + number))) for number in range(3)]
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*sending)
    assert bench.session.ids == [1, 2, 3]


async def test_what_passes_with_a_word_of_caution_is_logged_with_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    try:
        bench.hold(Decimal(100))
        await bench.desk.submit(wish(Side.SELL, type=OrderType.STP, stop_price=Decimal(50)))
        said = [line.text for line in bench.state.log.after(0)[0]]
        assert any("The stop 50 lies 73 % from the market" in text and "SELL 100 AAPL" in text for text in said), said
    finally:
        await bench.close()


async def test_who_waits_for_an_order_is_told_whether_it_came_to_that(bench: Bench) -> None:
    (order,) = await bench.desk.submit(wish())

    def working() -> bool:
        found = bench.state.orders.get(order.ref)
        return found is not None and found.status is OrderStatus.WORKING

    assert not await bench.answers.wait(working, within=0.01)
    waiting = asyncio.ensure_future(bench.answers.wait(working))
    await asyncio.sleep(0)
    bench.state.order(replace(order, status=OrderStatus.WORKING))
    assert await waiting
    assert await bench.answers.wait(working, within=0.01)
