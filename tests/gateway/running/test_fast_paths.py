"""What is done for speed gives what the slow way gives: written messages, and a stress that keeps its rate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.told.reports import Tick
from ibtui.gateway.running.stress import MESSAGES, Stress
from ibtui.gateway.wire import codec, requests, responses
from ibtui.gateway.wire.codec import encode
from ibtui.gateway.wire.fields import REQUIRED, Field, Fixed, Layout
from ibtui.gateway.wire.values import FieldKind
from tests.gateway.raw import AAPL, QUOTES, started_client
from tests.gateways import MORNING, running_gateway

FLAT = [layout for layout in responses.ALL if all(isinstance(item, Field | Fixed) for item in layout.items)]
VALUES: dict[FieldKind, st.SearchStrategy[Any]] = {
    FieldKind.TEXT: st.text(max_size=8),
    FieldKind.INTEGER: st.integers(-(2**40), 2**40),
    FieldKind.FLAG: st.booleans(),
    FieldKind.NUMBER: st.floats(-1e9, 1e9),
    FieldKind.DECIMAL: st.decimals(-(10**9), 10**9, places=4),
    FieldKind.SIZE: st.one_of(st.integers(0, 10**9), st.floats(0, 1e9).map(float), st.decimals(0, 10**6, places=3)),
}


def by_table(layout: Layout, values: dict[str, Any], version: int) -> bytes:
    """The payload as the table is walked, item by item."""
    out = [str(layout.id)]
    codec._write(layout.items, dict(values), version, out)
    return "".join(f"{field}\0" for field in out).encode("ascii")


@given(st.data())
def test_a_flat_message_is_written_as_its_table_says(data: st.DataObject) -> None:
    layout = data.draw(st.sampled_from(FLAT))
    version = data.draw(st.sampled_from([69, 157, 163, 176, 178]))
    values = {}
    for item in layout.items:
        if isinstance(item, Field) and (item.default is REQUIRED or data.draw(st.booleans())):
            unset = item.unset is not None and data.draw(st.booleans())
            values[item.name] = None if unset else data.draw(VALUES[item.kind])
    assert encode(layout, values, version) == by_table(layout, values, version)


@pytest.mark.parametrize("layout", FLAT, ids=lambda layout: layout.name)
def test_a_missing_value_is_noticed(layout: Layout) -> None:
    needed = [item for item in layout.items if isinstance(item, Field) and item.default is REQUIRED]
    for missing in needed:
        values = {
            item.name: "" if item.kind is FieldKind.TEXT else Decimal(0) for item in needed if item is not missing
        }
        if missing.name not in {item.name for item in needed if item is not missing}:
            with pytest.raises(KeyError):
                encode(layout, values, 178)


def test_stress_keeps_its_rate_and_no_market_comes_twice_at_once() -> None:
    exchange = Exchange(start=MORNING)
    stress = Stress(exchange, 1000.0)
    assert list(stress.quotes(1.0)) == []
    for con_id in (265598, 272093, 756733):
        stress._hear(exchange.tick(con_id))
    seen = 0
    for _ in range(100):
        for quotes in stress.quotes(0.01):
            assert len({quote.con_id for quote in quotes}) == len(quotes)
            seen += len(quotes)
    assert seen * MESSAGES == pytest.approx(1000, abs=3 * MESSAGES)


def test_stress_quotes_differ_from_one_to_the_next() -> None:
    exchange = Exchange(start=MORNING)
    stress = Stress(exchange, 1000.0)
    stress._hear(exchange.tick(265598))
    before: Tick | None = None
    for _ in range(50):
        for (quote,) in stress.quotes(0.01):
            assert quote.bid < quote.ask
            if before is not None:
                assert before.bid != quote.bid
                assert before.ask != quote.ask
                assert before.bid_size != quote.bid_size
            before = quote


async def test_stress_is_felt_by_who_watches() -> None:
    async with running_gateway(stress=2000.0) as gateway, started_client(gateway) as client:
        client.send(requests.REQ_MKT_DATA, reqId=1, **AAPL, **QUOTES)
        for _ in range(200):
            await client.one("tickPrice", tickType=1)
        assert (await client.one("tickPrice", tickType=2))["price"] > 0
