"""Where recordings lie: one folder a day of New York, with what it holds written down beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct

from ibtui.domain.calendar.new_york import midnight
from ibtui.domain.failure import IbtuiError
from ibtui.recording.members import replace
from ibtui.recording.rows import TABLES, Gap

VERSION = 1
"""Of the files; a reader refuses a later one."""
MANIFEST = "recording.json"
ENDING = ".csv.gz"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Manifest(Struct, kw_only=True):
    """What is known of one day's folder; rewritten with every flush."""

    version: int = VERSION
    profile: str
    day: date
    began: datetime
    alive: datetime
    """Everything up to here is in the files."""
    ended: datetime | None = None
    """When the recording was stopped; None while it goes on, and when its writer was killed."""
    symbols: tuple[str, ...] = ()
    open_gaps: tuple[Gap, ...] = ()
    rows: dict[str, int] = {}
    """How many rows each file of the day has, by its name."""
    sizes: dict[str, int] = {}
    """Bytes by file name: a file that is shorter has lost some."""


def day_ends(day: date) -> datetime:
    """The first moment of the next day, aware UTC."""
    return midnight(day + timedelta(days=1))


def file_name(kind: str, key: str = "") -> str:
    """`ticks-AAPL.csv.gz`; what a file system may not take of a symbol is written as in an address."""
    return f"{kind}-{quote(key, safe=' ')}{ENDING}" if key else kind + ENDING


def parse_name(name: str) -> tuple[str, str] | None:
    """Kind and key of a file's name; None when it is none of a recording's."""
    kind, _, key = name.removesuffix(ENDING).partition("-")
    return (kind, unquote(key)) if name.endswith(ENDING) and kind in TABLES else None


def is_recording(path: Path) -> bool:
    """Whether a folder is a day of a recording, or holds such days."""
    return path.is_dir() and next(days(path), None) is not None


def days(path: Path) -> Iterator[Path]:
    """The days of a recording, oldest first; a day's own folder is its only day."""
    if (path / MANIFEST).is_file():
        yield path
    elif path.is_dir():
        named = sorted(entry for entry in path.iterdir() if _DAY.fullmatch(entry.name))
        yield from (entry for entry in named if (entry / MANIFEST).is_file())


def read_manifest(day: Path) -> Manifest:
    """What a day's folder says of itself; raises IbtuiError `no_file`, or `bad_data` for one of a later version.

    One that a power cut left empty says no more than that nothing is known: `alive` is the beginning of the day.
    """
    try:
        found = msgspec.json.decode((day / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise IbtuiError("no_file", f"{day} is no recording: {error.strerror}.") from None
    except msgspec.MsgspecError:
        return _unknown(day)
    if found.version > VERSION:
        raise IbtuiError("bad_data", f"{day} was recorded by a later version of ibtui; read it with that one.")
    return found


def _unknown(day: Path) -> Manifest:
    named = date.fromisoformat(day.name) if _DAY.fullmatch(day.name) else date.min
    begins = day_ends(named) - timedelta(days=1) if named > date.min else datetime.min.replace(tzinfo=UTC)
    return Manifest(profile="", day=named, began=begins, alive=begins)


def write_manifest(day: Path, manifest: Manifest, *, synced: bool = True) -> None:
    """Replace it at once; raises OSError."""
    replace(day / MANIFEST, msgspec.json.encode(manifest), synced=synced)
