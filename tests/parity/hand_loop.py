"""An event loop in which time passes only as a test says: every timer in it waits for that time, and for nothing else.

What waits for a socket or for another process goes on as it comes. So an engine with all its pulses, rates and
patience lives in the test's time, however fast or slow the machine is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tests.clocks import ManualClock

T = TypeVar("T")


class HandLoop(asyncio.SelectorEventLoop):
    """A loop whose seconds are those of a clock that a test moves."""

    def __init__(self, clock: ManualClock) -> None:
        self._hand_clock = clock
        super().__init__()

    def time(self) -> float:
        return self._hand_clock.monotonic()


def run_by_hand(clock: ManualClock, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `main` in such a loop."""
    with asyncio.Runner(loop_factory=lambda: HandLoop(clock)) as runner:
        return runner.run(main())
