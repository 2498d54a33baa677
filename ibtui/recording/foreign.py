"""Reading a file that other programs write: a plain file, of a bounded size, as text; never waited for."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

from ibtui.domain.failure import IbtuiError
from ibtui.files import read_plain

LARGEST = 16 * 1024 * 1024
"""Bytes; a calendar of forty years has a tenth of that."""

Refuse = Callable[[str], None]
"""Is told each row or entry that was left out, in one sentence."""


def read_text(file: Path) -> str:
    """The text of a file in UTF-8 (or UTF-16 with its mark); a byte that is no text becomes a question mark.

    Raises IbtuiError `no_file` for what is no plain file or cannot be read, `bad_signal` for what is too large or no
    text.
    """
    try:
        data = read_plain(file, LARGEST)
    except IbtuiError as error:
        raise IbtuiError("no_file" if error.code == "no_file" else "bad_signal", error.message) from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", "replace")
    if "\0" in text:
        raise IbtuiError("bad_signal", f"{file} is not text.")
    return text
