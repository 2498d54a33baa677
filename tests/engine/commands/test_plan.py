"""What a preview says before anything is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ibtui.commands.command import Close, Flatten, Trade
from ibtui.commands.grammar import parse
from ibtui.domain.account import Account
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.words import effect_words
from ibtui.engine.commands import plan
from ibtui.engine.commands.plan import Draft
from ibtui.engine.commands.wanted import InstrumentState, close, flatten, trade
from tests.flat_orders import flat_order

AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")
QUOTE = Quote(symbol="AAPL", bid=187.41, ask=187.42, last=187.42, received=1.0)
ACCOUNT = Account(id="DU1", currency="USD", net_liquidation=1_000_000.0)


def holding(held: int = 0, *orders: Order, quote: Quote | None = QUOTE) -> InstrumentState:
    return InstrumentState(instrument=AAPL, quote=quote, held=Decimal(held), orders=orders)


def stop(quantity: int = 100, **changes: Any) -> Order:
    fields: dict[str, Any] = {
        "ref": "ssssssssssss-s",
        "symbol": "AAPL",
        "side": Side.SELL,
        "quantity": Decimal(quantity),
        "type": "STP",
        "stop_price": Decimal(180),
        "status": OrderStatus.WORKING,
        "role": "stop",
    }
    return flat_order(Order, fields | changes)


def draft(text: str, held: InstrumentState) -> Draft:
    command = parse(text)
    if isinstance(command, Trade):
        wanted = trade(command, held, lambda: "aaaaaaaaaaaa")
    elif isinstance(command, Close):
        wanted = close(command, held, lambda: "aaaaaaaaaaaa")
    else:
        assert isinstance(command, Flatten)
        wanted = flatten(command, [held], lambda: "aaaaaaaaaaaa")
    return plan.draft(wanted, ACCOUNT)


@pytest.mark.parametrize(
    ("held", "side", "quantity", "words"),
    [
        (0, Side.BUY, 100, "OPENS a long of 100"),
        (0, Side.SELL, 50, "OPENS a short of 50"),
        (100, Side.BUY, 100, "ADDS to a long of 100, becomes 200"),
        (-100, Side.SELL, 100, "ADDS to a short of 100, becomes 200"),
        (100, Side.SELL, 40, "REDUCES a long of 100 to 60"),
        (100, Side.SELL, 100, "CLOSES a long of 100"),
        (100, Side.SELL, 150, "FLIPS from long 100 to short 50"),
        (-1500, Side.BUY, 3000, "FLIPS from short 1,500 to long 1,500"),
    ],
)
def test_effects_in_words(held: int, side: Side, quantity: int, words: str) -> None:
    assert effect_words(Decimal(held), side, Decimal(quantity)) == words


def test_an_ordinary_order() -> None:
    shown = draft("buy 100 AAPL @ 187.42", holding(100)).plan
    assert shown.sentence == "BUY 100 AAPL at 187.42 limit, day"
    assert (shown.effect, shown.effect_sentence) == ("adds", "ADDS to a long of 100, becomes 200")
    assert shown.value == pytest.approx(18_742.0)
    assert shown.value_percent == pytest.approx(1.8742)
    assert shown.commission == 1.0
    assert shown.bare == 200
    assert shown.warnings == ()


def test_a_bracket_is_shown_as_what_would_be_sent() -> None:
    shown = draft("buy 200 AAPL @ 187.40 tp 195 sl 180 gtc", holding()).plan
    assert shown.sentence == "BUY 200 AAPL at 187.40 limit, good till cancelled, target 195.00, stop 180.00"
    assert [(leg.role, str(leg.type), str(leg.tif)) for leg in shown.legs] == [
        ("entry", "LMT", "GTC"),
        ("target", "LMT", "GTC"),
        ("stop", "STP", "GTC"),
    ]
    assert shown.bare == 0


def test_a_close_leaves_the_stop_where_it_is_and_joins_its_group() -> None:
    guard = stop(oca_group="ibtui-ssssssssssss")
    entry = stop(ref="eeeeeeeeeeee", side=Side.BUY, role="entry", type="LMT")
    out = stop(ref="xxxxxxxxxxxx-x", role="exit", type="LMT")
    whole = draft("close AAPL", holding(100, guard, entry, out))
    assert whole.cancels == ("xxxxxxxxxxxx-x",)
    assert [(int(i.quantity), i.oca_group, i.reduce_only) for i in whole.intents] == [(100, "ibtui-ssssssssssss", True)]
    assert whole.plan.effect == "closes"
    part = draft("close AAPL 40", holding(100, guard))
    assert part.cancels == ()
    assert [(int(i.quantity), i.oca_group) for i in part.intents] == [(40, "")]
    assert part.plan.warnings == ()
    limit = draft("close AAPL @ 190", holding(100, guard))
    assert [(i.limit_price, i.oca_group) for i in limit.intents] == [(Decimal(190), "ibtui-ssssssssssss")]


def test_a_close_of_several_guarded_parts_is_one_order_each() -> None:
    low, high = stop(60, ref="a-s", oca_group="a"), stop(30, ref="b-s", oca_group="b")
    shown = draft("close AAPL", holding(100, low, high))
    assert [(int(i.quantity), i.oca_group) for i in shown.intents] == [(60, "a"), (30, "b"), (10, "")]
    assert shown.plan.sentence.splitlines() == [
        "SELL 60 AAPL at market, day · 11,244.60 USD",
        "SELL 30 AAPL at market, day · 5,622.30 USD",
        "SELL 10 AAPL at market, day · 1,874.10 USD",
    ]
    assert shown.plan.value == pytest.approx(18_741.0)
    assert shown.plan.effect_sentence == "CLOSES a long of 100"


def test_the_stop_of_another_program_is_named() -> None:
    other = stop(ref="perm-1", owner="other")
    (warning,) = draft("close AAPL", holding(100, other)).plan.warnings
    assert warning == "STP SELL 100 of another program stays and would open a short of 100: cancel it there"


def test_two_stops_of_one_group_cover_a_position_once() -> None:
    both = (stop(oca_group="g"), stop(ref="tttttttttttt-s", oca_group="g"))
    assert draft("buy 100 AAPL @ 187.42", holding(100, *both)).plan.bare == 100
    assert (
        "AAPL stops would cover 40 more than is left: OVER"
        in draft("sell 40 AAPL market", holding(100, *both)).plan.warnings
    )


def test_closing_a_short_buys() -> None:
    shown = draft("close AAPL", holding(-30)).plan
    assert shown.sentence == "BUY 30 AAPL at market, day"


def test_a_flatten_cancels_entries_on_both_sides_and_no_stop() -> None:
    entry = stop(ref="eeeeeeeeeeee", side=Side.BUY, role="entry", type="LMT")
    flat = draft("flatten AAPL", holding(100, stop(), entry, stop(ref="perm-1", owner="other")))
    assert flat.cancels == ("eeeeeeeeeeee",)
    assert flat.plan.sentence == "SELL 100 AAPL at market, day"


@pytest.mark.parametrize("text", ["close AAPL", "flatten AAPL", "flatten all"])
def test_nothing_held_is_nothing_to_close(text: str) -> None:
    with pytest.raises(IbtuiError) as refused:
        draft(text, holding(0))
    assert refused.value.code == "no_position"


@pytest.mark.parametrize(
    ("text", "held", "word"),
    [
        ("sell 150 AAPL market", holding(100), "FLIPS"),
        ("sell 100 AAPL market", holding(100, stop()), "OVER"),
        ("buy 10 AAPL @ 190", holding(), "above the ask"),
        ("buy 2000 AAPL market", holding(), "net liquidation"),
        ("buy 10 AAPL @ 187", holding(quote=None), "no market"),
        ("buy 10 AAPL market", holding(quote=Quote(symbol="AAPL", bid=1.0, ask=2.0, kind="delayed")), "delayed"),
        ("buy 10 AAPL market", holding(quote=Quote(symbol="AAPL", bid=1.0, ask=2.0, halted=True)), "halted"),
    ],
)
def test_warnings(text: str, held: InstrumentState, word: str) -> None:
    assert any(word in warning for warning in draft(text, held).plan.warnings)


def test_at_most_three_warnings_the_worst_first() -> None:
    delayed = Quote(symbol="AAPL", bid=187.41, ask=187.42, kind="delayed", received=1.0)
    shown = draft("sell 3000 AAPL @ 185", holding(100, stop(), quote=delayed)).plan
    assert len(shown.warnings) == 3
    assert "FLIPS" in shown.warnings[0]


def test_unknown_prices_are_not_zero() -> None:
    shown = draft("buy 10 AAPL market", holding(quote=None)).plan
    assert (shown.value, shown.value_percent, shown.commission) == (None, None, None)


def test_the_collar_is_five_ticks_or_a_tenth_of_a_percent() -> None:
    assert draft("buy 1 AAPL market", holding()).plan.collar_ticks == 19
    cheap = Quote(symbol="AAPL", bid=9.99, ask=10.00, received=1.0)
    assert draft("buy 1 AAPL market", holding(quote=cheap)).plan.collar_ticks == 5


def test_a_fraction_of_a_lot_stays_and_is_named() -> None:
    flat = draft("flatten AAPL", replace(holding(), held=Decimal("1.5")))
    assert flat.plan.sentence == "SELL 1 AAPL at market, day"
    assert (
        flat.plan.effect_sentence.splitlines()[1]
        == "LEAVES AAPL: keeps 0.5, as IB takes no fractions of a share from here"
    )
    with pytest.raises(
        IbtuiError, match=r"AAPL keeps 0\.5, as IB takes no fractions of a share from here: nothing was sent"
    ):
        draft("close AAPL", replace(holding(), held=Decimal("0.5")))
