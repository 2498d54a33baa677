"""What has to come of every exit in every state: written from what a trader needs, not from what the program does."""

from __future__ import annotations

from msgspec import Struct

from tests.exits.world import ENTRIES, EXITS

Names = frozenset[str]
_AAPL = frozenset({"aapl target", "aapl stop"})


class Expected(Struct, frozen=True, kw_only=True):
    """What is so before the state ends, unless said otherwise; what is not named stays as it was."""

    closed: Names = frozenset()
    """Symbols whose position is gone."""
    gone: Names = frozenset()
    """Nicknames of our orders that are not at IB any more."""
    exit: int = 0
    """Of the command line."""
    code: str = ""
    """Of a refusal; empty where the engine did what it was asked."""
    says: tuple[str, ...] = ()
    """Pieces of the sentences that are read."""
    waits: Names = frozenset()
    """Symbols in which a close of ours works at IB and has not filled."""
    later: Expected | None = None
    """What is so once the state has ended, where it is something else."""


def closed(*symbols: str, **more: object) -> Expected:
    """The positions are gone, with what protected them."""
    return Expected(closed=frozenset(symbols), **more)  # type: ignore[arg-type]


READY = {
    "x": closed("AAPL", gone=_AAPL, says=("SELL 100 AAPL", "CLOSES")),
    "flatten SYMBOL": closed("AAPL", gone=_AAPL | {"aapl entry"}, says=("SELL 100 AAPL",)),
    "flatten all": closed(
        "AAPL", "MSFT", "NVDA", gone=ENTRIES | EXITS, says=("SELL 100 AAPL", "SELL 200 MSFT", "BUY 50 NVDA")
    ),
    "F9 f": closed("AAPL", "MSFT", "NVDA", gone=ENTRIES | EXITS, says=("halted", "SELL 100 AAPL", "BUY 50 NVDA")),
    "cancel REF": Expected(gone=frozenset({"tsla entry"}), says=("cancel",)),
    "cancel SYMBOL": Expected(gone=_AAPL | {"aapl entry"}, says=("cancel",)),
    "cancel all": Expected(gone=ENTRIES | EXITS, says=("cancel",)),
    "halt": Expected(gone=ENTRIES, says=("halted", "2 protective stops stay")),
}

TABLE: dict[str, dict[str, Expected]] = {"READY": READY}

_STRIPS = "the stop is cancelled before the close fills"
DEFECTS: dict[tuple[str, str], str] = {
    ("READY", "x"): _STRIPS,
    ("READY", "flatten SYMBOL"): _STRIPS,
    ("READY", "flatten all"): _STRIPS,
    ("READY", "F9 f"): _STRIPS,
}
"""Cells that the program does not hold yet, and why."""
