"""The signs on the screen, and what stands for them where the terminal's character set has no more than ASCII.

Everything is written with the Unicode signs; `show` replaces them one to one as the last step, so widths never differ.
"""

from __future__ import annotations

import codecs
import locale
import os
from collections.abc import Mapping

from ibtui.domain.text.sanitize import ascii_form

MINUS = "−"
UNKNOWN = "–"
BAR = "▌"
CHART = " ▁▂▃▄▅▆▇█"
"""Ground to full in eighths."""


def ascii_only(environ: Mapping[str, str], encoding: str) -> bool:
    """Whether the screen must do with ASCII: by wish (IBTUI_ASCII=1) or because the locale is not UTF-8."""
    wish = environ.get("IBTUI_ASCII", "")
    if wish:
        return wish != "0"
    try:
        return codecs.lookup(encoding).name != "utf-8"
    except LookupError:
        return True


class _Chosen:
    ascii: bool = ascii_only(os.environ, locale.getpreferredencoding(False))


def use_ascii(wanted: bool) -> None:
    """Draw with ASCII signs from now on, or with Unicode ones."""
    _Chosen.ascii = wanted


def show(text: str) -> str:
    """`text` in the character set of the screen."""
    return ascii_form(text) if _Chosen.ascii else text


def copied(text: str) -> str:
    """`text` as other programs read it: with the ASCII minus."""
    return text.replace(MINUS, "-")
