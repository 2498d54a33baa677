"""Questions that wait for an answer: found by request id or by a fixed name, each with a time-out."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from ibtui.domain.failure import IbtuiError

Key = int | str

_REMEMBERED = 1_000
"""Questions that nobody waits for any more, whose late answers are told to nobody."""

FIRST_ID = 1_000_000_000
"""Request ids start here, far above order ids: IB reports errors of both in one field."""


class RequestError(Exception):
    """IB answered a request with an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} (IB code {code})")
        self.code = code
        self.text = text


class Requests:
    """The open questions of a session; a question with a fixed name is asked once at a time."""

    def __init__(self) -> None:
        self._ids = itertools.count(FIRST_ID)
        self._open: dict[Key, tuple[asyncio.Future[None], list[Any]]] = {}
        self._given_up: deque[Key] = deque(maxlen=_REMEMBERED)
        self._locks: defaultdict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)

    def new_id(self) -> int:
        return next(self._ids)

    async def ask(
        self, key: Key, send: Callable[[], None], seconds: float, turn: AbstractAsyncContextManager[None] | None = None
    ) -> list[Any]:
        """Send a question, in its `turn` where that has to be waited for, and return what its end found added to it.

        The `seconds` begin when it was sent: waiting in our own queue is not IB's silence. Raises TimeoutError,
        RequestError, or IbtuiError("not_connected") when the connection ends first.
        """
        turn = turn if turn is not None else contextlib.nullcontext()
        if isinstance(key, int):
            return await self._ask(key, send, seconds, turn)
        async with self._locks[key]:
            return await self._ask(key, send, seconds, turn)

    async def _ask(
        self, key: Key, send: Callable[[], None], seconds: float, turn: AbstractAsyncContextManager[None]
    ) -> list[Any]:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        items: list[Any] = []
        async with turn:
            self._open[key] = (ended, items)
            try:
                send()
            except BaseException:
                del self._open[key]
                raise
        try:
            async with asyncio.timeout(seconds):
                await ended
        except (TimeoutError, asyncio.CancelledError):
            self._given_up.append(key)
            raise
        finally:
            del self._open[key]
        return items

    def add(self, key: Key, item: Any) -> None:
        """An answer arrived; late ones are dropped."""
        if key in self._open:
            self._open[key][1].append(item)

    def end(self, key: Key) -> None:
        """The end marker of a question arrived."""
        if key in self._open and not self._open[key][0].done():
            self._open[key][0].set_result(None)

    def fail(self, key: Key, code: int, text: str) -> bool:
        """IB refused a question; False when no such question is open or was given up."""
        return self._fail(key, RequestError(code, text)) or key in self._given_up

    def close(self) -> None:
        """The connection ended: nothing that is open will be answered."""
        for key in list(self._open):
            self._fail(key, IbtuiError("not_connected", "The connection to IB ended before it answered; try again."))

    def _fail(self, key: Key, error: Exception) -> bool:
        if key not in self._open:
            return False
        ended = self._open[key][0]
        if not ended.done():
            ended.set_exception(error)
        return True
