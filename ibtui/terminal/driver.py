"""The terminal device: bytes that are no UTF-8 are read over, and a device that is gone ends the program at once."""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App

LAST_SECONDS = 2.0
"""How long an orderly end may take once the terminal is gone or the process was asked to end."""


class _Output:
    """The device to write to; what cannot be written any more is dropped, so that nobody waits for it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        try:
            return self._file.write(text)
        except (OSError, ValueError):
            return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except (OSError, ValueError):
            return

    def fileno(self) -> int:
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, which ended on one byte that is no UTF-8 and span on a closed terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = _Output(sys.__stderr__)  # type: ignore[assignment,arg-type]

    def run_input_thread(self) -> None:
        """Read keys until the application ends or the terminal is gone."""
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        parser = XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    data = self._read()
                    if not data:
                        self._loop.call_soon_threadsafe(self._app.exit)
                        return
                    # To the parser no text is the end of the file; half a character decodes to none.
                    if text := decode(data):
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""


@contextmanager
def ending_on_signals(app: App[Any]) -> Iterator[None]:
    """SIGHUP and SIGTERM end the application in order; the process ends in any case soon after."""

    def end(number: int, frame: FrameType | None) -> None:
        last = threading.Timer(LAST_SECONDS, os._exit, (128 + number,))
        last.daemon = True
        last.start()
        loop = app._loop
        if loop is not None:
            loop.call_soon_threadsafe(app.exit)

    before = {
        number: signal.signal(number, end)
        for number in (signal.SIGHUP, signal.SIGTERM)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
