"""When not to draw: a frame is held back while the terminal has not taken the last one.

Textual's driver writes through a queue of 30 writes, and putting one more into a full queue stops the whole event loop:
a stalled SSH connection would freeze the keys.
"""

from __future__ import annotations

from typing import Any

from textual.app import App


def behind(app: App[Any]) -> bool:
    """Whether something still waits to be written to the terminal; False without a terminal, as in tests."""
    writer = getattr(app._driver, "_writer_thread", None)
    return writer is not None and not writer._queue.empty()
