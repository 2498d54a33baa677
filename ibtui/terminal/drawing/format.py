"""Numbers, ages and names as text of bounded width; what is unknown reads `–`, never 0.

Every function that takes a width keeps to it: first the thousands separator goes, then decimals, then the number is
shortened to k, M or B; what is something never reads 0. Two kinds of figures would say something else if they were cut
and take more cells, for which a column grows: prices of a fine step (ZN at 113.015625) and fractions (0.00025289
coins). A sign is the true minus U+2212.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from decimal import Decimal

from ibtui.domain.money import known, places, plain
from ibtui.domain.options.chain import option_name
from ibtui.terminal.drawing.glyphs import MINUS, UNKNOWN

Number = float | Decimal

_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_SEPARATED_BELOW = 100_000
_NOTHING = 1e-9
FINE = 6
"""Decimals from which a price is never cut: a tick of 1/64 is worth money."""
FRACTION = 14
"""Cells that a quantity may take which is no whole number: −1234.00025289."""
_SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}


def price(value: Number | None, decimals: int, width: int = 9) -> str:
    """A price with an instrument's decimals; from 100,000 without the separator. One of a fine step may be wider."""
    return _bounded(value, decimals, room(decimals, width), separated=True)


def change(value: Number | None, decimals: int, width: int = 7) -> str:
    """The difference of two prices with its sign."""
    return _bounded(value, decimals, room(decimals, width), separated=True, signed=True)


def room(decimals: int, width: int) -> int:
    """The cells of a price: as many as a fine step needs behind a sign and four digits."""
    return max(width, decimals + 6) if decimals >= FINE else width


def pnl(value: Number | None, width: int = 10) -> str:
    """Signed money with cents; from 100,000 without them."""
    number = _finite(value)
    decimals = 2 if number is None or abs(number) < _SEPARATED_BELOW - 0.005 else 0
    return _bounded(number, decimals, width, separated=True, signed=True, always_separated=True)


def amount(value: Number | None, width: int = 11) -> str:
    """A worth in whole units of money, with separators as long as they fit."""
    return _bounded(value, 0, width, separated=True, always_separated=True)


def money(value: Number | None) -> str:
    """An amount with cents and separators, of any width."""
    number = _finite(value)
    return UNKNOWN if number is None else _signs(f"{_unsigned_zero(number, 2):,.2f}")


def named_money(value: Number | None, currency: str, own: str) -> str:
    """An amount without its sign, with its currency where that is not the account's `own`; `? EUR` while unknown."""
    number = _finite(value)
    text = "?" if number is None else money(abs(number))
    return text if currency == own else f"{text} {currency}"


def mark(currency: str, own: str) -> str:
    """The sign of a currency, `€` or its code `CHF`; empty where it is the account's `own`, or one is not known."""
    return _SIGNS.get(currency, currency) if currency and own and currency != own else ""


def gain(value: Number | None) -> str:
    """A signed amount with cents and separators, of any width."""
    number = _finite(value)
    return UNKNOWN if number is None else _first(_exact(number, 2, True, True), 40)


def percent(value: Number | None, width: int = 6) -> str:
    """A signed percentage without its sign %."""
    return _bounded(value, 2, width, separated=False, signed=True)


def size(value: Number | None, width: int = 5) -> str:
    """A displayed size or a volume; from 10,000 as 12.3k, 1.2M."""
    number = _finite(value)
    if number is None:
        return UNKNOWN
    if abs(number) < 9_999.5:
        whole = float(number).is_integer()
        tries = _exact(number, 0 if whole else 4, False, True, strip=not whole)
        return _something(tries, number, width)
    return compact(number, width, places=1)


def quantity(value: Number | None, width: int = 6, signed: bool = False) -> str:
    """An order's or a position's quantity, exact as long as it fits; a fraction is exact in up to `FRACTION` cells."""
    number = _finite(value)
    if number is None or value is None:
        return UNKNOWN
    written = Decimal(str(value))
    for text in _written(written, signed):
        if len(text) <= (width if written == written.to_integral_value() else max(width, FRACTION)):
            return text
    for text in _exact(number, places(written), signed, True, strip=True):
        if len(text) <= width and _says(text, number):
            return text
    return compact(number, width, signed)


def _written(number: Decimal, signed: bool) -> Iterator[str]:
    """Every digit of a number, with separators and without."""
    for comma in (",", ""):
        text = f"{number:{'+' if signed and number else ''}{comma}f}"
        yield _signs(text.rstrip("0").rstrip(".") if "." in text else text)


def _says(text: str, number: float) -> bool:
    """Whether a text does not read 0 for what is something; less than any lot is nothing."""
    return abs(number) < _NOTHING or any(digit in text for digit in "123456789")


def compact(value: Number | None, width: int = 6, signed: bool = False, places: int = 2) -> str:
    """A large number with about three figures, at most `places` of them decimals, and a unit: 3.98M."""
    number = _finite(value)
    if number is None:
        return UNKNOWN
    for unit, letter in _UNITS:
        if abs(number) >= unit * 0.9995:
            return _first((text + letter for text in _figures(number / unit, signed, places)), width)
    return _something(_exact(number, 2, signed, False), number, width)


def _something(tries: Iterator[str], number: float, width: int) -> str:
    """The first text that fits and does not read 0 for what is something."""
    text = _first(tries, width)
    return text if _says(text, number) else _tiny(number)


def _tiny(number: float) -> str:
    """One figure and its power of ten: 3e-4."""
    figures, _, power = f"{number:.0e}".partition("e")
    return _signs(f"{figures}e{int(power)}")


def age(seconds: float | None) -> str:
    """How long ago, in at most five cells: 0:12, 2:10, 12m, 3h05, 2d.

    From a minute on in steps of ten seconds, so that a screen at rest has little to write.
    """
    if seconds is None or seconds != seconds:
        return UNKNOWN
    whole = max(int(seconds), 0)
    if whole < 600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes}:{rest // 10 * 10 if minutes else rest:02}"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}"
    return f"{min(whole // 86_400, 9999)}d"


def elapsed(seconds: float) -> str:
    """A running time to the second: 0:42, 1:02:03."""
    whole = max(int(seconds), 0)
    minutes, rest = divmod(whole, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def clock(time: datetime | None, zone: tzinfo, seconds: bool = True) -> str:
    """The time of day in a zone."""
    return UNKNOWN if time is None else time.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def middle(text: str, width: int) -> str:
    """`text` with its middle cut out when it is longer than `width`: the month and the strike of an option stay."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return text[:head] + "…" + text[len(text) - (width - 1 - head) :]


def symbol(text: str, width: int) -> str:
    """An instrument's name; an option's by what a trader looks for first: `AAPL 18DEC26 190C`, `AAPL 190C`."""
    option = option_name(text)
    if option is None or len(text) <= width:
        return middle(text, width)
    kind = f"{plain(option.strike)}{option.right}"
    day = f"{option.expiry:%d%b%y}".upper()
    forms = (f"{option.root} {day} {kind}", f"{option.root} {day[2:5]} {kind}", f"{option.root} {kind}")
    return next((form for form in forms if len(form) <= width), middle(f"{option.root}{kind}", width))


def _finite(value: Number | None) -> float | None:
    return None if value is None else known(float(value))


def _signs(text: str) -> str:
    return text.replace("-", MINUS)


def _unsigned_zero(number: float, decimals: int) -> float:
    """Plain zero for what would be shown as one, so that it carries no sign."""
    return 0.0 if round(number, decimals) == 0 else number


def _bounded(
    value: Number | None,
    decimals: int,
    width: int,
    *,
    separated: bool,
    signed: bool = False,
    always_separated: bool = False,
) -> str:
    number = _finite(value)
    if number is None:
        return UNKNOWN
    grouped = separated and (always_separated or abs(number) < _SEPARATED_BELOW)
    for text in _exact(number, decimals, signed, grouped):
        if len(text) <= width:
            return text
    return compact(number, width, signed)


def _exact(number: float, decimals: int, signed: bool, separated: bool, *, strip: bool = False) -> Iterator[str]:
    """The number with fewer and fewer signs: all of it, without separators, then without decimals one by one."""
    for digits in range(decimals, -1, -1):
        shown = _unsigned_zero(number, digits)
        sign = "+" if signed and shown else ""
        for comma in (",", "") if separated else ("",):
            text = _signs(f"{shown:{sign}{comma}.{digits}f}")
            yield text.rstrip("0").rstrip(".") if strip and "." in text else text


def _figures(number: float, signed: bool, places: int) -> Iterator[str]:
    """About three figures, then fewer."""
    sign = "+" if signed else ""
    useful = 2 if abs(number) < 9.995 else 1 if abs(number) < 99.95 else 0
    for shown in range(min(useful, places), -1, -1):
        yield _signs(f"{number:{sign}.{shown}f}")


def _first(tries: Iterator[str], width: int) -> str:
    """The first text that fits, else the last one cut with an ellipsis, so that no figure is read as another."""
    text = ""
    for text in tries:
        if len(text) <= width:
            return text
    return text[: width - 1] + "…"
