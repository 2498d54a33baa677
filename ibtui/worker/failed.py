"""An exception of a strategy as one sentence and the end of its traceback."""

from __future__ import annotations

import traceback
from pathlib import Path

import ibtui
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text import sanitize
from ibtui.link.worker import Failed

_HOUSE = Path(ibtui.__file__).parent
_OURS = tuple(str(_HOUSE / package) for package in ("worker", "strategies/step.py", "strategies/base.py"))
_LIBRARY = ("<frozen", str(Path(traceback.__file__).parent))
"""Python's own modules, and what is installed beside them."""
_LONGEST_TRACE = 4_000


def failed(error: BaseException) -> Failed:
    """What to tell the engine about `error`."""
    if isinstance(error, IbtuiError):
        return Failed(message=error.message, code=error.code)
    trace = "".join(traceback.format_exception(error))[-_LONGEST_TRACE:]
    return Failed(
        message=sanitize(f"{_place(error)}{_what(error)}."), trace=sanitize(trace, _LONGEST_TRACE, lines=True)
    )


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
