"""Sliding windows: how often something happened in the last so many seconds, and what it was.

Every time is in seconds of a clock that never goes back. What happened at `t` counts until `t + seconds`, and no longer
at that moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Rate:
    """At most `limit` in any `seconds`; whoever may not be refused is counted beyond the limit, too."""

    __slots__ = ("_seconds", "_times", "limit")

    def __init__(self, limit: int, seconds: float = 1.0) -> None:
        self.limit = limit
        self._seconds = seconds
        self._times: deque[float] = deque()

    def used(self, now: float) -> int:
        """How many count now; the older ones are forgotten."""
        times = self._times
        while times and times[0] + self._seconds <= now:
            times.popleft()
        return len(times)

    def count(self, now: float, times: int = 1) -> None:
        """It happened so many times now, whatever the limit says."""
        for _ in range(times):
            self._times.append(now)

    def allows(self, now: float) -> bool:
        """Count one more, unless it is one too many."""
        if self.used(now) >= self.limit:
            return False
        self._times.append(now)
        return True

    def free_at(self, most: int) -> float:
        """The time at which no more than `most` of what is known count; minus infinity when that is so anyway."""
        too_many = len(self._times) - max(most, 0)
        return self._times[too_many - 1] + self._seconds if too_many > 0 else float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until one more is allowed; 0 when it is now."""
        return max(self.free_at(self.limit - 1) - now, 0.0)

    def clear(self) -> None:
        """Forget all that has happened."""
        self._times.clear()


class Lately(Generic[T]):
    """What happened in the last `seconds`, oldest first, each with its time."""

    __slots__ = ("_found", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._found: deque[tuple[float, T]] = deque()

    def add(self, now: float, found: T) -> None:
        """Count one that happens now."""
        self._forget(now)
        self._found.append((now, found))

    def since(self, now: float) -> Iterator[tuple[float, T]]:
        """What counts now, oldest first; the older is forgotten."""
        self._forget(now)
        return iter(self._found)

    def drop(self, wrong: Callable[[T], bool]) -> None:
        """Forget what did not happen after all."""
        self._found = deque(entry for entry in self._found if not wrong(entry[1]))

    def _forget(self, now: float) -> None:
        while self._found and self._found[0][0] + self._seconds <= now:
            self._found.popleft()
