"""An exception of a strategy as a message for the engine: one sentence, and the end of its traceback."""

from __future__ import annotations

import traceback

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize
from ibtui.link.worker import Failed
from ibtui.strategies.mistake import sentence

_LONGEST_TRACE = 4_000


def failed(error: BaseException) -> Failed:
    """What to tell the engine about `error`."""
    if isinstance(error, IbtuiError):
        return Failed(message=error.message, code=error.code)
    trace = "".join(traceback.format_exception(error))[-_LONGEST_TRACE:]
    notes = " ".join(getattr(error, "__notes__", ())) if isinstance(error, MemoryError) else ""
    return Failed(message=f"{sentence(error)} {notes}".rstrip(), trace=sanitize(trace, _LONGEST_TRACE, lines=True))
