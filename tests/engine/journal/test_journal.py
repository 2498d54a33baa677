"""The journal keeps what it was told, in order, through kills, full disks and damage."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order, OrderIntent, OrderStatus, Side, legs
from ibtui.domain.terms import OrderType, Terms
from ibtui.engine.journal import journal, records
from ibtui.engine.journal.journal import Journal, Recovered
from tests.clocks import ManualClock

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = NOW - timedelta(hours=10)

ORDER = Order(
    ref="aaaaaaaaaaaa",
    terms=Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(100), type="LMT", limit_price=Decimal("187.2500")),
    status=OrderStatus.PENDING,
    created=NOW,
    changed=NOW,
)
FILL = Fill(
    exec_id="0001.01",
    ref=ORDER.ref,
    symbol="AAPL",
    side=Side.BUY,
    quantity=Decimal(40),
    price=187.25,
    time=NOW,
    owner="you",
)
LEG = legs(
    OrderIntent(
        ref=ORDER.ref,
        owner="you",
        terms=Terms(
            symbol="AAPL", side=Side.BUY, quantity=Decimal(100), type=OrderType.LMT, limit_price=Decimal("187.25")
        ),
    )
)[0]


class Opened:
    """A journal at work, and what it said on the way."""

    def __init__(self, path: Path) -> None:
        self.told: list[str] = []
        self.journal = Journal(path, ManualClock(NOW), "run", self.told.append)
        self.recovered: Recovered = self.journal.open(TODAY)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Opened]:
    it = Opened(path)
    it.journal.start()
    try:
        yield it
    finally:
        await it.journal.close()


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


async def test_an_intent_is_on_disk_when_commit_returns(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        await it.journal.commit(records.intended(LEG, ORDER, 41, 17, NOW))
        kinds = it.journal._connection.execute("SELECT kind, ref, order_id FROM event").fetchall()
        assert kinds == [("INTENT", ORDER.ref, 41)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with opened(path) as it:
        assert it.recovered.orders == (ORDER,)
        assert it.journal.order_ids == {17: 41}


async def test_the_high_water_mark_never_falls(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        for number in (41, 7):
            await it.journal.commit(records.intended(LEG, ORDER, number, 17, NOW))
    async with opened(path) as it:
        assert it.journal.order_ids == {17: 41}


async def test_what_is_over_stays_on_disk_and_what_is_open_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    old = NOW - timedelta(days=3)
    done = replace(ORDER, ref="bbbbbbbbbbbb", status=OrderStatus.FILLED, changed=old)
    open_one = replace(ORDER, ref="cccccccccccc", status=OrderStatus.WORKING, changed=old)
    today = replace(ORDER, ref="dddddddddddd", status=OrderStatus.CANCELLED)
    fills = [
        replace(FILL, exec_id="1.01", ref=done.ref, time=old),
        replace(FILL, exec_id="2.01", ref=open_one.ref, time=old),
        replace(FILL, exec_id="3.01", ref="eeeeeeeeeeee", time=old, owner="sma_cross"),
        replace(FILL, exec_id="4.01", ref=today.ref),
        replace(FILL, exec_id="4.02", ref=today.ref, quantity=Decimal(30)),
    ]
    async with opened(path) as it:
        it.journal.write(*(records.order_moved(order, order.changed or NOW) for order in (done, open_one, today)))
        it.journal.write(*(records.filled(fill) for fill in fills))
        it.journal.write(records.position_moved("AAPL", Decimal("12.5")))
    async with opened(path) as it:
        assert [order.ref for order in it.recovered.orders] == [open_one.ref, today.ref]
        assert [fill.exec_id for fill in it.recovered.fills] == ["2.01", "3.01", "4.02"]
        assert it.recovered.positions == {"AAPL": Decimal("12.5")}
    assert len(rows(path, "SELECT * FROM event")) == 9


async def test_a_fill_comes_back_with_the_position_that_it_made(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        it.journal.write(records.position_moved("AAPL", Decimal("12.5")))
        it.journal.write(records.filled(FILL, expected=Decimal("52.5")))
        it.journal.write(records.filled(replace(FILL, exec_id="0002.01", symbol="MSFT")))
    async with opened(path) as it:
        assert it.recovered.positions == {"AAPL": Decimal("52.5")}


async def test_a_withdrawn_intent_does_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        await it.journal.commit(records.intended(LEG, ORDER, 41, 17, NOW))
        it.journal.write(records.withdrawn(ORDER.ref, "halted"))
    async with opened(path) as it:
        assert it.recovered.orders == ()
        assert it.journal.order_ids == {17: 41}


async def test_events_cannot_be_changed_or_deleted(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        await it.journal.commit(records.note("RUN_START"))
    for statement in ("UPDATE event SET kind = 'x'", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            rows(path, statement)


async def test_latches_outlive_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        assert it.journal.latch("halted") is None
        it.journal.set_latch("halted", "yes")
        assert it.journal.latch("halted") == "yes"
    async with opened(path) as it:
        assert it.journal.latch("halted") == "yes"


async def test_many_writers_share_commits_and_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        await asyncio.gather(*(it.journal.commit(records.note("N", number=number)) for number in range(200)))
    found = [payload for (payload,) in rows(path, "SELECT payload FROM event ORDER BY seq")]
    assert found == [f'{{"number":{number}}}' for number in range(200)]


async def test_a_disk_that_refuses_loses_no_fact_and_lets_no_intent_pass(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        await it.journal.commit(records.note("RUN_START"))
        it.journal._connection.execute("PRAGMA query_only = ON")
        it.journal.write(records.filled(FILL))
        with pytest.raises(IbtuiError) as refused:
            await it.journal.commit(records.intended(LEG, ORDER, 41, 17, NOW))
        assert refused.value.code == "journal_failed"
        assert "cannot be written" in it.told[-1]
        it.journal._connection.execute("PRAGMA query_only = OFF")
        await it.journal.commit(records.note("LATER"))
        assert it.told[-1] == ""
    assert [kind for (kind,) in rows(path, "SELECT kind FROM event ORDER BY seq")] == ["RUN_START", "FILL", "LATER"]


async def test_what_is_committed_is_on_the_disk_and_not_in_a_cache_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal.sqlite") as it:
        (mode,) = it.journal._connection.execute("PRAGMA synchronous").fetchone()
    assert mode == 2, "FULL: an intent is in the file before its order is sent, whatever happens to the power"


async def test_a_disk_that_takes_too_long_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        await it.journal.commit(records.note("RUN_START"))
        disk = threading.Event()
        it.journal._connection.set_trace_callback(lambda _: disk.wait() and None)
        with monkeypatch.context() as hurried:
            hurried.setattr(journal, "COMMIT_SECONDS", 0.05)
            with pytest.raises(IbtuiError, match=r"longer than 0\.05 s to write: nothing was sent"):
                await it.journal.commit(records.note("LATE"))
        disk.set()
        await it.journal.commit(records.note("LATER"))
    assert [kind for (kind,) in rows(path, "SELECT kind FROM event ORDER BY seq")] == ["RUN_START", "LATE", "LATER"]


async def test_a_record_that_cannot_be_stored_does_not_stop_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        it.journal.write(records.JournalRecord(kind="BAD", order_id=2**70))
        await it.journal.commit(records.note("GOOD"))
    assert [kind for (kind,) in rows(path, "SELECT kind FROM event")] == ["GOOD"]


@pytest.mark.parametrize("damage", ["header", "middle", "other", "text"])
async def test_a_damaged_journal_is_kept_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as it:
        for number in range(300):
            it.journal.write(records.note("N", number=number, text="x" * 200))
        await it.journal.commit(records.intended(LEG, ORDER, 41, 17, NOW))
    _damage(path, damage)
    before = path.read_bytes()
    async with opened(path) as it:
        assert it.journal.damaged is not None
        assert it.journal.damaged.read_bytes() == before
        assert it.recovered.orders == ()
        await it.journal.commit(records.note("RUN_START"))


def _damage(path: Path, how: str) -> None:
    if how == "text":
        path.write_text("this is no database, but it is long enough to look at" * 100)
        return
    if how == "other":
        path.unlink()
        rows(path, "CREATE TABLE mine (x)")
        return
    data = bytearray(path.read_bytes())
    start = 0 if how == "header" else len(data) // 2
    data[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(data)


async def test_an_empty_file_is_a_journal_that_begins(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.touch()
    async with opened(path) as it:
        assert (it.journal.fresh, it.journal.damaged, it.journal.edited) == (True, None, False)


EDITS = [
    "DELETE FROM ord",
    "UPDATE ord SET body = replace(body, '100', '200')",
    "UPDATE exec SET at = at || ' '",
    "DELETE FROM pos",
    "UPDATE pos SET quantity = '13' WHERE symbol = 'AAPL'",
    "INSERT INTO pos VALUES ('MSFT', '1')",
    "UPDATE id_hwm SET max_order_id = 1",
    "UPDATE kv SET value = '' WHERE key = 'halted'",
    "UPDATE kv SET value = 'x' WHERE key = 'seal'",
    "DROP TRIGGER event_is_not_deleted",
    "INSERT INTO event (at, run, kind, payload) VALUES ('', '', 'NOTE', '{}')",
]


async def _full_of_everything(path: Path) -> None:
    async with opened(path) as it:
        await it.journal.commit(records.intended(LEG, ORDER, 41, 17, NOW))
        for fill in (FILL, replace(FILL, exec_id="0001.02")):
            it.journal.write(records.filled(fill))
        for quantity in ("12", "12.5"):
            it.journal.write(records.position_moved("AAPL", Decimal(quantity)))
        it.journal.set_latch("halted", "yes")
        it.journal.write(records.withdrawn("nobody", "a test"))


@pytest.mark.parametrize("edit", EDITS)
async def test_a_change_of_another_hand_is_seen(tmp_path: Path, edit: str) -> None:
    path = tmp_path / "journal.sqlite"
    await _full_of_everything(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(edit)
        connection.commit()
    async with opened(path) as it:
        assert it.journal.edited
        await it.journal.commit(records.note("RUN_START"))
    async with opened(path) as it:
        assert not it.journal.edited, "told once"


@pytest.mark.parametrize("look", ["SELECT * FROM ord", "VACUUM", "PRAGMA wal_checkpoint", "ANALYZE"])
async def test_a_look_from_outside_is_no_change(tmp_path: Path, look: str) -> None:
    path = tmp_path / "journal.sqlite"
    await _full_of_everything(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(look).fetchall()
    async with opened(path) as it:
        assert not it.journal.edited


async def test_what_a_kill_leaves_is_no_change_of_another_hand(tmp_path: Path) -> None:
    path, killed = tmp_path / "journal.sqlite", tmp_path / "killed"
    killed.mkdir()
    async with opened(path) as it:
        for number in range(20):
            await it.journal.commit(records.position_moved("AAPL", Decimal(number)))
        it.journal._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(IbtuiError):
            await it.journal.commit(records.position_moved("AAPL", Decimal(99)))
        it.journal._connection.execute("PRAGMA query_only = OFF")
        with pytest.raises(IbtuiError):
            await it.journal.commit(
                records.position_moved("AAPL", Decimal(98)), records.JournalRecord(kind="N", order_id=2**70)
            )
        await it.journal.commit(records.position_moved("AAPL", Decimal(20)))
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{path}{suffix}", killed / f"journal.sqlite{suffix}")
    for folder in (tmp_path, killed):
        async with opened(folder / "journal.sqlite") as it:
            assert not it.journal.edited
            assert it.recovered.positions == {"AAPL": Decimal(20)}


async def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path):
        pass
    rows(path, "PRAGMA user_version = 99")
    with pytest.raises(IbtuiError) as refused:
        Opened(path)
    assert refused.value.code == "journal_failed"
    assert path.exists()


async def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError) as refused:
        Opened(tmp_path / "missing" / "journal.sqlite")
    assert refused.value.code == "journal_failed"


async def test_a_link_in_place_of_the_journal_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    path = tmp_path / "journal.sqlite"
    path.symlink_to(elsewhere)
    with pytest.raises(IbtuiError):
        Opened(path)
    assert elsewhere.read_bytes() == b""


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full; free some space"),
        (sqlite3.SQLITE_READONLY, "the disk is mounted read-only"),
        (sqlite3.SQLITE_PERM, "you have no permission there"),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk fails"),
    ],
)
def test_a_disk_that_refuses_a_journal_is_told_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, cure: str
) -> None:
    def refused(*_: object) -> None:
        error = sqlite3.OperationalError("SQLite's own words")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(journal, "_prepare", refused)
    with pytest.raises(IbtuiError, match=f"cannot be opened, so the engine does not start: {cure}"):
        Opened(tmp_path / "journal.sqlite")


def test_what_comes_after_the_last_turn_of_an_engine_is_written(tmp_path: Path) -> None:
    """Nobody is left who could be told that a record was refused; the next one is written all the same."""
    path = tmp_path / "journal.sqlite"
    it = Opened(path)

    async def begin() -> None:
        it.journal.start()
        await it.journal.commit(records.note("FIRST"))

    asyncio.run(begin())
    it.journal.write(records.JournalRecord(kind="BAD", order_id=2**70))
    it.journal.write(records.note("LAST"))
    asyncio.run(it.journal.close())
    assert [kind for (kind,) in rows(path, "SELECT kind FROM event")] == ["FIRST", "LAST"]
