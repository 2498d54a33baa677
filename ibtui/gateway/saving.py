"""Keeping a gateway's state in its file while it runs, so that it goes on after a stop, a crash or a kill."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ibtui.domain.clock import SystemClock
from ibtui.domain.failure import IbtuiError
from ibtui.exchange.news import CorporateAction
from ibtui.exchange.reports import Execution, OrderReport, PositionReport, Report
from ibtui.gateway.backend import Backend
from ibtui.gateway.state import save

EVERY = 30.0
"""Seconds between two savings when nothing happens but time."""
QUICK = 0.02
"""Seconds; while saving takes no longer, whatever happens is saved before any client is told of it."""
SHARE = 0.05
"""Of this process's time that slower savings may take; what comes sooner after the last one waits for its turn."""

_WORTH_KEEPING = OrderReport | Execution | PositionReport | CorporateAction

_log = logging.getLogger(__name__)


class Saving:
    """Writes the state at once when an order or a position changed, and every `EVERY` seconds.

    A process that is killed has lost nothing that it told, but what `SHARE` put off where the file is large or slow.
    """

    def __init__(self, backend: Backend, path: Path) -> None:
        self._backend, self._path = backend, path
        self._clock = SystemClock()
        self._timer: asyncio.TimerHandle | None = None
        self._soon = False
        self._rest = 0.0
        """When the next saving may be, on the monotonic clock."""

    def begin(self) -> None:
        """Write the state as it is now, and go on doing so; raises IbtuiError(`state_file`)."""
        save(self._backend, self._path)
        self._again(EVERY)

    def note(self, reports: Iterable[Report]) -> None:
        """Save what these reports changed, before anyone is told if there is time."""
        if any(isinstance(report, _WORTH_KEEPING) for report in reports):
            self._save_soon()

    def end(self) -> None:
        """Write the last state; raises IbtuiError(`state_file`)."""
        if self._timer is not None:
            self._timer.cancel()
        save(self._backend, self._path, stopped=True)

    def _save_soon(self) -> None:
        wait = self._rest - self._clock.monotonic()
        if wait <= 0:
            self._save()
        elif not self._soon:
            self._again(wait)
            self._soon = True

    def _save(self) -> None:
        began = self._clock.monotonic()
        try:
            save(self._backend, self._path)
        except IbtuiError as error:
            _log.error("%s", error.message)
        ended = self._clock.monotonic()
        took = ended - began
        self._rest = ended if took < QUICK else ended + took * (1 / SHARE - 1)
        self._again(EVERY)

    def _again(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._soon = False
        self._timer = asyncio.get_running_loop().call_later(seconds, self._save)


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
