"""A strategy changes its own orders: the stop of what it holds follows the price."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.engine.supervisor_house import House, house

TRAILS = """
    def on_bar(self, bar):
        if not self.position(bar.symbol) and not self.orders(bar.symbol):
            self.ref = self.buy(bar.symbol, 100, sl=bar.close * 0.9)
        elif self.position(bar.symbol):
            self.modify(f"{self.ref}-s", stop=round(bar.close * 0.9, 2))
"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        await made.supervisor.describe_all()
        made.trade(10)
        yield made


async def test_a_stop_follows_the_price(here: House) -> None:
    here.write("mine", TRAILS)
    await here.supervisor.start("mine", {})
    await here.decide("mine", 10)
    await here.host.until(lambda: here.host.orders)
    ref = here.host.intents[0].ref
    here.host.fill(ref, price=10)
    await here.decide("mine", 12)
    await here.host.until(lambda: here.host.changed)
    change = here.host.changed[0]
    assert (change.ref, change.stop_price, change.quantity) == (f"{ref}-s", Decimal("10.80"), None)


async def test_an_order_that_is_not_its_own_is_left_alone(here: House) -> None:
    here.write("mine", "def on_bar(self, bar):\n    self.modify('abcdefghijkl', limit=1.0)\n")
    await here.supervisor.start("mine", {})
    here.trade(10)
    await here.host.until(lambda: any("could not be changed" in line for line in here.host.lines))
    assert here.host.changed == []


async def test_a_shadow_draws_its_change(here: House) -> None:
    here.write("mine", TRAILS)
    await here.supervisor.start("mine", {}, shadow=True)
    await here.decide("mine", 10, 11, 12)
    assert "would change SPY STP to 100 at 10.8" in here.status("mine").drawn
    assert here.host.changed == []
