"""Engines, gateways and their ends, as processes."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.clocks import PATIENCE
from tests.processes.programs import Home, Trader, assert_gone, processes_of

pytestmark = pytest.mark.timeout(180)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_engine_and_gateway_apart(home: Home) -> None:
    with home.serving("gateway", "--port", "0", "--seed", "3", "--account", "DU7654321") as (gateway, address):
        port = address.rpartition(":")[2]
        with home.serving("engine", "--profile", "paper", "--port", port, "--client-id", "5") as (engine, path):
            assert Path(path).is_socket()
            trader = Trader(home, "paper")
            status = trader.until(lambda status: status["state"] == "active")
            assert status["account"]["id"] == "DU7654321"
            assert status["connection"]["client_id"] == 5
            assert trader.do("buy 1 SPY market").code == 0
            engine.send_signal(signal.SIGHUP)
            assert trader.status()["state"] == "active"
        assert engine.returncode == 0
    assert gateway.returncode == 0


def test_a_second_engine_on_a_profile_is_refused(home: Home) -> None:
    with home.serving("engine", "--profile", "paper", "--port", str(free_port())):
        second = home.run("engine", "--profile", "paper")
        assert second.code == 3
        assert "already" in second.err


def test_where_nobody_listens_the_status_says_so_and_orders_are_refused(home: Home) -> None:
    port = free_port()
    with home.serving("engine", "--profile", "paper", "--port", str(port)):
        trader = Trader(home, "paper")
        status = trader.until(lambda status: str(port) in status["reason"] + status["connection"]["reason"])
        assert status["state"] in ("disconnected", "connecting")
        assert status["account"] is None
        done = trader.do("buy 1 AAPL market")
        assert (done.error, done.code) == ("not_connected", 4)


def test_a_client_id_in_use_is_named(home: Home, tmp_path: Path) -> None:
    with home.serving("gateway", "--port", "0") as (_, address):
        port = address.rpartition(":")[2]
        home.configure("[profiles.first]\n[profiles.second]\n")
        with (
            home.serving("engine", "--profile", "first", "--port", port),
            home.serving("engine", "--profile", "second", "--port", port),
        ):
            Trader(home, "first").until(lambda status: status["state"] == "active")
            status = Trader(home, "second").until(lambda status: "client id" in status["reason"].lower())
            assert status["state"] != "active"


def test_a_live_account_ends_a_paper_profile(home: Home) -> None:
    with (
        home.serving("gateway", "--port", "0", "--account", "U1234567") as (_, address),
        home.serving("engine", "--profile", "paper", "--port", address.rpartition(":")[2]),
    ):
        trader = Trader(home, "paper")
        status = trader.until(lambda status: "U1234567" in status["reason"] or "live" in status["reason"])
        assert status["state"] == "disconnected"
        assert trader.do("buy 1 AAPL market").code == 4


def test_a_port_in_use_is_named(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = home.run("gateway", "--port", str(taken.getsockname()[1]))
    assert done.code == 4
    assert "in use" in done.err


def test_an_unknown_key_in_the_configuration_stops_everything_with_one_sentence(home: Home) -> None:
    home.configure("[profiles.paper]\nprot = 1\n")
    for arguments in (("status", "--json"), ("do", "buy 1 AAPL market", "--yes", "--json")):
        done = home.run(*arguments)
        assert (done.code, done.error) == (2, "bad_config")
        assert "did you mean `port`" in done.json["error"]["message"]


def test_without_an_engine_there_is_one_sentence(home: Home) -> None:
    done = home.run("status", "--json")
    assert (done.code, done.error) == (3, "no_engine")
    assert home.run("stop").code == 0


def test_wrong_usage_is_json_where_json_was_asked(home: Home) -> None:
    done = home.run("do", "--json", "--no-such-option", "x")
    assert (done.code, done.error) == (2, "usage")


def test_a_strategy_file_that_does_not_import_is_shown_and_harms_nothing(home: Home) -> None:
    strategies = home.folder / "ibtui" / "strategies"
    strategies.mkdir(parents=True)
    (strategies / "broken.py").write_text("import no_such_module\n")
    with home.serving("demo", "--headless"):
        trader = Trader(home, "demo")
        status = trader.until(lambda status: any(s["name"] == "broken" for s in status["strategies"]))
        new = next(s for s in status["strategies"] if s["name"] == "broken")
        assert (new["state"], new["approved"]) == ("off", False), "nothing of it runs before a person wants it"
        done = trader.do("start broken")
        assert done.code == 9
        assert "no_such_module" in done.out
        broken = next(s for s in trader.status()["strategies"] if s["name"] == "broken")
        assert broken["state"] == "failed"
        assert trader.status()["state"] == "active"


def test_stop_leaves_no_process(home: Home) -> None:
    with home.serving("demo", "--headless") as (process, _):
        trader = Trader(home, "demo")
        assert trader.do("start sma_cross symbol=MSFT").code == 0
        assert len(processes_of(home.folder)) >= 3
        assert home.run("stop", "--profile", "demo").code == 0
        assert process.wait(PATIENCE) == 0
        assert_gone(home)


def test_a_killed_demo_takes_its_gateway_and_workers_along(home: Home) -> None:
    with home.serving("demo", "--headless") as (process, _):
        assert Trader(home, "demo").do("start sma_cross symbol=MSFT").code == 0
        os.kill(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        assert_gone(home)
