"""How much memory a strategy's process may take: what fits the machine, or what the profile says, never more than free.

Counted is what the process may write to (RLIMIT_DATA on Linux), not what libraries merely reserve.
"""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

MOST = 4 * 1024**3
"""Bytes that a strategy may take unless its profile says other."""
LEAST = 128 * 1024**2
"""Bytes that Python and a small strategy need."""
SHARE = 4
"""A strategy may take one part in so many of the machine."""
_RESERVED = 4 * 1024**3
"""Bytes of addresses beyond that, which libraries reserve and do not use."""
_LAST_WORDS = 32 * 1024**2
"""Bytes that are left for telling that there is no more."""
_MEMINFO = Path("/proc/meminfo")
_GROUPS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


def allowance(asked: int, physical: int, free: int) -> int:
    """Bytes: `asked` or a share of `physical`, at most `free`, at least what Python needs."""
    wanted = asked or min(MOST, physical // SHARE)
    return max(min(wanted, free), LEAST)


def limit(asked: int) -> int:
    """Hold this process to its allowance of memory; returns it, in bytes. `asked` is 0 for a share of the machine."""
    most = allowance(asked, *machine())
    _set(resource.RLIMIT_DATA, most, most + _LAST_WORDS)
    _set(resource.RLIMIT_AS, most + _RESERVED, most + _RESERVED)
    # Where the machine runs out all the same, this process is to go and not its engine.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    return most


def allow_last_words() -> None:
    """Give a process that met its limit what it needs to say so."""
    _set(resource.RLIMIT_DATA, resource.getrlimit(resource.RLIMIT_DATA)[1], resource.RLIM_INFINITY)


def _set(what: int, most: int, hard: int) -> None:
    before = resource.getrlimit(what)[1]
    hard = hard if before == resource.RLIM_INFINITY else before if hard == resource.RLIM_INFINITY else min(hard, before)
    with contextlib.suppress(OSError, ValueError):  # a system that does not know this limit
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def machine() -> tuple[int, int]:
    """Bytes of memory that this machine (or the container on it) has, and that are free now."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    free = _available() or physical
    for most, used in _GROUPS:
        try:
            limit = int(most.read_text())
            physical, free = min(physical, limit), min(free, limit - int(used.read_text()))
        except (OSError, ValueError):
            continue  # there is none, or it is `max`
    return physical, free


def _available() -> int:
    """What the system can hand out without swapping; 0 where it does not tell."""
    with contextlib.suppress(OSError, ValueError):
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0
