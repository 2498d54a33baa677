"""Asking again about positions that do not add up: soon after a change, some times after a hold, never otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal

from ibtui.domain.event import ConnectionChanged, Filled
from ibtui.engine.truth.recount import Recount
from tests.clocks import PATIENCE
from tests.engine.state_bench import Bench, fill, position, reconciled

AGAIN = (0.001, 0.002, 0.003)


class Asked:
    """How often a reconcile was asked for, and what each answers."""

    def __init__(self, answer: Callable[[], None] = lambda: None) -> None:
        self.count = 0
        self.answer = answer
        self.bench = Bench()
        self.bench.apply(ConnectionChanged(state="active", epoch=1), reconciled(positions=[position(100)]))
        self.recount = Recount(self.bench.state, self.ask, soon=0.001, again=AGAIN)

    def ask(self) -> None:
        self.count += 1
        self.answer()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.count < count:  # noqa: ASYNC110
                await asyncio.sleep(0.001)


async def test_a_count_that_no_fill_follows_is_asked_about_once() -> None:
    asked = Asked()
    asked.bench.apply(position(140))
    await asked.until(1)
    await asyncio.sleep(0.02)
    assert asked.count == 1


async def test_a_count_that_its_fill_follows_is_not() -> None:
    asked = Asked()
    asked.bench.apply(position(140), Filled(fill=fill(1, 40)))
    await asyncio.sleep(0.02)
    assert asked.count == 0


async def test_a_held_instrument_is_asked_about_for_a_while_then_left_to_the_rounds() -> None:
    asked = Asked()
    asked.answer = lambda: asked.bench.apply(reconciled())
    asked.bench.apply(reconciled())
    await asked.until(len(AGAIN))
    await asyncio.sleep(0.02)
    assert asked.count == len(AGAIN)
    asked.bench.state.holds.hold("MSFT", "another", counted=Decimal(1))
    await asked.until(2 * len(AGAIN))
    asked.recount.close()


async def test_one_that_adds_up_again_is_asked_about_no_more() -> None:
    asked = Asked()
    asked.answer = lambda: asked.bench.apply(reconciled(positions=[position(100)]))
    asked.bench.apply(reconciled())
    await asked.until(1)
    await asyncio.sleep(0.02)
    assert (asked.count, asked.bench.state.holds.all()) == (1, ())
