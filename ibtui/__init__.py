"""A keyboard-driven trading terminal for Interactive Brokers.

What a strategy's author imports can be had from here too: `from ibtui import Bar, Strategy, param`.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"
AUTHORS = ("Bar", "Fill", "Quote", "Signal", "Strategy", "param")
"""Names of `ibtui.strategies` that `from ibtui import ...` gives the author of a strategy."""


def __getattr__(name: str) -> Any:
    """One of `AUTHORS`, imported when it is asked for: no command pays for strategies at its start."""
    if name not in AUTHORS:
        raise AttributeError(f"module 'ibtui' has no attribute {name!r}")
    return getattr(importlib.import_module("ibtui.strategies"), name)
