"""The real clients' decoders, reading messages that the gateway wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ibapi.decoder import Decoder as OfficialDecoder

from ibtui.gateway.wire.codec import Values, encode
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import split
from tests.insync import InsyncDecoder


class Calls:
    """Takes every callback of a decoder: name and arguments."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.calls.append((name, arguments))


class Fields(list[str]):
    """Fields that know what of them was read."""

    def __iter__(self) -> Iterator[str]:
        self.reader = super().__iter__()
        return self.reader

    def left(self) -> list[str]:
        return list(self.reader)


def insync(
    layout: Layout, values: Values, version: int, caplog: pytest.LogCaptureFixture
) -> tuple[str, tuple[Any, ...]]:
    """The one callback that a message makes in ib_insync."""
    calls = Calls()
    InsyncDecoder(calls, version).interpret(split(encode(layout, values, version)))
    assert not caplog.records
    (call,) = calls.calls
    return call


def left_over(layout: Layout, values: Values, method: str) -> list[str]:
    """Fields that the official client's own decoder for this message does not read."""
    fields = Fields(field for field in split(encode(layout, values, 157)))
    encoded = _Bytes(field.encode() for field in fields)
    getattr(OfficialDecoder(Calls(), 157), method)(iter(encoded))
    return [field.decode() for field in encoded.reader]


class _Bytes(list[bytes]):
    def __iter__(self) -> Iterator[bytes]:
        self.reader = super().__iter__()
        return self.reader
