"""A halt and a resume outlive a kill right after their answer, together with the loss of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ibtui.gateway.testing import OfflineGateway, offline_gateway
from tests.processes.programs import Home, Trader


@pytest.fixture(scope="module")
def gateway() -> Iterator[OfflineGateway]:
    with offline_gateway() as gateway:
        yield gateway


@contextmanager
def _engine(trader: Trader, state: str) -> Iterator[Callable[[str], str]]:
    """An engine in that state; what is yielded carries out a command and kills the engine when it has its answer."""
    with trader.home.serving("engine", "--profile", "paper") as (process, _):
        trader.until(lambda status: status["connection"]["state"] == "active" and status["state"] == state)

        def last(text: str) -> str:
            done = trader.do(text)
            process.kill()
            assert done.code == 0, done.out
            message: str = done.json["message"]
            return message

        yield last


def _lose(folder: Path, name: str) -> None:
    files = list((folder / "ibtui" / "paper").glob(f"{name}*"))
    assert files
    for file in files:
        file.unlink()


def test_halt_and_resume_outlive_a_kill_and_the_loss_of_a_file(home: Home, gateway: OfflineGateway) -> None:
    home.configure(f'[profiles.paper]\nport = {gateway.port}\nwatchlist = ["AAPL"]\n')
    trader = Trader(home, "paper")
    with _engine(trader, "active") as last:
        assert last("halt").startswith("halted")
    _lose(home.folder, "journal.sqlite")
    with _engine(trader, "halted") as last:
        reason = trader.status()["reason"]
        assert reason.startswith(
            "Halted: by hand; The journal was lost; what must survive is taken from the safety file"
        )
        assert last("resume").startswith("resumed")
    with _engine(trader, "active") as last:
        assert last("halt").startswith("halted")
    _lose(home.folder, "safety-")
    with _engine(trader, "halted") as last:
        assert "The safety file is damaged (it is missing) and is written anew" in trader.status()["reason"]
        assert last("resume").startswith("resumed")
    with _engine(trader, "active"):
        pass
