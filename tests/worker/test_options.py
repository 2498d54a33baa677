"""Options and combos as a strategy's worker asks for them and follows them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.model import model_chain, option_instrument
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import ComboLeg, OrderType, Terms
from ibtui.link.worker import Begin, ChainAnswer, ChainRequest, FillSeen, FromWorker, OrderRequest
from ibtui.strategies.author.asking import asked
from ibtui.worker.broker import LiveBroker

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")
CHAIN = model_chain("AAPL", 187.4, NOW, 0.25, days=20)
CALL, PUT = (leg.symbol for leg in CHAIN.straddle())


def answered(wish: ChainRequest) -> ChainAnswer:
    return ChainAnswer(
        id=wish.id, chain=CHAIN, instruments=tuple(option_instrument(CHAIN, option) for option in CHAIN.options)
    )


def live_broker(sent: list[FromWorker], ask: Any = answered, **position: int) -> LiveBroker:
    held = {symbol: Decimal(quantity) for symbol, quantity in position.items()}
    broker = LiveBroker(sent.append, Begin(parameters={}, position=held, orders=(), equity=1.0), ("AAPL",), ask)
    broker.trade((AAPL,))
    broker.sending = broker.live = True
    return broker


def buy(broker: LiveBroker, symbol: str) -> str:
    return broker.place(asked(symbol, Side.BUY, 1))


def test_what_was_in_a_chain_can_be_traded() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent)
    with pytest.raises(ValueError, match="is not what it trades"):
        buy(broker, CALL)
    assert broker.chain("AAPL", days=20) == CHAIN
    buy(broker, CALL)
    assert broker.instrument(CALL) is not None
    [wish] = sent
    assert isinstance(wish, OrderRequest)
    assert (wish.symbol, wish.combo) == (CALL, ())


def test_what_it_holds_can_be_traded_without_a_chain() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent, **{CALL: 2})
    assert broker.held == (CALL,)
    broker.close(CALL)
    [wish] = sent
    assert isinstance(wish, OrderRequest)
    assert (wish.side, wish.quantity, wish.reduce_only) == (Side.SELL, Decimal(2), True)


def test_a_chain_that_does_not_come_and_one_that_is_refused() -> None:
    with pytest.raises(IbtuiError, match="did not come within 4 s"):
        live_broker([], lambda wish: None).chain("AAPL", days=None)
    refused = live_broker([], lambda wish: ChainAnswer(id=wish.id, code="no_option", message="There are none."))
    with pytest.raises(IbtuiError, match=r"There are none\."):
        refused.chain("AAPL", days=None)


def test_while_the_past_is_shown_a_model_prices_the_chain() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent, lambda wish: pytest.fail("nobody is asked"))
    broker.sending = broker.live = False
    with pytest.raises(IbtuiError, match="no price of AAPL yet"):
        broker.chain("AAPL", days=20)
    broker.bars_closed((Bar("AAPL", NOW, 187, 188, 186, 187.4),), 60)
    chain = broker.chain("AAPL", days=20)
    assert (chain.spot, chain.expiries) == (187.4, (date(2026, 12, 18),))
    broker.combo(tuple((leg.symbol, 1) for leg in chain.straddle()), Side.BUY, 1, None)
    assert sent == []


def test_a_combo_is_one_wish() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent)
    broker.chain("AAPL", days=20)
    broker.combo(((CALL, 1), (PUT, -1)), Side.SELL, 2, -0.333)
    [wish] = sent
    assert isinstance(wish, OrderRequest)
    assert wish.symbol == f"AAPL 18DEC26 C{CALL[-8:-3].lstrip('0')}-P{PUT[-8:-3].lstrip('0')}"
    assert (wish.side, wish.quantity, wish.type) == (Side.SELL, Decimal(2), OrderType.LMT)
    assert wish.limit_price == Decimal("-0.33")
    assert wish.combo == (ComboLeg(symbol=CALL, side=Side.BUY), ComboLeg(symbol=PUT, side=Side.SELL))


def order(ref: str, status: OrderStatus, filled: int) -> Order:
    return Order(
        ref=ref,
        terms=Terms(
            symbol="combo",
            side=Side.BUY,
            quantity=Decimal(1),
            type="MKT",
            combo=(ComboLeg(symbol=CALL, side=Side.BUY), ComboLeg(symbol=PUT, side=Side.BUY)),
        ),
        status=status,
        filled=Decimal(filled),
    )


def filled(ref: str, symbol: str) -> FillSeen:
    fill = Fill(
        exec_id=f"{symbol}.01",
        ref=ref,
        symbol=symbol,
        side=Side.BUY,
        quantity=Decimal(1),
        price=5.0,
        time=NOW,
        owner="mine",
    )
    return FillSeen(fill=fill, position=Decimal(1))


def test_a_combo_is_settled_when_every_leg_was_told() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent)
    broker.chain("AAPL", days=20)
    ref = broker.combo(((CALL, 1), (PUT, 1)), Side.BUY, 1, None)
    broker.order_moved(order(ref, OrderStatus.WORKING, 0))
    assert [o.ref for o in broker.orders(PUT)] == [ref]
    broker.order_moved(order(ref, OrderStatus.FILLED, 1))
    broker.filled(filled(ref, CALL))
    broker.close(CALL)  # waits: the combo may still change what is held of its other leg
    assert len(sent) == 1
    broker.filled(filled(ref, PUT))
    exits = [wish for wish in sent[1:] if isinstance(wish, OrderRequest)]
    assert [(wish.symbol, wish.reduce_only) for wish in exits] == [(CALL, True)]
    assert broker.held == tuple(sorted((CALL, PUT)))


def test_while_the_past_is_shown_no_order_has_a_ref() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent)
    broker.chain("AAPL", days=20)
    assert buy(broker, "AAPL")
    assert broker.combo(((CALL, 1), (PUT, 1)), Side.BUY, 1, None)
    broker.sending = False
    assert buy(broker, "AAPL") == ""
    assert broker.combo(((CALL, 1), (PUT, 1)), Side.BUY, 1, None) == ""
    assert len(sent) == 2
