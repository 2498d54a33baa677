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


RESTS = """
    def on_bar(self, bar):
        if not self.orders(bar.symbol):
            self.ref = self.buy(bar.symbol, 10, {price})
        else:
            self.modify(self.ref, {change})
"""


async def rests(here: House, price: str, change: str) -> None:
    """An entry of 10 that works."""
    here.write("mine", RESTS.format(price=price, change=change))
    await here.supervisor.start("mine", {})
    await here.decide("mine", 10)
    await here.host.until(lambda: here.host.orders)


async def refused_change(here: House, words: str) -> None:
    here.trade(10)
    await here.host.until(lambda: any("could not be changed" in line for line in here.host.lines))
    assert words in next(line for line in here.host.lines if "could not be changed" in line)
    assert here.host.changed == []


async def test_an_entry_grows_within_the_strategys_own_limit(here: House) -> None:
    await rests(here, "limit=9.0", "quantity=1000")
    await here.decide("mine", 10)
    await here.host.until(lambda: here.host.changed)
    assert here.host.changed[0].quantity == 1_000


async def test_an_entry_grows_no_further_than_the_strategys_own_limit(here: House) -> None:
    await rests(here, "limit=9.0", "quantity=1001")
    await refused_change(here, "its own limit is 1000")


@pytest.mark.parametrize(
    ("price", "change"), [("limit=9.0", "limit=9.1"), ("stop=11.0", "stop=10.5"), ("limit=9.0", "quantity=11")]
)
async def test_a_paused_strategy_moves_no_entry(here: House, price: str, change: str) -> None:
    """A stop order that would open a position is an entry, too."""
    await rests(here, price, change)
    here.supervisor.pause("mine")
    await refused_change(here, "mine is paused")


async def test_a_paused_strategy_makes_its_entry_smaller(here: House) -> None:
    await rests(here, "limit=9.0", "quantity=5")
    here.supervisor.pause("mine")
    here.trade(10)
    await here.host.until(lambda: here.host.changed)
    assert here.host.changed[0].quantity == 5


FORGES = """
    def on_bar(self, bar):
        from decimal import Decimal
        from ibtui.domain.order import new_ref
        from ibtui.domain.terms import Side, Terms
        from ibtui.link.worker import OrderRequest
        terms = Terms(symbol=bar.symbol, side=Side.BUY, quantity=Decimal(1), type="MKT", {term})
        self._broker._request(OrderRequest(ref=new_ref(), terms=terms))
"""


@pytest.mark.parametrize("term", ['oca_group="ibtui-aaaaaaaaaaaa"', "outside_hours=True", 'algo="Adaptive"'])
async def test_a_file_that_goes_around_its_own_calls_can_ask_for_no_more_than_they_do(here: House, term: str) -> None:
    here.write("mine", FORGES.format(term=term))
    await here.supervisor.start("mine", {})
    await here.decide("mine", 10)
    await here.host.until(lambda: any("not sent" in line for line in here.host.lines))
    assert here.host.intents == []
