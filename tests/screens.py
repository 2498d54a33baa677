"""A program in a real pseudo-terminal, read by a terminal emulator: what a person would see, and keys in real time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import pyte

from tests.clocks import PATIENCE

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "f9": "\x1b[20~",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "ctrl+j": "\n",
    "ctrl+g": "\x07",
    "ctrl+backslash": "\x1c",
}


TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "IBTUI_ASCII": "0"}
"""What the program is told of its terminal: one that shows Unicode, whatever the locale of the machine is."""


class _Emulator(pyte.Screen):  # type: ignore[misc]
    """Answers the queries that a real terminal answers, such as the cursor's position."""

    def __init__(self, columns: int, rows: int, answer: Callable[[bytes], None]) -> None:
        super().__init__(columns, rows)
        self._answer = answer
        self.silent = False
        """Leaves every query unanswered, as a few terminals do."""

    def write_process_input(self, data: str) -> None:
        if not self.silent:
            self._answer(data.encode())

    def report_device_attributes(self, mode: int = 0, **_: object) -> None:
        if not mode and not self.silent:
            self._answer(b"\x1b[?62;22c")

    def select_graphic_rendition(self, *attributes: int, private: bool = False, **_: object) -> None:
        if not private:
            super().select_graphic_rendition(*attributes)


class Screen:
    """One program on one screen. Reads only inside `until` and `settle`, so that a test can stall it."""

    def __init__(
        self,
        command: Sequence[str],
        columns: int = 160,
        rows: int = 45,
        environment: Mapping[str, str] | None = None,
        silent: bool = False,
        rate: float | None = None,
    ) -> None:
        """`rate` is what the link to the person carries, in bytes a second: no more is read, and so answered."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        base = {key: value for key, value in os.environ.items() if key not in ("TMUX", "STY", "NO_COLOR")}
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**base, **TERMINAL, **(environment or {})},
        )
        os.close(slave)
        self.emulator = _Emulator(columns, rows, self._write)
        self.emulator.silent = silent
        self._stream = pyte.ByteStream(self.emulator)
        self.bytes_read = 0
        self._rate = rate
        self._carried = time.monotonic()
        """Until when the link's bytes were taken."""

    @property
    def text(self) -> str:
        """The whole screen, one line a row, blanks at the right end kept off."""
        return "\n".join(line.rstrip() for line in self.emulator.display)

    @property
    def waiting(self) -> int:
        """Bytes that the program has written and that nobody has read yet; no more than 4,095 are seen."""
        return int.from_bytes(fcntl.ioctl(self._master, termios.FIONREAD, bytes(4)), sys.byteorder)

    def press(self, *keys: str, apart: float = 0.0) -> None:
        """Send keys by name, or text as typed; `apart` seconds between them, read meanwhile as a terminal does."""
        for key in keys:
            self._write(KEYS.get(key, key).encode())
            if apart:
                self.settle(apart)

    def until(self, shown: str | Callable[[str], bool], within: float = PATIENCE) -> str:
        """Read until the screen shows it; returns its text, or raises AssertionError with it when it never does."""
        fits = (lambda text: shown in text) if isinstance(shown, str) else shown
        deadline = time.monotonic() + within
        while not fits(self.text):
            left = deadline - time.monotonic()
            if left <= 0 or (not self._read(min(left, 0.25)) and self.process.poll() is not None):
                raise AssertionError(f"never shown: {shown!r}\n{self.text}")
        return self.text

    def settle(self, seconds: float) -> None:
        """Go on reading for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not self._read(left) and self.process.poll() is not None:
                return

    def wait(self, within: float = PATIENCE) -> int:
        """Read until the program has ended; its exit status."""
        deadline = time.monotonic() + within
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"still running\n{self.text}")
            self._read(0.1)
        while self._read(0.05):
            pass
        return self.process.returncode

    def resize(self, columns: int, rows: int) -> None:
        self.emulator.resize(rows, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """The terminal goes away, as when an SSH connection drops."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._master, data)

    def _read(self, within: float) -> bool:
        most = self._link(within)
        ready, _, _ = select.select([self._master], [], [], 0 if self._rate else within)
        if not ready:
            return False
        try:
            data = os.read(self._master, most)
        except OSError:
            return False
        self.bytes_read += len(data)
        self._stream.feed(data)
        return bool(data)

    def _link(self, within: float) -> int:
        """Bytes that the link can carry by now; what it could have while nobody read is lost."""
        if self._rate is None:
            return 65536
        time.sleep(min(within, 0.03))
        now = time.monotonic()
        most = max(int(min(now - self._carried, 0.2) * self._rate), 1)
        self._carried = now
        return most

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.hang_up()
