"""Rows of Parquet files as text, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize
from ibtui.recording.sheet import called

BATCH = 65_536
"""Rows of a file that are in memory at once."""


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it is one."""
    return path.suffix.lower() in (".parquet", ".pq")


def read_parquet(path: Path) -> tuple[tuple[str, ...], Iterator[list[str]]]:
    """What each column is, as `ibtui.recording.sheet` calls it, and the rows.

    Raises IbtuiError `no_extra` without the library, `no_file` for what it cannot read.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise IbtuiError("no_extra", "Reading Parquet files needs a library: pip install 'ibtui[parquet]'.") from None
    try:
        file = parquet.ParquetFile(path)
    except (OSError, ArrowException) as error:
        raise IbtuiError("no_file", f"{path} cannot be read as Parquet: {sanitize(str(error), 80)}.") from None
    return called(file.schema_arrow.names), _rows(file)


def _rows(file: Any) -> Iterator[list[str]]:
    for batch in file.iter_batches(batch_size=BATCH):
        lists = [["" if value is None else str(value) for value in column.to_pylist()] for column in batch.columns]
        yield from map(list, zip(*lists, strict=True))
