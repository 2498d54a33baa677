"""What a recording costs: in the event loop, in its thread, on the disk, and to read back.

    python -m tests.benchmarks.recording [--quotes 1000000]

Prints ratios measured in one run: a quote handed to the thread against one made into bars, a second of rows written
against a second, bytes a row, rows read a second here and by the csv module alone.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gzip
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ibtui.domain.calendar.clock import SystemClock
from ibtui.domain.event import ConnectionChanged
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.engine.journal.journal import Journal
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.market.recorder import WATCHLIST, Recorder
from ibtui.engine.market.recorder_thread import LIMIT
from ibtui.engine.truth.state import State
from ibtui.recording.members import read_lines
from ibtui.recording.playing import recorded_bars
from ibtui.recording.reading import read_recording
from ibtui.recording.writer import Writer

BEGAN = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
SYMBOLS = tuple(f"S{number:02}" for number in range(20))
A_SECOND = 1_000
"""Quotes a second of market time, of all symbols."""


def quotes(count: int) -> Iterator[tuple[datetime, Quote]]:
    """A walk of every symbol, as live data look: a tick's change of price, sizes in hundreds."""
    chance = random.Random(7)
    prices = {symbol: 100.0 + 10 * number for number, symbol in enumerate(SYMBOLS)}
    volumes = dict.fromkeys(SYMBOLS, 1e6)
    for number in range(count):
        symbol = SYMBOLS[chance.randrange(len(SYMBOLS))]
        price = prices[symbol] = round(prices[symbol] + chance.choice((-0.01, 0.0, 0.0, 0.01)), 2)
        volume = volumes[symbol] = volumes[symbol] + 100.0 * chance.randrange(4)
        yield (
            BEGAN + timedelta(seconds=number / A_SECOND),
            Quote(
                symbol=symbol,
                bid=round(price - 0.01, 2),
                ask=round(price + 0.01, 2),
                last=price,
                bid_size=100.0 * chance.randrange(1, 9),
                ask_size=100.0 * chance.randrange(1, 9),
                last_size=100.0,
                volume=volume,
                open=100.0,
                high=120.0,
                low=90.0,
                close=99.5,
            ),
        )


def seconds(work: Callable[[], object]) -> float:
    """CPU time of this process for a piece of work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def record(root: Path, count: int) -> float:
    """Write them with a flush every second of market time; seconds of CPU."""
    rows = list(quotes(count))

    def write() -> None:
        writer = Writer(root, "bench", SYMBOLS, BEGAN)
        for number, (moment, quote) in enumerate(rows):
            writer.write(moment, quote)
            if number % A_SECOND == A_SECOND - 1:
                writer.flush(moment)
        writer.close(rows[-1][0])

    return seconds(write)


class Forgetful(Journal):
    """Keeps no settings."""

    def __init__(self) -> None: ...
    def latch(self, key: str) -> str | None:
        return None

    def set_latch(self, key: str, value: str) -> None: ...


async def handed_over(root: Path, count: int) -> tuple[float, float]:
    """Seconds of the event loop's thread for quotes that are recorded, and for the bars that are made of them."""
    clock = SystemClock()
    state = State(clock, lambda record: None)
    state.set_watchlist(SYMBOLS)
    state.apply(ConnectionChanged(state="active", epoch=1))
    bars, journal = LiveBars(clock), Forgetful()

    async def resolve(symbol: str) -> Instrument:
        raise NotImplementedError

    recorder = Recorder(
        state=state, journal=journal, clock=clock, bars=bars, folder=root, profile="bench", resolve=resolve
    )
    await recorder.start([WATCHLIST], "")
    rows = [quote for _, quote in quotes(count)]
    begun = time.thread_time()
    for quote in rows:
        recorder.on_quote(quote, recorder.moment())
    between = time.thread_time()
    for quote in rows:
        bars.on_quote(quote)
    ended = time.thread_time()
    await recorder.stop()
    return between - begun, ended - between


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quotes", type=int, default=1_000_000)
    count = parser.parse_args().quotes
    with tempfile.TemporaryDirectory() as folder:
        for line in figures(Path(folder), count):
            print(line, flush=True)  # noqa: T201


def figures(root: Path, count: int) -> Iterator[str]:
    """One sentence for each thing that was measured."""
    handed, built = asyncio.run(handed_over(root / "live", min(count, LIMIT // 2)))
    each = handed / min(count, LIMIT // 2) * 1e6
    yield f"event loop: {each:.2f} us a quote, {handed / built:.2f} times what its bars take"
    root = root / "written"
    written = record(root, count)
    yield f"thread:     {written / count * 1e6:.2f} us a quote: 1,000/s take {written / count * 1e5:.1f} % of a core"
    files = list(root.glob("*/ticks-*.gz"))
    size = sum(file.stat().st_size for file in files)
    once = sum(len(gzip.compress(gzip.decompress(file.read_bytes()), 6)) for file in files)
    yield f"disk:       {size / count:.1f} bytes a quote, {size / once:.2f} times one gzip stream"
    read = seconds(lambda: sum(1 for _ in read_recording(root)))
    plain = seconds(lambda: [sum(1 for _ in csv.reader(read_lines(file))) for file in files])
    yield f"read:       {count / read:,.0f} quotes/s, {read / plain:.1f} times the csv module alone"
    one = seconds(lambda: sum(1 for _ in read_recording(root, symbols=[SYMBOLS[0]])))
    yield f"1 of {len(SYMBOLS)}:    {one / read:.3f} of the time of all"
    bars = seconds(lambda: sum(len(group) for group in recorded_bars(root, 60)))
    yield f"bars:       {count / bars:,.0f} quotes/s made into bars"


if __name__ == "__main__":
    main()
