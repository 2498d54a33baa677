"""Frames: a four-byte big-endian length, then fields that each end with NUL; and the greeting before the first."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

MAX_FRAME = 16 * 1024 * 1024
"""Bytes in the longest frame; the clients' own limit is one byte less."""
PREFIX = b"API\0"

_LENGTH = struct.Struct(">I")
_VERSIONS = re.compile(rb"v(\d{1,4})(?:\.\.(\d{1,4}))?(?: .*)?", re.DOTALL)


class UnframedError(Exception):
    """The bytes are not what a TWS API client sends; the connection cannot go on."""


def frame(payload: bytes) -> bytes:
    """`payload` as it goes over the wire."""
    return _LENGTH.pack(len(payload)) + payload


def split(payload: bytes) -> list[str]:
    """The fields of a payload; bytes that are not UTF-8 become replacement characters."""
    return payload.removesuffix(b"\0").decode("utf-8", "replace").split("\0")


class Frames:
    """Collects bytes and yields whole payloads; raises UnframedError for a frame beyond `MAX_FRAME`."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._buffer, start)
                if length > MAX_FRAME:
                    raise UnframedError(f"a frame of {length} bytes")
                end = start + _LENGTH.size + length
                if len(self._buffer) < end:
                    return
                payload = bytes(self._buffer[start + _LENGTH.size : end])
                start = end
                yield payload
        finally:
            del self._buffer[:start]


class ClientGreeting(NamedTuple):
    """What a client said of itself: the versions it speaks, and the bytes that follow."""

    lowest: int
    highest: int
    rest: bytes
    framed: bool
    """False for a client older than version 100, which frames nothing; its version is its own, not the server's."""


class Greeting:
    """The first bytes of a connection, up to the range of versions that the client speaks."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> ClientGreeting | None:
        """The greeting; None while more must come.

        Raises UnframedError as soon as the bytes cannot be a greeting. The first byte decides: clients older than
        version 100 open with a bare number, three bytes in all, and wait, so a server that waited for more would wait
        for ever.
        """
        self._buffer += data
        return self._legacy() if self._buffer[:1].isdigit() else self._framed()

    def _legacy(self) -> ClientGreeting | None:
        number, end, rest = self._buffer.partition(b"\0")
        if not number.isdigit() or len(number) > 2:
            raise UnframedError("not a TWS API client")
        return ClientGreeting(int(number), int(number), rest, framed=False) if end else None

    def _framed(self) -> ClientGreeting | None:
        if not PREFIX.startswith(self._buffer[: len(PREFIX)]):
            raise UnframedError("not a TWS API client")
        body = self._buffer[len(PREFIX) :]
        if len(body) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(body)
        if length > 4096:
            raise UnframedError(f"a greeting of {length} bytes")
        end = _LENGTH.size + length
        if len(body) < end:
            return None
        match = _VERSIONS.fullmatch(body[_LENGTH.size : end].rstrip(b"\0"))
        if match is None:
            raise UnframedError("a greeting without versions")
        lowest = int(match[1])
        return ClientGreeting(lowest, int(match[2] or lowest), body[end:], framed=True)
