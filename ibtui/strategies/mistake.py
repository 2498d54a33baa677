"""An exception of a strategy as one sentence that names the line its author wrote."""

from __future__ import annotations

import traceback
from pathlib import Path

import ibtui
from ibtui.domain.text.sanitize import sanitize

_HOUSE = Path(ibtui.__file__).parent
_RUNNING = ("step", "moments", "author/base", "author/asking", "load", "source", "outline")
_OURS = tuple(
    str(_HOUSE / part) for part in ("worker", "backtest", "cli", *(f"strategies/{name}.py" for name in _RUNNING))
)
_LIBRARY = ("<frozen", str(Path(traceback.__file__).parent))
"""Python's own modules, and what is installed beside them."""


def sentence(error: BaseException) -> str:
    """`breakout.py line 12, in on_bar: ZeroDivisionError: division by zero.`"""
    return sanitize(f"{_place(error)}{_what(error)}.")


def _what(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}".rstrip(" :.")


def _place(error: BaseException) -> str:
    """`breakout.py line 12, in on_bar: `, the innermost line that the strategy's author wrote."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name} line {error.lineno}: "
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_OURS)]
    if not frames:
        return ""
    theirs = [frame for frame in frames if not frame.filename.startswith(_LIBRARY)]
    frame = (theirs or frames)[-1]
    where = "" if frame.name == "<module>" else f", in {frame.name}"
    return f"{Path(frame.filename).name} line {frame.lineno}{where}: "
