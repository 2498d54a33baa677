"""Lines of JSON: the encoding of every message, and the reading of lines with a limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from ibtui.domain.failure import IbtuiError
from ibtui.domain.terms import flat, nested
from ibtui.domain.text.number import LONGEST
from ibtui.link import messages, worker

T = TypeVar("T")

_encoder = msgspec.json.Encoder(decimal_format="number")


FLAT = 1
"""The last version of the protocol whose orders are in the flat form."""


def encode(message: msgspec.Struct, version: int = messages.VERSION) -> bytes:
    """One line as that version of the protocol writes it, newline included; decimals are JSON numbers."""
    line = _encoder.encode(message)
    return (_encoder.encode(flat(_as_written.decode(line))) if version <= FLAT else line) + b"\n"


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
_from_engine: Decoder[messages.FromEngine] = Decoder(messages.FromEngine)
to_worker: Decoder[worker.ToWorker] = Decoder(worker.ToWorker)
from_worker: Decoder[worker.FromWorker] = Decoder(worker.FromWorker)
_as_written = msgspec.json.Decoder(float_hook=Decimal)


def from_engine(line: bytes, version: int = messages.VERSION) -> messages.FromEngine:
    """The message of an engine that speaks that version; IbtuiError `bad_message` for what is none."""
    return _from_engine(_nested(line) if version <= FLAT else line)


def _nested(line: bytes) -> bytes:
    try:
        return _encoder.encode(nested(_as_written.decode(line)))
    except msgspec.MsgspecError:
        return line  # whoever reads it says what is wrong with it


def from_client(line: bytes, version: int = messages.VERSION) -> messages.FromClient:
    """The message of a client that speaks that version.

    IbtuiError `bad_message` for what is none, also for a text where an order has a number.
    """
    line = _nested(line) if version <= FLAT else line
    message = _from_client(line)
    if isinstance(message, messages.Request) and isinstance(message.ask, messages.Preview | messages.Do):
        _check_numbers(message.ask.command, _as_written.decode(line)["ask"]["command"])
    return message


def _check_numbers(value: msgspec.Struct, written: dict[str, Any]) -> None:
    """The decoder would take `"1_000"` or digits of any script for a Decimal, and one of a million digits."""
    for name, text in written.items():
        number = getattr(value, name, None)
        if isinstance(number, msgspec.Struct):
            _check_numbers(number, text)
        if not isinstance(number, Decimal):
            continue
        if isinstance(text, str):
            raise IbtuiError("bad_message", f"{name} is a JSON number, not the text {text[:LONGEST]!r}.")
        if number and abs(number.adjusted()) >= LONGEST:
            raise IbtuiError("bad_message", f"{name} has more than {LONGEST} digits.")
