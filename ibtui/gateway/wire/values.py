"""How one value looks on the wire: text, integer, flag, number, decimal, size."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from ibtui.domain.money import UNSET, plain
from ibtui.domain.text.sanitize import sanitize

DOUBLE_MAX = "1.7976931348623157E308"
"""What TWS writes for a number that is not set."""
INTEGER_MAX = "2147483647"
"""What TWS writes for an integer that is not set."""
LONG_MAX = "9223372036854775807"

DECIMAL_SIZES = 163
"""From this server version sizes may have a fraction; older clients parse them as integers."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,19}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_LONGEST_TEXT = 65536
_SMALLEST_EXPONENT = -30


class MalformedError(ValueError):
    """A message does not fit its table; `values` are those read before the place where it fails."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.values: dict[str, Any] = {}


class FieldKind(Enum):
    """What a field holds, and so how it is read and written."""

    TEXT = auto()
    INTEGER = auto()
    FLAG = auto()
    NUMBER = auto()
    """A float: market data, money."""
    DECIMAL = auto()
    """An exact number: quantities and order prices."""
    SIZE = auto()
    """A number of shares or contracts; whole below `DECIMAL_SIZES`."""


def write(kind: FieldKind, value: Any, version: int) -> str:
    """`value` as a field; never an exponent, never a byte beyond ASCII."""
    return writer(kind, version)(value)


def writer(kind: FieldKind, version: int) -> Callable[[Any], str]:
    """What writes values of one kind for a client of this server version."""
    if kind is FieldKind.SIZE:
        return whole_text if version < DECIMAL_SIZES else size_text
    return _WRITERS[kind]


def read(kind: FieldKind, text: str) -> Any:
    """The value in a field; an empty number and TWS's largest double are None. Raises MalformedError."""
    match kind:
        case FieldKind.TEXT:
            return _read_text(text)
        case FieldKind.INTEGER:
            return _read_integer(text)
        case FieldKind.FLAG:
            return _read_flag(text)
        case FieldKind.NUMBER:
            exact = _read_decimal(text)
            return None if exact is None else float(exact)
        case FieldKind.DECIMAL | FieldKind.SIZE:
            return _read_decimal(text)


def ascii_text(text: str) -> str:
    r"""`text` in printable ASCII; what lies beyond is written \uXXXX, which the official client turns back."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    kept = "".join(char if char.isprintable() else " " for char in text.replace("\\", "/"))
    return kept.encode("ascii", "backslashreplace").decode("ascii")


def whole_text(value: Any) -> str:
    """A whole number; what lies behind the point is cut off."""
    return str(int(value))


def size_text(value: Any) -> str:
    """A size in plain notation, without a point where it is whole."""
    whole = int(value)
    return str(whole) if whole == value else plain(Decimal(str(value)))


def flag_text(value: Any) -> str:
    return "1" if value else "0"


def decimal_text(value: Any) -> str:
    return plain(Decimal(value))


def number_text(value: float) -> str:
    """A finite float in plain notation; raises ValueError for any other."""
    text = repr(float(value))
    if "e" not in text and "n" not in text:
        return text
    exact = Decimal(text)
    if not exact.is_finite():
        raise ValueError(f"{text} cannot be written as a number")
    return format(exact, "f")


_WRITERS: Mapping[FieldKind, Callable[[Any], str]] = {
    FieldKind.TEXT: ascii_text,
    FieldKind.INTEGER: whole_text,
    FieldKind.FLAG: flag_text,
    FieldKind.DECIMAL: decimal_text,
    FieldKind.NUMBER: number_text,
}


def _read_text(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise MalformedError(f"a text of {len(text)} characters")
    return text if text.isascii() and text.isprintable() else sanitize(text, limit=_LONGEST_TEXT)


def _read_integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise MalformedError(f"{text[:40]!r} is not an integer")
    return int(text)


def _read_flag(text: str) -> bool:
    if text not in ("", "0", "1"):
        raise MalformedError(f"{text[:40]!r} is neither 1 nor 0")
    return text == "1"


def _read_decimal(text: str) -> Decimal | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text[:400]) or len(text) > 400:
        raise MalformedError(f"{text[:40]!r} is not a number")
    value = Decimal(text)
    if abs(value) >= UNSET:
        return None
    if value and value.adjusted() < _SMALLEST_EXPONENT:
        raise MalformedError(f"{text[:40]!r} is too small a number")
    return value
