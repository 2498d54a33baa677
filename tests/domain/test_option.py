"""Names of options, and what is picked from a chain."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.failure import IbtuiError
from ibtui.domain.options.chain import Chain, ChainOption, OptionName, expires_at, option_name
from ibtui.domain.options.pricing import Right

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NEAR, FAR = date(2026, 12, 4), date(2026, 12, 24)


def option(strike: float, right: Right, delta: float | None, expiry: date = FAR) -> ChainOption:
    name = OptionName(root="AAPL", expiry=expiry, right=right, strike=Decimal(str(strike)))
    return ChainOption(symbol=name.symbol, expiry=expiry, strike=strike, right=right, delta=delta)


CHAIN = Chain(
    underlying="AAPL",
    spot=191.25,
    time=NOW,
    multiplier=100.0,
    options=(
        option(195.0, "C", 0.38),
        option(190.0, "C", 0.55),
        option(192.5, "C", 0.46),
        option(200.0, "C", 0.22),
        option(190.0, "P", -0.44),
        option(185.0, "P", -0.30),
        option(180.0, "P", -0.20),
        option(192.5, "P", None),
        option(190.0, "C", 0.6, NEAR),
    ),
)


@given(
    st.from_regex(r"[A-Z][A-Z0-9]{0,5}", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["C", "P"]),
    st.integers(1, 99_999_999),
)
def test_a_name_says_what_it_was_made_of(root: str, expiry: date, right: Right, mills: int) -> None:
    name = OptionName(root=root, expiry=expiry, right=right, strike=Decimal(mills) / 1000)
    if not root[-6:].isdigit():
        assert option_name(name.symbol) == name
    assert option_name(name.padded) == name
    assert len(name.padded) == 21


def test_what_is_no_name_of_an_option_says_nothing() -> None:
    for text in ("AAPL", "AAPL261318C00190000", "AAPL261218X00190000", "TOOLONGX261218C00190000", "", "EUR.USD"):
        assert option_name(text) is None


def test_an_option_expires_at_four_in_new_york() -> None:
    assert expires_at(date(2026, 12, 18)).astimezone(UTC) == datetime(2026, 12, 18, 21, tzinfo=UTC)
    assert expires_at(date(2026, 6, 19)).astimezone(UTC) == datetime(2026, 6, 19, 20, tzinfo=UTC)


def test_an_expiry_is_the_first_that_is_far_enough_away() -> None:
    assert CHAIN.expiries == (NEAR, FAR)
    assert [CHAIN.expiry(days) for days in (0, 11, 11.5, 31)] == [NEAR, NEAR, FAR, FAR]
    with pytest.raises(IbtuiError, match="no expiry 32 days away; the last is 2026-12-24") as error:
        CHAIN.expiry(32)
    assert error.value.code == "no_option"


def test_days_are_counted_in_new_york() -> None:
    late = msgspec.structs.replace(CHAIN, time=datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    assert late.expiry(31) == FAR


def test_by_delta_the_nearest_is_taken_whatever_the_sign() -> None:
    assert CHAIN.pick("C", delta=0.30, expiry=FAR).strike == 195  # 0.08 off on both sides: the lower strike
    assert CHAIN.pick("C", delta=0.29, expiry=FAR).strike == 200
    assert CHAIN.pick("P", delta=0.30, days=20).strike == 185
    assert CHAIN.pick("P", delta=-0.21, days=20).strike == 180


def test_by_moneyness_and_strike_the_nearest_is_taken() -> None:
    assert CHAIN.pick("C", moneyness=1.05, expiry=FAR).strike == 200
    assert CHAIN.pick("P", moneyness=0.95, expiry=FAR).strike == 180
    assert CHAIN.pick("C", strike=196, expiry=FAR).strike == 195
    assert CHAIN.pick("C", moneyness=1.0).expiry == NEAR


def test_of_two_equally_near_the_lower_strike_is_taken() -> None:
    assert CHAIN.at_the_money("C", expiry=FAR).strike == 190
    assert [leg.strike for leg in CHAIN.straddle(expiry=FAR)] == [190, 190]


def test_a_straddle_has_one_strike_and_a_strangle_one_expiry() -> None:
    call, put = CHAIN.straddle(days=20)
    assert (call.right, put.right, call.expiry, put.expiry) == ("C", "P", FAR, FAR)
    call, put = CHAIN.strangle(delta=0.2, days=20)
    assert (call.strike, put.strike) == (200, 180)


def test_what_is_not_there_is_said_in_words() -> None:
    with pytest.raises(IbtuiError, match="no put of 2026-12-04"):
        CHAIN.pick("P", delta=0.3, expiry=NEAR)
    with pytest.raises(IbtuiError, match="no call and put of one strike on 2026-12-04"):
        CHAIN.straddle(days=0)
    bare = msgspec.structs.replace(CHAIN, options=(option(190, "C", None),))
    with pytest.raises(IbtuiError, match="no call of 2026-12-24 whose delta is known"):
        bare.pick("C", delta=0.3)
    with pytest.raises(IbtuiError, match="it is empty"):
        msgspec.structs.replace(CHAIN, options=()).expiry()


def test_a_wish_says_which_and_when_in_one_way() -> None:
    with pytest.raises(ValueError, match="one way"):
        CHAIN.pick("C", delta=0.3, moneyness=1.0)
    with pytest.raises(ValueError, match="one way"):
        CHAIN.pick("C")
    with pytest.raises(ValueError, match="one way"):
        CHAIN.pick("C", delta=0.3, days=3, expiry=FAR)


def test_a_chain_crosses_a_pipe_unchanged() -> None:
    assert msgspec.json.decode(msgspec.json.encode(CHAIN), type=Chain) == CHAIN


@given(st.permutations(CHAIN.options), st.floats(0.05, 0.95), st.floats(0.8, 1.2))
def test_picks_do_not_depend_on_the_order_of_the_chain(
    options: list[ChainOption], delta: float, moneyness: float
) -> None:
    mixed = msgspec.structs.replace(CHAIN, options=tuple(options))
    assert mixed.pick("C", delta=delta, expiry=FAR) == CHAIN.pick("C", delta=delta, expiry=FAR)
    assert mixed.pick("P", moneyness=moneyness, expiry=FAR) == CHAIN.pick("P", moneyness=moneyness, expiry=FAR)
    assert mixed.straddle(expiry=FAR) == CHAIN.straddle(expiry=FAR)
