"""One class, three drivers: over the past, live with a market that fills at the next open, and in shadow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from msgspec.structs import replace

from ibtui.backtest import run
from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.reference.reference import Reference
from ibtui.domain.terms import Terms
from ibtui.link.worker import (
    BarClosed,
    Begin,
    CancelRequest,
    Decided,
    FillSeen,
    Finish,
    FromWorker,
    OrderRequest,
    OrderUpdate,
    Past,
    ToWorker,
)
from ibtui.strategies.author.parameters import values
from ibtui.strategies.builtin.sma_cross import SmaCross
from ibtui.worker.live import Live
from ibtui.worker.pipe import Pipe
from tests.backtest.past import FREE, prices, walk

BARS = walk(600, seed=5)
TYPED = {"symbol": "A", "fast": "4", "slow": "11", "bar": "1min", "shares": "10"}
Traded = list[tuple[str, float, float]]


class Market:
    """The engine's end of a worker's pipe: bars, and for market orders a fill at the open of the next bar."""

    def __init__(self, bars: list[tuple[Bar, ...]]) -> None:
        self.decided: list[str] = []
        self.traded: Traded = []
        self._messages = self._told(bars)
        self._wishes: list[OrderRequest] = []
        self._held = Decimal(0)

    def receive(self) -> ToWorker:
        return next(self._messages)

    def send(self, message: FromWorker) -> None:
        if isinstance(message, Decided):
            self.decided.append(message.text)
        elif isinstance(message, OrderRequest):
            self._wishes.append(message)
        assert not isinstance(message, CancelRequest), "market orders are gone before they can be cancelled"

    def _told(self, bars: list[tuple[Bar, ...]]) -> Iterator[ToWorker]:
        yield Past(instruments=(Reference().of("A"),), bars=())
        for group in bars:
            for wish in self._wishes:
                yield from self._filled(wish, group[0])
            self._wishes = []
            yield BarClosed(bars=group, equity=100_000.0)
        yield Finish()

    def _filled(self, wish: OrderRequest, bar: Bar) -> Iterator[ToWorker]:
        ref = f"{wish.ref}-x" if wish.reduce_only else wish.ref
        order = Order(
            ref=ref,
            owner="sma_cross",
            role="exit" if wish.reduce_only else "entry",
            terms=Terms(symbol="A", side=wish.side, quantity=wish.quantity, type="MKT"),
            status=OrderStatus.WORKING,
        )
        yield OrderUpdate(order=order)
        self._held += wish.side.sign * wish.quantity
        self.traded.append((wish.side, float(wish.quantity), bar.open))
        fill = Fill(
            exec_id=f"{len(self.traded)}.01", ref=ref, symbol="A", side=wish.side, quantity=wish.quantity,
            price=bar.open, time=bar.time, owner="sma_cross",
        )  # fmt: skip
        yield FillSeen(fill=fill, position=self._held)
        yield OrderUpdate(order=replace(order, status=OrderStatus.FILLED, filled=wish.quantity))


def lived(market: Market, *, shadow: bool) -> Market:
    begin = Begin(parameters=TYPED, position={}, orders=(), equity=100_000.0, shadow=shadow)
    Live(cast("Pipe", market), SmaCross, begin).run()
    return market


class Told(SmaCross):
    """Remembers what it explained, bar by bar."""

    said: dict[int, str]

    def on_start(self) -> None:
        super().on_start()
        self.said = {}
        made.append(self)

    def explain(self, text: str, *values: object) -> None:
        super().explain(text, *values)
        self.said[int(self.now.timestamp())] = text.format(*values) if values else text


made: list[Told] = []


def over_the_past(kind: Any = Told) -> tuple[Traded, dict[int, str]]:
    made.clear()
    result = run(kind, BARS, values(kind, TYPED), FREE)
    return prices(result), made[0].said


@pytest.mark.parametrize("shadow", [False, True])
def test_the_same_decisions_live_and_over_the_past(shadow: bool) -> None:
    traded, said = over_the_past()
    market = lived(Market(BARS), shadow=shadow)
    ends = [int((group[0].time + timedelta(minutes=1)).timestamp()) for group in BARS]
    decided = dict(zip(ends, market.decided[1:], strict=True))
    assert len(traded) > 20
    assert {end: decided[end] for end in said} == said
    if not shadow:
        assert market.traded == traded[: len(market.traded)]
        assert len(traded) - len(market.traded) in (0, 1), "an order of the last bar is still out"
