"""What every test stands on, and the layer it belongs to.

Generated examples are fresh at a desk and the same in CI, where a red run must mean this change. Child processes begin
as at a desk, however the suite was started.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from ibtui.engine.journal import journal
from tests.clocks import PATIENCE
from tests.layers import layer
from tests.trespass import GUARD

settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def hand_on_no_ignored_signal() -> None:
    """A suite started in the background or by nohup was told to ignore signals, and so would each of its children.

    It goes on ignoring them, by a handler that does nothing: handlers end with exec, so children get the default.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


hand_on_no_ignored_signal()
journal.COMMIT_SECONDS = PATIENCE
"""A disk that others use too may be slow, and no test is about that by accident."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the mark of its layer, before `-m` chooses by it."""
    for item in items:
        assert isinstance(item, pytest.Function)
        own = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
        item.add_marker(layer(item.module.__name__, (item.originalname, *own, *item.fixturenames)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A unit test opens no connection and starts no program, its fixtures of any scope included."""
    with GUARD.over(item.get_closest_marker("unit") is not None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """What a unit test trespassed fails it, even where the program swallowed the error."""
    result = yield
    GUARD.judge()
    return result
