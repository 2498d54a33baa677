"""Numbers as people and other programs write them: read digit for digit or refused in one sentence, never guessed."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from decimal import Decimal, InvalidOperation

LONGEST = 24
"""Characters of a number at most: more than any price or quantity has, fewer than a Decimal keeps exactly."""

_PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")
"""Thousands as the screen shows them; one comma elsewhere and the text is no number: 190,50 is not 19,050."""
_BEGUN = re.compile(r"[0-9]*(\.[0-9]*)?")
_COMMA, _CONTINENTAL = re.compile(r"[0-9]*,[0-9]+"), re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+,[0-9]+")


class NotANumberError(ValueError):
    """The text is no number of the kind that was meant.

    Its words follow the name of what was meant: `must be a positive number, not '190,50'; write 190.50`.
    """

    def __init__(self, noun: str, text: str, instead: str) -> None:
        self.instead = instead
        """How the number that was probably meant is written; empty where that would be a guess."""
        shown = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
        super().__init__(f"must be {noun}, not {shown!r}" + (f"; write {instead}" if instead else ""))


def read_number(text: str, *, signed: bool = False, whole: bool = False, grouped: bool = True) -> Decimal:
    """The number that `text` says: digits, at most one point, commas only where they group every three digits.

    A sign only if `signed`, a point only unless `whole`, commas only if `grouped`: not where they part values. Neither
    exponent, `nan` and `inf`, nor digits of other scripts. Raises NotANumberError.
    """
    if not _fits(text, signed, whole) or ("," in text and not grouped):
        noun = f"a {'' if signed else 'positive '}{'whole ' if whole else ''}number"
        raise NotANumberError(noun, text, _instead(text, signed, whole))
    return Decimal(text.replace(",", ""))


def read_price(text: str) -> Decimal:
    """The price that `text` says: a number with a sign or without, or a bond future's in 32nds.

    113'16 is 113 and 16/32. What stands behind are eighths of a 32nd, written out or cut to one digit as exchanges do:
    113'165 has half a 32nd more, 113'162 and 113'1625 have a quarter. Raises NotANumberError.
    """
    found = _THIRTY_SECONDS.fullmatch(text)
    if found is None:
        return read_number(text, signed=True)
    sign, whole, parts, rest = found.groups()
    eighths = _PARTS.get(rest)
    if eighths is None or int(parts) > 31:
        raise NotANumberError("a price in 32nds such as 113'16 or 113'165", text, "")
    value = Decimal(whole) + (int(parts) + eighths) / Decimal(32)
    return -value if sign == "-" else value


_THIRTY_SECONDS = re.compile(r"([+-]?)([0-9]{1,4})'([0-9]{2})([0-9]{0,3})")
_PARTS = {"": Decimal(0)} | {
    digits: Decimal(eighths) / 8
    for eighths in range(8)
    for digits in {f"{1000 * eighths // 8:03}", f"{1000 * eighths // 8:03}".rstrip("0") or "0", str(10 * eighths // 8)}
}
"""What stands behind the 32nds, as a share of one."""
_BEGUN_32NDS = re.compile(r"[0-9]{1,4}'[0-9]{0,5}")


def price_may_continue(text: str) -> bool:
    """Whether what is typed so far can still become a price as `read_price` reads it."""
    return may_continue(text, signed=True) or bool(_BEGUN_32NDS.fullmatch(_unsigned(text)))


def may_continue(text: str, *, signed: bool = False, whole: bool = False) -> bool:
    """Whether what is typed so far can still become a number, so that a key which cannot be part of it is refused.

    No comma is part of it: typed digit by digit, 190,50 is on its way to 190,500.
    """
    digits = _unsigned(text) if signed else text
    return len(text) <= LONGEST and bool(_BEGUN.fullmatch(digits)) and not (whole and "." in digits)


def _fits(text: str, signed: bool, whole: bool) -> bool:
    digits = _unsigned(text) if signed else text
    known = _PLAIN.fullmatch(digits) or _GROUPED.fullmatch(digits)
    return bool(known) and len(text) <= LONGEST and not (whole and "." in digits)


def _unsigned(text: str) -> str:
    return text[1:] if text[:1] in ("+", "-") else text


def _instead(text: str, signed: bool, whole: bool) -> str:
    """The same number in the one form that is read, where the text leaves no doubt which one it is."""
    if len(text) > LONGEST:
        return ""
    plain = "".join(str(unicodedata.decimal(char, char)) for char in text).replace("_", "")
    digits = _unsigned(plain)
    if _GROUPED.fullmatch(digits):
        plain = plain.replace(",", "")
    elif _COMMA.fullmatch(digits):
        plain = plain.replace(",", ".")
    elif _CONTINENTAL.fullmatch(digits):
        plain = plain.replace(".", "").replace(",", ".")
    elif digits[:1].isdigit() and "e" in digits.lower():
        with suppress(InvalidOperation):
            plain = _written_out(Decimal(plain))
    return plain if plain != text and _fits(plain, signed, whole) else ""


def _written_out(number: Decimal) -> str:
    return f"{number:f}" if abs(number.adjusted()) < LONGEST else ""
