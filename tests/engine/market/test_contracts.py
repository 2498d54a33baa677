"""What IB described is on disk for the next backtest, and a disk that takes nothing stops nobody."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from ibtui.engine.market.contracts import KeptContracts
from ibtui.engine.tasks import Tasks
from ibtui.recording.described import read_described
from tests.engines import running_engine
from tests.gateways import running_gateway


async def test_a_contract_that_was_used_is_kept(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as driver:
        await driver.do("watch ESZ6")
        file = driver.engine.setting.folders.contracts
        await driver.engine.parts.contracts.keeping(driver.engine.parts.session.resolve)("ESZ6")
        kept = read_described(file)
    assert (kept["ESZ6"].multiplier, kept["ESZ6"].exchange, kept["ESZ6"].expiry) == (Decimal(50), "CME", "20261218")


async def test_what_a_question_learned_is_on_disk_when_it_is_answered(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as driver:
        parts = driver.engine.parts
        resolve = parts.contracts.keeping(parts.session.resolve)
        for name in ("BTC.USD", "SPX", "SAP.EUR"):
            instrument = await resolve(name)
            assert read_described(driver.engine.setting.folders.contracts)[name] == instrument


async def test_a_disk_that_takes_nothing_costs_the_file_alone(tmp_path: Path) -> None:
    failed: list[str] = []
    (tmp_path / "full").write_text("a file where a folder should be")
    tasks = Tasks(lambda name, error: failed.append(name))
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as driver:
        parts = driver.engine.parts
        kept = KeptContracts(tmp_path / "full" / "contracts.jsonl", parts.state.listeners.instrument, tasks)
        assert (await kept.keeping(parts.session.resolve)("NVDA")).symbol == "NVDA"
    assert failed == []
