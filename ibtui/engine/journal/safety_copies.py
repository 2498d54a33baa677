"""The two copies of a small file that are written in turn, in place: what a kill or a full disk leaves whole.

A change is written over the older copy, whose room on the disk was taken when it was made, so a full disk does not
hinder it; the newer copy stands untouched until that is on the disk. Each carries a checksum and a number that only
grows.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from pathlib import Path

import msgspec

from ibtui.domain.failure import IbtuiError

FORMAT = 1
ROOM = 64 * 1024
"""Bytes that each copy takes from the disk at once."""
PAGE = 4096
"""What is written together: a kill leaves a page of a file as it was or as it becomes."""
LARGEST = 16 * 1024 * 1024


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a copy."""

    format: int = FORMAT
    number: int = 0
    """The number of the change, which tells the newer copy."""
    journal: str = ""
    """The journal that this belongs to."""
    events: int = 0
    """At least so many events that journal has."""
    texts: dict[str, str] = {}
    """Settings by their key in the journal's table of latches."""
    order_ids: dict[str, int] = {}
    """By client id, the largest order id that may have been used."""


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    sha256: str
    kept: msgspec.Raw


class Copies:
    """Both copies in one folder: `safety-a.json` and `safety-b.json`."""

    def __init__(self, folder: Path) -> None:
        self.paths = (folder / "safety-a.json", folder / "safety-b.json")
        self._older = 0
        """Which of them the next change goes to."""

    def read(self) -> tuple[Kept | None, list[str]]:
        """The newest that is whole, None when none is, and what is wrong with the copies, a phrase each.

        Raises IbtuiError `journal_failed` when another version of ibtui wrote them.
        """
        found = [_read(path) for path in self.paths]
        numbers = [one.number if isinstance(one, Kept) else -1 for one in found]
        self._older = 1 if numbers[0] > numbers[1] else 0
        newest = found[1 - self._older]
        wrong = [one for one in found if isinstance(one, str)]
        missing = [path for path in self.paths if not path.exists()]
        if len(missing) == 2 or (missing and numbers == [1, -1]):  # its first engine ended between the two
            wrong = []
        return (newest if isinstance(newest, Kept) else None), wrong

    def write(self, kept: Kept) -> None:
        """Put a change on the disk, over the older copy, which is made if it is not there. Raises OSError."""
        path = self.paths[self._older]
        (_overwrite if path.exists() else _make)(path, _sealed(kept))
        self._older = 1 - self._older


def _read(path: Path) -> Kept | str:
    """A copy, or what is wrong with it."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            data = os.read(file, LARGEST)
        finally:
            os.close(file)
    except FileNotFoundError:
        return f"{path.name} is missing"
    except OSError as error:
        return f"{path.name} cannot be read ({error.strerror})"
    try:
        sealed = msgspec.json.decode(data, type=_Sealed)
        version = msgspec.json.decode(sealed.kept, type=dict[str, object]).get("format")
    except msgspec.MsgspecError:
        return f"{path.name} was changed by another hand"
    if hashlib.sha256(sealed.kept).hexdigest() != sealed.sha256:
        return f"{path.name} was changed by another hand"
    if version != FORMAT:
        raise IbtuiError("journal_failed", f"{path} was written by another version of ibtui; start that version.")
    return msgspec.json.decode(sealed.kept, type=Kept)


def _sealed(kept: Kept) -> bytes:
    body = msgspec.json.encode(kept)
    data = msgspec.json.encode(_Sealed(sha256=hashlib.sha256(body).hexdigest(), kept=msgspec.Raw(body)))
    return data + b"\n"


def _make(path: Path, data: bytes) -> None:
    """A new copy appears whole or not at all, and takes its room from the disk."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _put(file, data.ljust(ROOM))
    finally:
        os.close(file)
    fresh.replace(path)
    _sync_folder(path.parent)


def _overwrite(path: Path, data: bytes) -> None:
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        found = os.pread(file, LARGEST, 0)
        pages = -(-max(len(found.rstrip()), len(data)) // PAGE)
        _put(file, data.ljust(pages * PAGE if len(found) >= ROOM else ROOM))
    finally:
        os.close(file)


def _put(file: int, data: bytes) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(file, data[written:], written)
    if sys.platform == "darwin":
        fcntl.fcntl(file, fcntl.F_FULLFSYNC)  # fsync alone leaves it in the drive's cache there
    else:
        os.fsync(file)


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
