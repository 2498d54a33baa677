"""The end of a command by an error that nobody foresaw: one sentence, and the traceback in a log."""

from __future__ import annotations

from contextlib import suppress

from ibtui.domain.failure import IbtuiError


def crashed(error: BaseException) -> IbtuiError:
    """`internal`, with one sentence on what failed and where the traceback is."""
    from ibtui.config import crash_log
    from ibtui.link.crash_log import CrashLog, in_words

    file = crash_log()
    with suppress(OSError):  # what is wrong with the folder is said of the file
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = CrashLog(file)
    log.add(error)
    return IbtuiError("internal", f"ibtui failed inside ({in_words(error)}). {log.where}")
