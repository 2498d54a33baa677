"""Money instead of a quantity, and coins as IB takes them."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.coins import as_taken, lots_for
from ibtui.domain.instrument import Instrument
from ibtui.domain.terms import OrderType, Side, Terms, TimeInForce

BTC = Instrument(
    symbol="BTC.USD",
    con_id=1,
    sec_type="CRYPTO",
    root="BTC",
    exchange="PAXOS",
    currency="USD",
    tick=Decimal("0.25"),
    lot=Decimal("1e-8"),
)
AAPL = Instrument(symbol="AAPL", con_id=2, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")


def terms(side: Side = Side.BUY, quantity: str = "0", cash: str | None = None, limit: str | None = None) -> Terms:
    return Terms(
        symbol="X",
        side=side,
        quantity=Decimal(quantity),
        type=OrderType.MKT if limit is None else OrderType.LMT,
        limit_price=None if limit is None else Decimal(limit),
        cash=None if cash is None else Decimal(cash),
    )


def test_a_coin_is_bought_at_market_for_money_at_once() -> None:
    taken = as_taken(terms(cash="20"), BTC, 79_085.75)
    assert (taken.quantity, taken.cash, taken.tif) == (Decimal("0.00025289"), Decimal(20), TimeInForce.IOC)


def test_a_quantity_of_coins_at_market_is_the_money_that_it_costs() -> None:
    taken = as_taken(terms(quantity="0.00025289"), BTC, 79_085.75)
    assert (taken.quantity, taken.cash) == (Decimal("0.00025289"), Decimal("20.00"))


def test_coins_are_sold_at_market_by_quantity() -> None:
    taken = as_taken(terms(Side.SELL, "0.00025289"), BTC, None)
    assert (taken.quantity, taken.cash, taken.tif) == (Decimal("0.00025289"), None, TimeInForce.IOC)


def test_a_limit_is_for_a_quantity() -> None:
    taken = as_taken(terms(cash="500", limit="80000"), BTC, 79_000)
    assert (taken.quantity, taken.cash, taken.tif) == (Decimal("0.00625"), None, TimeInForce.DAY)


def test_money_for_a_share_is_whole_shares() -> None:
    taken = as_taken(terms(cash="5000"), AAPL, 190.01)
    assert (taken.quantity, taken.cash, taken.tif) == (Decimal(26), None, TimeInForce.DAY)
    assert as_taken(terms(cash="100"), AAPL, 190.01).quantity == 0


def test_what_says_no_money_and_is_no_coin_stays_as_it_is() -> None:
    for one in (terms(quantity="100"), terms(Side.SELL, "1.5", limit="190")):
        assert as_taken(one, AAPL, 187.0) is one or as_taken(one, AAPL, 187.0) == one
    assert as_taken(terms(quantity="1"), BTC, None).cash is None


@given(st.decimals(min_value="0.01", max_value="1e7", places=2), st.floats(0.01, 1e6), st.sampled_from([BTC, AAPL]))
def test_the_lots_cost_no_more_than_the_money_and_one_more_would(
    money: Decimal, price: float, instrument: Instrument
) -> None:
    bought, exact = lots_for(money, price, instrument), Decimal(str(price))
    assert bought % instrument.lot == 0
    assert bought * exact <= money < (bought + instrument.lot) * exact
