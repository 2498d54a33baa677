"""Keeping a gateway's state in its file while it runs, so that it goes on after a stop, a crash or a kill."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ibtui.domain.failure import IbtuiError
from ibtui.exchange.saved import Course
from ibtui.exchange.told.news import CorporateAction
from ibtui.exchange.told.reports import Execution, OrderReport, PositionReport, Report
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.running.registry import PlacedOrder
from ibtui.gateway.running.state import line_of_changes, save

EVERY = 30.0
"""Seconds between two savings when nothing happens but time."""
LONGEST = 4 * 1024 * 1024
"""Bytes of changes behind a state, or four times its own, after which it is written anew."""

_WORTH_KEEPING = OrderReport | Execution | PositionReport | CorporateAction

_log = logging.getLogger(__name__)


class Saving:
    """Adds every change of an order or a position to the file before any client is told of it.

    A process that is killed has lost nothing that it told: what was given to the system outlives it. A machine that
    loses power may lose what happened since the file was last forced to the disk, at most `EVERY` seconds.
    """

    def __init__(self, backend: Backend, path: Path) -> None:
        self._backend, self._path = backend, path
        self._timer: asyncio.TimerHandle | None = None
        self._file = -1
        """Where changes are added to; -1 when the state is to be written anew first."""
        self._whole = 0
        """Bytes of the state in the file."""
        self._end = 0
        self._course: Course | None = None
        self._known: dict[int, PlacedOrder] = {}

    def begin(self) -> None:
        """Write the state as it is now, and go on adding to it; raises IbtuiError(`state_file`)."""
        self._write()
        self._again()

    def note(self, reports: Iterable[Report]) -> None:
        """Add what these reports changed, before anyone is told."""
        kept = [report for report in reports if isinstance(report, _WORTH_KEEPING)]
        if kept:
            self._save({report.perm_id for report in kept if isinstance(report, OrderReport | Execution)})

    def end(self) -> None:
        """Write the last state; raises IbtuiError(`state_file`)."""
        if self._timer is not None:
            self._timer.cancel()
        self._write(stopped=True)
        self._close()

    def _pass(self) -> None:
        self._save(set())
        if self._file >= 0:
            os.fsync(self._file)
        self._again()

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._pass)

    def _save(self, touched: set[int]) -> None:
        try:
            if not self._add(touched):
                self._write()
        except IbtuiError as error:
            _log.error("%s", error.message)

    def _add(self, touched: set[int]) -> bool:
        """Add a line of changes; False where the state is to be written anew instead."""
        if self._file < 0 or self._course is None or self._end - self._whole > max(LONGEST, 4 * self._whole):
            return False
        changes = self._backend.exchange.changes(self._course, touched)
        if changes is None:
            return False
        line = line_of_changes(self._backend, changes, self._known)
        try:
            written = os.pwrite(self._file, line, self._end)
        except OSError:
            written = 0
        if written < len(line):
            self._close()
            return False
        self._end += written
        self._course = self._backend.exchange.course
        return True

    def _write(self, *, stopped: bool = False) -> None:
        """Write the state whole or not at all; raises IbtuiError(`state_file`)."""
        self._close()
        self._whole = self._end = save(self._backend, self._path, stopped=stopped)
        self._course = self._backend.exchange.course
        self._known = {order.perm_id: order for order in self._backend.registry.placed()}
        self._file = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextmanager
def only_user(path: Path) -> Iterator[None]:
    """Keep other gateways from a state file meanwhile; raises IbtuiError(`state_file`), also for what is no file."""
    if path.exists() and not path.is_file():
        raise IbtuiError("state_file", f"{path} is no file: name one that is, or one that is not there yet.")
    try:
        file = os.open(path.with_name(f".{path.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise IbtuiError("state_file", f"The state cannot be written to {path}: {error.strerror}.") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise IbtuiError("state_file", f"{path} is in use by another gateway: name another file.") from None
    finally:
        os.close(file)
