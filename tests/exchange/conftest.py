"""Exchanges to test on."""

from __future__ import annotations

import pytest

from tests.exchange.floor import Floor


@pytest.fixture
def floor() -> Floor:
    """A fresh exchange on which AAPL is held at 100.00 x 100.01, 100 shares on either side, last traded at 100.00."""
    floor = Floor()
    floor.hold(100.00, 100.01)
    floor.exchange.set_price(265598, 100.00)
    floor.reports.clear()
    return floor
