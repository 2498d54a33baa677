"""The gate refuses by name, in order, and never lets anything outside the limits through."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.domain.hold import HeldInstrument
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import FOREIGN, OrderIntent, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType
from ibtui.risk.facts import Facts, Recent
from ibtui.risk.gate import check, said
from tests.clocks import MORNING
from tests.risk.stage import AAPL, LIMITS, QUOTE, code, facts, intent, market, order


def test_an_ordinary_order_passes() -> None:
    assert code(intent(), facts()) is None
    assert code(market(), facts()) is None
    assert code(intent(target=Decimal("195.00"), protect=Decimal("180.00")), facts()) is None
    stop = intent(type=OrderType.STP, limit_price=None, stop_price=Decimal("180.00"), side=Side.SELL)
    assert code(stop, facts(held=Decimal(100))) is None


@pytest.mark.parametrize(
    ("wish", "world", "expected"),
    [
        (intent(), {"halted": True}, "halted"),
        (intent(), {"read_only": True}, "read_only"),
        (intent(), {"connection": "reconciling"}, "not_connected"),
        (intent(), {"instrument": None}, "untradeable"),
        (intent(), {"instrument": msgspec.structs.replace(AAPL, sec_type="IND")}, "untradeable"),
        (intent(), {"instrument": msgspec.structs.replace(AAPL, tick=Decimal(0))}, "untradeable"),
        (intent(quantity=Decimal(0)), {}, "bad_quantity"),
        (intent(quantity=Decimal(-5)), {}, "bad_quantity"),
        (intent(quantity=Decimal("NaN")), {}, "bad_quantity"),
        (intent(quantity=Decimal("sNaN")), {}, "bad_quantity"),
        (intent(quantity=Decimal("Infinity")), {}, "bad_quantity"),
        (intent(quantity=Decimal("0.5")), {}, "bad_quantity"),
        (intent(quantity=Decimal("1e18")), {}, "too_large"),
        (intent(quantity=Decimal(10_001)), {}, "too_large"),
        (intent(quantity=Decimal(2_671)), {}, "too_large"),
        (intent(limit_price=None), {}, "off_tick"),
        (intent(limit_price=Decimal("187.255")), {}, "off_tick"),
        (intent(limit_price=Decimal(-1)), {}, "off_tick"),
        (intent(limit_price=Decimal("NaN")), {}, "off_tick"),
        (intent(type=OrderType.MKT), {}, "off_tick"),
        (intent(target=Decimal("195.005")), {}, "off_tick"),
        (intent(limit_price=Decimal("196.80")), {}, "price_collar"),
        (intent(limit_price=Decimal("178.00"), side=Side.SELL), {}, "price_collar"),
        (intent(type=OrderType.STP, limit_price=None, stop_price=Decimal("187.42")), {}, "price_collar"),
        (
            intent(type=OrderType.STP, limit_price=None, stop_price=Decimal("187.41"), side=Side.SELL),
            {},
            "price_collar",
        ),
        (market(), {"quote": None}, "stale_quote"),
        (market(), {"quote": msgspec.structs.replace(QUOTE, ask=None)}, "stale_quote"),
        (market(), {"quote": msgspec.structs.replace(QUOTE, ask=float("nan"))}, "stale_quote"),
        (market(), {"quote": msgspec.structs.replace(QUOTE, received=0.0)}, "stale_quote"),
        (market(), {"now": 105.01}, "stale_quote"),
        (market(), {"now": float("nan")}, "stale_quote"),
        (intent(), {"recent": (Recent(intent(ref="cccccccccccc"), 99.6),)}, "duplicate"),
        (intent(), {"orders": (order(status=OrderStatus.UNKNOWN),)}, "unknown_order"),
        (intent(), {"orders": tuple(order(ref=str(n), limit_price=Decimal(n)) for n in range(15))}, "too_many_orders"),
        (market(), {"quote": msgspec.structs.replace(QUOTE, halted=True)}, "instrument_halted"),
        (market(), {"quote": msgspec.structs.replace(QUOTE, kind="delayed")}, "delayed_quotes"),
        (market(), {"quote": msgspec.structs.replace(QUOTE, kind="frozen")}, "delayed_quotes"),
        (market(), {"sent": 40}, "too_fast"),
        (market(target=Decimal(195), protect=Decimal(180)), {"sent": 38}, "too_fast"),
        (market(), {"equity": 1_874.0}, "too_large"),
        (market(), {"equity": 18_742.0, "rate": 10.1}, "too_large"),
        (market(), {"equity": -5.0}, "too_large"),
        (market(protect=Decimal("0.01")), {}, "price_collar"),
        (market(target=Decimal("1874.00")), {}, "price_collar"),
        (intent(type=OrderType.STP, limit_price=None, stop_price=Decimal("0.01"), side=Side.SELL), {}, "price_collar"),
        (intent(type=OrderType.STP, limit_price=None, stop_price=Decimal(400)), {}, "price_collar"),
        (intent(target=Decimal("187.25")), {}, "bad_bracket"),
        (intent(protect=Decimal("187.25")), {}, "bad_bracket"),
        (intent(side=Side.SELL, limit_price=Decimal("188.00"), target=Decimal("189.00")), {}, "bad_bracket"),
        (intent(side=Side.SELL, limit_price=Decimal("188.00"), protect=Decimal("187.00")), {}, "bad_bracket"),
        (market(target=Decimal("187.42")), {}, "bad_bracket"),
        (market(Side.SELL, reduce_only=True), {}, "would_increase"),
        (market(Side.SELL, "101", reduce_only=True), {"held": Decimal(100)}, "would_increase"),
        (market(Side.BUY, reduce_only=True), {"held": Decimal(100)}, "would_increase"),
        (market(Side.SELL, reduce_only=True), {"held": Decimal(100), "moved": Decimal(-100)}, "would_increase"),
    ],
)
def test_each_rule_refuses_by_its_code(wish: OrderIntent, world: dict[str, Any], expected: str) -> None:
    refusal = check(wish, facts(**world), LIMITS)
    assert refusal is not None
    assert refusal.code == expected
    assert refusal.sentence.endswith(".")


def test_the_sentence_names_the_number_and_the_limit() -> None:
    refusal = check(intent(quantity=Decimal(20_000)), facts(), LIMITS)
    assert refusal is not None
    assert "20000" in refusal.sentence
    assert "10,000" in refusal.sentence


@pytest.mark.parametrize("number", ["1e-999999", "1e999999", "1.5e-999999"])
def test_a_number_with_an_extreme_exponent_makes_a_short_sentence(number: str) -> None:
    for wish in (intent(quantity=Decimal(number)), intent(limit_price=Decimal(number))):
        refusal = check(wish, facts(), LIMITS)
        assert refusal is not None
        assert len(refusal.sentence) < 200


def test_the_first_rule_wins() -> None:
    wish = intent(quantity=Decimal(-1), limit_price=Decimal("0.001"))
    assert code(wish, facts(halted=True, connection="disconnected")) == "not_connected"
    assert code(wish, facts(halted=True)) == "halted"
    assert code(wish, facts()) == "bad_quantity"


def test_the_edges_of_the_limits_pass() -> None:
    assert code(market(quantity="10000"), facts(quote=msgspec.structs.replace(QUOTE, bid=9.99, ask=10.0))) is None
    assert code(intent(limit_price=Decimal("196.79")), facts()) is None
    assert code(market(), facts(now=105.0)) is None
    assert code(intent(), facts(recent=(Recent(intent(ref="cccccccccccc"), 99.5),))) is None
    assert code(intent(), facts(recent=(Recent(intent(ref="cccccccccccc", owner="sma_cross"), 100.4),))) is None


def test_currencies_count_in_thousands() -> None:
    euro = Instrument(
        symbol="EUR.USD",
        con_id=2,
        sec_type="CASH",
        root="EUR",
        exchange="IDEALPRO",
        currency="USD",
        tick=Decimal("0.00005"),
    )
    world = facts(instrument=euro, quote=Quote(symbol="EUR.USD", bid=1.085, ask=1.0852, received=100.0))
    assert code(market(quantity="200000", symbol="EUR.USD"), world) is None


def test_a_halt_lets_only_reducing_orders_through() -> None:
    halted = facts(halted=True, held=Decimal(100))
    assert code(market(Side.SELL), halted) is None
    assert code(market(Side.SELL, reduce_only=True), halted) is None
    assert code(market(Side.SELL, "101"), halted) == "halted"
    assert code(market(Side.BUY), halted) == "halted"
    assert code(market(Side.SELL, target=Decimal("180.00")), halted) == "halted"
    assert code(market(Side.BUY), facts(halted=True, held=Decimal(-100))) is None


def test_what_is_already_on_its_way_out_counts() -> None:
    leaving = order(side=Side.SELL, role="exit", type="MKT", limit_price=None, quantity=Decimal(60))
    world = facts(held=Decimal(100), orders=(leaving,))
    assert code(market(Side.SELL, "40", reduce_only=True), world) is None
    assert code(market(Side.SELL, "41", reduce_only=True), world) == "would_increase"


def test_orders_of_other_programs_that_bar_the_way_out_are_named() -> None:
    own = order(side=Side.SELL, role="exit", type="MKT", limit_price=None, quantity=Decimal(30))
    target = order(side=Side.SELL, type="LMT", owner=FOREIGN, quantity=Decimal(60))
    world = facts(held=Decimal(100), orders=(own, target))
    refusal = check(market(Side.SELL, "70", reduce_only=True), world, LIMITS)
    assert refusal is not None
    assert refusal.sentence == (
        "Other programs' orders SELL 60 of it, cancel them there: "
        "SELL 70 AAPL may only reduce the position, which leaves at most 10 to SELL."
    )
    refusal = check(market(Side.SELL, "71", reduce_only=True), facts(held=Decimal(100), orders=(own,)), LIMITS)
    assert refusal is not None
    assert refusal.sentence == "SELL 71 AAPL may only reduce the position, which leaves at most 70 to SELL."


def test_a_guarding_stop_does_not_bar_the_way_out() -> None:
    stop = order(side=Side.SELL, role="stop", type="STP", limit_price=None, stop_price=Decimal(180))
    assert code(market(Side.SELL, reduce_only=True), facts(held=Decimal(100), orders=(stop,))) is None


def test_an_exit_passes_without_a_market_and_beyond_the_size_limits() -> None:
    way_out = market(Side.SELL, "50000", reduce_only=True)
    assert code(way_out, facts(held=Decimal(50_000), quote=None)) is None
    assert code(market(Side.SELL, "50000"), facts(held=Decimal(50_000))) == "too_large"


def test_a_limit_that_is_not_a_number_allows_nothing() -> None:
    nan = float("nan")
    for field in ("order_quantity", "order_value", "collar_percent", "quote_age"):
        assert code(intent(), facts(), msgspec.structs.replace(LIMITS, **{field: nan})) is not None


@pytest.mark.parametrize("limit", [1e12, 2_000_000.0, float("inf")])
def test_no_configuration_lets_more_than_the_hard_ceilings_through(limit: float) -> None:
    """Also where nothing is configured: a backtest's limits, or a test's."""
    limits = msgspec.structs.replace(LIMITS, order_quantity=limit, order_value=limit, orders_per_second=1_000)
    cheap = facts(quote=msgspec.structs.replace(QUOTE, bid=0.99, ask=1.0), equity=150_000.0)
    assert code(market(quantity="1000000"), cheap, limits) is None
    assert code(market(quantity="1000001"), cheap, limits) == "too_large"
    dear = facts(equity=150_000.0)
    assert code(market(quantity="8003"), dear, limits) is None
    assert code(market(quantity="8004"), dear, limits) == "too_large"
    assert code(market(), facts(sent=45), limits) == "too_fast"
    assert (
        code(market(Side.SELL, "9000000", reduce_only=True), facts(held=Decimal(9_000_000), equity=1.0), limits) is None
    )


@pytest.mark.parametrize("kind", ["delayed", "frozen", "delayed-frozen"])
def test_a_word_lets_entries_be_measured_against_other_prices_than_those_of_now(kind: str) -> None:
    world = facts(quote=msgspec.structs.replace(QUOTE, kind=kind))
    assert code(market(), world) == "delayed_quotes"
    assert code(market(), world, msgspec.structs.replace(LIMITS, delayed_quotes=True)) is None
    halted = facts(quote=msgspec.structs.replace(QUOTE, kind=kind, halted=True))
    assert code(market(), halted, msgspec.structs.replace(LIMITS, delayed_quotes=True)) == "instrument_halted"


NOT_NOW = [{"kind": "delayed"}, {"kind": "frozen"}, {"kind": "delayed-frozen"}, {"halted": True}]


@pytest.mark.parametrize("market_is", NOT_NOW)
@pytest.mark.parametrize("only", [False, True])
@pytest.mark.parametrize("limit", [None, "150.00", "400.00"])
def test_what_only_reduces_gets_out_of_any_market_with_that_said(
    market_is: dict[str, Any], only: bool, limit: str | None
) -> None:
    world = facts(quote=msgspec.structs.replace(QUOTE, **market_is), held=Decimal(100), now=4_000.0, sent=45)
    price: dict[str, Any] = {} if limit is None else {"type": OrderType.LMT, "limit_price": Decimal(limit)}
    wish = market(Side.SELL, reduce_only=only).with_terms(**price)
    assert code(wish, world) is None
    words = said(wish, world, LIMITS)
    assert any("AAPL" in text and ("halted" in text or str(market_is.get("kind")) in text) for text in words)
    assert any("exit collar" in text for text in words) == (limit == "400.00")
    assert code(wish.with_terms(quantity=Decimal(101)), world) is not None


def test_what_has_no_price_where_nothing_trades_can_still_be_sold() -> None:
    empty = msgspec.structs.replace(QUOTE, bid=None, ask=None, halted=True)
    assert code(market(Side.SELL), facts(quote=empty, held=Decimal(100))) is None
    assert code(market(Side.BUY), facts(quote=empty, held=Decimal(100))) == "instrument_halted"
    assert code(market(Side.SELL), facts(quote=msgspec.structs.replace(empty, halted=False), held=Decimal(100))) == (
        "stale_quote"
    )


def test_a_strategy_gets_out_of_its_own_position_in_any_market() -> None:
    """It may make the account's larger; what it holds itself becomes smaller."""
    world = facts(quote=msgspec.structs.replace(QUOTE, halted=True), held=Decimal(-50), closes_own=True)
    assert code(market(Side.SELL, "20", owner="dip", reduce_only=True), world) is None
    assert code(market(Side.SELL, "20", owner="dip"), world) == "instrument_halted"


def test_a_stop_far_from_the_market_passes_where_it_only_reduces_and_says_so() -> None:
    wish = intent(type=OrderType.STP, limit_price=None, stop_price=Decimal("0.01"), side=Side.SELL)
    assert code(wish, facts(held=Decimal(100))) is None
    assert said(wish, facts(held=Decimal(100)), LIMITS) == (
        "The stop 0.01 lies 100 % from the market 187.4; the exit collar is 50 %",
    )
    assert said(market(Side.SELL), facts(held=Decimal(100)), LIMITS) == ()


STATES = ["disconnected", "connecting", "reconciling"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("halted", [False, True])
@pytest.mark.parametrize("wish", [intent(), market(Side.SELL, reduce_only=True)])
def test_no_link_is_told_before_a_halt_and_both_are(state: str, halted: bool, wish: OrderIntent) -> None:
    """Without a link nothing is known to be held: an exit must not be told that it does not reduce."""
    refusal = check(wish, facts(connection=state, halted=halted, held=None, read_only=True), LIMITS)
    assert refusal is not None
    assert refusal.code == "not_connected"
    assert ("halted" in refusal.sentence) is halted
    assert "reduce" not in refusal.sentence
    assert ("has not told yet" in refusal.sentence) is (state == "reconciling")


NUMBERS = [
    "0",
    "1",
    "99",
    "100",
    "100.5",
    "-5",
    "1e18",
    "1e-18",
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "2671",
    "10001",
]
PRICES = [None, "0.01", "150.00", "178.02", "178.03", "187.25", "187.40", "187.42", "196.79", "196.80", "187.255"]
PRICES += ["-1", "NaN", "Infinity", "1e18", "1e-9"]
FLOATS = [None, 0.0, -1.0, float("nan"), float("inf"), 187.40, 187.42, 50.0]


def any_intent(pick: random.Random) -> OrderIntent:
    def price() -> Decimal | None:
        text = pick.choice(PRICES)
        return None if text is None else Decimal(text)

    kind = pick.choice(list(OrderType))
    plain = pick.random() < 0.7
    return intent(
        symbol=pick.choice(["AAPL", "AAPL", "AAPL", "MSFT"]),
        side=pick.choice(list(Side)),
        quantity=Decimal(pick.choice(NUMBERS)) if pick.random() < 0.3 else Decimal(pick.randint(1, 3000)),
        type=kind,
        limit_price=price() if not plain or kind is OrderType.LMT else None,
        stop_price=price() if not plain or kind is OrderType.STP else None,
        target=price() if pick.random() < 0.2 else None,
        protect=price() if pick.random() < 0.2 else None,
        reduce_only=pick.random() < 0.2,
    )


def any_facts(pick: random.Random) -> Facts:
    odd = pick.random() < 0.3
    quote = Quote(
        symbol="AAPL",
        bid=pick.choice(FLOATS) if odd else 187.40,
        ask=pick.choice(FLOATS) if odd else 187.42,
        received=pick.choice([0.0, 90.0, 100.0, float("nan")]) if odd else 100.0,
        kind=pick.choice(["delayed", "frozen"]) if pick.random() < 0.2 else "real-time",
        halted=pick.random() < 0.1,
    )
    return facts(
        connection=pick.choice(["active", "active", "active", "disconnected", "reconciling"]),
        halted=pick.random() < 0.2,
        read_only=pick.random() < 0.1,
        sent=pick.choice([0, 0, 0, 39, 40]),
        equity=pick.choice([None, 1e6, 1e6, 10_000.0]),
        instrument=pick.choice([AAPL, AAPL, AAPL, None]),
        quote=pick.choice([quote, quote, quote, None]),
        held=pick.choice([None, Decimal(0), Decimal(100), Decimal(-2_000), Decimal(20_000)]),
        orders=tuple(order(status=pick.choice(list(OrderStatus)[:4])) for _ in range(pick.choice([0, 1, 15]))),
    )


def allowed_is_harmless(wish: OrderIntent, world: Facts) -> None:
    """What an independent reader of the rules would demand of an order that was let through."""
    assert world.connection == "active"
    assert not world.read_only
    assert world.instrument is not None
    assert world.instrument.symbol == wish.symbol
    assert wish.quantity.is_finite()
    assert wish.quantity > 0
    assert wish.quantity == wish.quantity.to_integral_value()
    for price in (wish.limit_price, wish.stop_price, wish.target, wish.protect):
        assert price is None or (price.is_finite() and price > 0 and price * 100 == (price * 100).to_integral_value())
    after = (world.held or Decimal(0)) + wish.side.sign * wish.quantity
    shrinks = world.held is not None and abs(after) < abs(world.held) and after * world.held >= 0
    if world.halted or wish.reduce_only:
        assert shrinks
    if wish.reduce_only:
        return
    assert wish.quantity <= 10_000
    assert world.quote is not None
    now = world.quote.kind == "real-time" and not world.quote.halted
    if shrinks and not now:
        return
    assert now
    if not shrinks:
        assert world.sent < 40
    side = world.quote.ask if wish.side is Side.BUY else world.quote.bid
    assert side is not None
    assert 0 < side < float("inf")
    assert world.equity is None or float(wish.quantity) * side <= 10 * world.equity
    assert world.now - world.quote.received <= LIMITS.quote_age
    assert wish.quantity <= 10_000
    assert float(wish.quantity) * float(wish.limit_price or wish.stop_price or side) <= LIMITS.order_value
    if wish.limit_price is not None:
        assert wish.side.sign * (float(wish.limit_price) / side - 1) <= 0.05
    if wish.stop_price is not None:
        assert wish.side.sign * (float(wish.stop_price) - side) > 0


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**63))
def test_nothing_outside_the_limits_ever_passes(seed: int) -> None:
    pick = random.Random(seed)
    for _ in range(500):
        wish, world = any_intent(pick), any_facts(pick)
        if check(wish, world, LIMITS) is None:
            allowed_is_harmless(wish, world)


def test_the_generator_reaches_both_answers() -> None:
    pick = random.Random(1)
    answers = [check(any_intent(pick), any_facts(pick), LIMITS) for _ in range(4_000)]
    assert sum(answer is None for answer in answers) > 20
    assert len({answer.code for answer in answers if answer is not None}) >= 10


HELD = HeldInstrument(symbol="AAPL", reason="IB counts 60, our books 100", since=MORNING, counted=Decimal(60))


@pytest.mark.parametrize("owner", ["you", "dip"])
@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, "held"),
        ({"side": Side.SELL, "quantity": "60"}, None),
        ({"side": Side.SELL, "quantity": "60", "reduce_only": True}, None),
        ({"side": Side.SELL, "quantity": "61"}, "held"),
        ({"side": Side.SELL, "quantity": "61", "reduce_only": True}, "held"),
    ],
)
def test_a_held_instrument_can_only_be_closed_by_what_ib_counts(
    owner: str, wish: dict[str, Any], expected: str | None
) -> None:
    world = facts(held=Decimal(60), holds=(HELD,), closes_own=owner == "dip")
    assert code(market(owner=owner, **wish), world) == expected


def test_the_refusal_of_a_held_instrument_says_how_it_ends() -> None:
    refusal = check(market(), facts(holds=(HELD,)), LIMITS)
    assert refusal is not None
    assert "IB counts 60, our books 100" in refusal.sentence
    assert "`accept AAPL`" in refusal.sentence
    assert "`adjust STRATEGY AAPL QUANTITY`" in refusal.sentence
