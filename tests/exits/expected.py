"""What may be expected of a cell, and what every exit comes to when nothing is wrong."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tests.exits.world import ENTRIES, EXITS

Names = frozenset[str]


class Expected(Struct, frozen=True, kw_only=True):
    """What is so before the state ends, unless said otherwise; what is not named stays as it was."""

    closed: Names = frozenset()
    """Symbols whose position is gone."""
    left: tuple[tuple[str, str], ...] = ()
    """Symbols whose position has become smaller, and what is left of it."""
    gone: Names = frozenset()
    """Nicknames of our orders that are not at IB any more."""
    waits: Names = frozenset()
    """Symbols in which a new order of ours works at IB and has not filled."""
    exit: int = 0
    """Of the command line."""
    code: str = ""
    """Of a refusal; empty where the engine did what it was asked."""
    says: tuple[str, ...] = ()
    """Pieces of the sentences that are read."""
    later: Expected | None = None
    """What is so once the state has ended, where it is something else."""


Row = dict[str, Expected]


def varied(expected: Expected, **more: Any) -> Expected:
    return replace(expected, **more)


def row(base: Row, **changes: Expected) -> Row:
    """A row that differs in some cells; `flatten_all` is `flatten all`."""
    named = {_ACTIONS[name]: expected for name, expected in changes.items()}
    return base | named


_ACTIONS = {
    "x": "x",
    "flatten_symbol": "flatten SYMBOL",
    "flatten_despite": "flatten SYMBOL --despite-unknown",
    "flatten_outside": "flatten SYMBOL --outside",
    "flatten_all": "flatten all",
    "f9_f": "F9 f",
    "cancel_ref": "cancel REF",
    "cancel_symbol": "cancel SYMBOL",
    "cancel_all": "cancel all",
    "halt": "halt",
    "e": "E",
}

AAPL = frozenset({"aapl target", "aapl stop"})
AAPL_ALL = AAPL | {"aapl entry"}
HELD = frozenset({"AAPL", "MSFT", "NVDA"})
ALL = ENTRIES | EXITS
FLAT = ("SELL 100 AAPL", "SELL 200 MSFT", "BUY 50 NVDA")

READY: Row = {
    "x": Expected(closed=frozenset({"AAPL"}), gone=AAPL, says=("SELL 100 AAPL", "CLOSES")),
    "flatten SYMBOL": Expected(closed=frozenset({"AAPL"}), gone=AAPL_ALL, says=("SELL 100 AAPL",)),
    "flatten all": Expected(closed=HELD, gone=ALL, says=FLAT),
    "F9 f": Expected(closed=HELD, gone=ALL, says=("halted", *FLAT)),
    "cancel REF": Expected(gone=frozenset({"tsla entry"}), says=("1 cancel sent, 1 confirmed",)),
    "cancel SYMBOL": Expected(gone=AAPL_ALL, says=("3 cancels sent, 3 confirmed",)),
    "cancel all": Expected(gone=ALL, says=("5 cancels sent, 5 confirmed",)),
    "halt": Expected(gone=ENTRIES, says=("halted", "2 cancels sent, 2 confirmed", "2 protective stops stay")),
    "E": Expected(
        gone=frozenset({"tsla entry"}),
        waits=frozenset({"TSLA"}),
        says=("BUY 20 TSLA by chase", "in place of BUY 20 TSLA", "cancelled", "chase.TSLA is on"),
    ),
}
