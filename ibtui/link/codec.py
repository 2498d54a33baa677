"""Lines of JSON: the encoding of every message, and the reading of lines with a limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from ibtui.commands.command import Command
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.number import LONGEST
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


_from_client: Decoder[messages.FromClient] = Decoder(messages.FromClient)
from_engine: Decoder[messages.FromEngine] = Decoder(messages.FromEngine)
to_worker: Decoder[worker.ToWorker] = Decoder(worker.ToWorker)
from_worker: Decoder[worker.FromWorker] = Decoder(worker.FromWorker)
_as_written = msgspec.json.Decoder(float_hook=Decimal)


def from_client(line: bytes) -> messages.FromClient:
    """The message of a client; IbtuiError `bad_message`, also for a text where an order has a number."""
    message = _from_client(line)
    if isinstance(message, messages.Request) and isinstance(message.ask, messages.Preview | messages.Do):
        _check_numbers(message.ask.command, _as_written.decode(line)["ask"]["command"])
    return message


def _check_numbers(command: Command, written: dict[str, object]) -> None:
    """The decoder would take `"1_000"` or digits of any script for a Decimal, and one of a million digits."""
    for name, text in written.items():
        value = getattr(command, name, None)
        if not isinstance(value, Decimal):
            continue
        if isinstance(text, str):
            raise IbtuiError("bad_message", f"{name} is a JSON number, not the text {text[:LONGEST]!r}.")
        if value and abs(value.adjusted()) >= LONGEST:
            raise IbtuiError("bad_message", f"{name} has more than {LONGEST} digits.")
