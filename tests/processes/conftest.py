"""One headless demo for all tests of a file; what they share is only that it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.files import filled
from tests.processes.programs import Home, Trader

WATCHED = 12
"""Instruments on the watchlist of the demo."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trader]:
    """A trader at a running headless demo whose markets have all been told: at first only some of them are."""
    home = Home(tmp_path_factory.mktemp("demo"))
    with home.serving("demo", "--headless", "--seed", "11"):
        trader = Trader(home, "demo")
        trader.until(lambda status: len([quote for quote in status["quotes"] if quote["bid"] is not None]) >= WATCHED)
        yield trader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Bars and strategies in files."""
    return filled(tmp_path)
