"""A file of rows as programs write it: its encoding, its separator, and what each of its columns is.

Whatever wrote it, a row comes out with plain numbers, one column of time and the names that are used here: `time`,
`symbol`, `open`, `high`, `low`, `close`, `volume`; other columns keep their own names in lower case.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize

Row = list[str]
Clean = Callable[[Row], Row]
LOOKED_AT = 12
"""Lines from which the form of a file is told."""
TIMES = (
    *("datetime", "timestamp", "time", "date", "window_start", "open_time", "date/time", "day", ""),
    *("__index_level_0__", "t"),
)
"""Names of the column of time, the likeliest first; two of them are what pandas calls an index without a name."""
_CALLED = {
    "ticker": "symbol",
    "instrument": "symbol",
    "close/last": "close",
    "vol": "volume",
    "vol.": "volume",
    "tickvol": "volume",
    "o": "open",
    "h": "high",
    "l": "low",
    "c": "close",
    "v": "volume",
}
_NOTHING = frozenset(("", "null", "nan", "none", "-"))
_UNITS = {"K": 1e3, "M": 1e6, "B": 1e9}
_PRICES = ("open", "high", "low", "close")
_BARE = {6: ("time", *_PRICES, "volume"), 12: ("time", *_PRICES, "volume")}
"""What the columns of a file without a header are, by their number: FirstRate's, Binance's."""
_KIBOT = ("date", "clock", *_PRICES, "volume")
_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
_DOTTED = re.compile(r"\d{4}\.\d\d\.\d\d")
_STARTS_WITH_A_TIME = re.compile(r"\d{4}-\d\d-\d\d.*|\d{8}( \d{6})?|\d{10,19}|\d{1,2}/\d{1,2}/\d{4}")
_COMMA_NUMBER = re.compile(r"-?\d+,\d+")


class DataSheet(NamedTuple):
    """How a file is to be read."""

    path: Path
    names: tuple[str, ...]
    """What each column of a row is."""
    above: int = 0
    """Lines above the first row."""
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    clean: Clean | None = None
    """Makes a row plain, where it is not."""

    @contextmanager
    def rows(self) -> Iterator[Iterator[Row]]:
        """The rows, while the file is open; raises what reading text raises."""
        with _text(self.path, self.encoding) as file:
            for _ in islice(file, self.above):
                pass
            rows: Iterator[Row] = csv.reader(file, delimiter=self.delimiter)
            yield rows if self.clean is None else map(self.clean, rows)


def sheet(path: Path) -> DataSheet:
    """The form of a text file; raises IbtuiError `no_file` or `bad_data` with what to do about it."""
    encoding = _encoding(path)
    try:
        with _text(path, encoding) as file:
            lines = [line.rstrip("\r\n") for line in islice(file, LOOKED_AT)]
    except UnicodeDecodeError:
        raise _bad(f"{path.name} is not text in UTF-8; save it as a CSV file in UTF-8.") from None
    except (EOFError, OSError) as error:
        raise _bad(f"{path.name} cannot be read: {error}.") from None
    return _formed(path, lines, encoding)


def is_no_row(row: Row, prices: Sequence[int], rows: Iterator[Row]) -> bool:
    """Whether a row tells nothing: all its prices are empty or null, or it is one cell of words that ends a file."""
    if len(row) > max(prices):
        return all(row[place].strip().lower() in _NOTHING for place in prices)
    return len(row) == 1 and next(rows, None) is None


def read_volume(text: str) -> float | None:
    """A volume as files write it: `1200`, `1,200`, `1.2K`; None for an empty one, NaN, and the -1 of a market without.

    Raises ValueError for what is no number.
    """
    plain = text.strip().replace(",", "").upper()
    if not plain:
        return None
    number = float(plain[:-1]) * _UNITS[plain[-1]] if plain[-1] in _UNITS else float(plain)
    return number if number >= 0 else None


def called(names: Sequence[str]) -> tuple[str, ...]:
    """A header in the names that are used here."""
    plain = [name.strip().strip("<>").strip().lower() for name in names]
    there = set(plain)
    found = [_CALLED.get(name, name) if _CALLED.get(name) not in there else name for name in plain]
    found = [name if name not in found[:place] else f"other {name}" for place, name in enumerate(found)]
    if "volume" not in found:
        found = _first_as("volume", found, lambda name: name.startswith("volume"))
    if "date" in there and "time" in there:
        return tuple("clock" if name == "time" else name for name in found)
    time = next((name for name in TIMES if name in found), None)
    return tuple(found) if time is None else tuple(_first_as("time", found, lambda name: name == time))


def _first_as(wanted: str, names: list[str], fits: Callable[[str], bool]) -> list[str]:
    """The names, the first that fits replaced; another that is called so already gives its name up."""
    at = next((place for place, name in enumerate(names) if fits(name)), None)
    return [wanted if place == at else f"other {name}" if name == wanted else name for place, name in enumerate(names)]


def _formed(path: Path, lines: list[str], encoding: str) -> DataSheet:
    above = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    head = lines[above] if lines else ""
    delimiter = max(",;\t", key=head.count)
    cells = _cells(head, delimiter)
    if cells and _STARTS_WITH_A_TIME.fullmatch(cells[0].strip()):
        names, first = _headless(path, cells, delimiter), above
    elif [line.partition(delimiter)[0] for line in lines[above : above + 3]] == ["Price", "Ticker", "Date"]:
        names, first = ("time", *called(cells[1:])), above + 3
    else:
        names, first = called(cells), above + 1
    sample = next((line for line in lines[first:] if line.strip()), "")
    clean, names = _cleaning(path, names, _cells(sample, delimiter), delimiter, us="close/last" in head.lower())
    return DataSheet(path, names, first, delimiter, encoding, clean)


def _headless(path: Path, cells: Row, delimiter: str) -> tuple[str, ...]:
    """The columns of a file that begins with a row; raises IbtuiError `bad_data` where they are not to be told."""
    if delimiter == ";":
        raise _bad(
            f"{path.name} looks like NinjaTrader's, whose times are the ends of bars; write each bar's beginning, "
            "below a first line `date;open;high;low;close;volume`."
        )
    if len(cells) == len(_KIBOT) and ":" in cells[1]:
        return _KIBOT
    if len(cells) not in _BARE:
        raise _bad(f"{path.name} does not say what its columns are; give it a first line {_HEADER}.")
    return _BARE[len(cells)] + tuple(f"other {number}" for number in range(len(cells) - 6))


_HEADER = "`date,open,high,low,close,volume`"


def _cleaning(
    path: Path, names: tuple[str, ...], sample: Row, delimiter: str, *, us: bool
) -> tuple[Clean | None, tuple[str, ...]]:
    """What makes rows like the sample plain, and the names of what comes out."""
    steps: list[Clean] = []
    if delimiter != "," and any(_COMMA_NUMBER.fullmatch(cell.strip()) for cell in sample):
        steps.append(lambda row: [cell.replace(",", ".") for cell in row])
    if any(cell.strip().startswith("$") for cell in sample):
        steps.append(lambda row: [cell.strip().removeprefix("$") for cell in row])
    if "clock" in names and "date" in names:
        steps.append(_joined(names.index("date"), names.index("clock")))
        names = tuple("time" if name == "date" else "clock" if name == "clock" else name for name in names)
    if "per" in names and "symbol" in names and len(sample) == len(names):
        _need_days(path, sample[names.index("per")])
        at = names.index("symbol")
        steps.append(lambda row: [cell.removesuffix(".US") if n == at else cell for n, cell in enumerate(row)])
    if "time" in names and len(sample) > (time := names.index("time")) and _DOTTED.match(sample[time].strip()):
        steps.append(
            lambda row: [cell.strip().replace(".", "-", 2) if n == time else cell for n, cell in enumerate(row)]
        )
    if "time" in names and len(sample) > (time := names.index("time")) and _DATE.match(sample[time].strip()):
        if not (us or names[: len(_KIBOT)] == ("time", *_KIBOT[1:])):
            raise _bad(
                f"{path.name} has dates such as {sanitize(sample[time], 12)!r} that may begin with the day or with the "
                "month; write 2026-03-31."
            )
        steps.append(_by_year(time))
    return (_one_after_the_other(steps) if steps else None), names


def _need_days(path: Path, length: str) -> None:
    if length.strip().upper() not in ("D", "W", "M"):
        raise _bad(f"{path.name} is Stooq's, with times of Warsaw; write them with their zone, 2026-03-02 09:30-05:00.")


def _one_after_the_other(steps: list[Clean]) -> Clean:
    def clean(row: Row) -> Row:
        if row:
            for step in steps:
                row = step(row)
        return row

    return clean


def _joined(date: int, clock: int) -> Clean:
    """Put the time of day behind the date; `093000` is 09:30:00, `20260302` 2026-03-02."""

    def clean(row: Row) -> Row:
        if len(row) <= max(date, clock):
            return row
        day, time = row[date].strip(), row[clock].strip()
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isdigit() else day.replace(".", "-")
        time = f"{time[:2]}:{time[2:4]}:{time[4:]}" if len(time) == 6 and time.isdigit() else time
        return [f"{day} {time}" if place == date else cell for place, cell in enumerate(row)]

    return clean


def _by_year(at: int) -> Clean:
    """Write 03/02/2026, the second of March, as 2026-03-02."""

    def clean(row: Row) -> Row:
        if len(row) > at and _DATE.match(row[at].strip()):
            date, _, rest = row[at].strip().partition(" ")
            month, day, year = date.split("/")
            row[at] = f"{year}-{month:0>2}-{day:0>2} {rest}".strip()
        return row

    return clean


def _cells(line: str, delimiter: str) -> Row:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _encoding(path: Path) -> str:
    """By the mark that programs put before UTF-16; else UTF-8."""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            begin = file.read(4)
    except FileNotFoundError as error:
        raise IbtuiError("no_file", f"{path} cannot be read: {error.strerror}.") from None
    except (EOFError, OSError) as error:
        raise _unread(path, error) from None
    if begin[:4] == b"PK\x03\x04":
        raise _bad(f"{path.name} is a ZIP archive; unpack it and give the file inside.")
    return "utf-16" if begin[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _unread(path: Path, error: Exception) -> IbtuiError:
    if isinstance(error, OSError) and error.strerror and error.errno:
        return IbtuiError("no_file", f"{path} cannot be read: {error.strerror}.")
    return _bad(f"{path.name} cannot be read: {error}.")


def _text(path: Path, encoding: str) -> TextIO:
    try:
        if path.suffix.lower() == ".gz":
            return gzip.open(path, "rt", newline="", encoding=encoding)
        return path.open(newline="", encoding=encoding)
    except OSError as error:
        raise IbtuiError("no_file", f"{path} cannot be read: {error.strerror}.") from None


def _bad(sentence: str) -> IbtuiError:
    return IbtuiError("bad_data", sentence)
