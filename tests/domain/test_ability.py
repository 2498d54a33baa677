"""What stands in the way of trading, in one order."""

from __future__ import annotations

import itertools

import pytest

from ibtui.domain.ability import (
    HALTED,
    NO_LINK,
    PRECEDENCE,
    READ_ONLY,
    Hindrance,
    explained,
    hindrances,
    session_state,
    words,
)
from ibtui.domain.event import ConnectionState

CONNECTIONS: tuple[ConnectionState, ...] = ("disconnected", "connecting", "reconciling", "active")
WORDS = {"disconnected": "NO LINK", "connecting": "CONNECTING", "reconciling": "RECONCILING", "active": ""}


@pytest.mark.parametrize(
    ("connection", "halted", "read_only", "held"),
    [*itertools.product(CONNECTIONS, (False, True), (False, True), (0, 2))],
)
def test_everything_in_the_way_is_named_the_connection_first(
    connection: ConnectionState, halted: bool, read_only: bool, held: int
) -> None:
    found = hindrances(connection, halted=halted, read_only=read_only, held=held)
    expected = [WORDS[connection], "READ-ONLY" if read_only else "", "HALTED" if halted else ""]
    expected += ["2 HELD" if held else ""]
    assert words(found) == (" · ".join(filter(None, expected)) or "READY")
    ranks = [next(rank for rank, known in enumerate(PRECEDENCE) if known.word in each.word) for each in found]
    assert ranks == sorted(ranks)
    assert any(hindrance.last_known for hindrance in found) is (connection != "active")


@pytest.mark.parametrize(
    ("found", "reason", "said"),
    [
        ((HALTED,), "Halted: by hand", "HALTED: by hand"),
        ((READ_ONLY, HALTED), "Halted: by hand", "READ-ONLY · HALTED: by hand"),
        ((NO_LINK, HALTED), "No socket. Halted: by hand", "NO LINK · HALTED: No socket. Halted: by hand"),
        ((HALTED,), "", "HALTED"),
        ((), "The disk is slow.", "READY: The disk is slow."),
    ],
)
def test_a_reason_does_not_say_the_word_before_it_again(found: tuple[Hindrance, ...], reason: str, said: str) -> None:
    assert explained(found, reason) == said


def test_the_word_for_scripts_is_the_connection_s_unless_that_is_active() -> None:
    for connection in CONNECTIONS:
        assert session_state(connection, halted=False) == connection
        assert session_state(connection, halted=True) == ("halted" if connection == "active" else connection)
