"""The client library in the hands of tests, imported as the program imports it: it asks for a loop at import."""

from __future__ import annotations

import importlib
from typing import Any

from ibtui.broker.transport.library import load

ib_insync: Any = importlib.import_module(load().name)
