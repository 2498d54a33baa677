"""Options from a command to the broker and back, over a real session and a real gateway."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibtui.domain.combo import combo_legs
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderIntent, Side, new_ref
from ibtui.domain.terms import OrderType, Terms
from ibtui.engine.market import watchlist
from tests.clocks import MORNING, PATIENCE, AheadClock
from tests.engine.market.options import held
from tests.engine.markets import CALM, hold, placed
from tests.engines import Driver, running_engine
from tests.flat_orders import flat_order
from tests.gateways import running_gateway
from tests.insync import ib_insync

CALL, PUT = "AAPL261218C00190000", "AAPL261218P00190000"


@pytest.fixture(autouse=True)
def _first_quotes_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is no market without quotes."""
    monkeypatch.setattr(watchlist, "_FIRST_QUOTE", PATIENCE)


async def asking(engine: Driver, symbol: str) -> float:
    """The ask of an option that is watched from now on."""
    await engine.do(f"watch {symbol}")
    status = await engine.until(lambda s: any(q.symbol == symbol and q.ask for q in s.quotes))
    ask = next(quote.ask for quote in status.quotes if quote.symbol == symbol)
    assert ask is not None
    return ask


async def test_an_option_is_bought_by_its_name(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        ask = await asking(engine, CALL)
        plan = await engine.preview(f"buy 1 {CALL} @ {ask}")
        assert plan.sentence == f"BUY 1 AAPL 18Dec26 190C at {ask:.2f} limit, day"
        assert plan.value == pytest.approx(100 * ask)
        assert plan.commission == pytest.approx(1.00)
        outcome = await engine.send(plan.token)
        order = await engine.order(outcome.orders[0].ref, lambda o: o.status == "filled")
        assert (order.symbol, order.average_price) == (CALL, ask)
        status = await engine.until(lambda s: any(p.symbol == CALL for p in s.positions))
        (position,) = status.positions
        assert position.quantity == 1
        assert position.average_cost == pytest.approx(ask + 1.00 / 100)
        (fill,) = engine.engine.parts.state.fills.of(order.ref)
        assert fill.commission == pytest.approx(1.00)
        assert held(gateway) == {CALL: 1}
        done = await engine.do(f"close {CALL}")
        await engine.order(done.orders[0].ref, lambda o: o.status == "filled")
        assert held(gateway) == {}


async def submit(engine: Driver, legs: dict[str, int], **terms: Any) -> Order:
    """Send a combo through the desk as strategies do; terms are those of an intent."""
    combo = combo_legs(tuple(legs.items()))
    host = engine.engine.parts.supervisor._host
    whole = await host.combined(combo)
    fields: dict[str, Any] = {"side": Side.BUY, "quantity": Decimal(1), "type": OrderType.MKT} | terms
    intent = flat_order(
        OrderIntent, fields | {"ref": new_ref(), "owner": "you", "symbol": whole.symbol, "combo": combo}
    )
    (order,) = await host.submit(intent)
    return order


async def refusal(engine: Driver, legs: dict[str, int], **terms: Any) -> IbtuiError:
    with pytest.raises(IbtuiError) as caught:
        await submit(engine, legs, **terms)
    return caught.value


async def test_a_straddle_is_one_order_and_two_positions(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        sent = await submit(engine, {CALL: 1, PUT: 1}, quantity=Decimal(1))
        assert sent.symbol == "AAPL 18DEC26 C190+P190"
        order = await engine.order(sent.ref, lambda o: o.status == "filled")
        assert placed(gateway) == 1
        status = await engine.until(lambda s: len(s.positions) == 2)
        assert {position.symbol: position.quantity for position in status.positions} == {CALL: 1, PUT: 1}
        assert held(gateway) == {CALL: 1, PUT: 1}
        call, put = fills = engine.engine.parts.state.fills.of(sent.ref)
        assert [(fill.symbol, int(fill.quantity), str(fill.side)) for fill in fills] == [
            (CALL, 1, "BUY"),
            (PUT, 1, "BUY"),
        ]
        assert order.filled == 1
        assert order.average_price == pytest.approx(call.price + put.price)
        await engine.until(lambda s: all(fill.commission for fill in engine.engine.parts.state.fills.of(sent.ref)))
        await engine.said("BUY 1 AAPL 18DEC26 C190+P190 MKT filled")
        back = await submit(engine, {CALL: 1, PUT: 1}, quantity=Decimal(1), side=Side.SELL, reduce_only=True)
        status = await engine.until(lambda s: not s.positions)
        assert held(gateway) == {}
        assert back.role == "exit"
        await engine.until(lambda s: not {CALL, PUT} & {quote.symbol for quote in s.quotes})
        assert engine.engine.parts.watchlist.lines == 2


async def test_what_a_combo_will_sell_is_not_sold_a_second_time(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        sent = await submit(engine, {CALL: 1, PUT: 1})
        await engine.until(lambda s: len(s.positions) == 2)
        quote = engine.engine.parts.state.quotes[CALL], engine.engine.parts.state.quotes[PUT]
        ask = sum(side.ask or 0.0 for side in quote)
        rests = {
            "side": Side.SELL,
            "reduce_only": True,
            "type": OrderType.LMT,
            "limit_price": Decimal(f"{ask + 1:.2f}"),
        }
        sent = await submit(engine, {CALL: 1, PUT: 1}, **rests)
        await engine.order(sent.ref, lambda o: o.status == "working")
        refused = await engine.refused(f"sell 1 {CALL} market")
        assert refused.code == "uncovered"
        assert (await engine.refused(f"close {PUT}")).code == "would_increase"
        again = await refusal(engine, {CALL: 1, PUT: 1}, **rests)
        assert again.code in ("uncovered", "would_increase")


async def test_a_filled_combo_is_counted_once_after_a_restart(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            sent = await submit(engine, {CALL: 1, PUT: 1}, quantity=Decimal(3))
            before = await engine.order(sent.ref, lambda o: o.status == "filled")
            await engine.until(lambda s: sum(position.quantity for position in s.positions) == 6)
            fills = len(engine.engine.parts.state.fills.of(sent.ref))
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            status = await engine.until(lambda s: len(s.positions) == 2)
            assert {position.symbol: position.quantity for position in status.positions} == {CALL: 3, PUT: 3}
            after = await engine.order(sent.ref, lambda o: o.status == "filled")
            assert (int(after.filled), after.combo, after.symbol) == (3, before.combo, before.symbol)
            assert after.average_price == pytest.approx(before.average_price)
            assert len(engine.engine.parts.state.fills.of(sent.ref)) == fills
            assert not engine.logged("adds up to")


async def test_a_combo_of_another_program_is_shown_and_counted_by_leg(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        legs = [await engine.engine.parts.session.resolve(symbol) for symbol in (CALL, PUT)]
        ib = ib_insync.IB()
        try:
            await ib.connectAsync("127.0.0.1", gateway.port, clientId=99)
            parts = [ib_insync.ComboLeg(leg.con_id, 1, "BUY", "SMART") for leg in legs]
            bag = ib_insync.Bag(symbol="AAPL", exchange="SMART", currency="USD", comboLegs=parts)
            ib.placeOrder(bag, ib_insync.LimitOrder("BUY", 1, 1.0, account="DU1234567"))
            resting = ib.placeOrder(bag, ib_insync.MarketOrder("BUY", 2, account="DU1234567"))
            while resting.orderStatus.status != "Filled":
                await ib.orderStatusEvent
            await engine.until(lambda s: len(s.positions) == 2)
            await engine.engine.parts.session.reconcile()
            status = await engine.until(lambda s: any(o.owner == "other" and o.live for o in s.orders))
        finally:
            ib.disconnect()
        order = next(order for order in status.orders if order.live)
        assert (order.symbol, int(order.quantity), len(order.combo)) == ("AAPL 18DEC26 C190+P190", 1, 2)
        assert {position.symbol: position.quantity for position in status.positions} == {CALL: 2, PUT: 2}
        assert engine.engine.parts.watchlist.lines == 4


async def test_a_spread_rests_at_a_credit_and_outlives_the_engine(tmp_path: Path) -> None:
    high = "AAPL261218C00195000"
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            sent = await submit(engine, {CALL: -1, high: 1}, type=OrderType.LMT, limit_price=Decimal("-2.20"))
            order = await engine.order(sent.ref, lambda o: o.status == "working")
            assert (order.symbol, order.limit_price) == ("AAPL 18DEC26 -C190+C195", Decimal("-2.20"))
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            order = await engine.order(sent.ref, lambda o: o.status == "working")
            assert (order.symbol, len(order.combo), order.owner) == ("AAPL 18DEC26 -C190+C195", 2, "you")
            await engine.do("buy 10 AAPL market")
            await engine.until(lambda s: any(p.symbol == "AAPL" for p in s.positions))
            await engine.do("flatten all")
            await engine.until(lambda s: not s.positions)
            await engine.order(sent.ref, lambda o: o.status == "cancelled")
            sent = await submit(engine, {CALL: -1, high: 1}, type=OrderType.LMT, limit_price=Decimal("-1.75"))
            order = await engine.order(sent.ref, lambda o: o.status == "filled")
            assert order.average_price is not None
            assert order.average_price < 0
            assert held(gateway) == {CALL: -1, high: 1}


async def test_calls_are_sold_only_when_something_covers_them(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        naked = await engine.refused(f"sell 1 {CALL} market")
        assert (naked.code, naked.message) == (
            "uncovered",
            "That would leave calls on 100 AAPL uncovered, whose loss has no limit: "
            "hold the underlying, or buy a call that expires no earlier.",
        )
        assert (await refusal(engine, {CALL: 1, PUT: 1}, side=Side.SELL)).code == "uncovered"
        await engine.do("buy 150 AAPL market")
        await engine.until(lambda s: any(p.symbol == "AAPL" and p.quantity == 150 for p in s.positions))
        assert (await engine.refused(f"sell 2 {CALL} market")).code == "uncovered"
        sold = await engine.do(f"sell 1 {CALL} market")
        await engine.order(sold.orders[0].ref, lambda o: o.status == "filled")
        await engine.until(lambda s: any(p.symbol == CALL for p in s.positions))
        assert held(gateway) == {"AAPL": 150, CALL: -1}
        assert (await engine.refused(f"sell 1 {CALL} market")).code in ("uncovered", "duplicate")
        assert (await engine.refused("sell 60 AAPL market")).code == "uncovered"
        await engine.do("sell 50 AAPL market")
        await engine.do("flatten all")
        await engine.until(lambda s: not s.positions)


async def test_a_combo_is_refused_in_words(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        far = await refusal(engine, {CALL: 1, PUT: 1}, type=OrderType.LMT, limit_price=Decimal(50))
        assert far.code == "price_collar"
        assert "the collar of its legs is" in far.message
        stop = await refusal(engine, {CALL: 1, PUT: 1}, type=OrderType.STP, stop_price=Decimal(50))
        assert stop.code == "bad_combo"
        other = await refusal(engine, {CALL: 1, "SPY261218C00670000": 1})
        assert other.message == "The legs of a combo must be of one underlying and one currency."
        huge = await refusal(engine, {PUT: -1, "AAPL261218P00180000": -1}, quantity=Decimal(20))
        assert huge.code == "too_large"
        assert "could lose" in huge.message
        assert placed(gateway) == 0


async def test_a_market_that_rests_is_asked_for_anew_before_an_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = AheadClock(MORNING)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, clock=clock, **CALM) as engine:
        hold(gateway)
        await asking(engine, CALL)
        clock.ahead += 2 * PATIENCE
        monkeypatch.setattr(watchlist, "RESTED", 10 * PATIENCE)
        assert (await engine.refused(f"buy 1 {CALL} market")).code == "stale_quote"
        monkeypatch.setattr(watchlist, "RESTED", PATIENCE)
        outcome = await engine.do(f"buy 1 {CALL} market")
        await engine.order(outcome.orders[0].ref, lambda o: o.status == "filled")
        clock.ahead += 2 * PATIENCE
        sent = await submit(engine, {CALL: 1, PUT: 1})
        await engine.order(sent.ref, lambda o: o.status == "filled")


async def test_an_options_prices_lie_on_the_grid_of_its_market_rule(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await asking(engine, CALL)
        refused = await engine.refused(f"buy 1 {CALL} @ 4.01")
        assert (refused.code, refused.message) == (
            "off_tick",
            "The limit price 4.01 is not a multiple of the tick 0.05.",
        )
        outcome = await engine.do(f"buy 1 {CALL} @ 2.99")
        assert str(outcome.orders[0].status) == "working"


async def covered(engine: Driver) -> None:
    """100 shares, and a call that is sold against them."""
    await engine.do("buy 100 AAPL market")
    await engine.until(lambda s: any(p.symbol == "AAPL" for p in s.positions))
    await asking(engine, CALL)
    sold = (await engine.do(f"sell 1 {CALL} market")).orders[0]
    await engine.order(sold.ref, lambda o: o.status == "filled")
    await engine.until(lambda s: any(p.symbol == CALL for p in s.positions))


async def test_a_close_that_uncovers_a_call_is_sent_only_from_a_preview_that_says_so(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await covered(engine)
        for text, units in (("close AAPL", 100), ("flatten AAPL", 100), ("close AAPL 30", 30)):
            error = await engine.refused(text)
            assert error.code == "uncovered"
            assert f"calls on {units} AAPL uncovered" in error.message
        assert held(gateway) == {"AAPL": 100, CALL: -1}
        exit_of_a_strategy = OrderIntent(
            ref=new_ref(),
            owner="dip",
            terms=Terms(symbol="AAPL", side=Side.SELL, quantity=Decimal(100), type=OrderType.MKT),
            reduce_only=True,
        )
        with pytest.raises(IbtuiError) as caught:
            await engine.engine.parts.desk.submit(exit_of_a_strategy)
        assert caught.value.code == "uncovered"
        plan = await engine.preview("close AAPL")
        assert plan.outcomes == ("closing AAPL leaves calls on 100 uncovered: their loss has no limit",)
        outcome = await engine.send(plan.token)
        await engine.order(outcome.orders[0].ref, lambda o: o.status == "filled")
        assert held(gateway) == {CALL: -1}


async def test_a_flatten_of_all_buys_the_calls_back_with_the_shares(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await covered(engine)
        assert (await engine.preview("flatten all")).outcomes == ()
        await engine.do("flatten all")
        await engine.until(lambda s: not s.positions)
        assert held(gateway) == {}
