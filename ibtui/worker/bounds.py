"""What keeps a strategy's process from harming the machine."""

from __future__ import annotations

import os
import resource

NICENESS = 5
"""A strategy that computes without end yields to the engine and the terminal."""


def limit_process() -> None:
    """Allow no core files, run behind the engine; memory is bounded when it is known how much it may take."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def silence_descriptors() -> None:
    """Send what foreign code writes past Python's own streams to nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
