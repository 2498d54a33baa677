"""Reading a file that other programs write: a plain file, of a bounded size, as text; never waited for."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable
from pathlib import Path

from ibtui.domain.failure import IbtuiError

LARGEST = 16 * 1024 * 1024
"""Bytes; a calendar of forty years has a tenth of that."""

Refuse = Callable[[str], None]
"""Is told each row or entry that was left out, in one sentence."""


def read_text(file: Path) -> str:
    """The text of a file in UTF-8 (or UTF-16 with its mark); a byte that is no text becomes a question mark.

    Raises IbtuiError `no_file` for what is no plain file or cannot be read, `bad_signal` for what is too large or no
    text.
    """
    data = _bytes(file)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", "replace")
    if "\0" in text:
        raise IbtuiError("bad_signal", f"{file} is not text.")
    return text


def _bytes(file: Path) -> bytes:
    try:
        # A pipe or a device would keep the reader waiting, or never end.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise IbtuiError("no_file", f"{file} cannot be read: {getattr(error, 'strerror', error)}.") from None
    with open(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise IbtuiError("no_file", f"{file} is not a plain file.")
        try:
            data = opened.read(LARGEST + 1)
        except OSError as error:
            raise IbtuiError("no_file", f"{file} cannot be read: {error.strerror}.") from None
    if len(data) > LARGEST:
        raise IbtuiError("bad_signal", f"{file} is larger than {LARGEST // 1024**2} MiB.")
    return data
