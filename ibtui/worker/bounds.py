"""What keeps a strategy's process from harming the machine or outliving its engine."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import threading

NICENESS = 5
"""A strategy that computes without end yields to the engine and the terminal."""
_PR_SET_PDEATHSIG = 1


def limit_process() -> None:
    """Allow no core files, run behind the engine; memory is bounded when it is known how much it may take."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def end_with(fd: int) -> None:
    """Die with the engine even while a hook never returns: by the kernel on Linux, by watching the pipe elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_end_on_hangup, args=(fd,), name="engine watch", daemon=True).start()


def _end_on_hangup(fd: int) -> None:
    watch = select.poll()
    # POLLHUP is always reported; asking for nothing else leaves the data to the reader.
    watch.register(fd, 0)
    watch.poll()
    os._exit(0)


def silence_descriptors() -> None:
    """Send what foreign code writes past Python's own streams to nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
