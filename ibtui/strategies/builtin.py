"""The strategies that ship with the program, by the name that starts them; each is imported when it is asked for."""

from __future__ import annotations

import importlib

from ibtui.strategies.base import Strategy

BUILTIN: dict[str, str] = {
    "sma_cross": "ibtui.strategies.sma_cross:SmaCross",
    "guard": "ibtui.strategies.guard:Guard",
    "chase": "ibtui.strategies.chase:Chase",
    "twap": "ibtui.strategies.twap:Twap",
    "vwap": "ibtui.strategies.vwap:Vwap",
    "scalper": "ibtui.strategies.scalper:Scalper",
    "orb": "ibtui.strategies.orb:Orb",
    "momentum": "ibtui.strategies.momentum:Momentum",
    "mean_reversion": "ibtui.strategies.mean_reversion:MeanReversion",
    "trigger": "ibtui.strategies.trigger:Trigger",
    "straddle": "ibtui.strategies.straddle:Straddle",
    "covered_call": "ibtui.strategies.covered_call:CoveredCall",
    "pairs": "ibtui.strategies.pairs:Pairs",
    "eod_flatten": "ibtui.strategies.eod_flatten:EodFlatten",
}
"""`name: module:class`."""


def builtin(name: str) -> type[Strategy]:
    """The class of that name; KeyError for another."""
    module, _, attribute = BUILTIN[name].partition(":")
    strategy: type[Strategy] = getattr(importlib.import_module(module), attribute)
    return strategy
