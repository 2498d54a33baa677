"""Lines of JSON: the encoding of every message, and the reading of lines with a limit."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from ibtui.domain.failure import IbtuiError
from ibtui.link import messages, worker

T = TypeVar("T")

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(message: msgspec.Struct) -> bytes:
    """One line, newline included; decimals are JSON numbers."""
    return _encoder.encode(message) + b"\n"


class Decoder(Generic[T]):
    """Turns lines of one direction into messages; IbtuiError `bad_message` for what does not fit."""

    def __init__(self, kind: object) -> None:
        self._decoder = msgspec.json.Decoder(kind)

    def __call__(self, line: bytes) -> T:
        try:
            message: T = self._decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise IbtuiError("bad_message", f"A message does not follow the protocol: {error}.") from None
        return message


from_client: Decoder[messages.FromClient] = Decoder(messages.FromClient)
from_engine: Decoder[messages.FromEngine] = Decoder(messages.FromEngine)
to_worker: Decoder[worker.ToWorker] = Decoder(worker.ToWorker)
from_worker: Decoder[worker.FromWorker] = Decoder(worker.FromWorker)
