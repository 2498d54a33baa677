"""The strategies that ship with the program, by the name that starts them."""

from __future__ import annotations

from ibtui.strategies.base import Strategy
from ibtui.strategies.sma_cross import SmaCross

BUILTIN: dict[str, type[Strategy]] = {"sma_cross": SmaCross}
