"""The blocking client of an engine: one question and its answer, for the command line. It needs no event loop."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ibtui.domain.failure import IbtuiError
from ibtui.link import messages
from ibtui.link.codec import encode, from_engine
from ibtui.link.earlier import EARLIER, check_across, check_frames
from ibtui.link.greeting import greeted, hello
from ibtui.link.unanswered import can_move, unanswered


class Caller:
    """One blocking conversation, for the command line; raises IbtuiError `no_engine` or `timeout`."""

    def __init__(self, path: Path, timeout: float = 10.0) -> None:
        try:
            self.engine = self._greet(path, timeout, messages.VERSION)
        except IbtuiError as error:
            if error.code != "engine_version":
                raise
            self.engine = self._greet_earlier(path, timeout, error)

    def _greet(self, path: Path, timeout: float, version: int) -> messages.Hello:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise IbtuiError("no_engine", "No engine answers for this profile; start it with `ibtui`.") from None
        self._lines = self._socket.makefile("rb")
        try:
            self._version = version
            self._say(hello("command", version))
            return greeted(self._read(), version)
        except IbtuiError:
            self.close()
            raise

    def _greet_earlier(self, path: Path, timeout: float, refusal: IbtuiError) -> messages.Hello:
        try:
            return self._greet(path, timeout, EARLIER)
        except IbtuiError:
            raise refusal from None

    def ask(self, question: messages.Ask) -> messages.Answer:
        """The engine's answer; raises IbtuiError with the engine's own code and sentence when it refuses.

        `unanswered` when what can move money was asked and no answer came: it may have been done. `engine_version`
        when the engine is of the version before and that does not work with it: it was not asked.
        """
        check_across(self.engine, question)
        try:
            self._say(messages.Request(id=1, ask=question))
            return self._answer(question)
        except KeyboardInterrupt:
            if not can_move(question):
                raise
            raise unanswered(question, IbtuiError("interrupted", "You stopped waiting")) from None

    def _answer(self, question: messages.Ask) -> messages.Answer:
        while True:
            try:
                message = self._read()
            except IbtuiError as error:
                raise unanswered(question, error) from None
            if isinstance(message, messages.Reply):
                return message.answer
            if isinstance(message, messages.Failure):
                raise IbtuiError(message.code, message.message)

    def listen(self) -> Iterator[messages.Frame]:
        """Frames with fills and signals, the first with everything, until the engine goes or the caller stops asking.

        Raises IbtuiError `no_engine` when it goes, and `engine_version` when it is of the version before.
        """
        check_frames(self.engine)
        self._socket.settimeout(None)
        self._say(messages.Subscribe(feed=True))
        while True:
            self._say(messages.Next())
            message = self._read()
            while not isinstance(message, messages.Frame):
                message = self._read()
            yield message

    def _say(self, message: messages.FromClient) -> None:
        try:
            self._socket.sendall(encode(message))
        except OSError:
            raise IbtuiError("no_engine", "The engine closed the conversation; see its log.") from None

    def _read(self) -> messages.FromEngine:
        try:
            line = self._lines.readline(messages.TO_CLIENT_LIMIT)
        except TimeoutError:
            raise IbtuiError("timeout", "The engine did not answer in time; see `ibtui status` and its log.") from None
        except OSError:
            line = b""
        if not line:
            raise IbtuiError("no_engine", "The engine closed the conversation; see its log.")
        return from_engine(line, self._version)

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
