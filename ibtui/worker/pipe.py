"""The worker's end of the socketpair: blocking, one message a line."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from collections import deque
from typing import TypeVar

from ibtui.domain.text.sanitize import sanitize
from ibtui.link.codec import encode, to_worker
from ibtui.link.worker import FromWorker, Said, ToWorker

LAST_WORDS = 1.0
"""Seconds that the end of the process waits for the engine to have read everything."""

T = TypeVar("T", bound=ToWorker)


class Pipe:
    """Messages from and to the engine; when the engine is gone the process ends."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._received = b""
        self._kept: deque[ToWorker] = deque()
        """Messages that came while it waited for another, in order."""
        self._sending = threading.Lock()

    def receive(self) -> ToWorker:
        """The next message; waits for it."""
        while not self._kept:
            self._read()
        return self._kept.popleft()

    def answer(self, kind: type[T], seconds: float) -> T | None:
        """The next message of a kind, None when it does not come in time; whatever comes before it waits in order."""
        end, looked = time.monotonic() + seconds, 0
        while True:
            for index, message in enumerate(self._kept):
                if index >= looked and isinstance(message, kind):
                    del self._kept[index]
                    return message
            looked = len(self._kept)
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                return None
            self._read()

    def _read(self) -> None:
        """Keep what has come; waits until something has."""
        try:
            data = self._socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            os._exit(0)
        *lines, self._received = (self._received + data).split(b"\n")
        self._kept.extend(to_worker(line) for line in lines)

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
