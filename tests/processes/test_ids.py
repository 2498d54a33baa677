"""Orders asked for by scripts that cannot know whether the last answer was lost: sent once, and never called unsent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ibtui.gateway.testing import OfflineGateway, offline_gateway
from tests.processes.programs import Done, Home, Trader, engine

ANSWERS = (3, 5, 11)
"""What IB says of an order: its status, its description, its executions."""


@pytest.fixture(scope="module")
def gateway() -> Iterator[OfflineGateway]:
    with offline_gateway() as gateway:
        yield gateway


@pytest.fixture
def trader(home: Home, gateway: OfflineGateway) -> Iterator[Trader]:
    gateway.control.fault("reset")
    home.configure(f'[profiles.paper]\nport = {gateway.port}\nwatchlist = ["AAPL"]\n')
    yield Trader(home, "paper")
    gateway.control.fault("reset")


def at_gateway(gateway: OfflineGateway, quantity: int) -> list[dict[str, Any]]:
    """The gateway's own orders of that quantity."""
    return [order for order in gateway.control.snapshot()["orders"] if order["quantity"] == quantity]


def test_an_engine_that_dies_with_an_order_under_way_leaves_the_answer_open(
    gateway: OfflineGateway, trader: Trader
) -> None:
    with engine(trader) as process, ThreadPoolExecutor() as shell:
        gateway.control.fault("suppress", *ANSWERS)
        doing = shell.submit(trader.do, "buy 11 AAPL market")
        trader.until(lambda status: any(order["quantity"] == 11 for order in status["orders"]))
        process.kill()
        done = doing.result()
    assert (done.error, done.code) == ("unanswered", 8)
    assert "the order may be working" in done.json["error"]["message"]
    assert len(at_gateway(gateway, 11)) == 1
    again = trader.do("buy 11 AAPL market")
    assert (again.error, again.code) == ("no_engine", 3)


def test_what_was_not_answered_is_asked_again_under_its_id_and_sent_once(
    gateway: OfflineGateway, trader: Trader
) -> None:
    def ask(text: str = "buy 13 AAPL market") -> Done:
        return trader.home.run("do", text, "--yes", "--json", "--id", "morning.1")

    with engine(trader) as process, ThreadPoolExecutor() as shell:
        gateway.control.fault("suppress", *ANSWERS)
        doing = shell.submit(ask)
        trader.until(lambda status: any(order["quantity"] == 13 for order in status["orders"]))
        process.kill()
        assert doing.result().code == 8
    gateway.control.fault("reset")
    with engine(trader):
        again = ask()
        assert (again.code, again.json["repeated"]) == (0, True), again.out
        assert [order["status"] for order in again.json["orders"]] == ["filled"]
    for file in (trader.home.folder / "ibtui" / "paper").glob("journal.sqlite*"):
        file.unlink()
    with engine(trader, "halted"):
        assert (ask().code, ask().json["repeated"]) == (0, True)
        other = ask("buy 14 AAPL market")
        assert (other.error, other.code) == ("id_taken", 5)
        bad = trader.home.run("do", "buy 13 AAPL market", "--yes", "--json", "--id", "a b")
        assert (bad.error, bad.code) == ("bad_id", 2)
        unset = trader.home.run("do", "buy 13 AAPL market", "--yes", "--json", "--id", "")
        assert unset.code == 2
        assert "nothing was sent" in unset.err + unset.out
    assert len(at_gateway(gateway, 13)) == 1
