"""What is kept of strategies across restarts: which were on, their memories, what was approved or handed over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ibtui.domain.fill import Fill
from ibtui.engine.journal.latches import Latches

_ON = "strategies.on"
APPROVED = "strategies.approved"
LARGEST_MEMORY = 64 * 1024
"""Bytes of JSON that one run may keep."""


class LeftOn(Struct, frozen=True, kw_only=True):
    """A run that was on when the engine ended without saying so."""

    name: str
    parameters: dict[str, str]
    shadow: bool = False
    paused: bool = False


class Handed(Struct, frozen=True, kw_only=True):
    """From when on a run's earlier fills, and its orders of that time, are the trader's."""

    since: datetime
    refs: frozenset[str]
    """Orders that were still working then."""


class StrategyStore:
    """Reads and writes the latches of strategies."""

    def __init__(self, latches: Latches) -> None:
        self._latches = latches
        self._on = {one.name: one for one in self._read(_ON, tuple[LeftOn, ...], ())}
        self._approved: dict[str, str] = self._read(APPROVED, dict[str, str], {})
        self._handed: dict[str, Handed | None] = {}

    def _read(self, key: str, kind: Any, default: Any) -> Any:
        text = self._latches.latch(key)
        try:
            return msgspec.json.decode(text, type=kind) if text else default
        except msgspec.MsgspecError:
            return default

    def _write(self, key: str, value: object) -> None:
        self._latches.set_latch(key, msgspec.json.encode(value).decode())

    # which are on

    @property
    def left_on(self) -> tuple[LeftOn, ...]:
        return tuple(self._on.values())

    def switched_on(self, run: LeftOn) -> None:
        self._on[run.name] = run
        self._write(_ON, self.left_on)

    def switched_off(self, name: str) -> None:
        if self._on.pop(name, None) is not None:
            self._write(_ON, self.left_on)

    # what was approved

    def approved(self, name: str) -> str:
        """The sha256 of a file that may run; empty when none ever did."""
        return self._approved.get(name, "")

    def approve(self, name: str, sha256: str) -> None:
        if self._approved.get(name) != sha256:
            self._approved[name] = sha256
            self._write(APPROVED, self._approved)

    def disapprove(self, name: str) -> None:
        """What was approved under that name may no longer run."""
        if self._approved.pop(name, None) is not None:
            self._write(APPROVED, self._approved)

    # what they remember

    def memory(self, name: str) -> dict[str, Any] | None:
        """What a run last remembered; None when it cannot be read."""
        text = self._latches.latch(f"strategies.memory.{name}")
        try:
            found: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any]) if text else {}
        except msgspec.MsgspecError:
            return None
        return found

    def remember(self, name: str, memory: dict[str, Any]) -> bool:
        """Keep what a run remembers; False when that is too much."""
        text = msgspec.json.encode(memory)
        if len(text) > LARGEST_MEMORY:
            return False
        self._latches.set_latch(f"strategies.memory.{name}", text.decode())
        return True

    # what was handed to the trader

    def hand(self, name: str, handed: Handed) -> None:
        self._handed[name] = handed
        self._write(f"strategies.handed.{name}", handed)

    def own(self, name: str, fills: Iterable[Fill]) -> list[Fill]:
        """The fills that are still the run's own."""
        if name not in self._handed:
            self._handed[name] = self._read(f"strategies.handed.{name}", Handed, None)
        handed = self._handed[name]
        if handed is None:
            return list(fills)
        return [fill for fill in fills if fill.time > handed.since and fill.ref not in handed.refs]
