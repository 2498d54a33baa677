"""Small settings that outlive the engine, by name; the journal keeps them."""

from __future__ import annotations

from typing import Protocol


class Latches(Protocol):
    """Whoever keeps a short text under a name until another one replaces it."""

    def latch(self, key: str) -> str | None: ...
    def set_latch(self, key: str, value: str) -> None: ...
