"""Strategies that misbehave: each ends as failed or off with its reason, and a good one beside it goes on."""

from __future__ import annotations

import asyncio
import os
from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import Terms
from ibtui.engine.strategies.pulse import Timing
from tests.clocks import PATIENCE
from tests.engine.supervisor_house import House, house

QUICK = Timing(load=PATIENCE, beat=0.05, hung=2, hopeless=30)
"""For one that hangs. Whatever fails otherwise gets all the time there is: a slow machine is not a hook that hangs."""

FAILING = {
    "raises_in_bar": (
        "def on_bar(self, bar): 1 / 0",
        "raises_in_bar.py line 4, in on_bar: ZeroDivisionError: division",
    ),
    "raises_in_quote": ("def on_quote(self, quote): {}['x']", "raises_in_quote.py line 4, in on_quote: KeyError: 'x'."),
    "exits": ("def on_bar(self, bar): sys.exit(3)", "exits.py line 4, in on_bar: SystemExit: 3."),
    "dies": ("def on_bar(self, bar): os._exit(3)", "its process ended by itself (exit code 3)"),
    "crashes": (
        "def on_bar(self, bar):\n    import ctypes\n    ctypes.string_at(0)",
        "its process ended by itself (SIGSEGV)",
    ),
    "recurses": ("def on_bar(self, bar): self.on_bar(bar)", "recurses.py line 4, in on_bar: RecursionError"),
    "eats_memory": ("def on_bar(self, bar): bytearray(8 * 1024**3)", "eats_memory.py line 4, in on_bar: MemoryError."),
    "floods_orders": (
        "def on_bar(self, bar):\n    for _ in range(10_000): self.buy('SPY', 1)",
        "it asked for more than 20 orders and cancels within a second",
    ),
    "floods_lines": (
        "def on_bar(self, bar):\n    while True: self.log('again')",
        "it said more than 1,000 things within a second",
    ),
    "loops": ("def on_bar(self, bar):\n    while True: pass", "a hook did not return within"),
    "closes_everything": (
        "def on_bar(self, bar): os.closerange(3, 100)",
        "its process ended by itself (exit code 0)",
    ),
    "closes_everything_and_loops": (
        "def on_bar(self, bar):\n    os.closerange(3, 100)\n    while True: pass",
        "a hook did not return within",
    ),
    "talks_nonsense": (
        "def on_bar(self, bar): os.write(int(sys.argv[1]), b'buy everything\\n')",
        "it sent something that is no message",
    ),
    "never_ends_its_line": (
        "def on_bar(self, bar):\n    while True: os.write(int(sys.argv[1]), b'x' * 65536)",
        "it sent a message without an end",
    ),
    "trades_elsewhere": (
        "def on_bar(self, bar): self.buy('MSFT', 1)",
        "trades_elsewhere.py line 4, in on_bar: ValueError",
    ),
    "asks_for_nan": (
        "def on_bar(self, bar): self.buy('SPY', float('nan'))",
        "asks_for_nan.py line 4, in on_bar: ValueError: the quantity must be a positive number, not nan.",
    ),
}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def serve(here: House, name: str) -> int:
    """Start a strategy of the zoo with a good one beside it; returns its process."""
    here.write("good", "def on_bar(self, bar): self.explain(f'saw {bar.close}')")
    await here.supervisor.start("good", {})
    await here.supervisor.start(name, {})
    process = here.supervisor._runs.by_name[name]._talk.process
    assert process is not None
    here.trade(10)
    here.trade(11)
    return process.pid


@pytest.mark.parametrize("name", FAILING)
async def test_it_fails_with_its_reason_and_harms_nobody(name: str, tmp_path: Path) -> None:
    body, reason = FAILING[name]
    async with house(tmp_path, QUICK if "did not return" in reason else None) as here:
        here.write(name, body)
        pid = await serve(here, name)
        status = await here.until_state(name, "failed")
        assert status.reason.startswith(reason)
        assert any(line.startswith(f"ERROR {name} failed: {reason.rstrip('.')}") for line in here.host.lines)
        await here.decide("good", 12, 13)
        assert here.status("good").decision == "saw 13.0"
        assert (await here.supervisor.stop(name)).startswith(f"{name} had failed already: {reason}")
        assert not alive(pid)
        assert not any(order.live for order in here.host.orders.values())


async def test_a_failure_after_an_order_cancels_the_entry(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.write(
            "regrets",
            """
            def on_bar(self, bar):
                self.buy("SPY", 5, limit=9)
            def on_quote(self, quote):
                if quote.last > 11: raise RuntimeError("regret")
        """,
        )
        await here.supervisor.start("regrets", {})
        here.trade(10)
        here.trade(11)
        await here.host.until(lambda: here.host.orders)
        here.trade(12)
        await here.until_state("regrets", "failed")
        assert here.host.cancelled == [here.host.intents[0].ref]
        assert here.host.lines[-1] == (
            "ERROR regrets failed: regrets.py line 7, in on_quote: RuntimeError: regret; cancel sent for 1 entry"
        )


async def test_a_failure_with_an_order_on_its_way_cancels_it_as_soon_as_it_is_out(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.write("hasty", "def on_bar(self, bar):\n    self.buy('SPY', 5, limit=9)\n    os._exit(1)")
        here.host.door.clear()
        await here.supervisor.start("hasty", {})
        here.trade(10)
        here.trade(11)
        await here.until_state("hasty", "failed")
        here.host.door.set()
        await here.host.until(lambda: here.host.cancelled)
        assert here.host.cancelled == [here.host.intents[0].ref]


async def test_raising_in_on_fill_is_a_failure(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.host.fill_at_once = True
        here.write(
            "faints",
            """
            def on_bar(self, bar):
                self.buy("SPY", 5, sl=9)
            def on_fill(self, fill):
                raise RuntimeError(f"{fill.quantity} at {fill.price}")
        """,
        )
        await here.supervisor.start("faints", {})
        here.trade(10)
        here.trade(11)
        status = await here.until_state("faints", "failed")
        assert status.reason == "faints.py line 7, in on_fill: RuntimeError: 5 at 100.0."
        [stop] = [order for order in here.host.orders.values() if order.live]
        assert (stop.role, here.status("faints").position) == ("stop", Decimal(5))


async def test_raising_in_on_start_never_gets_it_running(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.write("stumbles", "def on_start(self): raise RuntimeError('no')")
        with pytest.raises(IbtuiError, match=r"stumbles.py line 4, in on_start: RuntimeError: no\."):
            await here.supervisor.start("stumbles", {})
        assert here.status("stumbles").state == "failed"
        here.write("stumbles", "'''Better.'''")
        await here.supervisor.start("stumbles", {})
        assert here.status("stumbles").state == "warming"


@pytest.mark.parametrize("hook", ["on_bar(self, bar)", "on_stop(self)"])
async def test_one_that_never_returns_is_off_all_the_same(hook: str, tmp_path: Path) -> None:
    assert Timing().finish < 2
    async with house(tmp_path) as here:
        here.write("loops", f"def {hook}:\n    while True: pass")
        pid = await serve(here, "loops")
        async with asyncio.timeout(PATIENCE):
            await here.supervisor.stop("loops")
        assert here.status("loops").state == "off"
        assert not alive(pid)


async def test_one_that_computes_too_long_is_shown_as_hung_until_it_returns(tmp_path: Path) -> None:
    async with house(tmp_path, Timing(load=PATIENCE, beat=0.05, hung=2, hopeless=10_000)) as here:
        here.write(
            "thinks",
            """
            def on_bar(self, bar):
                while not os.path.exists(os.environ["HOME"] + "/enough"): pass
        """,
        )
        here.supervisor.on_session(True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOME", str(tmp_path))
            await serve(here, "thinks")
        await here.host.until(lambda: here.status("thinks").reason.startswith("hung: a hook has been running for"))
        assert here.status("thinks").state in ("warming", "running")
        (tmp_path / "enough").touch()
        await here.host.until(lambda: here.status("thinks").reason == "")


@pytest.mark.parametrize(
    "stays",
    ["while True: pass", "import time; time.sleep(1e6)", "import select; select.select([], [], [])"],
    ids=["spins", "sleeps", "blocks"],
)
async def test_one_that_hangs_and_ignores_sigterm_is_ended_and_its_stop_stays(stays: str, tmp_path: Path) -> None:
    async with house(tmp_path, QUICK) as here:
        here.write(
            "stuck",
            f"""
            def on_bar(self, bar):
                import signal
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                if bar.close == 10:
                    self.buy("SPY", 5, sl=9)
                    self.buy("SPY", 1, limit=8)
                else:
                    {stays}
        """,
        )
        here.quote(10)
        await here.supervisor.start("stuck", {})
        process = here.supervisor._runs.by_name["stuck"]._talk.process
        assert process is not None
        here.trade(10)
        here.trade(10)
        await here.host.until(lambda: len(here.host.orders) == 3)
        bought, stop, entry = here.host.orders
        here.host.fill(bought)
        here.trade(11)
        status = await here.until_state("stuck", "failed")
        assert status.reason.startswith("a hook did not return within")
        assert here.host.cancelled == [entry]
        assert here.host.orders[stop].live
        await asyncio.wait_for(process.ended.wait(), PATIENCE)
        assert not alive(process.pid)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system holds no process to what it writes to")
@pytest.mark.parametrize("piece", ["bytes(256 * 1024**2)", "[bytes(100) for _ in range(10_000_000)]"])
async def test_one_that_meets_its_memory_says_how_much_it_may_take(piece: str, tmp_path: Path) -> None:
    async with house(tmp_path, memory=128) as here:
        here.write("grows", f"def on_bar(self, bar): self.kept = {piece}")
        await serve(here, "grows")
        status = await here.until_state("grows", "failed")
        assert status.reason.startswith("grows.py line 4, in ")
        assert status.reason.endswith("MemoryError. It may take 128 MiB; strategy_memory of its profile sets that.")


async def test_what_it_prints_is_cut_and_counted(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.write(
            "chatters",
            """
            def on_bar(self, bar):
                if bar.close == 11:
                    for _ in range(1_000): print("x" * 100_000)
                self.explain(f"still here at {bar.close}")
        """,
        )
        await serve(here, "chatters")
        await here.decide("chatters", 12)
        assert here.status("chatters").decision == "still here at 12.0"
        mine = [line for line in here.host.lines if line.startswith("STRAT chatters: xxx")]
        assert 0 < len(mine) <= 12
        assert all(len(line) < 400 for line in mine)


async def test_one_that_does_not_read_is_ended(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.write("deaf", "def on_bar(self, bar):\n    while True: pass")
        await serve(here, "deaf")
        run = here.supervisor._runs.by_name["deaf"]
        for _ in range(50_000):
            run.on_quote(here.host.quotes["SPY"], here.clock.now())
        assert run._talk.process is not None
        assert run._talk.process.fault == "", "quotes are latest-wins and never pile up"
        order = Order(
            ref="a",
            terms=Terms(symbol="SPY", side=Side.BUY, quantity=Decimal(1), type="MKT"),
            status=OrderStatus.WORKING,
        )
        for _ in range(10_000):
            run.on_order(order)
        status = await here.until_state("deaf", "failed")
        assert status.reason == "it does not take what it is sent"


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a foreign process by its descriptor")
async def test_what_it_started_in_the_background_ends_with_it(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.write(
            "parent",
            """
            def on_bar(self, bar):
                import subprocess
                child = subprocess.Popen(["sleep", "1000"])
                self.explain(f"child {child.pid}")
        """,
        )
        await serve(here, "parent")
        await here.host.until(lambda: here.status("parent").decision.startswith("child"))
        child = int(here.status("parent").decision.split()[1])
        gone = asyncio.Event()
        watched = os.pidfd_open(child)
        asyncio.get_running_loop().add_reader(watched, gone.set)
        assert not gone.is_set()
        await here.supervisor.stop("parent")
        await asyncio.wait_for(gone.wait(), PATIENCE)
        asyncio.get_running_loop().remove_reader(watched)
        os.close(watched)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("while True: pass", "Its import did not end within 0.1 s."),
        ("os._exit(9)", "Its import ended the process (exit code 9)."),
    ],
)
async def test_an_import_that_never_ends_or_ends_everything_is_a_failed_strategy(
    body: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as here:
        here.write("imports", f"class A(Strategy): ...\n{body}")
        await here.supervisor.approvals.known("imports")
        if "did not end" in reason:
            monkeypatch.setattr(here.catalog, "_patience", 0.1)
        await here.supervisor.approve("imports")
        status = here.status("imports")
        assert (status.state, status.reason) == ("failed", reason)
        assert here.status("sma_cross").state == "off"
