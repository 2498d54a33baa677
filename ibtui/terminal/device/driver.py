"""The terminal device: bytes that are no UTF-8 are read over, and a device that is gone ends the program at once."""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import sys
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


class PasteLimit:
    """Keeps a paste of megabytes from being taken apart: what is beyond the limit is dropped on its way in."""

    START, END = "\x1b[200~", "\x1b[201~"
    LIMIT = 4096
    """Characters of one bracketed paste that are kept; every place refuses far less."""

    def __init__(self) -> None:
        self._inside = False
        self._kept = 0
        self._tail = ""
        """The end of what came last, where a mark may have begun."""

    def __call__(self, text: str) -> str:
        """What of `text` goes on to the parser; marks may come in pieces."""
        out: list[str] = []
        while text:
            mark = self.END if self._inside else self.START
            joined = self._tail + text
            at = joined.find(mark)
            if at < 0:
                out.append(self._keep(text))
                self._tail = joined[-(len(mark) - 1) :]
                break
            used = at + len(mark) - len(self._tail)
            out.append(self._keep(text[:used], ends=self._inside))
            text, self._tail = text[used:], ""
            self._inside, self._kept = not self._inside, 0
        return "".join(out)

    def _keep(self, text: str, ends: bool = False) -> str:
        if not self._inside:
            return text
        kept = text[: max(self.LIMIT - self._kept, 0)]
        self._kept += len(text)
        if not ends:
            return kept
        return text if len(kept) == len(text) else kept + self.END


class TerminalDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, which ended on one byte that is no UTF-8 and span on a closed terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = _Output(sys.__stderr__)  # type: ignore[assignment,arg-type]
        self._began = False

    def start_application_mode(self) -> None:
        """Take the terminal, at the start and whenever the program comes back to it."""
        self._began = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Give the terminal back: where it has no second screen, the shell goes on in plain text at the top."""
        self.write("\x1b[m\x1b[H")
        super().stop_application_mode()

    def began(self) -> bool:
        """Whether the terminal was taken since this was asked last: it shows what others left on it."""
        began, self._began = self._began, False
        return began

    def _get_terminal_size(self) -> tuple[int, int]:
        """The device's own size; Textual prefers what COLUMNS and LINES say, which never changes when it does."""
        try:
            columns, rows = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return (columns, rows) if columns and rows else super()._get_terminal_size()

    def _run_input_thread(self) -> None:
        """Bring an error of the thread that reads keys to the application, with its traceback."""
        try:
            self.run_input_thread()
        except Exception as error:
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Read keys until the application ends or the terminal is gone."""
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        parser = XTermParser(self._debug)
        limit = PasteLimit()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    data = self._read()
                    if not data:
                        self._loop.call_soon_threadsafe(self._app.exit)
                        return
                    # To the parser no text is the end of the file; half a character decodes to none.
                    if text := limit(decode(data)):
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
    """SIGHUP and SIGTERM end the application in order; the process ends in any case soon after, by SIGALRM."""

    def end(number: int, frame: FrameType | None) -> None:
        # The kernel's timer takes no lock: a thread started here waits for ever when the signal met another's start.
        signal.setitimer(signal.ITIMER_REAL, LAST_SECONDS)
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
