"""Values with which what ships decides something over a few hundred bars of a made market."""

from __future__ import annotations

RUNS = {
    "sma_cross": {"symbol": "A"},
    "guard": {"symbol": "A", "first": "100", "trail": "0.2", "stop": "0.5"},
    "twap": {"symbol": "A", "minutes": "60", "bar": "1min"},
    "vwap": {"symbol": "A", "minutes": "60", "bar": "1min"},
    "orb": {"symbol": "A", "minutes": "5", "reward": "1"},
    "momentum": {"symbols": "A,B,C", "lookback": "5", "top": "1", "rank_every": "7", "bar": "1min"},
    "mean_reversion": {"symbol": "A", "window": "10", "enter": "1", "give_up": "3", "sides": "both"},
    "pairs": {"first": "A", "second": "B", "window": "10", "enter": "1", "leave": "0.5", "give_up": "3"},
    "eod_flatten": {"symbols": "A", "when": "10:30"},
}
