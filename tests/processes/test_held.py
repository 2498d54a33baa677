"""A held instrument seen from a shell: status, exit codes, kill -9 and its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ibtui.gateway.testing import OfflineGateway, offline_gateway
from tests.processes.programs import Home, Trader, engine


@pytest.fixture
def gateway() -> Iterator[OfflineGateway]:
    with offline_gateway() as gateway:
        yield gateway


def test_a_hold_outlives_a_kill_and_ends_by_a_command(tmp_path: Path, gateway: OfflineGateway) -> None:
    home = Home(tmp_path)
    home.configure(f'[profiles.paper]\nport = {gateway.port}\nwatchlist = ["AAPL"]\n')
    trader = Trader(home, "paper")
    with engine(trader) as process:
        gateway.control.transfer("AAPL", 40)
        (hold,) = trader.until(lambda status: bool(status["holds"]))["holds"]
        assert (hold["symbol"], hold["expected"], hold["counted"]) == ("AAPL", 0, 40)
        process.kill()
        process.wait()
    with engine(trader):
        status = trader.status()
        assert [(held["since"], held["reason"]) for held in status["holds"]] == [(hold["since"], hold["reason"])]
        printed = home.run("status", "--profile", "paper")
        assert "1 HELD: AAPL is HELD: IB counts 40, our books 0." in printed.out
        refused = trader.do("buy 1 AAPL market")
        assert (refused.error, refused.code) == ("held", 5)
        assert trader.preview("accept AAPL").json["preview"]["verb"] == "accept"
        assert trader.status()["holds"]
        assert trader.do("accept AAPL").code == 0
        assert trader.status()["holds"] == []
        assert (trader.do("accept AAPL").error, trader.do("accept AAPL").code) == ("not_held", 5)
        away = home.run("since", "--profile", "paper", "--json").json
        assert "hold" in [happening["kind"] for happening in away["since"]["happenings"]]
