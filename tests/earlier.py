"""What ibtui 0.1.0 said and wrote, recorded from it before anything of it was renamed.

`recorded_0_1_0` holds conversations of its clients with its engine, a line each: `> ` is the client's and `< ` the
engine's. Beside them are the journal, as SQL, and the safety file of three of its profiles: `running` as a kill leaves
them, with orders of every kind alive; `busy` too, with a close on its way, a strategy whose position was handed over,
another that remembers, and a recording; and `halted` as a stop does. Process ids and ports were made the same ones.
The recordings are never made again: they are what people have on their disks, and what programs that still run say.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple

RECORDED = Path(__file__).parent / "recorded_0_1_0"
TALKS = tuple(sorted(path.stem for path in RECORDED.glob("*.txt")))
AFTER = datetime(2026, 11, 23, 15, 2, tzinfo=UTC)
"""Two minutes after the recordings began, in the same session."""
PROFILE = "paper"


class Line(NamedTuple):
    """One line of a conversation."""

    by: Literal["client", "engine"]
    text: bytes
    """Without its end."""

    @property
    def data(self) -> Any:
        """What the JSON says; decimals keep their digits."""
        return json.loads(self.text, parse_float=Decimal)


def talk(name: str) -> list[Line]:
    """A recorded conversation from its first line."""
    lines = (RECORDED / f"{name}.txt").read_bytes().splitlines()
    return [Line("client" if line[:1] == b">" else "engine", line[2:]) for line in lines]


Name = Literal["running", "busy", "halted"]
NAMES: tuple[Name, ...] = ("running", "busy", "halted")


def restore(name: Name, folder: Path) -> None:
    """Put a profile's journal and safety file into `folder`, as 0.1.0 left them on its disk."""
    state = folder / PROFILE
    state.mkdir(mode=0o700)
    with sqlite3.connect(state / "journal.sqlite") as journal:
        journal.executescript((RECORDED / name / "journal.sql").read_text())
    journal.close()
    for copy in RECORDED.joinpath(name).glob("safety-?.json"):
        shutil.copy(copy, state)


def with_strategies(folder: Path) -> None:
    """Put the strategies that ran into their folder: `rests` has bought and holds, `enters` is paused."""
    strategies = folder / "strategies"
    strategies.mkdir()
    for source in RECORDED.joinpath("strategies").glob("*.txt"):
        shutil.copy(source, strategies / f"{source.stem}.py")


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What the journal under `folder` answers while no engine has it open."""
    journal = sqlite3.connect(folder / PROFILE / "journal.sqlite")
    try:
        return journal.execute(query).fetchall()
    finally:
        journal.close()


def written(folder: Path, table: Literal["ord", "exec"]) -> list[dict[str, Any]]:
    """The orders, or the fills, as the journal under `folder` has them."""
    return [json.loads(body) for (body,) in rows(folder, f"SELECT body FROM {table}")]


def lost(before: Any, now: Any, path: str = "") -> list[str]:
    """Where `now` says another thing than `before`; what it says besides is no loss."""
    if isinstance(before, dict) and isinstance(now, dict):
        return [at for name, value in before.items() for at in lost(value, now.get(name, "gone"), f"{path}.{name}")]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [at for pair in zip(before, now, strict=True) for at in lost(*pair, path)]
    return [] if before == now else [f"{path}: {before!r} is {now!r}"]
