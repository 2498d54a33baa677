"""The strategies that ship with the program, by the name that starts them; each is imported when it is asked for."""

from __future__ import annotations

import importlib

from ibtui.strategies.author.base import Strategy

BUILTIN: dict[str, str] = {
    "sma_cross": "ibtui.strategies.builtin.sma_cross:SmaCross",
    "guard": "ibtui.strategies.builtin.guard:Guard",
    "chase": "ibtui.strategies.builtin.chase:Chase",
    "twap": "ibtui.strategies.builtin.twap:Twap",
    "vwap": "ibtui.strategies.builtin.vwap:Vwap",
    "scalper": "ibtui.strategies.builtin.scalper:Scalper",
    "orb": "ibtui.strategies.builtin.orb:Orb",
    "momentum": "ibtui.strategies.builtin.momentum:Momentum",
    "mean_reversion": "ibtui.strategies.builtin.mean_reversion:MeanReversion",
    "trigger": "ibtui.strategies.builtin.trigger:Trigger",
    "straddle": "ibtui.strategies.builtin.straddle:Straddle",
    "covered_call": "ibtui.strategies.builtin.covered_call:CoveredCall",
    "pairs": "ibtui.strategies.builtin.pairs:Pairs",
    "eod_flatten": "ibtui.strategies.builtin.eod_flatten:EodFlatten",
}
"""By the name that starts a strategy: the module that has it, and its class."""


def builtin(name: str) -> type[Strategy]:
    """The class of that name; KeyError for another."""
    module, _, attribute = BUILTIN[name].partition(":")
    strategy: type[Strategy] = getattr(importlib.import_module(module), attribute)
    return strategy
