"""How old the screen is over a slow line, and what each key costs there.

The terminal runs in a pseudo-terminal whose far side reads so many bytes a second and answers queries only once it has
read them, as a terminal behind ssh does; or in tmux, whose client is read so. An engine moves every quote five times a
second, every price once only. Looked at all the time: since when each price that stands on the screen is no longer the
engine's, and how old a price is when it appears. Run: `python -m tests.benchmarks.slow_link [BYTES A SECOND]`.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ibtui.link.messages import Frame
from tests.screens import Screen
from tests.terminal.scripted import ScriptedEngine, quote, quotes, scripted_engine

PROGRAM = (
    "import sys; from pathlib import Path; from ibtui.terminal.app import run; from ibtui.config import Config; "
    "run(Path(sys.argv[1]), Config(), Path(sys.argv[1]).with_name('terminal.log'))"
)
COLOURS_256 = {"COLORTERM": "", "TERM": "xterm-256color"}
EVERY = 0.2
"""Seconds between two prices of an instrument."""
LAST = {"ESZ6": 6712.25, **{each.symbol: each.last or 0.0 for each in quotes()}}
T = TypeVar("T")


class Prices:
    """The engine's prices, each with the moment it was said; a price never comes back."""

    def __init__(self) -> None:
        self.said: dict[str, list[float]] = {symbol: [] for symbol in LAST}
        self.moves = True
        """The market moves."""

    def frame(self) -> Frame:
        """The next price of every instrument."""
        now = time.monotonic()
        for moments in self.said.values():
            moments.append(now)
        return Frame(quotes=tuple(quote(symbol, last - 0.01, last) for symbol, last in self.last().items()))

    def last(self) -> dict[str, float]:
        return {symbol: LAST[symbol] + self.step(symbol) * (len(self.said[symbol])) for symbol in LAST}

    @staticmethod
    def step(symbol: str) -> float:
        return 0.25 if symbol == "ESZ6" else 0.01

    def ages(self, text: str, now: float) -> Iterator[tuple[str, int, float]]:
        """Each symbol on the screen, which of its prices stands there, and since when that is not the last."""
        for symbol, shown in re.findall(r"^[▌ ]([A-Z]{2,4}6?) .*?([\d,]+\.\d\d) ", text, re.MULTILINE):
            if symbol in LAST:
                number = round((float(shown.replace(",", "")) - LAST[symbol]) / self.step(symbol))
                if not 0 <= number <= len(self.said[symbol]):
                    continue  # half written
                later = self.said[symbol][number:]
                yield symbol, number, now - later[0] if later else 0.0


class Conflating(ScriptedEngine):
    """Frames that nobody asked for yet become one, as the engine's do."""

    def push(self, frame: Frame) -> None:
        if not any(waiting.snapshot for waiting in self._pending):
            self._pending.clear()
        super().push(frame)


async def aside(deed: Callable[[], T]) -> T:
    return await asyncio.to_thread(deed)


@contextmanager
def direct(socket: Path, size: tuple[int, int], rate: float | None) -> Iterator[Screen]:
    """Straight in the terminal."""
    with Screen([sys.executable, "-c", PROGRAM, str(socket)], *size, COLOURS_256, rate=rate) as screen:
        yield screen


@contextmanager
def in_tmux(socket: Path, size: tuple[int, int], rate: float | None) -> Iterator[Screen]:
    """In a tmux of its own, the status line off."""
    name = f"ibtui-{os.getpid()}-{time.monotonic_ns()}"
    tmux = ["tmux", "-L", name, "-f", "/dev/null"]
    program = [*tmux, "new-session", "-x", str(size[0]), "-y", str(size[1])]
    command = [*program, sys.executable, "-c", PROGRAM, str(socket), ";", "set", "-g", "status", "off"]
    try:
        with Screen(command, *size, COLOURS_256, rate=rate) as screen:
            yield screen
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)


class Watch:
    """Watches one screen while the market moves."""

    def __init__(self, prices: Prices, engine: ScriptedEngine, screen: Screen) -> None:
        self._prices, self._engine, self._screen = prices, engine, screen
        self._shown: dict[str, int] = {}
        self.wrong: list[float] = []
        self.born: list[float] = []

    async def run(self, seconds: float) -> int:
        """Look for so long; bytes read."""
        before = self._screen.bytes_read
        self.wrong, self.born = [], []
        moving = asyncio.create_task(self._move())
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await aside(lambda: self._screen.settle(0.05))
            self._look()
        moving.cancel()
        return self._screen.bytes_read - before

    async def _move(self) -> None:
        while True:
            self._engine.push(self._prices.frame())
            await asyncio.sleep(EVERY)

    def _look(self) -> None:
        now = time.monotonic()
        for symbol, number, wrong in self._prices.ages(self._screen.text, now):
            self.wrong.append(wrong)
            if number > 0 and self._shown.get(symbol) != number:
                self.born.append(now - self._prices.said[symbol][number - 1])
            self._shown[symbol] = number


def worst(values: list[float]) -> str:
    ordered = sorted(values)
    return f"median {ordered[len(ordered) // 2]:4.1f} s, worst {ordered[-1]:4.1f} s" if ordered else "nothing seen"


async def ages(kind: Callable[..., object], size: tuple[int, int], rate: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "socket"
        async with scripted_engine(socket, Conflating()) as engine:
            with kind(socket, size, rate) as screen:  # type: ignore[attr-defined]
                await aside(lambda: screen.until("▌AAPL"))
                prices = Prices()
                watch = Watch(prices, engine, screen)
                await watch.run(25.0)
                written = await watch.run(20.0)
                print(  # noqa: T201
                    f"{kind.__name__:8} {size[0]}x{size[1]} {rate:6.0f} B/s: wrong for {worst(watch.wrong)}; "
                    f"old when it appears {worst(watch.born)}; {written / 20:,.0f} B/s written"
                )
                before, moving = screen.bytes_read, asyncio.create_task(watch._move())
                await asyncio.sleep(20.0)
                moving.cancel()
                start = time.monotonic()
                newest = f"{prices.last()['AAPL'] - 0.01:.2f}"
                await aside(lambda: screen.until(lambda text: newest in text, 60))
                print(  # noqa: T201
                    f"{'':8} after a stall of 20 s: right again in {time.monotonic() - start:.1f} s, "
                    f"{screen.bytes_read - before:,} B"
                )


KEYS: tuple[tuple[str, str], ...] = (
    ("b", "Ticket"), ("escape", ""), ("s", "Ticket"), ("escape", ""), ("/", "Find"), ("escape", ""), (":", ""),
    ("escape", ""), ("enter", ""), ("escape", ""), ("?", ""), ("escape", ""), ("j", ""), ("2", ""), ("1", ""),
)  # fmt: skip


async def keys(size: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "socket"
        async with scripted_engine(socket):
            with direct(socket, size, None) as screen:
                await aside(lambda: screen.until("▌AAPL"))
                await aside(lambda: screen.settle(2.0))
                print(f"{size[0]}x{size[1]} whole screen {screen.bytes_read:,} B", end="")  # noqa: T201
                for key, _ in KEYS:
                    before = screen.bytes_read
                    await aside(lambda key=key: screen.press(key, apart=0.8))  # type: ignore[misc]
                    print(f"   {key} {screen.bytes_read - before:,}", end="")  # noqa: T201
                print()  # noqa: T201


async def main(rate: float) -> None:
    """Print what was measured."""
    for size in ((80, 24), (160, 45)):
        await keys(size)
    for kind in (direct, in_tmux):
        for size in ((80, 24), (160, 45)):
            await ages(kind, size, rate)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 2000.0))
