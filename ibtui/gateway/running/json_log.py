"""The log of messages: one JSON object a line for everything a client sends and is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import msgspec

from ibtui.gateway.wire.fields import Layout


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


class JsonLog:
    """Writes `{"time", "client", "direction", "id", "message", "fields"}`.

    `time` is the exchange's, ISO 8601 in UTC; `client` the client id, -1 before it is known; `direction` is `in` for
    what the gateway received and `out` for what it sent; names are those of IB's own client library. A stream that
    nobody reads any more ends the log, not the gateway.
    """

    def __init__(self, stream: IO[bytes], now: Callable[[], datetime]) -> None:
        self._stream: IO[bytes] | None = stream
        self._now = now
        self._encoder = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number")

    def write(self, client: int, direction: str, layout: Layout, fields: Mapping[str, Any], flaw: str = "") -> None:
        """Write one message; `flaw` says what is wrong with one that could not be read."""
        if self._stream is None:
            return
        line = {
            "time": self._now(),
            "client": client,
            "direction": direction,
            "id": layout.id,
            "message": layout.name,
            "fields": fields,
        }
        if flaw:
            line["flaw"] = flaw
        try:
            self._stream.write(self._encoder.encode(line) + b"\n")
            self._stream.flush()
        except OSError:
            self._stream = None
