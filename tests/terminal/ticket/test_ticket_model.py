"""The order being written: what each key does to it, and what it refuses to become."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as replace_instrument

from ibtui.commands.command import Close, Trade
from ibtui.commands.registry import ACTIONS
from ibtui.domain.failure import IbtuiError
from ibtui.domain.money import on_tick
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType, Terms, TimeInForce
from ibtui.domain.text.number import NotANumberError
from ibtui.terminal.ticket import fields, model
from ibtui.terminal.ticket.model import CHANGES, Ticket
from tests.terminal.scripted import AAPL, ESZ6, quote

MARKET = quote("AAPL", 187.41, 187.42)
LETTERS = {action.id: action.keys[0] for action in ACTIONS if action.where == "ticket" and len(action.keys[0]) == 1}


def buy(quantity: int | None = None) -> Ticket:
    return model.opened(AAPL, Side.BUY, "ask", None if quantity is None else Decimal(quantity))


def typed(ticket: Ticket, *keys: str, market: Quote | None = MARKET) -> Ticket:
    """Keys as they are typed: characters, `tab`, `back` for Backspace, or action ids."""
    for key in keys:
        if key == "tab":
            ticket = fields.next_field(ticket)
        elif key == "back":
            ticket = fields.erase(ticket, market)
        elif key in CHANGES:
            ticket = fields.press(key, LETTERS.get(key, ""))(ticket, market)
        else:
            for character in key:
                ticket = fields.type_character(ticket, character, market)
    return ticket


def refusal(ticket: Ticket, market: Quote | None = MARKET) -> str:
    with pytest.raises(IbtuiError) as error:
        model.command(ticket, market)
    assert error.value.code == "bad_ticket"
    return error.value.message


def test_a_buy_is_a_limit_at_the_ask() -> None:
    command = model.command(typed(buy(), "100"), MARKET)
    assert command == Trade(
        terms=Terms(
            side=Side.BUY, quantity=Decimal(100), symbol="AAPL", type=OrderType.LMT, limit_price=Decimal("187.42")
        )
    )


def test_the_limit_follows_the_ask_until_it_is_touched() -> None:
    ticket = typed(buy(), "100")
    higher = quote("AAPL", 187.49, 187.50)
    assert model.limit(ticket, higher) == Decimal("187.50")
    touched = typed(ticket, "ticket.tick_down")
    assert model.limit(touched, higher) == Decimal("187.41")


@pytest.mark.parametrize("field", [(), ("tab",), ("tab", "tab"), ("tab", "tab", "tab")])
@pytest.mark.parametrize("text", ["1e9", "1e99", "1,5", "190,50", "1.2.3", "1 000", "1_0", "0x10", "1234567890123"])
def test_what_is_no_number_is_refused_whole_and_changes_nothing(field: tuple[str, ...], text: str) -> None:
    start = typed(buy(100), *field)
    ticket = start
    for character in text:
        action = next((action for action, letter in LETTERS.items() if letter == character), None)
        ticket = typed(ticket, action or character)
    assert ticket.unread == text
    assert (ticket.preset, ticket.type, ticket.follow) == (start.preset, start.type, ticket.follow)
    assert repr(text) in refusal(ticket)
    for _ in text:
        ticket = typed(ticket, "back")
    assert not ticket.unread
    assert not ticket.typed


def test_a_part_of_a_share_is_typed_and_refused_as_such() -> None:
    ticket = typed(buy(), "100.5")
    assert ticket.quantity == Decimal("100.5")
    assert "AAPL trades in steps of 1" in refusal(ticket)


def test_a_letter_behind_digits_does_what_it_is_documented_to_do() -> None:
    ticket = typed(buy(), "200", "ticket.exits")
    assert ticket.preset
    assert ticket.quantity == 200
    assert isinstance(model.command(ticket, MARKET), Trade)
    assert typed(ticket, "ticket.double").quantity == 400


def test_a_stray_key_before_any_digit_is_refused_and_spoils_nothing() -> None:
    for key in ",z? ":
        with pytest.raises(IbtuiError, match="does nothing here"):
            typed(buy(), key)
    assert typed(buy(), "100").quantity == 100


@pytest.mark.parametrize(("keys", "amount"), [("$", "500"), ("$750", "750"), ("750$", "750"), ("€1000", "1000")])
def test_money_in_the_quantity_is_no_quantity_and_told_where_it_is_said(keys: str, amount: str) -> None:
    ticket = typed(buy(), *keys)
    assert ticket.unread == keys
    said = f"A quantity stands here: Backspace changes it; for money type `:buy {amount} USD of AAPL @ PRICE`."
    assert refusal(ticket) == said
    coin = replace(ticket, type=OrderType.MKT, instrument=replace_instrument(AAPL, symbol="BTC.USD"))
    assert f"type `:buy {amount} USD of BTC.USD @ market`." in refusal(coin)
    with pytest.raises(IbtuiError, match="does nothing here"):
        typed(buy(), "tab", "$")


def test_another_field_leaves_behind_what_was_no_number() -> None:
    ticket = typed(buy(), "1", ",", "5", "tab", "186")
    assert not ticket.unread
    assert ticket.quantity == 1


def test_a_paste_is_read_as_strictly() -> None:
    assert fields.paste(buy(7), "1,000", MARKET).quantity == 1000
    assert fields.paste(typed(buy(7), "12"), " 250 ", MARKET).quantity == 250
    for text in ("1,5", "1e9", "", "9 8", "-3", "٣"):
        with pytest.raises(NotANumberError):
            fields.paste(buy(7), text, MARKET)
    with pytest.raises(IbtuiError, match="12 characters"):
        fields.paste(buy(7), "1" * 20, MARKET)


def test_the_first_digit_replaces_the_remembered_quantity() -> None:
    assert typed(buy(300), "5").quantity == 5
    assert typed(buy(300), "5", "0").quantity == 50


def test_the_first_digit_replaces_again_after_a_change_by_key() -> None:
    assert typed(buy(100), "200", "ticket.double").quantity == 400
    assert typed(buy(100), "200", "ticket.double", "7").quantity == 7


def test_backspace_takes_the_last_digit() -> None:
    assert typed(buy(), "100", "back").quantity == 10
    assert typed(buy(250), "back").quantity == 25
    assert typed(buy(), "1", "back").quantity is None


def test_ticks_move_the_price_whatever_field_has_the_focus() -> None:
    ticket = typed(buy(), "1", "ticket.tick_up", "0", "ticket.ten_down", "0")
    assert ticket.quantity == 100
    assert ticket.price == Decimal("187.33")


def test_a_future_moves_by_its_own_tick() -> None:
    market = quote("ESZ6", 6712.0, 6712.25)
    ticket = typed(model.opened(ESZ6, Side.SELL, "bid", Decimal(1)), "ticket.tick_up", market=market)
    assert ticket.price == Decimal("6712.25")


def test_a_typed_price_stays() -> None:
    ticket = typed(buy(100), "tab", "186.5")
    assert model.limit(ticket, quote("AAPL", 1.0, 1.01)) == Decimal("186.5")


def test_bid_ask_and_mid_follow() -> None:
    wide = quote("AAPL", 187.00, 187.05)
    assert model.limit(typed(buy(1), "ticket.bid"), wide) == Decimal("187.00")
    mid = model.limit(typed(buy(1), "ticket.mid"), wide)
    assert mid is not None
    assert on_tick(mid, AAPL.tick)
    assert Decimal("187.02") <= mid <= Decimal("187.03")


def test_market_and_back() -> None:
    ticket = typed(buy(100), "tab", "ticket.market")
    assert ticket.field == "quantity"
    assert model.command(ticket, MARKET) == Trade(
        terms=Terms(side=Side.BUY, quantity=Decimal(100), symbol="AAPL", type=OrderType.MKT)
    )
    assert model.limit(typed(ticket, "ticket.market"), MARKET) == Decimal("187.42")


def test_half_stays_in_whole_lots_and_above_none() -> None:
    assert typed(buy(25), "ticket.half").quantity == 12
    assert typed(buy(1), "ticket.half").quantity == 1


def test_preset_exits_lie_on_the_tick_at_two_and_one_percent_and_follow() -> None:
    ticket = typed(buy(100), "ticket.exits")
    assert model.exits(ticket, MARKET) == (Decimal("191.17"), Decimal("185.55"))
    assert model.exits(ticket, quote("AAPL", 199.99, 200.00)) == (Decimal("204.00"), Decimal("198.00"))
    assert model.exits(typed(ticket, "ticket.exits"), MARKET) == (None, None)


def test_exits_of_a_sale_lie_the_other_way_round() -> None:
    ticket = typed(model.opened(AAPL, Side.SELL, "bid", Decimal(10)), "ticket.exits")
    target, stop = model.exits(ticket, MARKET)
    assert target is not None
    assert stop is not None
    assert target < Decimal("187.41") < stop


def test_typing_over_a_preset_exit_keeps_the_other() -> None:
    ticket = typed(buy(100), "ticket.exits", "tab", "tab", "192")
    assert model.exits(ticket, MARKET) == (Decimal(192), Decimal("185.55"))


def test_the_time_in_force_turns() -> None:
    assert typed(buy(1), "ticket.tif").tif is TimeInForce.GTC
    assert typed(buy(1), "ticket.tif", "ticket.tif").tif is TimeInForce.DAY


@pytest.mark.parametrize(
    ("ticket", "words"),
    [
        (buy(), "Type a quantity"),
        (buy(0), "Type a quantity"),
        (typed(buy(100), "tab", "187.425"), "off AAPL's tick of 0.01"),
        (typed(buy(100), "tab", "0"), "more than 0"),
        (typed(buy(100), "tab", "1", "back"), "type a price"),
        (typed(buy(100), "tab", "tab", "180"), "must be above 187.42"),
        (typed(buy(100), "tab", "tab", "tab", "190"), "must be below 187.42"),
        (replace(buy(100), quantity=Decimal("1.5")), "steps of 1"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(ticket: Ticket, words: str) -> None:
    message = refusal(ticket)
    assert words in message
    assert message.endswith(".")


def test_without_a_market_a_price_must_be_typed() -> None:
    assert "type a price" in refusal(buy(100), None)
    assert "no ask" in refusal(buy(100), replace_ask(None))
    assert isinstance(model.command(typed(buy(100), "tab", "187", market=None), None), Trade)


def replace_ask(ask: float | None) -> Quote:
    return Quote(symbol="AAPL", bid=187.41, ask=ask)


def test_no_tick_from_an_unknown_price() -> None:
    with pytest.raises(IbtuiError, match="no price to start from"):
        CHANGES["ticket.tick_up"](buy(1), None)


def test_a_price_cannot_fall_to_zero() -> None:
    penny = quote("AAPL", 0.01, 0.02)
    with pytest.raises(IbtuiError, match="above 0"):
        CHANGES["ticket.ten_down"](buy(1), penny)


def test_closing_is_the_whole_position_at_market() -> None:
    assert model.command(model.closing(AAPL, Decimal(100)), MARKET) == Close(symbol="AAPL")
    short = model.closing(AAPL, Decimal(-40))
    assert short.side is Side.BUY
    assert model.command(short, MARKET) == Close(symbol="AAPL")


def test_closing_half_and_at_a_limit() -> None:
    half = typed(model.closing(AAPL, Decimal(100)), "ticket.half")
    assert model.command(half, MARKET) == Close(symbol="AAPL", quantity=Decimal(50))
    limited = typed(half, "ticket.market")
    assert model.command(limited, MARKET) == Close(symbol="AAPL", quantity=Decimal(50), limit_price=Decimal("187.41"))


def test_closing_more_than_is_held_is_refused() -> None:
    assert "You hold 100" in refusal(typed(model.closing(AAPL, Decimal(100)), "101"))


def test_a_close_has_no_exits_and_no_time_in_force() -> None:
    for action in ("ticket.exits", "ticket.tif"):
        with pytest.raises(IbtuiError, match="of its own"):
            CHANGES[action](model.closing(AAPL, Decimal(100)), MARKET)
    assert fields.next_field(model.closing(AAPL, Decimal(100))).field == "quantity"


KEYS = st.sampled_from(["tab", "back", *"0123456789.,z ", *CHANGES])


@given(st.lists(KEYS, max_size=30), st.booleans())
def test_whatever_is_typed_only_a_sound_order_comes_out(keys: list[str], known: bool) -> None:
    market = MARKET if known else None
    ticket = buy(100)
    for key in keys:
        with suppress(IbtuiError):
            ticket = typed(ticket, key, market=market)
    command = None
    with suppress(IbtuiError):
        command = model.command(ticket, market)
    if command is None:
        return
    assert isinstance(command, Trade)
    assert command.quantity > 0
    assert command.quantity % 1 == 0
    for price in (command.limit_price, command.target, command.protect):
        assert price is None or (price > 0 and on_tick(price, AAPL.tick))
    if command.limit_price is not None:
        assert command.target is None or command.target > command.limit_price
        assert command.protect is None or command.protect < command.limit_price


def below_zero() -> tuple[Ticket, Quote]:
    oil = replace_instrument(ESZ6, symbol="CLK0", tick=Decimal("0.01"))
    return model.opened(oil, Side.BUY, "ask", Decimal(1)), quote("CLK0", -0.02, -0.01)


def test_a_limit_follows_a_market_below_zero_and_steps_through_it() -> None:
    ticket, market = below_zero()
    assert model.limit(ticket, market) == Decimal("-0.01")
    stepped = typed(ticket, "ticket.tick_up", "ticket.tick_up", market=market)
    assert model.limit(stepped, market) == Decimal("0.01")
    command = model.command(typed(stepped, "ticket.ten_down", market=market), market)
    assert isinstance(command, Trade)
    assert command.terms.limit_price == Decimal("-0.09")


def test_a_minus_before_a_digit_is_a_sign_near_zero() -> None:
    ticket, market = below_zero()
    ticket = typed(ticket, "tab", market=market)
    ticket = fields.press("ticket.tick_down", "-")(ticket, market)
    assert model.limit(ticket, market) == Decimal("-0.02")
    assert model.limit(typed(ticket, "37.63", market=market), market) == Decimal("-37.63")


def test_a_bond_future_is_typed_in_32nds() -> None:
    note = replace_instrument(ESZ6, symbol="ZNH6", tick=Decimal("0.015625"))
    market = quote("ZNH6", 113.0, 113.015625)
    ticket = model.opened(note, Side.BUY, "ask", Decimal(1))
    command = model.command(typed(ticket, "tab", "113'005", market=market), market)
    assert isinstance(command, Trade)
    assert command.terms.limit_price == Decimal("113.015625")
    assert model.limit(fields.paste(fields.next_field(ticket), "112'31", market), market) == Decimal("112.96875")
