"""The dialect of clients older than version 100: bare fields without frames, as IBPy and npm's `ib` speak it.

Nothing tells where a message ends but its table, so what no table describes ends the connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ibtui.gateway.wire import legacy_requests, legacy_responses, requests
from ibtui.gateway.wire.codec import TruncatedError, Values, decode_first, encode
from ibtui.gateway.wire.dialect import ClientRequest, message_id
from ibtui.gateway.wire.fields import Choice, Each, Field, Item, Layout, SinceVersion, When
from ibtui.gateway.wire.framing import UnframedError
from ibtui.gateway.wire.values import FieldKind, MalformedError

VERSION = 69
"""The highest server version whose fields these clients know; from 70 on they would expect startApi."""

_MOST_FIELDS = 4096
"""Fields of the longest message; IB's own longest has a few hundred."""
_MOST_BYTES = 1024 * 1024
_EMPTY: Mapping[FieldKind, Any] = {FieldKind.TEXT: "", FieldKind.INTEGER: 0, FieldKind.FLAG: False}


class Legacy:
    """Fields end with NUL, both ways; the client's first field is its id, where others send startApi."""

    def __init__(self) -> None:
        self.version = VERSION
        self._rest = b""
        self._fields: list[str] = []
        self._started = False

    def hello(self, now: datetime) -> bytes:
        return b"%d\0%b UTC\0" % (VERSION, f"{now:%Y%m%d %H:%M:%S}".encode("ascii"))

    def read(self, data: bytes) -> Iterator[ClientRequest]:
        whole, _, self._rest = (self._rest + data).rpartition(b"\0")
        if len(self._rest) > _MOST_BYTES:
            raise UnframedError(f"a field of {len(self._rest)} bytes")
        if whole or data.startswith(b"\0"):
            self._fields += whole.decode("utf-8", "replace").split("\0")
        while self._fields:
            request = self._next()
            if request is None:
                return
            yield request

    def write(self, layout: Layout, values: Mapping[str, Any]) -> bytes | None:
        table = legacy_responses.table(layout)
        return None if table is None else encode(table, values, VERSION)

    def _next(self) -> ClientRequest | None:
        """The message that the fields begin with, taken from them; None while more must come."""
        if not self._started:
            self._started = True
            return ClientRequest(requests.START_API, {"clientId": _client_id(self._fields.pop(0))})
        layout = legacy_requests.BY_ID.get(message_id(self._fields[0]))
        if layout is None:
            raise UnframedError(
                f"message {self._fields[0][:20]!r}, of which a stream without frames does not show the end"
            )
        try:
            values, length = decode_first(layout, self._fields[1 : _MOST_FIELDS + 1], VERSION)
        except TruncatedError:
            if len(self._fields) > _MOST_FIELDS:
                raise UnframedError(f"a {layout.name} of more than {_MOST_FIELDS} fields") from None
            return None
        except MalformedError as error:
            raise UnframedError(f"malformed {layout.name}: {error}") from None
        del self._fields[: length + 1]
        return ClientRequest(layout, completed(values, requests.BY_ID[layout.id].items))


def completed(values: Values, items: tuple[Item, ...]) -> Values:
    """`values` with every field that today's table has and the old one has not, as a client leaves it empty."""
    for item in items:
        match item:
            case Field(name=name, kind=kind, unset=unset):
                values.setdefault(name, None if unset is not None else _EMPTY.get(kind))
            case Each(name=name):
                values.setdefault(name, [])
            case When(name=name, test=test, items=inner):
                if test(values.get(name)):
                    completed(values, inner)
            case SinceVersion(items=inner):
                completed(values, inner)
            case Choice():
                pass
    return values


def _client_id(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        raise UnframedError(f"{text[:20]!r} is not a client id")
    return int(text)
