"""Fixed-size rows in the order they came, on disk once they are many: a long run takes no more memory than a short."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

IN_MEMORY = 64 * 1024
"""Bytes of rows that are kept in memory."""
_CHUNK = 4_096


class RowFile:
    """Rows of one `struct` format; appended, then read from the start as often as wanted."""

    def __init__(self, layout: str) -> None:
        self._row = struct.Struct(layout)
        self._pack = self._row.pack
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - it lives as long as the run's result
        self._write = self._file.write
        self.count = 0

    def append(self, *fields: float) -> None:
        self._file.write(self._pack(*fields))
        self.count += 1

    def __iter__(self) -> Iterator[tuple[float, ...]]:
        """Every row; rows must not be appended meanwhile."""
        self._file.seek(0)
        while chunk := self._file.read(self._row.size * _CHUNK):
            yield from self._row.iter_unpack(chunk)
        self._file.seek(0, 2)

    def __del__(self) -> None:
        self._file.close()
