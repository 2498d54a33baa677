"""What stands in the way of trading: one order of precedence for header, panes, status and command line."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.event import ConnectionState

SessionState = Literal["disconnected", "connecting", "reconciling", "active", "halted"]


class Hindrance(Struct, frozen=True):
    """One thing that prevents trading or a part of it."""

    word: str
    """As header and command line say it."""
    prevents: str
    """What cannot be done, in a word or two."""
    last_known: bool = False
    """What is shown of the account and of markets may not be true any more."""


NO_LINK = Hindrance("NO LINK", "no orders", last_known=True)
CONNECTING = Hindrance("CONNECTING", "no orders yet", last_known=True)
RECONCILING = Hindrance("RECONCILING", "no orders yet", last_known=True)
READ_ONLY = Hindrance("READ-ONLY", "no orders")
HALTED = Hindrance("HALTED", "exits only")
HELD = Hindrance("HELD", "exits only there")
"""Some instruments; its word also counts them: `2 HELD`."""

PRECEDENCE = (NO_LINK, CONNECTING, RECONCILING, READ_ONLY, HALTED, HELD)
"""The worst first. Positions that lost their protection belong behind HELD, then data that is stale; whatever is true
of them is named, the worst at the front."""

_CONNECTION = {"disconnected": NO_LINK, "connecting": CONNECTING, "reconciling": RECONCILING}
READY = "READY"
UNTOLD = "unknown until IB has answered"
"""What positions and orders are as long as nobody has told them; they are not none."""
UNSEEN = "unknown until the engine has shown it"
"""The same of what the engine itself keeps: strategies, and what is watched."""


def hindrances(
    connection: ConnectionState, *, halted: bool, read_only: bool = False, held: int = 0
) -> tuple[Hindrance, ...]:
    """Everything that stands in the way now, the worst first; empty when orders go out. `held` counts instruments."""
    found = {_CONNECTION.get(connection), HALTED if halted else None, READ_ONLY if read_only else None}
    ranked = [hindrance for hindrance in PRECEDENCE if hindrance in found]
    return (*ranked, *([replace(HELD, word=f"{held} {HELD.word}")] if held else []))


def words(found: tuple[Hindrance, ...]) -> str:
    """`NO LINK · HALTED`, or `READY`."""
    return " · ".join(hindrance.word for hindrance in found) or READY


HALTED_BECAUSE = "Halted: "
"""What stands before the cause of a halt, among other causes."""


def explained(found: tuple[Hindrance, ...], reason: str) -> str:
    """The words and their reason: `HALTED: by hand`; without a reason the words alone."""
    if found[-1:] == (HALTED,):
        reason = reason.removeprefix(HALTED_BECAUSE)
    return f"{words(found)}: {reason}" if reason else words(found)


def session_state(connection: ConnectionState, *, halted: bool) -> SessionState:
    """The one word that scripts read: a connection that is not active comes before a halt."""
    return "halted" if halted and connection == "active" else connection
