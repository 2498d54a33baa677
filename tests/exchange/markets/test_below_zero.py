"""A future that trades at zero and below."""

from __future__ import annotations

from decimal import Decimal

from tests.exchange.floor import Floor


def test_a_future_is_bought_below_zero_and_sold_above(floor: Floor) -> None:
    (oil, *_) = (one for one in floor.exchange.listings if one.instrument.root == "CL")
    con_id = oil.instrument.con_id
    floor.hold(-37.65, -37.63, 10, con_id)
    bought = floor.order(floor.place("BUY", 1, limit="-37.63", con_id=con_id))
    assert (bought.state, bought.average_price) == ("Filled", -37.63)
    floor.hold(0.0, 0.01, 10, con_id)
    sold = floor.order(floor.place("SELL", 1, limit="0", con_id=con_id))
    assert (sold.state, sold.filled, sold.average_price) == ("Filled", Decimal(1), 0.0)
