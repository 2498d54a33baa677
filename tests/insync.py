"""The client library in the hands of tests: ib_insync, or ib_async in an environment that has that one instead.

It is imported as the program imports it, since it asks for a loop at import. What it offers can be imported from here.
"""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from ibtui.broker.transport.library import load

ib_insync: Any = importlib.import_module(load().name)
InsyncDecoder: Any = importlib.import_module(f"{load().name}.decoder").Decoder
UNSET_DOUBLE: float = ib_insync.util.UNSET_DOUBLE

SERVER_VERSION = {"ib_insync": 176, "ib_async": 178}[ib_insync.__name__]
"""The newest version that the library speaks, which the gateway then speaks with it."""

of_ib_insync = pytest.mark.skipif(ib_insync.__name__ != "ib_insync", reason="ib_async raises and keeps other things")
"""On a test of the gateway that leans on how ib_insync answers its user, which is not how ib_async does."""


def __getattr__(name: str) -> Any:
    return getattr(ib_insync, name)
