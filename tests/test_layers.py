"""Every test has one layer, found by what it names; a unit test that leaves its process fails."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.layers import STARTS, layer
from tests.trespass import GUARD, TrespassError

LAYERS = {"unit", *STARTS}


def test_every_test_has_one_layer(request: pytest.FixtureRequest) -> None:
    marks = {item.nodeid: LAYERS & {mark.name for mark in item.iter_markers()} for item in request.session.items}
    assert {name: found for name, found in marks.items() if len(found) != 1} == {}


@pytest.mark.parametrize(
    ("module", "names", "expected"),
    [
        ("tests.risk.test_gate", ("test_an_ordinary_order_passes",), "unit"),
        ("tests.engine.test_journeys", ("test_a_market_order_becomes_a_position",), "process"),
        ("tests.gateway.services.test_orders", ("test_market_order",), "socket"),
        ("tests.processes.test_held", ("test_that_is_yet_to_be_written",), "process"),
        ("tests.guide.test_examples", ("test_every_python_example_runs",), "process"),
        ("tests.test_architecture", ("test_importing_stays_light",), "process"),
        ("tests.test_architecture", ("test_nothing_waits_by_wait_for",), "unit"),
    ],
)
def test_a_layer_is_found_by_name(module: str, names: tuple[str, ...], expected: str) -> None:
    assert layer(module, names) == expected


def test_a_fixture_of_a_folder_counts() -> None:
    assert layer("tests.terminal.test_app", ("engine",)) == "socket"
    assert layer("tests.exchange.orders.test_brackets", ("floor",)) == "unit"


@pytest.mark.parametrize(
    ("module", "trespass", "told"),
    [
        ("socket", lambda socket: socket.create_connection(("127.0.0.1", 9)), "looked up a host"),
        ("socket", lambda socket: socket.socket().connect(("127.0.0.1", 9)), "connected"),
        ("socket", lambda socket: socket.socket(socket.AF_UNIX).bind("/nowhere"), "listened"),
        ("subprocess", lambda subprocess: subprocess.run(["true"], check=False), "started a program"),
        ("os", lambda os: os.fork(), "forked"),
    ],
)
def test_a_unit_test_that_leaves_its_process_fails(module: str, trespass: Callable[[Any], None], told: str) -> None:
    """The module is imported by a text, so that this test is taken for a unit test."""
    with pytest.raises(TrespassError, match=told):
        trespass(importlib.import_module(module))
    with pytest.raises(TrespassError, match=told):
        GUARD.judge()
    GUARD.seen.clear()
