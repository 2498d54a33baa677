"""The windows of the simulated TWS that clients steer together: which contract each display group shows."""

from __future__ import annotations

from typing import Protocol
from weakref import WeakSet

GROUPS = tuple(range(1, 8))
NOTHING = "none"
"""What a group shows before anyone chose: IB's word."""


class Watcher(Protocol):
    """Someone who follows display groups."""

    def updated(self, group: int) -> None:
        """A group shows another contract."""


class Windows:
    """What the groups show, and who watches; watchers are forgotten when nothing else holds them."""

    def __init__(self) -> None:
        self.shown = dict.fromkeys(GROUPS, NOTHING)
        self.watchers: WeakSet[Watcher] = WeakSet()

    def show(self, group: int, contract: str) -> None:
        self.shown[group] = contract
        for watcher in list(self.watchers):
            watcher.updated(group)
