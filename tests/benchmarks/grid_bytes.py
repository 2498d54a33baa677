"""What live quotes cost on a terminal: our grid beside Textual's DataTable, same rows, same ticks, one run.

Each is run in a pseudo-terminal of 160x45 with true colour; bytes are counted where a terminal would read them, CPU is
that of the whole process. Run: `python -m tests.benchmarks.grid_bytes`.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import random
import resource
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterable, Iterator

from rich.text import Text
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.link.messages import Frame
from ibtui.terminal.device.driver import TerminalDriver
from ibtui.terminal.device.guard import TypingGuard
from ibtui.terminal.device.painted import PaintedApp
from ibtui.terminal.drawing import palette
from ibtui.terminal.layout.main import MainScreen
from ibtui.terminal.model import Model
from ibtui.terminal.panes import watchlist

ROWS = 12
FRAMES = 50
RATE = 10.0
"""Frames a second."""
SYMBOLS = [f"SYM{number}" for number in range(ROWS)]
TITLES = ("Symbol", "", "Pos", "", "Last", "Chg%", "Size", "Bid", "Ask", "Size", "Vol", "Today")
START, END = b"\x1b]7777;start\x07", b"\x1b]7777;end\x07"
"""Marks in the output between which bytes are counted; terminals ignore them."""


def quote(symbol: str, last: float, rand: random.Random) -> Quote:
    return Quote(
        symbol=symbol, bid=last - 0.01, ask=last, last=last, bid_size=rand.choice((100.0, 300.0, 1200.0)),
        ask_size=200.0, volume=12.3e6, close=100.0,
    )  # fmt: skip


def ticks(changed: int) -> Iterator[tuple[Quote, ...]]:
    """The same quotes in every run: `changed` instruments move by a cent in each frame."""
    rand = random.Random(7)
    prices = {symbol: 100.0 + 10 * number for number, symbol in enumerate(SYMBOLS)}
    for _ in range(FRAMES):
        moved = rand.sample(SYMBOLS, changed)
        for symbol in moved:
            prices[symbol] = round(prices[symbol] + rand.choice((-0.01, 0.01)), 2)
        yield tuple(quote(symbol, prices[symbol], rand) for symbol in moved)


def first() -> Frame:
    rand = random.Random(1)
    return Frame(
        snapshot=True,
        instruments=tuple(
            Instrument(symbol=symbol, con_id=1, sec_type="STK", root=symbol, exchange="SMART", currency="USD")
            for symbol in SYMBOLS
        ),
        watchlist=tuple(SYMBOLS),
        quotes=tuple(quote(symbol, 100.0 + 10 * number, rand) for number, symbol in enumerate(SYMBOLS)),
    )


class Measured(App[str]):
    """Takes a frame at a time and marks where the measured ones begin and end."""

    def __init__(self, changed: int) -> None:
        super().__init__()
        palette.install(self)
        self.known = Model()
        self.frames = ticks(changed)
        self.cpu = 0.0

    def on_mount(self) -> None:
        self.set_timer(1.5, self.begin)

    def begin(self) -> None:
        self.take(first())
        self.set_timer(1.0, self.measure)

    def measure(self) -> None:
        self.mark(START)
        self.cpu = used()
        self.timer = self.set_interval(1 / RATE, self.step)

    def step(self) -> None:
        quotes = next(self.frames, None)
        if quotes is not None:
            self.take(Frame(quotes=quotes))
            return
        self.timer.stop()
        self.mark(END + json.dumps(used() - self.cpu).encode() + b"\n")
        self.exit()

    def mark(self, text: bytes) -> None:
        assert self._driver is not None
        self._driver.write(text.decode())

    def take(self, frame: Frame) -> None:
        raise NotImplementedError


class OurGrid(PaintedApp, Measured):
    def __init__(self, changed: int) -> None:
        super().__init__(changed)
        self.driver_class = TerminalDriver
        self.begin_painting(TypingGuard(answers_itself=True), 1_000_000)

    def on_mount(self) -> None:
        self.main = MainScreen(self.known)
        self.push_screen(self.main)
        super().on_mount()

    def take(self, frame: Frame) -> None:
        self.main.apply(self.known.apply(frame))


class TheirTable(Measured):
    """The same cells of the same builder; a cell is updated only when its text changed."""

    def compose(self) -> ComposeResult:
        self.table = DataTable[Text](cursor_type="row")
        yield self.table

    def take(self, frame: Frame) -> None:
        changes = self.known.apply(frame)
        if changes.snapshot:
            for number, title in enumerate(TITLES):
                self.table.add_column(title, key=str(number))
        for symbol in sorted(changes.quotes):
            row = watchlist.row(self.known, symbol, 0, "", 0.0)
            texts = [Text(cell.text, palette.style(cell.role, bold=cell.bold)) for cell in row.cells[: len(TITLES)]]
            if changes.snapshot:
                self.table.add_row(*texts, key=symbol)
                continue
            for number, text in enumerate(texts):
                if self.table.get_cell(symbol, str(number)) != text:
                    self.table.update_cell(symbol, str(number), text)


KINDS = {"grid": OurGrid, "table": TheirTable}


def used() -> float:
    """CPU seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(kind: str, changed: int) -> tuple[float, float]:
    """Bytes and CPU milliseconds a frame of one kind."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
    environ = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    command = [sys.executable, "-m", "tests.benchmarks.grid_bytes", kind, str(changed)]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environ) as process:
        os.close(slave)
        written = b"".join(chunks(master, process))
    os.close(master)
    _, _, measured = written.partition(START)
    frames, _, rest = measured.partition(END)
    return len(frames) / FRAMES, json.loads(rest.partition(b"\n")[0].partition(b"\r")[0]) / FRAMES * 1000


def chunks(master: int, process: subprocess.Popen[bytes]) -> Iterable[bytes]:
    """What the program writes until it ends."""
    while True:
        ready, _, _ = select.select([master], [], [], 0.2)
        if ready:
            try:
                yield os.read(master, 1 << 16)
            except OSError:
                return
        elif process.poll() is not None:
            return


def main() -> None:
    """Measure both at three rates of change and print the ratios."""
    print(f"{ROWS} rows, {FRAMES} frames at {RATE:.0f}/s, 160x45, true colour; per frame")  # noqa: T201
    for changed in (1, 5, ROWS):
        grid_bytes, grid_cpu = run("grid", changed)
        table_bytes, table_cpu = run("table", changed)
        print(  # noqa: T201
            f"{changed:3} rows change: whole main screen {grid_bytes:7,.0f} B {grid_cpu:5.1f} ms   "
            f"DataTable alone {table_bytes:7,.0f} B {table_cpu:5.1f} ms   "
            f"bytes 1:{table_bytes / grid_bytes:.1f}  CPU 1:{table_cpu / grid_cpu:.1f}"
        )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        KINDS[sys.argv[1]](int(sys.argv[2])).run()
    else:
        main()
