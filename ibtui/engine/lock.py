"""One engine per profile: the lock that says so, where its socket lies, and the file that tells others."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from datetime import datetime
from pathlib import Path

import msgspec

from ibtui import __version__
from ibtui.config import Folders
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import VERSION

SOCKET_LIMIT = 100
"""Bytes of a socket path; the system's own limit is 108 on Linux and 104 on macOS."""


class EngineFile(msgspec.Struct, frozen=True, kw_only=True):
    """`engine.json`: what a launcher needs to find and to judge a running engine."""

    pid: int
    socket: str
    program: str
    version: int
    """The version of the link's protocol that the engine speaks."""
    started: datetime
    demo: bool


class Lock:
    """Held from before the socket is bound until the engine has ended; the system drops it with the process."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._file: int | None = None
        self.socket = socket_path(folders)

    def take(self) -> None:
        """Raises IbtuiError `engine_running` when another engine has this profile."""
        private_folder(self._folders.state)
        file = os.open(self._folders.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            name = self._folders.state.name
            raise IbtuiError(
                "engine_running", f"An engine for profile {name!r} runs already: attach to it, or stop it first."
            ) from None
        self._file = file
        private_folder(self.socket.parent)
        with contextlib.suppress(FileNotFoundError):
            self.socket.unlink()  # left by an engine that was killed; the lock proves that it is gone

    def announce(self, started: datetime, demo: bool) -> None:
        """Write `engine.json` whole or not at all."""
        facts = EngineFile(
            pid=os.getpid(),
            socket=str(self.socket),
            program=__version__,
            version=VERSION,
            started=started,
            demo=demo,
        )
        fresh = self._folders.facts.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(facts))
        fresh.chmod(0o600)
        fresh.replace(self._folders.facts)

    def release(self) -> None:
        """Take back what was announced, then let the next engine in."""
        if self._file is None:
            return
        for path in (self._folders.facts, self.socket):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
        os.close(self._file)
        self._file = None


def socket_path(folders: Folders) -> Path:
    """Beside the journal, or in a private folder under /tmp where that path would be too long."""
    path = folders.state / "engine.sock"
    if len(os.fsencode(path)) <= SOCKET_LIMIT:
        return path
    name = hashlib.sha256(os.fsencode(folders.state.absolute())).hexdigest()[:16]
    return Path("/tmp") / f"ibtui-{os.getuid()}" / f"{name}.sock"


def private_folder(folder: Path) -> None:
    """Make sure that a folder exists and is this user's alone; raises IbtuiError `start_failed` for another's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise IbtuiError("start_failed", f"{folder} is not a folder of yours: the engine will not use it.")
    folder.chmod(0o700)
