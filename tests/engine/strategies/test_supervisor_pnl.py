from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.account import Account
from ibtui.domain.calendar.new_york import day_began
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.engine.truth.pnl import holdings, profit

ACCOUNT = Account(id="DU1", currency="USD")
NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = day_began(NOON)
OPTIONS = ("AAPL261120C00190000", "AAPL261123C00190000", "AAPL261218C00190000", "ES")
"""The first ended on the Friday before."""


def fill(number: int, signed: int, price: float, *, revision: int = 1, ago: int = 0, fee: float | None = 1.0) -> Fill:
    return Fill(
        exec_id=f"{number}.{revision:02d}",
        ref="r",
        symbol="ES",
        side=Side.BUY if signed > 0 else Side.SELL,
        quantity=Decimal(abs(signed)),
        price=price,
        time=NOON - timedelta(days=ago),
        owner="x",
        commission=fee,
    )


def worth(fills: list[Fill], last: float | None, multiplier: int = 1) -> float | None:
    instrument = Instrument(
        symbol="ES", con_id=1, sec_type="FUT", root="ES", exchange="CME", currency="USD", multiplier=Decimal(multiplier)
    )
    return profit(holdings(fills, TODAY), {"ES": instrument}, lambda symbol: Quote(symbol=symbol, last=last), ACCOUNT)


def test_a_day_begins_at_midnight_in_new_york() -> None:
    assert datetime(2026, 11, 23, 5, tzinfo=UTC) == TODAY
    assert day_began(datetime(2026, 7, 1, 3, 59, tzinfo=UTC)) == datetime(2026, 6, 30, 4, tzinfo=UTC)


def test_the_worked_example() -> None:
    fills = [fill(1, 2, 10.0), fill(2, 2, 12.0), fill(3, -3, 13.0), fill(4, -3, 9.0)]
    [held] = holdings(fills, TODAY).values()
    assert (held.quantity, held.average, held.trades, held.commissions) == (Decimal(-2), 9.0, 4, {"": 4.0})
    assert held.realized == pytest.approx(3 * 2.0 + 1 * (9 - 11))
    assert worth(fills, 8.0, multiplier=50) == pytest.approx((4.0 + 2.0) * 50 - 4.0)


def test_a_correction_replaces_what_it_corrects() -> None:
    [held] = holdings([fill(1, 5, 10.0), fill(1, 5, 11.0, revision=2)], TODAY).values()
    assert (held.quantity, held.average, held.trades) == (Decimal(5), 11.0, 1)


def test_fills_of_an_earlier_day_carry_the_position_but_not_the_profit() -> None:
    fills = [fill(1, 5, 10.0, ago=1), fill(2, -2, 12.0, ago=1), fill(3, -3, 13.0)]
    [held] = holdings(fills, TODAY).values()
    assert (held.quantity, held.realized, held.trades, held.commissions) == (Decimal(0), 9.0, 1, {"": 1.0})


def test_an_option_that_expired_is_held_no_more() -> None:
    bought = [replace(fill(number, 1, 4.0, ago=9), symbol=symbol) for number, symbol in enumerate(OPTIONS)]
    assert list(holdings(bought, TODAY)) == list(OPTIONS[1:])


def test_what_is_not_known_is_not_zero() -> None:
    assert worth([fill(1, 5, 10.0)], None) is None
    assert worth([fill(1, 5, 10.0), fill(2, -5, 11.0)], None) == 3.0
    assert profit(holdings([fill(1, 5, 10.0)], TODAY), {}, lambda _: None, ACCOUNT) is None
    assert worth([fill(1, 5, 10.0, fee=None)], 10.0) == 0.0


TRADES = st.lists(st.tuples(st.integers(-9, 9).filter(bool), st.integers(1, 200)), max_size=30)


@given(TRADES, st.integers(1, 200))
def test_realized_and_unrealized_add_up_to_the_cash(trades: list[tuple[int, int]], last: int) -> None:
    fills = [fill(number, signed, float(price), fee=None) for number, (signed, price) in enumerate(trades)]
    cash = -sum(signed * price for signed, price in trades)
    held = sum(signed for signed, _ in trades)
    assert worth(fills, float(last)) == pytest.approx(cash + held * last, abs=0.01)
