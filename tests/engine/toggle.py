"""Switching a strategy on and off many times leaves nothing behind: `python -m tests.engine.toggle --count 1000`.

Every turn starts a real process, lets it enter and cancels that with the stop; then no process, no file descriptor and
no live order may be left that was not there before.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

from tests.engine.supervisor_house import House, house

ENTERS = """
    def on_bar(self, bar):
        if not self.orders(bar.symbol):
            self.buy(bar.symbol, 1, limit=bar.close * 0.9)
"""


def descriptors() -> int:
    """Open file descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))


def children() -> int:
    """Processes that this one started and that are still there."""
    task = Path(f"/proc/self/task/{os.getpid()}/children")
    return len(task.read_text().split())


async def once(here: House, decide: bool) -> None:
    """On, perhaps a decision, off."""
    await here.supervisor.start("mine", {})
    if decide:
        asked = len(here.host.intents)
        here.trade(10)
        here.trade(10)
        await here.host.until(lambda: len(here.host.intents) > asked)
    await here.supervisor.stop("mine")


async def toggle(folder: Path, count: int) -> dict[str, int]:
    """What is left after so many turns, beyond what was there after the first."""
    async with house(folder) as here:
        here.write("mine", ENTERS)
        await here.supervisor.describe_all()
        here.trade(10)
        await once(here, decide=True)
        before = {"descriptors": descriptors(), "processes": children()}
        for turn in range(count):
            await once(here, decide=turn % 10 == 0)
        return {
            "descriptors": descriptors() - before["descriptors"],
            "processes": children() - before["processes"],
            "orders": sum(order.live for order in here.host.orders.values()),
            "tasks": len(asyncio.all_tasks()) - 1,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000)
    count = parser.parse_args().count
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        left = asyncio.run(toggle(Path(folder), count))
    words = ", ".join(f"{number} {name}" for name, number in left.items())
    each = (time.perf_counter() - began) / count
    print(f"{count} times on and off, {each * 1000:.0f} ms each; left behind: {words}")  # noqa: T201


if __name__ == "__main__":
    main()
