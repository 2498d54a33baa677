"""The end of a process with the one that started it, whatever it is doing then and however the other one ended."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1


def end_with(fd: int) -> None:
    """Die with the starter, even in a call that never returns: by the kernel on Linux, by watching the pipe elsewhere.

    `fd` is a pipe or a socket whose other end only the starter has open. The kernel kills for an end that comes after
    this call, and the watch ends the process for one that came before it. Elsewhere than on Linux a call that never
    gives up Python's lock outlives its starter.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_end_on_hangup, args=(fd,), name="starter watch", daemon=True).start()


def _end_on_hangup(fd: int) -> None:
    watch = select.poll()
    # POLLHUP is always reported; asking for nothing else leaves the data to the reader.
    watch.register(fd, 0)
    watch.poll()
    os._exit(0)
