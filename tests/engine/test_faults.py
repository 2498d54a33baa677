"""What goes wrong on the way to the broker: silence, lost connections, killed engines, other accounts."""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus
from tests.clocks import PATIENCE
from tests.engine.markets import CALM, bought, by_ref, hold, placed
from tests.engines import running_engine
from tests.gateways import running_gateway

PLACE_ORDER = 3
OPEN_ORDER, ORDER_STATUS = 5, 3


async def test_an_order_that_is_never_answered_is_unknown_and_never_resent(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        gateway.faults.swallow(PLACE_ORDER)
        outcome = await engine.do("buy 100 AAPL @ 186.00")
        (order,) = outcome.orders
        assert not outcome.answered
        assert order.status is OrderStatus.UNKNOWN
        assert "do not resend" in order.reason
        assert (await engine.refused("buy 100 AAPL @ 186.00")).code == "unknown_order"
        assert placed(gateway) == 0


async def test_a_silent_order_that_works_is_found_by_asking(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        undo = gateway.faults.suppress(OPEN_ORDER, ORDER_STATUS)
        outcome = await engine.do("buy 100 AAPL @ 186.00")
        (order,) = outcome.orders
        assert order.status is OrderStatus.UNKNOWN
        undo()
        await engine.engine.parts.session.reconcile()
        assert (await engine.order(order.ref, lambda o: o.status == "working")).perm_id
        assert placed(gateway) == 1


async def test_without_a_connection_nothing_is_sent(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await gateway.faults.refuse()
        gateway.faults.drop()
        await engine.until(lambda s: s.connection.state != "active")
        assert (await engine.refused("buy 100 AAPL market")).code == "not_connected"
        assert "halted" in (await engine.do("halt")).message
        await gateway.faults.accept()
        await engine.until(lambda s: s.connection.state == "active")
        assert (await engine.refused("buy 100 AAPL market")).code == "halted"
        await engine.do("resume")
        hold(gateway, 187.42, 187.44)
        assert (await engine.do("buy 100 AAPL market")).answered


async def test_a_lost_connection_is_made_up_for(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        outcome = await engine.do("buy 100 AAPL @ 187.00")
        await gateway.faults.refuse()
        gateway.faults.drop()
        await engine.until(lambda s: s.connection.state != "active")
        hold(gateway, 186.90, 186.95)
        await gateway.faults.accept()
        order = await engine.order(outcome.orders[0].ref, lambda o: o.status == "filled")
        assert order.filled == Decimal(100)
        await engine.until(lambda s: [p.quantity for p in s.positions] == [Decimal(100)])


async def test_a_halt_set_while_disconnected_is_carried_out_later(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        outcome = await engine.do("buy 100 AAPL @ 186.00")
        await gateway.faults.refuse()
        gateway.faults.drop()
        await engine.until(lambda s: s.connection.state != "active")
        await engine.do("halt")
        await gateway.faults.accept()
        await engine.order(outcome.orders[0].ref, lambda o: o.status == "cancelled")


async def test_nobody_listens_on_the_port(tmp_path: Path, unused_tcp_port: int) -> None:
    async with running_engine(tmp_path, unused_tcp_port, ready=False, **CALM) as engine:
        status = await engine.until(lambda s: s.connection.reason != "" and s.state == "disconnected")
        assert str(unused_tcp_port) in status.reason
        assert (await engine.refused("buy 100 AAPL market")).code == "not_connected"


async def test_a_live_account_disconnects_a_paper_profile(tmp_path: Path) -> None:
    async with (
        running_gateway(accounts=("U7654321",)) as gateway,
        running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine,
    ):
        status = await engine.until(lambda s: "U7654321" in s.reason)
        assert status.state == "disconnected"
        assert engine.engine.parts.session.account == ""


async def test_a_profile_belongs_to_the_first_account_it_saw(tmp_path: Path) -> None:
    async with running_gateway(accounts=("DU1",)) as gateway, running_engine(tmp_path, gateway.port):
        pass
    async with running_gateway(accounts=("DU2",)) as gateway:
        async with running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine:
            status = await engine.until(lambda s: "DU2" in s.reason)
            assert status.state == "disconnected"
        with pytest.raises(IbtuiError, match="DU1") as refused:
            async with running_engine(tmp_path, gateway.port, ready=False, account="DU2"):
                pass
        assert refused.value.code == "wrong_account"


async def test_a_second_engine_is_refused_and_the_first_lives_on(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as first:
        with pytest.raises(IbtuiError) as refused:
            async with running_engine(tmp_path, gateway.port, ready=False):
                pass
        assert refused.value.code == "engine_running"
        assert (await first.status()).state == "active"


async def test_a_restart_knows_orders_fills_and_positions(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await bought(engine)
            resting = (await engine.do("buy 10 AAPL @ 186.00 tp 195 sl 180")).orders
            gone = (await engine.do("buy 11 AAPL @ 186.00")).orders[0]
            high = engine.engine.parts.session._parts.placing.next_id
        hold(gateway, 185.90, 185.95)
        gateway.registry.roll_back(17, 4)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            status = await engine.until(lambda s: [p.quantity for p in s.positions] == [Decimal(121)])
            assert by_ref(status, resting[0].ref).status is OrderStatus.FILLED
            assert by_ref(status, resting[2].ref).status is OrderStatus.WORKING
            assert by_ref(status, resting[2].ref).parent == resting[0].ref
            assert by_ref(status, gone.ref).status is OrderStatus.FILLED
            fills = engine.engine.parts.state.fills.of_owner("you")
            assert sum(fill.quantity for fill in fills) == 121
            assert engine.engine.parts.session._parts.placing.next_id >= high
            before = placed(gateway)
            await engine.do("cancel AAPL")
            assert placed(gateway) == before
        assert not engine.logged("adds up to")


KILLED = """
import asyncio, os, sys
from pathlib import Path
from ibtui.broker import Session
from ibtui.commands.grammar import parse
from ibtui.config import Folders, Limits, Profile
from ibtui.engine.engine import Engine
from ibtui.link.messages import Do

class Killed(Session):
    def place(self, *arguments, **options):
        os._exit(9)

async def main():
    profile = Profile(port=int(sys.argv[1]), watchlist=("AAPL",), limits=Limits(quote_age=60))
    engine = Engine("paper", profile, Folders(Path(sys.argv[2])), strategies=Path(sys.argv[2]), session_type=Killed)
    active = asyncio.Event()
    await engine.start()
    engine.parts.state.listeners.reconciled.append(active.set)
    engine.parts.state.listeners.quote.append(lambda quote: quote.ask and active.is_set() and quoted.set())
    quoted = asyncio.Event()
    await quoted.wait()
    await engine.parts.questions.answer(Do(command=parse("buy 100 AAPL @ 186.00")), 1)

asyncio.run(main())
"""


async def test_a_kill_between_journal_and_send_leaves_an_unknown_order_that_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibtui.engine.truth.settle.PROOF_SECONDS", 0.0)
    async with running_gateway() as gateway:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, str(gateway.port), str(tmp_path / "paper"), stderr=asyncio.subprocess.PIPE
        )
        _, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 9, errors.decode()
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            (order,) = (await engine.status()).orders
            assert order.status is OrderStatus.UNKNOWN
            assert (await engine.refused("buy 100 AAPL @ 186.00")).code == "unknown_order"
            for _ in range(2):
                await engine.engine.parts.session.reconcile()
            order = await engine.order(order.ref, lambda o: o.status is not OrderStatus.UNKNOWN)
            assert order.status is OrderStatus.REJECTED
            assert "never reached IB" in order.reason
            assert placed(gateway) == 0


async def test_a_journal_that_cannot_be_written_stops_orders_and_not_cancels(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        outcome = await engine.do("buy 100 AAPL @ 186.00")
        connection = engine.engine.parts.journal._connection
        connection.execute("PRAGMA query_only = ON")
        refusal = await engine.refused("buy 101 AAPL @ 186.00")
        assert refusal.code == "journal_failed"
        assert placed(gateway) == 1
        assert "cannot be written" in (await engine.status()).reason
        await engine.do(f"cancel {outcome.orders[0].ref}")
        connection.execute("PRAGMA query_only = OFF")
        assert (await engine.do("buy 102 AAPL @ 186.00")).answered
        assert (await engine.status()).reason == ""


async def test_a_reconcile_that_does_not_show_a_new_order_acknowledges_nothing(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        gateway.faults.swallow(PLACE_ORDER)
        sending = asyncio.create_task(engine.do("buy 100 AAPL @ 186.00"))
        await engine.until(lambda s: bool(s.orders))
        await engine.engine.parts.session.reconcile()
        (order,) = (await sending).orders
        assert order.status is OrderStatus.UNKNOWN
