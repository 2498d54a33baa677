"""The journal: what the engine intends and learns, on disk before it acts; one database per profile, one writer."""

from __future__ import annotations

import asyncio
import errno
import os
import queue
import secrets
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.cause import Cause
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.domain.text.disk import cure
from ibtui.engine.journal.records import (
    ASKED,
    CAUSE,
    CallerRequest,
    JournalRecord,
    latched,
    read_asked,
    read_order,
    stamp,
    text,
)
from ibtui.engine.journal.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION
from ibtui.engine.journal.seal import SEAL, Seal

COMMIT_SECONDS = 1.0
"""An order whose intent is not on disk within this time is refused: its price is too old to trust."""
KEPT_RECORDS = 10_000
"""Records without a waiting order that are kept for another attempt while the disk refuses."""

TOLD = timedelta(days=15)
"""How far back TWS tells executions again at most, twice over."""

_BELOW = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
}
_IDENTITY = "journal"
_EVENT = """INSERT INTO event (at, run, kind, ref, order_id, perm_id, exec_id, payload)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

_ASKED = "SELECT payload FROM event WHERE ref = ? AND kind = ? ORDER BY seq DESC LIMIT 1"
_CAUSES = "SELECT payload FROM event WHERE ref = ? AND at >= ? ORDER BY seq"
_ORDERS = "SELECT body FROM ord WHERE ref IN (SELECT value FROM json_each(?)) ORDER BY changed"

Settle = Callable[[Exception | None], None]


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a new engine knows from the one before."""

    orders: tuple[Order, ...]
    """Those that may still trade, and today's, oldest change first."""
    fills: tuple[Fill, ...]
    """Today's, all of the orders above, and all that strategies ever had, oldest first."""
    positions: dict[str, Decimal]
    """What is expected to be held, by symbol: the last whole count and the fills since then."""
    told: frozenset[str] = frozenset()
    """Ids (`Fill.base`) of the executions of the last days, which are in `positions` already."""
    causes: tuple[Cause, ...] = ()
    """Today's causes of positions that no order of ours moved, oldest first."""


class _Entry(msgspec.Struct):
    """Records that are committed together; `done` is told whether they were."""

    records: tuple[JournalRecord, ...]
    at: str
    done: Settle | None
    read: Callable[[sqlite3.Connection], None] | None = None
    """Called in the writer's thread behind everything that was appended before."""


class Journal:
    """Appends in order from one thread with group commit; `synchronous=FULL`, so a commit outlives a power cut.

    `damaged` is where a corrupt journal was put aside, None when there was none. `on_failure` is called in the event
    loop's thread with one sentence when a group could not be written, and with an empty one when writing works again.
    """

    def __init__(self, path: Path, clock: Clock, run: str, on_failure: Callable[[str], None]) -> None:
        self._path = path
        self._clock = clock
        self._run = run
        self._on_failure = on_failure
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._kept: list[_Entry] = []
        self._failing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.damaged: Path | None = None
        self.fresh = False
        """There was no journal, or an empty one."""
        self.edited = False
        """Another hand than an engine's changed it since it was last written."""
        self.events = 0
        """How many there are on the disk."""
        self.latch_listeners: list[Callable[[str, str], None]] = []
        """Called with the key and the value of every latch that changes."""
        self._latches: dict[str, str] = {}
        self._marks: dict[int, int] = {}

    def open(self, since: datetime) -> Recovered:
        """Open or create the file and read it back; orders and fills that ended before `since` stay on disk.

        A file that cannot be read is put aside under another name and a new one begun. Raises IbtuiError
        `journal_failed` when no journal can be written here.
        """
        try:
            try:
                return self._read(since)
            except sqlite3.OperationalError:
                raise  # locked, read-only, no space: the file itself may be whole
            except (sqlite3.DatabaseError, msgspec.MsgspecError, _DamagedError):
                self.damaged = self._put_aside()
                return self._read(since)
        except (sqlite3.Error, OSError) as error:
            raise IbtuiError(
                "journal_failed",
                f"The journal {self._path} cannot be opened, so the engine does not start: {_cure(error)}",
            ) from None

    def start(self) -> None:
        """Begin writing; call in the event loop that will await commits."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Write what is queued, then close the file."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._queue.put(None)
        await asyncio.to_thread(thread.join, 1.0)

    def write(self, *records: JournalRecord) -> None:
        """Append records without waiting; kept and tried again when the disk refuses."""
        self._queue.put(_Entry(records, stamp(self._clock.now()), None))

    async def commit(self, *records: JournalRecord) -> None:
        """Append records and return once they are on disk; raises IbtuiError `journal_failed`, also after 1 s."""
        await self._settled(records)

    async def asked_under(self, refs: Sequence[str]) -> tuple[CallerRequest | None, list[Order]]:
        """What was last asked under the first of these refs, and the orders of all of them as they were last written.

        They go back to the first day of the journal. Raises IbtuiError `journal_failed`.
        """
        found: list[str] = []
        orders: list[Order] = []

        def read(connection: sqlite3.Connection) -> None:
            found[:] = [payload for (payload,) in connection.execute(_ASKED, (refs[0], ASKED))]
            bodies = connection.execute(_ORDERS, (text(refs),))
            orders[:] = [read_order(body) for (body,) in bodies]

        await self._settled((), read)
        return read_asked(found[0]) if found else None, orders

    async def _settled(
        self, records: tuple[JournalRecord, ...], read: Callable[[sqlite3.Connection], None] | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()

        def settle(error: Exception | None) -> None:
            if written.done():
                return
            if error is None:
                written.set_result(None)
            else:
                written.set_exception(IbtuiError("journal_failed", _sentence(self._path, error)))

        self._queue.put(_Entry(records, stamp(self._clock.now()), settle, read))
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await written
        except TimeoutError:
            raise IbtuiError(
                "journal_failed", f"The journal took longer than {COMMIT_SECONDS:g} s to write: nothing was sent."
            ) from None

    def latch(self, key: str) -> str | None:
        """A setting that outlives the engine; None when never set."""
        return self._latches.get(key)

    def set_latch(self, key: str, value: str) -> None:
        """Change such a setting, now in memory and as soon as possible on disk."""
        self._latches[key] = value
        self.write(latched(key, value))
        for listener in self.latch_listeners:
            listener(key, value)

    @property
    def latches(self) -> dict[str, str]:
        """All of them by key."""
        return dict(self._latches)

    @property
    def identity(self) -> str:
        """What this file has to itself; a copy has it too."""
        return self._latches[_IDENTITY]

    @property
    def order_ids(self) -> dict[int, int]:
        """By client id, the largest order id it ever intended to use; IB's own counter can roll back."""
        return dict(self._marks)

    # opening

    def _read(self, since: datetime) -> Recovered:
        self.fresh = fresh = not self._path.exists() or self._path.stat().st_size == 0
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
        self._path.chmod(0o600)
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, fresh)
            seal = Seal(connection)
            self.edited = not seal.begin()
            self.events = seal.events
            recovered = _load(connection, since)
            connection.execute("INSERT OR IGNORE INTO kv VALUES (?, ?)", (_IDENTITY, secrets.token_hex(8)))
            self._latches = dict(connection.execute("SELECT key, value FROM kv WHERE key <> ?", (SEAL,)))
            self._marks = dict(connection.execute("SELECT client_id, max_order_id FROM id_hwm"))
        except BaseException:
            connection.close()
            raise
        self._connection, self._seal = connection, seal
        return recovered

    def _put_aside(self) -> Path:
        name = f"{self._path.stem}.damaged-{self._clock.now():%Y%m%d-%H%M%S-%f}{self._path.suffix}"
        aside = self._path.with_name(name)
        self._path.rename(aside)
        for suffix in ("-wal", "-shm"):
            side = self._path.with_name(self._path.name + suffix)
            if side.exists():
                side.rename(aside.with_name(aside.name + suffix))
        return aside

    # the writer thread

    def _work(self) -> None:
        going = True
        while going:
            group: list[_Entry] = []
            going = self._take(group, self._queue.get())
            while going and not self._queue.empty():
                going = self._take(group, self._queue.get())
            self._write_group(self._kept + group)
        self._connection.close()

    def _take(self, group: list[_Entry], entry: _Entry | None) -> bool:
        if entry is not None:
            group.append(entry)
        return entry is not None

    def _write_group(self, group: list[_Entry]) -> None:
        error = self._try(group)
        if error is None:
            self._kept = []
            self._report([(entry, None) for entry in group])
        else:
            self._one_by_one(group)

    def _one_by_one(self, group: list[_Entry]) -> None:
        """After a group failed: save what can be saved, refuse what waits, keep the other facts for the next time."""
        results: list[tuple[_Entry, Exception | None]] = []
        error: Exception | None = None
        for entry in group:
            if not isinstance(error, sqlite3.OperationalError):  # a disk that refuses one refuses the rest as well
                error = self._try([entry])
            results.append((entry, error))
        kept = [entry for entry, why in results if entry.done is None and isinstance(why, sqlite3.OperationalError)]
        self._kept = kept[-KEPT_RECORDS:]
        self._report(results)

    def _try(self, group: Sequence[_Entry]) -> Exception | None:
        before = self._seal.state
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for entry in group:
                for record in entry.records:
                    self._insert(entry.at, record)
                if entry.read is not None:
                    entry.read(self._connection)
            self._seal.stamp()
            self._connection.execute("COMMIT")
        except Exception as error:  # whatever it is, the thread must live to write the next
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._seal.undo(before)
            return error
        self.events = self._seal.events
        return None

    def _report(self, results: list[tuple[_Entry, Exception | None]]) -> None:
        failed = next((error for _, error in reversed(results) if error is not None), None)
        turned = self._failing is not (failed is not None)
        self._failing = failed is not None
        waiting = [(entry.done, error) for entry, error in results if entry.done is not None]
        if waiting or turned:
            self._tell(lambda: self._settle(waiting, failed, turned))

    def _insert(self, at: str, record: JournalRecord) -> None:
        values = (at, self._run, record.kind, record.ref, record.order_id, record.perm_id, record.exec_id)
        self._connection.execute(_EVENT, (*values, record.payload))
        for statement, arguments in record.moves:
            self._connection.execute(statement, arguments)

    def _tell(self, call: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(call)

    # back in the loop

    def _settle(self, waiting: list[tuple[Settle, Exception | None]], failed: Exception | None, turned: bool) -> None:
        for done, error in waiting:
            done(error)
        if turned:
            self._on_failure("" if failed is None else _sentence(self._path, failed))


class _DamagedError(Exception):
    """The file is a database, but no journal, or one that lost pages."""


def _prepare(connection: sqlite3.Connection, fresh: bool) -> None:
    connection.execute("PRAGMA busy_timeout = 2000")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    if not fresh:
        _recognise(connection)  # before anything is written: the file may be somebody else's
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if fresh:
        connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _recognise(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if application != APPLICATION_ID or verdict != "ok":
        raise _DamagedError(verdict)
    if version != SCHEMA_VERSION:
        raise IbtuiError("journal_failed", "The journal was written by another version of ibtui; start that version.")


def _load(connection: sqlite3.Connection, since: datetime) -> Recovered:
    day = stamp(since)
    bodies = connection.execute("SELECT body FROM ord WHERE NOT done OR changed >= ? ORDER BY changed", (day,))
    orders = tuple(read_order(body) for (body,) in bodies)
    rows = connection.execute(
        "SELECT body FROM exec WHERE strategy OR at >= ? "
        "OR ref IN (SELECT ref FROM ord WHERE NOT done OR changed >= ?) ORDER BY at",
        (day, day),
    )
    fills = tuple(msgspec.json.decode(body, type=Fill) for (body,) in rows)
    positions = {symbol: Decimal(quantity) for symbol, quantity in connection.execute("SELECT * FROM pos")}
    since_told = stamp(since - TOLD)
    told = frozenset(base for (base,) in connection.execute("SELECT base FROM exec WHERE at >= ?", (since_told,)))
    rows = connection.execute(_CAUSES, (CAUSE, day))
    causes = tuple(msgspec.json.decode(payload, type=Cause) for (payload,) in rows)
    return Recovered(orders=orders, fills=fills, positions=positions, told=told, causes=causes)


def _cure(error: sqlite3.Error | OSError) -> str:
    """What a person can do about it; SQLite's codes are those of the disk below it."""
    if isinstance(error, OSError):
        return cure(error)
    return cure(OSError(_BELOW.get(error.sqlite_errorcode & 0xFF, 0), str(error)))


def _sentence(path: Path, error: Exception) -> str:
    return f"The journal {path} cannot be written ({error}): nothing was sent; free the disk, then try again."
