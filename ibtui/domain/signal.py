"""A signal: something that happened outside the market's prices and that a strategy may act on."""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize

KIND = re.compile(r"[a-z][a-z0-9_.-]{0,31}")
LONGEST_TEXT = 500
EARLIEST, LATEST = 1900, 2200
"""Years; a moment at the ends of what a clock can show is none in another zone."""


class Signal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of news, one release of the economic calendar, one alert, one prediction of another program.

    What comes from outside is data: `text` and `source` are sanitized before one is made; see `signal`.
    """

    time: datetime
    """When it became known, aware UTC; a backtest tells it at that time, as a strategy that runs live hears it."""
    kind: str
    """`news`, `bulletin`, `economic`, `alert`, or any word of the program that sends it."""
    symbol: str = ""
    """The instrument it is about; empty for the whole market."""
    value: float | None = None
    """A number that goes with it: a prediction, a sentiment, the actual figure of a release."""
    expected: float | None = None
    """What was expected of `value`, for a release."""
    text: str = ""
    source: str = ""
    """Who said it: a news provider's code, a file, a program's name."""
    due: datetime | None = None
    """When it will happen, for one that is only announced: an entry of a calendar; None for one that happened."""

    @property
    def surprise(self) -> float | None:
        """Actual less expected; None unless both are known."""
        return None if self.value is None or self.expected is None else self.value - self.expected


def signal(
    time: datetime,
    kind: str,
    symbol: str = "",
    value: float | None = None,
    *,
    expected: float | None = None,
    text: str = "",
    source: str = "",
    due: datetime | None = None,
) -> Signal:
    """A checked and sanitized signal; raises IbtuiError `bad_signal` with one sentence about what does not fit."""
    if time.tzinfo is None or (due is not None and due.tzinfo is None):
        raise IbtuiError("bad_signal", "A signal's time needs a zone; write for example 2026-01-05T14:30:00Z.")
    for moment in (time, due):
        if moment is not None and not EARLIEST <= moment.year < LATEST:
            raise IbtuiError("bad_signal", f"A signal's time lies in a year from {EARLIEST} to {LATEST - 1}.")
    if not KIND.fullmatch(kind):
        raise IbtuiError("bad_signal", f"A signal's kind is a short lower-case word, not {kind[:20]!r}.")
    for name, number in (("value", value), ("expected", expected)):
        if number is not None and not abs(number) < float("inf"):
            raise IbtuiError("bad_signal", f"A signal's {name} must be a number, not {number}.")
    return Signal(
        time=time,
        kind=kind,
        symbol=sanitize(symbol, 40).upper(),
        value=value,
        expected=expected,
        text=sanitize(text, LONGEST_TEXT),
        source=sanitize(source, 40),
        due=due,
    )
