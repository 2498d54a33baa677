"""The worker's end of the socketpair: blocking, one message a line."""

from __future__ import annotations

import contextlib
import os
import socket
import threading

from ibtui.domain.text import sanitize
from ibtui.link.codec import encode, to_worker
from ibtui.link.worker import FromWorker, Said, ToWorker

LAST_WORDS = 1.0
"""Seconds that the end of the process waits for the engine to have read everything."""


class Pipe:
    """Messages from and to the engine; when the engine is gone the process ends."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._lines = self._socket.makefile("rb")
        self._sending = threading.Lock()

    def receive(self) -> ToWorker:
        """The next message; waits for it."""
        try:
            line = self._lines.readline()
        except OSError:
            line = b""
        if not line:
            os._exit(0)
        return to_worker(line)

    def send(self, message: FromWorker) -> None:
        """Waits while the engine is slow to read."""
        try:
            # Threads of a strategy may print while a hook trades.
            with self._sending:
                self._socket.sendall(encode(message))
        except OSError:
            os._exit(0)

    def finish(self) -> None:
        """Wait until the engine has read everything: closing with its messages unread would lose the last of ours."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(LAST_WORDS)
            while self._socket.recv(65536):
                pass

    def say_line(self, text: str) -> None:
        """A line for the log."""
        self.send(Said(text=sanitize(text)))
