"""What must survive everything survives a journal or a safety file that is lost, emptied or edited, and a kill."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.failure import IbtuiError
from ibtui.domain.hold import HeldInstrument
from ibtui.engine.journal import safety_copies
from ibtui.engine.journal.journal import Journal
from ibtui.engine.journal.safety_copies import Copies
from ibtui.engine.survival import SURVIVING, _readable, _safer
from tests.clocks import MORNING, ManualClock
from tests.engine.markets import AAPL, CALM, CAREFUL, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


def _journal(folder: Path) -> Path:
    return folder / "paper" / "journal.sqlite"


def _edit(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(_journal(folder))) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def _deleted(folder: Path) -> None:
    for file in folder.glob("paper/journal.sqlite*"):
        file.unlink()


def _emptied(folder: Path) -> None:
    for file in folder.glob("paper/journal.sqlite*"):
        file.write_bytes(b"")


def _overwritten(folder: Path) -> None:
    _journal(folder).write_text("no database" * 1000)


def _latches_gone(folder: Path) -> None:
    _edit(folder, "DELETE FROM kv", "DELETE FROM id_hwm")


def _latches_spoilt(folder: Path) -> None:
    _edit(folder, "UPDATE kv SET value = 'nonsense' WHERE key IN ('halted', 'daily_low', 'strategies.approved')")


def _older_copy(folder: Path) -> None:
    for file in folder.glob("paper/journal.sqlite*"):
        file.unlink()
    (folder / "older").rename(_journal(folder))


def _somebody_elses(folder: Path) -> None:
    _deleted(folder)
    journal = Journal(_journal(folder), ManualClock(MORNING), "run", print)
    journal.open(MORNING)
    journal._connection.close()


def _safety_deleted(folder: Path) -> None:
    for path in Copies(folder / "paper").paths:
        path.unlink()


def _safety_emptied(folder: Path) -> None:
    for path in Copies(folder / "paper").paths:
        path.write_bytes(b"")


def _copy_edited(folder: Path) -> None:
    path = Copies(folder / "paper").paths[0]
    path.write_bytes(path.read_bytes().replace(b"DU", b"DX"))


MINE = """
from ibtui.strategies import Strategy, param

class Mine(Strategy):
    symbol: str = param("AAPL", kind="symbol")
"""
LOSSES: dict[Callable[[Path], None], str] = {
    _deleted: "The journal was lost",
    _emptied: "The journal was lost",
    _overwritten: "The journal was damaged and put aside as ",
    _latches_gone: "The journal was changed by another hand, or is another one",
    _latches_spoilt: "The journal was changed by another hand (the halt, ",
    _older_copy: "The journal is an older copy: its newest ",
    _somebody_elses: "or is another one than the safety file was written beside",
    _safety_deleted: "The safety file is damaged (it is missing)",
    _safety_emptied: "The safety file is damaged (safety-a.json was changed by another hand; safety-b.json was changed",
    _copy_edited: "The safety file is damaged (safety-a.json was changed by another hand)",
}


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__.strip("_"))
async def test_halt_account_loss_approvals_and_order_ids_survive(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    folder = tmp_path / "strategies"
    folder.mkdir()
    file = folder / "mine.py"
    file.write_text(MINE)
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CAREFUL):
            pass
        shutil.copyfile(_journal(tmp_path), tmp_path / "older")
        async with running_engine(tmp_path, gateway.port, **CAREFUL) as engine:
            await _live_a_day(engine, gateway)
            used = engine.engine.parts.session.reserve(1)[0] - 1
            account = engine.engine.parts.session.account
            gateway.faults.roll_back(17, 50)
        lose(tmp_path)
        file.write_text(file.read_text() + "\n# changed\n")
        async with running_engine(tmp_path, gateway.port, **CAREFUL) as engine:
            status = await engine.status()
            assert status.halted
            assert status.reason.startswith("Halted: by hand")
            assert LOSSES[lose] in status.reason
            if LOSSES[lose]:
                assert status.reason.endswith("compare Orders and Positions with TWS, then `resume`.")
            assert engine.engine.parts.session.reserve(1)[0] > used
            assert engine.engine.parts.binding.account() == account
            await engine.do("resume")
            with pytest.raises(IbtuiError, match="Today had lost"):
                await engine.preview("buy 1 AAPL market")
            assert (await engine.refused("start mine")).code == "not_approved"
        async with running_engine(tmp_path, gateway.port, **CAREFUL) as engine:
            assert not (await engine.status()).halted


async def _live_a_day(engine: Driver, gateway: Any) -> None:
    """Approve a strategy, lose more than the day may, halt."""
    hold(gateway)
    await engine.do("start mine")
    await engine.do("stop mine")
    await engine.do("buy 100 AAPL market")
    await engine.until(lambda s: bool(s.positions))
    hold(gateway, 181.00, 181.02)
    gateway.backend.exchange.set_price(AAPL, 181.01)
    await engine.until(lambda s: engine.logged("the limit daily_loss is 500.00"))
    await engine.do("halt")
    hold(gateway)
    gateway.backend.exchange.set_price(AAPL, 187.41)
    await engine.until(lambda s: s.account is not None and (s.account.day_pnl or -501) > -500)


async def test_an_account_that_the_two_files_name_differently_stops_the_start(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM):
            pass
        _edit(tmp_path, "UPDATE kv SET value = 'DU999' WHERE key = 'account'")
        with pytest.raises(IbtuiError, match="journal belongs to account DU999, its safety file to DU") as refused:
            async with running_engine(tmp_path, gateway.port, **CALM):
                pass
        assert refused.value.code == "wrong_account"


async def test_both_files_missing_is_a_fresh_profile(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.do("halt")
        _deleted(tmp_path)
        _safety_deleted(tmp_path)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            assert (await engine.status()).state == "active"


async def test_a_journal_of_before_there_was_a_safety_file_makes_one(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            account = engine.engine.parts.session.account
        _edit(tmp_path, "DELETE FROM kv WHERE key IN ('safety', 'seal', 'journal')")
        _safety_deleted(tmp_path)
        async with running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine:
            assert not (await engine.status()).halted
        kept, wrong = Copies(tmp_path / "paper").read()
        assert kept is not None
        assert (kept.texts["account"], wrong) == (account, [])


async def test_what_the_two_files_say_differently_is_told(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.do("halt")
        _edit(tmp_path, "UPDATE kv SET value = '' WHERE key = 'halted'")
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            assert "by another hand since an engine wrote it" in (await engine.status()).reason
            await engine.said("Journal and safety file did not agree about the halt; the safer of both counts.")


async def test_an_engine_that_loses_its_safety_files_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        with monkeypatch.context() as full:
            full.setattr(safety_copies, "_put", _full)
            assert (await engine.do("halt")).message.startswith("halted")
            assert "safety-a.json cannot be written: the disk is full" in (await engine.status()).reason
            assert (await engine.refused("resume")).message.startswith("Still halted: The safety file")
            assert (await engine.status()).halted
        await engine.do("resume")
        assert "disk" not in (await engine.status()).reason


async def test_an_approval_is_on_the_disk_before_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "strategies" / "mine.py"
    file.parent.mkdir()
    file.write_text(MINE)
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.do("start mine")
            await engine.do("stop mine")
            file.write_text(f"{MINE}\n# changed\n")
            with monkeypatch.context() as full:
                full.setattr(safety_copies, "_put", _full)
                error = await engine.refused("approve mine")
            assert error.code == "journal_failed"
            assert "mine.py is approved as it is now" in error.message
            assert "Only until the engine ends: The safety file" in error.message
            await engine.do("approve mine")
            kept, _ = Copies(tmp_path / "paper").read()
            assert kept is not None
            assert engine.engine.parts.supervisor.store.approved("mine") in kept.texts["strategies.approved"]


def _full(file: int, data: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _holds(said: set[tuple[str, str]]) -> str:
    """Holds of these symbols, each with the ref of an order or none; empty without any."""
    holds = [
        HeldInstrument(symbol=symbol, reason="x", since=MORNING, orders=tuple(filter(None, [ref])))
        for symbol, ref in sorted(dict(said).items())
    ]
    return msgspec.json.encode(holds, order="sorted").decode() if holds else ""


TEXTS: dict[str, st.SearchStrategy[str]] = {
    "halted": st.sampled_from(["", '{"since":"2026-11-30T10:00:00Z","reason":"by hand"}']),
    "account": st.sampled_from(["", "DU1"]),
    "strategies.approved": st.sampled_from(["", "{}", '{"a":"1"}', '{"a":"2"}', '{"b":"1"}']),
    "daily_low": st.builds(
        '{{"day":"2026-11-{}T05:00:00Z","by_owner":{{"":{}}}}}'.format, st.integers(10, 12), st.integers(-900, 0)
    ),
    "holds": st.sets(st.tuples(st.sampled_from(["AAPL", "MSFT"]), st.sampled_from(["", "a", "b"]))).map(_holds),
}


@given(st.sampled_from(SURVIVING).flatmap(lambda key: st.tuples(st.just(key), TEXTS[key], TEXTS[key])))
def test_of_two_texts_the_safer_counts_whichever_comes_first(case: tuple[str, str, str]) -> None:
    key, one, other = case
    safer, turned = _safer(key, one, other), _safer(key, other, one)
    assert _readable(key, safer)
    for text in (one, other):
        assert _safer(key, safer, text) == safer, "what one of them says is in it"
    if key == "strategies.approved":
        assert ("disputed" in safer) == ("disputed" in turned)
    else:
        assert safer == turned
    if "" in (one, other):
        assert safer == one or other


def test_the_lower_low_of_the_later_day_counts() -> None:
    first = '{"day":"2026-11-30T05:00:00Z","by_owner":{"":-600.0,"dip":-10.0}}'
    second = '{"day":"2026-11-30T05:00:00Z","by_owner":{"":-700.0}}'
    later = '{"by_owner":{},"day":"2026-12-01T05:00:00Z"}'
    assert '"by_owner":{"":-700.0,"dip":-10.0}' in _safer("daily_low", first, second)
    assert _safer("daily_low", first, later) == later
