"""What a sweep looks for: a figure of the runs, and which way is better."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ibtui.backtest.statistics import Statistics
from ibtui.backtest.sweep.trial import TrialOutcome
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.naming import meant

_SHORT = {
    "return": "return_percent",
    "cagr": "cagr_percent",
    "drawdown": "max_drawdown_percent",
    "volatility": "volatility_percent",
    "win_rate": "win_rate_percent",
}
_LESS = {
    "volatility_percent", "longest_drawdown_days", "exposure_percent", "turnover", "commissions", "cost_share_percent",
    "orders_per_day",
}  # fmt: skip
"""Figures of which less is better; a drawdown is negative, so that more is better."""


class Metric(Struct, frozen=True):
    """A figure by name; `sign` is -1 where less is better."""

    name: str
    sign: int = 1

    def of(self, outcome: TrialOutcome) -> float | None:
        """The figure of a run; None where the run does not tell."""
        if outcome.statistics is None:
            return None
        if self.name == "final_equity":
            return outcome.final_equity
        value: float | None = getattr(outcome.statistics, self.name)
        return value

    def score(self, outcome: TrialOutcome) -> float:
        """More is better; minus infinity where the run does not tell."""
        value = self.of(outcome)
        return float("-inf") if value is None else self.sign * value


def metric(text: str) -> Metric:
    """The metric of that name; raises IbtuiError `usage`."""
    word = text.strip().lower().replace("-", "_")
    name = _SHORT.get(word, word)
    known = [field.name for field in msgspec.structs.fields(Statistics)]
    if name not in (*known, "final_equity"):
        names = ["sharpe", "sortino", "calmar", *_SHORT, "final_equity", *known]
        raise IbtuiError("usage", f"There is no metric {text[:30]!r}: {meant(word, names)}")
    return Metric(name, -1 if name in _LESS else 1)
