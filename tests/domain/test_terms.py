"""Terms: the flat form says them whole, and what cannot be sent is refused in one sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.commands.command import Trade
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.terms import ComboLeg, OrderType, Side, Terms, TimeInForce, flat, nested, unaskable, unsendable
from ibtui.engine.journal.records import CallerRequest, asked, order_moved, read_asked, read_order
from ibtui.link.codec import encode, from_client, from_engine
from ibtui.link.messages import Do, Frame, Request

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
PRICES = st.none() | st.decimals(min_value=-(10**6), max_value=10**6, places=4)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
TERMS = st.builds(
    Terms,
    symbol=WORDS.filter(bool),
    side=st.sampled_from(Side),
    quantity=st.decimals(min_value=0, max_value=10**9, places=4),
    type=st.sampled_from(["MKT", "LMT", "STP", "STP LMT", "TRAIL", "MIT", "REL + MKT"]),
    limit_price=PRICES,
    stop_price=PRICES,
    tif=st.sampled_from(["DAY", "GTC", "GTD", "IOC"]),
    oca_group=WORDS,
    combo=st.just(()) | st.just((ComboLeg(symbol="A", side=Side.BUY), ComboLeg(symbol="B", side=Side.SELL, ratio=2))),
    outside_hours=st.booleans(),
    good_till=st.none() | st.just(NOON),
    trail_amount=PRICES,
    trail_percent=PRICES,
    limit_offset=PRICES,
    trigger_price=PRICES,
    trigger_method=st.sampled_from([0, 1, 2, 3, 4, 7, 8]),
    all_or_none=st.booleans(),
    display_size=st.none() | st.integers(1, 1000),
    algo=st.sampled_from(["", "Adaptive"]),
    algo_parameters=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
)


def order(terms: Terms) -> Order:
    return Order(ref="abc", terms=terms, status=OrderStatus.WORKING, average_price=1.5, created=NOON)


@given(TERMS)
def test_the_journal_keeps_every_term(terms: Terms) -> None:
    body = order_moved(order(terms), NOON).payload
    assert read_order(body) == order(terms)
    assert not json.loads(body).keys() & {"terms"}


@given(TERMS, PRICES)
def test_the_journal_keeps_what_was_asked(terms: Terms, target: Decimal | None) -> None:
    what = CallerRequest(id="night", command=Trade(terms=terms, target=target))
    assert read_asked(asked("abc", what).payload) == what


@given(TERMS)
def test_messages_keep_every_term_in_both_forms(terms: Terms) -> None:
    frame = Frame(orders=(order(terms),))
    assert from_engine(encode(frame)) == frame
    assert from_engine(encode(frame, 1), 1) == frame
    request = Request(id=1, ask=Do(command=Trade(terms=terms)))
    assert from_client(encode(request)) == request
    assert from_client(encode(request, 1), 1) == request


@given(TERMS)
def test_the_flat_form_always_names_what_orders_always_had(terms: Terms) -> None:
    names = {"symbol", "side", "quantity", "type", "limit_price", "stop_price", "tif", "oca_group", "combo"}
    tree = {"orders": [msgspec.to_builtins(order(terms))], "terms": "of a bargain"}
    spread = flat(tree)
    assert spread["orders"][0].keys() >= names | {"outside_hours"}
    assert spread["terms"] == "of a bargain"
    assert msgspec.convert(nested(spread)["orders"][0], Order) == order(terms)


PLAIN = Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(1), type="MKT")


@pytest.mark.parametrize("kind", list(OrderType))
@pytest.mark.parametrize("tif", list(TimeInForce))
def test_what_the_ticket_can_say_can_be_sent(kind: OrderType, tif: TimeInForce) -> None:
    terms = replace(PLAIN, type=kind, tif=tif, limit_price=Decimal(1), oca_group="g", outside_hours=True)
    assert unsendable(terms) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type": "TRAIL"}, "type TRAIL"),
        ({"tif": "FOK"}, "time in force of FOK"),
        ({"trail_percent": Decimal(1)}, "Trail percent"),
        ({"good_till": NOON}, "Good till"),
        ({"all_or_none": True}, "All or none"),
        ({"algo": "Adaptive"}, "Algo"),
    ],
)
def test_what_it_cannot_say_is_refused(changes: dict[str, Any], words: str) -> None:
    assert words in unsendable(replace(PLAIN, **changes))


@pytest.mark.parametrize("changes", [{"oca_group": "ibtui-aaaaaaaaaaaa"}, {"outside_hours": True}])
def test_nobody_but_the_engine_joins_a_group(changes: dict[str, Any]) -> None:
    assert unaskable(replace(PLAIN, **changes))
    assert not unaskable(PLAIN)
