"""Holds that are kept nowhere but in a test."""

from __future__ import annotations


class Kept:
    """Latches in memory."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def latch(self, key: str) -> str | None:
        return self.values.get(key)

    def set_latch(self, key: str, value: str) -> None:
        self.values[key] = value
