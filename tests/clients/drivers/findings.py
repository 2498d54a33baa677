"""How a driver says what it found; imports nothing but the standard library, since every environment runs it."""

from __future__ import annotations

import json
import sys
from typing import Any

HOST = "127.0.0.1"
ACCOUNT = "DU1234567"
AAPL = 265598
"""The instrument whose book the gateway holds at 187.20 to 187.25."""
PATIENCE = 10.0
"""Seconds to wait for what must come."""


def found(finding: str, **values: Any) -> None:
    """Print one finding."""
    sys.stdout.write(json.dumps({"finding": finding, **values}) + "\n")
    sys.stdout.flush()


def trouble(text: str) -> None:
    """Print what must never be: a complaint of the client about what it was sent."""
    found("trouble", text=text)
