"""Commissions by the published schedule."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibtui.domain.commission import commission
from ibtui.domain.instrument import Instrument, SecType


def instrument(kind: SecType, multiplier: int = 1) -> Instrument:
    return Instrument(
        symbol="X", con_id=1, sec_type=kind, root="X", exchange="SMART", currency="USD", multiplier=Decimal(multiplier)
    )


@pytest.mark.parametrize(
    ("kind", "multiplier", "quantity", "price", "fee"),
    [
        ("STK", 1, 100, 187.0, 1.00),
        ("STK", 1, 1000, 187.0, 5.00),
        ("STK", 1, 1, 5.0, 0.05),
        ("FUT", 50, 2, 6712.0, 4.50),
        ("FOP", 50, 2, 30.0, 1.30),
        ("OPT", 100, 1, 3.0, 1.00),
        ("OPT", 100, 10, 3.0, 6.50),
        ("CASH", 1, 20_000, 1.08, 2.00),
        ("CASH", 1, 1_000_000, 1.08, 21.60),
    ],
)
def test_schedule(kind: SecType, multiplier: int, quantity: float, price: float, fee: float) -> None:
    assert commission(instrument(kind, multiplier), quantity, price) == fee
