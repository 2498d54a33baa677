"""Frames and greetings arrive in pieces, and rubbish is told from them at once."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.gateway.running.outbox import Edges
from ibtui.gateway.services.handshake import agree
from ibtui.gateway.wire.framing import MAX_FRAME, Frames, Greeting, UnframedError, frame, split


@given(st.lists(st.binary(max_size=50), max_size=6), st.data())
def test_frames_in_any_pieces(payloads: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frame(payload) for payload in payloads)
    frames, found = Frames(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += list(frames.feed(stream[:cut]))
        stream = stream[cut:]
    assert found == payloads


def test_frame_beyond_the_limit() -> None:
    with pytest.raises(UnframedError, match="a frame of"):
        list(Frames().feed(struct.pack(">I", MAX_FRAME + 1)))


def test_fields_that_are_not_utf8_survive() -> None:
    assert split(b"49\xff\x001\x00") == ["49�", "1"]


@pytest.mark.parametrize(
    ("versions", "range_"),
    [
        (b"v157..176", (157, 176)),
        (b"v100..157", (100, 157)),
        (b"v178", (178, 178)),
        (b"v100..226 +PACEAPI", (100, 226)),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_greeting(versions: bytes, range_: tuple[int, int], size: int) -> None:
    hello = b"API\0" + frame(versions) + b"rest"
    greeting, seen = Greeting(), None
    for start in range(0, len(hello), size):
        seen = greeting.feed(hello[start : start + size])
        if seen is not None:
            break
    assert seen is not None
    assert (seen.lowest, seen.highest) == range_
    assert seen.framed
    assert b"rest".startswith(seen.rest)


@pytest.mark.parametrize("pieces", [[b"62\0"], [b"6", b"2", b"\0"], [b"62\x001\0"]])
def test_greeting_of_old_clients(pieces: list[bytes]) -> None:
    greeting = Greeting()
    *early, seen = [greeting.feed(piece) for piece in pieces]
    assert early == [None] * (len(pieces) - 1)
    assert seen is not None
    assert (seen.highest, seen.framed) == (62, False)
    assert seen.rest == (b"1\0" if len(pieces[0]) > 3 else b"")


@pytest.mark.parametrize(
    "first", [b"162\0", b"6a\0", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"API\1", b"API\0\xff\xff\xff\xff"]
)
def test_what_is_no_greeting_is_known_at_once(first: bytes) -> None:
    with pytest.raises(UnframedError):
        Greeting().feed(first)


@pytest.mark.parametrize(
    ("lowest", "highest", "version"),
    [(157, 176, 176), (157, 178, 178), (100, 157, 157), (100, 226, 178), (100, 151, None), (179, 226, None)],
)
def test_version_is_the_smaller_maximum(lowest: int, highest: int, version: int | None) -> None:
    assert agree(lowest, highest) == version


def test_edges_are_whole_reads_after_any_earlier_write() -> None:
    edges = Edges()
    assert not edges.passed(100)
    assert edges.passed(4096)
    assert not edges.passed(4000)
    assert edges.passed(96)
    assert not edges.passed(1)
