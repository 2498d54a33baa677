"""Gzip files that grow by whole members: readable by any program at any time, and up to the last row after a crash.

A member (RFC 1952) holds whole lines and is written by one call, so a killed writer leaves whole members. What a power
cut leaves of the last one is read as far as it goes, and put in order before anything is added behind it.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

CHUNK = 1 << 16
"""Compressed bytes that are in memory at once."""
_GZIP = 31
"""Window bits with which zlib reads gzip's header and checks its sum."""


def append(path: Path, text: str) -> int:
    """Add lines as one member; returns the file's new size. Nothing is added when it raises OSError."""
    data = gzip.compress(text.encode(), compresslevel=6, mtime=0)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        before = os.fstat(file).st_size
        try:
            _write_all(file, data)
        except OSError:
            os.ftruncate(file, before)
            raise
        return before + len(data)
    finally:
        os.close(file)


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def read_lines(path: Path) -> Iterator[str]:
    """The whole lines of a file without their ends, up to where it ends, is cut or is damaged; raises OSError."""
    rest = b""
    for data, _ in _inflated(path):
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if newline:
            yield from whole.decode("utf-8", "replace").split("\n")


def repair(path: Path) -> bool:
    """Drop what was cut or damaged at the end, keeping its whole lines; True when there was anything; raises OSError.

    The file is replaced at once, so that a crash leaves it as it was or as it should be. One without a whole line goes.
    """
    good, tail = 0, b""
    for data, end in _inflated(path):
        good, tail = (end, b"") if end else (good, tail + data)
    if good == path.stat().st_size:
        return False
    kept = tail[: tail.rfind(b"\n") + 1]
    if not good and not kept:
        path.unlink()
        return True
    replace(path, _head(path, good) + (gzip.compress(kept, mtime=0) if kept else b""))
    return True


def replace(path: Path, data: bytes, *, synced: bool = True) -> None:
    """Write a file so that there is always a whole one; without `synced` a power cut may empty it, a crash not."""
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
        if synced:
            file.flush()
            os.fsync(file.fileno())
    fresh.replace(path)


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _inflated(path: Path) -> Iterator[tuple[bytes, int]]:
    """Pieces of content as they come, each with 0, or with where its member ended if it is the last of one."""
    with path.open("rb") as file:
        member = zlib.decompressobj(_GZIP)
        read = 0
        fresh = True
        while chunk := file.read(CHUNK):
            read += len(chunk)
            while chunk:
                try:
                    data = member.decompress(chunk)
                except zlib.error:
                    return
                fresh = False
                chunk = member.unused_data
                yield data, read - len(chunk) if member.eof else 0
                if member.eof:
                    member, fresh = zlib.decompressobj(_GZIP), True
        if not fresh:
            yield member.flush(), 0
