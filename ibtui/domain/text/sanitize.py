"""The sanitizer: every string from outside passes here before it is stored, shown or logged."""

from __future__ import annotations

import re
import unicodedata

_DROP = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 except tab and newline, DEL, C1: escape sequences start here
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, bidirectional
    "\ufe00-\ufe0f\U000e0000-\U000e01ef]"  # variation selectors and tags
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKS = 2
SENTENCE = 900
"""Characters of a refusal or an answer that are kept: more than any of them has, so that none is cut."""


def whole(text: str) -> str:
    """A sentence that a person has to read to its end, sanitized."""
    return sanitize(text, SENTENCE)


def sanitize(text: str, limit: int = 300, lines: bool = False) -> str:
    """`text` without anything that moves a cursor, hides or reorders: one line (unless `lines`) of at most `limit`."""
    text = _SURROGATE.sub("\ufffd", text[: limit * 4])
    text = _DROP.sub("", unicodedata.normalize("NFC", text))
    text = text.replace("\t", " ") if lines else " ".join(text.split())
    text = _few_marks(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


_PLAIN = str.maketrans("−–—·●○◌▲▼…┌├└│─▌×←→“”‘’▁▂▃▄▅▆▇█€£¥", "---.*oo^v~/|\\|-|x<>\"\"''__--==##ELY")


def ascii_form(text: str) -> str:
    """`text` in ASCII, character for character: a sign that looks alike, the letter without its accent, or `?`."""
    if text.isascii():
        return text
    return "".join(char if char.isascii() else _letter(char) for char in text.translate(_PLAIN))


def _letter(char: str) -> str:
    base = unicodedata.normalize("NFKD", char)[0]
    return base if base.isascii() else "?"


def _few_marks(text: str) -> str:
    """At most two combining marks on a character: a tower of them covers the rows above."""
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MARKS:
            kept.append(char)
    return "".join(kept)
