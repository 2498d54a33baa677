"""What moves a position without an order of ours is named: in the log, in the day's record, and to its strategy."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

from ibtui.domain.order import Side
from ibtui.domain.signal import Signal
from ibtui.gateway.server import Gateway
from ibtui.link.status import Status
from tests.engine.markets import AAPL, CALM, hold
from tests.engine.truth.others import ACCOUNT, by_others, transfer
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

LISTENER = """
from ibtui.strategies import Strategy, param

class Listener(Strategy):
    symbol: str = param("AAPL", kind="symbol")
    bar: str = param("1m", kind="bar")

    def on_event(self, event):
        print(f"heard {event.kind} of {event.symbol} by {event.value:+g}")
"""
Heard = list[tuple[str, str, float | None]]


async def counted(engine: Driver) -> Status:
    await engine.engine.parts.session.reconcile()
    return await engine.status()


def listening(engine: Driver) -> Heard:
    """Every event from now on: kind, symbol and value."""
    heard: Heard = []

    def hear(signal: Signal) -> None:
        heard.append((signal.kind, signal.symbol, signal.value))

    engine.engine.parts.state.listeners.signal.append(hear)
    return heard


def option(gateway: Gateway) -> tuple[int, str]:
    """A call on AAPL: its contract, and its name without blanks."""
    found = gateway.backend.exchange.listings.find(root="AAPL", sec_type="OPT", right="C")
    call = found[0].instrument
    return call.con_id, call.local_symbol.replace(" ", "")


async def test_ib_s_own_liquidation_is_named_and_told_and_hinders_nothing(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await counted(engine)
        heard = listening(engine)
        gateway.backend.exchange.liquidate(ACCOUNT, AAPL, Decimal(60))
        status = await counted(engine)
        assert status.holds == ()
        await engine.said("AAPL 100 -> 40: IB's liquidation sold 60 at ")
        await engine.said(" · other, by IB's liquidation")
        assert heard == [("liquidation", "AAPL", -60.0)]
        await counted(engine)
        assert len(heard) == 1, "the same execution is told again with every answer"
        by_others(gateway, Side.SELL, 40)
        await counted(engine)
        assert len(heard) == 1, "what somebody traded in TWS is no liquidation"


async def test_a_cause_reaches_the_strategies_whose_instrument_it_is(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    for name, symbol in (("ears", "AAPL"), ("deaf", "MSFT")):
        text = LISTENER.replace("Listener", name.capitalize()).replace("AAPL", symbol)
        (tmp_path / "strategies" / f"{name}.py").write_text(text)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.do("start ears")
        await engine.do("start deaf")
        await counted(engine)
        gateway.backend.exchange.liquidate(ACCOUNT, AAPL)
        await counted(engine)
        await engine.until(lambda _: engine.logged("ears: heard liquidation of AAPL by -100"))
        assert not engine.logged("deaf: heard")


async def test_a_split_stands_in_the_day_s_record_and_in_the_log_of_the_next_engine(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await engine.do("buy 100 AAPL market")
            await counted(engine)
            heard = listening(engine)
            gateway.backend.exchange.split(AAPL, 4.0)
            await counted(engine)
            assert heard == [("split", "AAPL", 300.0)]
            away = engine.engine.parts.since.told()
            await engine.engine.parts.journal.commit()
            assert "split 4 for 1" not in away.words
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.said("AAPL 100 -> 400: split 4 for 1")


async def test_what_happened_to_a_position_is_told_to_the_terminal_that_comes_back(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await counted(engine)
        since = engine.engine.parts.since
        await engine.client.close()
        while since._terminals:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        gateway.backend.exchange.split(AAPL, 4.0)
        await engine.engine.parts.session.reconcile()
        found = since.told()
        assert [(one.kind, one.text) for one in found.happenings] == [("cause", "AAPL 100 -> 400: split 4 for 1")]
        assert found.words == "1 position moved without an order"


async def test_an_exercise_names_the_option_and_the_stock(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        con_id, name = option(gateway)
        exchange = gateway.backend.exchange
        exchange.transfer(ACCOUNT, con_id, Decimal(2), 3.0)
        transfer(gateway, 50)
        status = await counted(engine)
        for held in status.holds:
            await engine.do(f"accept {held.symbol}")
        assert (await counted(engine)).holds == ()
        heard = listening(engine)
        exchange.exercise(ACCOUNT, con_id, Decimal(1), override=True)
        status = await counted(engine)
        assert status.holds == ()
        assert sorted(heard) == [("exercise", "AAPL", 100.0), ("exercise", name, -1.0)]
        await engine.said(f"AAPL 50 -> 150: {name} exercised")


async def test_a_split_that_a_strategy_s_book_knows_nothing_of_is_told_once_while_it_is_held(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "ears.py").write_text(LISTENER.replace("Listener", "Ears"))
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("start ears")
        transfer(gateway, 100)
        await counted(engine)
        await engine.do("adjust ears AAPL 100")
        await counted(engine)
        heard = listening(engine)
        gateway.backend.exchange.split(AAPL, 0.1)
        for _ in range(3):
            status = await counted(engine)
        assert [held.symbol for held in status.holds] == ["AAPL"]
        assert heard == [("split", "AAPL", -90.0)]
