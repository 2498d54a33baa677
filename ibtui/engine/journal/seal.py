"""The journal's seal: a sum over its rows, written with every group, by which a change of another hand shows.

It tells mistakes and repairs with a database tool, not malice: who knows this file can make the sum anew.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

SEAL = "seal"
"""Key of the latch that holds it; it is not part of itself."""
_BITS = 128
_ROWS = {
    "ord": ("ref", "done", "changed", "body"),
    "exec": ("base", "ref", "strategy", "at", "body"),
    "pos": ("symbol", "quantity"),
    "id_hwm": ("client_id", "max_order_id"),
    "kv": ("key", "value"),
}
"""What is summed by rows; events are counted, since triggers keep them from being changed."""
_SHAPE = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name"
_WRITE = f"""INSERT INTO kv (key, value) VALUES ('{SEAL}', ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value"""


class Seal:
    """Follows every row that this connection writes; all in the thread that writes, but for the start."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sum = 0
        self._stamped = ""
        self._shape = ""
        """A sum over the tables' own definitions, which cannot change while an engine has the file to itself."""
        self.events = 0
        """Events in the journal at the last stamp."""

    def begin(self) -> bool:
        """Sum up what is there and follow it from now on; whether it is as the last engine left it.

        A journal without a seal is of before there were any: nobody can say, so it is.
        """
        found = dict(self._connection.execute("SELECT key, value FROM kv WHERE key = ?", (SEAL,)))
        self._sum = sum(_hash(table, *row) for table in _ROWS for row in self._rows(table)) % 2**_BITS
        tables = repr(self._connection.execute(_SHAPE).fetchall()).encode()
        self._shape = hashlib.blake2b(tables, digest_size=8).hexdigest()
        before = self._words()
        self._follow()
        return bool(found.get(SEAL, before) == before)

    def stamp(self) -> None:
        """Write the seal into the transaction that is open."""
        words = self._words()
        if words != self._stamped:
            self._connection.execute(_WRITE, (words,))
            self._stamped = words

    @property
    def state(self) -> tuple[int, str]:
        """To be given back to `undo` when a transaction is rolled back."""
        return self._sum, self._stamped

    def undo(self, state: tuple[int, str]) -> None:
        self._sum, self._stamped = state

    def _words(self) -> str:
        (self.events,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        return f"{self.events} {self._shape} {self._sum:032x}"

    def _rows(self, table: str) -> sqlite3.Cursor:
        but = f" WHERE key <> '{SEAL}'" if table == "kv" else ""
        return self._connection.execute(f"SELECT {', '.join(_ROWS[table])} FROM {table}{but}")

    def _follow(self) -> None:
        self._connection.create_function("seal_row", -1, self._row)
        for table, columns in _ROWS.items():
            for event, added in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "")):
                calls = [_call(table, columns, added, 1)] if added else []
                if event != "INSERT":
                    calls.append(_call(table, columns, "old", -1))
                when = f"WHEN {'old' if event == 'DELETE' else 'new'}.key <> '{SEAL}'" if table == "kv" else ""
                self._connection.execute(
                    f"CREATE TEMP TRIGGER seal_{table}_{event} AFTER {event} ON main.{table} {when} "
                    f"BEGIN SELECT {', '.join(calls)}; END"
                )

    def _row(self, sign: int, table: str, *row: Any) -> None:
        self._sum = (self._sum + sign * _hash(table, *row)) % 2**_BITS


def _call(table: str, columns: tuple[str, ...], which: str, sign: int) -> str:
    return f"seal_row({sign}, '{table}', {', '.join(f'{which}.{column}' for column in columns)})"


def _hash(table: str, *row: Any) -> int:
    return int.from_bytes(hashlib.blake2b(repr((table, *row)).encode(), digest_size=_BITS // 8).digest())
