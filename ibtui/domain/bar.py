"""A bar: what traded within one interval."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, NamedTuple

HISTORY_REQUESTS = 50
"""Questions about past bars that IB lets one account have open at once; bars kept up to date count while they run."""
BarHours = Literal["regular", "all"]
"""Which trades bars of an hour and more are made of: those of regular hours alone, or all of them."""


class Bar(NamedTuple):
    """Open, high, low and close of one interval; `time` is its start, aware UTC.

    A day's bar bears midnight in New York of its session's date (`ibtui.domain.calendar.cutting`). A tuple, since a
    backtest makes millions of them.
    """

    symbol: str
    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0

    def joined(self, then: Bar) -> Bar:
        """This bar with the one after it: what traded within both."""
        return self._replace(
            high=max(self.high, then.high),
            low=min(self.low, then.low),
            close=then.close,
            volume=self.volume + then.volume,
        )


_LENGTH = re.compile(r"(\d+)\s*(s|sec|secs|m|min|mins|h|hour|hours|d|day|days)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def bar_seconds(text: str) -> int:
    """Seconds in a bar length such as `1s`, `5 min`, `1h`, `1 day`; raises ValueError for anything else."""
    match = _LENGTH.fullmatch(text.strip().lower())
    seconds = int(match[1]) * _SECONDS[match[2][0]] if match else 0
    if not 0 < seconds <= 86400:
        raise ValueError(f"{text!r} is not a bar length; write for example 1s, 5min, 1h or 1d")
    return seconds
