"""Tests here import the client library themselves: it is imported before, with a loop."""

from __future__ import annotations

import tests.insync  # noqa: F401
