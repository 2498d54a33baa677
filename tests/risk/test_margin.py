"""What an account carries over the past: gross by quantity, price and multiplier, options sold by what they owe."""

from __future__ import annotations

import pytest

from ibtui.domain.instrument import Instrument
from ibtui.risk.margin import MarginLeg, bared, carried
from tests.risk.optioned import CALL, PUT, STOCK

FUTURE = Instrument(symbol="ESZ6", con_id=9, sec_type="FUT", root="ES", exchange="CME", currency="USD")
MSFT = Instrument(symbol="MSFT", con_id=2, sec_type="STK", root="MSFT", exchange="SMART", currency="USD")


def code(*legs: MarginLeg, equity: float = 10_000.0, held: tuple[tuple[Instrument, float], ...] = ()) -> str:
    refusal = carried(legs, held, {"MSFT": 400.0}, equity, 2.0)
    return "" if refusal is None else refusal.code


@pytest.mark.parametrize(
    ("leg", "most"),
    [
        (MarginLeg(STOCK, 1, 100.0), 200),
        (MarginLeg(STOCK, -1, 100.0), 200),
        (MarginLeg(CALL, 1, 4.0), 50),  # a hundred shares each
        (MarginLeg(PUT, -1, 4.0), 1),  # its strike of 190 is owed
    ],
)
def test_the_most_that_twice_the_equity_carries(leg: MarginLeg, most: int) -> None:
    assert code(leg._replace(signed=leg.signed * most)) == ""
    assert code(leg._replace(signed=leg.signed * (most + 1))) == "buying_power"


def test_what_is_held_counts_at_its_last_price() -> None:
    assert code(MarginLeg(STOCK, 120, 100.0), held=((MSFT, 20.0),)) == ""
    assert code(MarginLeg(STOCK, 121, 100.0), held=((MSFT, 20.0),)) == "buying_power"
    assert code(MarginLeg(MSFT, -20, 400.0), MarginLeg(STOCK, 200, 100.0), held=((MSFT, 20.0),)) == ""


def test_nothing_is_carried_without_equity() -> None:
    assert code(MarginLeg(STOCK, 1, 0.5), equity=0.0) == "buying_power"
    assert code(MarginLeg(STOCK, 1, 0.5), equity=-100.0) == "buying_power"
    assert code(MarginLeg(STOCK, -100, 1.0), equity=-100.0, held=((STOCK, 100.0),)) == ""


def test_a_future_has_rules_of_its_own() -> None:
    assert code(MarginLeg(FUTURE, 1_000, 6_000.0)) == ""


def test_a_call_is_sold_and_what_covers_it_is_kept() -> None:
    assert bared([MarginLeg(CALL, -1, 4.0)], [(STOCK, 100.0)]) is None
    assert bared([MarginLeg(CALL, -1, 4.0)], [(MSFT, 100.0)]) is not None
    sold = bared([MarginLeg(STOCK, -1, 100.0)], [(STOCK, 100.0), (CALL, -1.0)])
    assert sold is not None
    assert sold.code == "uncovered"
    assert bared([MarginLeg(STOCK, 1, 100.0)], [(CALL, -1.0)]) is None  # no worse than before
