"""The signs on the screen, and what stands for them where the terminal's character set has no more than ASCII.

Everything is written with the Unicode signs; `show` replaces them one to one as the last step, so widths never differ.
"""

from __future__ import annotations

from collections.abc import Mapping

from ibtui.domain.text.sanitize import ascii_form

MINUS = "−"
UNKNOWN = "–"
BAR = "▌"
CHART = " ▁▂▃▄▅▆▇█"
"""Ground to full in eighths."""


_COERCED = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})
"""What Python sets LC_CTYPE to by itself where the locale has no character set that it can use."""


def ascii_only(environ: Mapping[str, str], *, assumed: bool) -> bool:
    """Whether the screen must do with ASCII: by request (IBTUI_ASCII=1), or because the locale names no UTF-8.

    `assumed`: Python took UTF-8 although the locale is none of UTF-8 (`sys.flags.utf8_mode`), so that LC_CTYPE may be
    its own and no word of the user's. Without any locale a terminal is taken to know UTF-8, as nearly all do.
    """
    request = environ.get("IBTUI_ASCII", "")
    if request:
        return request != "0"
    chosen = [environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if assumed and chosen[1] in _COERCED:
        chosen[1] = ""
    name = next(filter(None, chosen), "UTF-8")
    return "utf8" not in name.lower().replace("-", "")


class _Chosen:
    ascii: bool = False


def use_ascii(wanted: bool) -> None:
    """Draw with ASCII signs from now on, or with Unicode ones."""
    _Chosen.ascii = wanted


def show(text: str) -> str:
    """`text` in the character set of the screen."""
    return ascii_form(text) if _Chosen.ascii else text
