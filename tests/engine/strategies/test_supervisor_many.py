"""Many strategies at once, and one switched on and off again and again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.engine.supervisor_house import house
from tests.engine.toggle import toggle


async def test_twenty_strategies_decide_side_by_side(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.write("mine", "def on_bar(self, bar):\n    self.explain('{}', bar.close)\n")
        await here.supervisor.describe_all()
        here.trade(10)
        names = [f"mine.{number}" for number in range(20)]
        await asyncio.gather(*(here.supervisor.start(name, {}) for name in names))
        here.trade(11)
        await here.host.until(lambda: all(here.status(name).decision == "11.0" for name in names))
        sentences = await here.supervisor.stop_all("a test")
        assert len(sentences) == 20
        assert {here.status(name).state for name in names} == {"off"}


async def test_switching_on_and_off_leaves_nothing_behind(tmp_path: Path) -> None:
    left = await toggle(tmp_path, 15)
    assert left == {"descriptors": 0, "processes": 0, "orders": 0, "tasks": left["tasks"]}
    assert left["tasks"] <= 2
