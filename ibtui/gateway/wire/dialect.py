"""Dialects: how messages are cut out of a stream of bytes and put into one; here that of clients since version 100."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from ibtui.domain.text.sanitize import sanitize
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values, decode, encode
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import Frames, frame, split
from ibtui.gateway.wire.values import MalformedError


class ClientRequest(NamedTuple):
    """One message from a client; `flaw` says what is wrong with it, and `values` are those read before that."""

    layout: Layout
    values: Values
    flaw: str = ""


UNKNOWN = Layout(-1, "message id", ())
"""Stands for a message that no table describes."""


class Dialect(Protocol):
    """One connection's way of writing."""

    version: int
    """The server version, which decides which fields there are."""

    def hello(self, now: datetime) -> bytes:
        """The bytes that answer the greeting."""

    def read(self, data: bytes) -> Iterator[ClientRequest]:
        """The requests that are complete with these bytes; raises UnframedError when the stream cannot go on."""

    def write(self, layout: Layout, values: Mapping[str, Any]) -> bytes | None:
        """A message as bytes; None when this client could not read it."""


class Framed:
    """A length before every message; the first of a client is startApi."""

    def __init__(self, version: int) -> None:
        self.version = version
        self._frames = Frames()

    def hello(self, now: datetime) -> bytes:
        return frame(b"%d\0%b UTC\0" % (self.version, f"{now:%Y%m%d %H:%M:%S}".encode("ascii")))

    def read(self, data: bytes) -> Iterator[ClientRequest]:
        for payload in self._frames.feed(data):
            yield self._request(split(payload))

    def write(self, layout: Layout, values: Mapping[str, Any]) -> bytes:
        payload = encode(layout, values, self.version)
        return len(payload).to_bytes(4, "big") + payload

    def _request(self, fields: list[str]) -> ClientRequest:
        layout = requests.BY_ID.get(message_id(fields[0]))
        if layout is None:
            return ClientRequest(UNKNOWN, {}, f"{sanitize(fields[0], limit=20)} is not known")
        try:
            return ClientRequest(layout, decode(layout, fields[1:], self.version))
        except MalformedError as error:
            return ClientRequest(layout, error.values, str(error))


def message_id(text: str) -> int:
    """The message id in a field; -1 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1
