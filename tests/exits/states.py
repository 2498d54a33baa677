"""The states a person may find the terminal in: what each does to the world, and how it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from tests.exits.world import World

Change = Callable[[World], Awaitable[None]]


async def _nothing(world: World) -> None: ...


class Condition(Struct, frozen=True, kw_only=True):
    """One state: how the world gets there, and what makes it well again."""

    begins: Change = _nothing
    ends: Change = _nothing
    header: str = "READY"
    """What the header says of ability."""
    halted: str = "HALTED"
    """What it says once a halt is set in this state."""
    stage: dict[str, Any] = {}
    """How the gateway and the profile differ."""


STATES: dict[str, Condition] = {
    "READY": Condition(),
}
