"""Why a running strategy may not enter for now: a person, no data, no session, too many refusals, the day's loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.quote import Quote

STALE = 30.0
"""Seconds without a quote of what it trades after which a strategy is suspended."""
REFUSALS = 5
"""Refusals in a row after which a person has to look."""


class Hold:
    """The reasons that hold one run's entries back; `state` is "" when there is none.

    `unsure` says which instrument of its is held because the books do not agree; "" for none.
    """

    def __init__(self, clock: Clock, quote: Callable[[str], Quote | None], unsure: Callable[[], str]) -> None:
        self._clock = clock
        self._quote = quote
        self._unsure = unsure
        self._refused = 0
        self.paused = ""
        """Why a person, or what a restart left open, holds it."""
        self.away = False
        """The session is not active."""
        self.stale = ""
        self.loss = ""
        """A limit of the daily loss that was reached; the day has to end."""
        self._last_refusal = ""

    @property
    def state(self) -> Literal["", "paused", "suspended"]:
        if self.paused or self._unsure():
            return "paused"
        return "suspended" if self.reason else ""

    @property
    def reason(self) -> str:
        unsure = self._unsure()
        if unsure:
            return unsure
        if self.paused:
            return self.paused
        if self.away:
            return "waits: there is no session to trade in"
        if self.loss:
            return self.loss
        if self._refused >= REFUSALS:
            return f"{self._refused} orders in a row were refused, the last: {self._last_refusal} `resume` goes on."
        return self.stale

    def pause(self, why: str) -> None:
        """A person, or what is not known for sure, holds it until a person lets it go on."""
        self.paused = why

    def refused(self, sentence: str) -> None:
        """One of its orders was refused."""
        self._refused += 1
        self._last_refusal = sentence

    def passed(self) -> None:
        """One of its orders went out."""
        self._refused = 0

    def lift(self) -> None:
        """A person lets it go on; what the market holds back stays held."""
        self.paused = ""
        self._refused = 0

    def look(self, symbols: Iterable[str]) -> float | None:
        """Look at the age of the data; the oldest, in seconds, None when there is none at all."""
        now = self._clock.monotonic()
        ages = {symbol: self._age(symbol, now) for symbol in symbols}
        old = [symbol for symbol, age in ages.items() if age is None or age > STALE]
        self.stale = ""
        if old:
            age = ages[old[0]]
            since = "there is no quote" if age is None else f"the newest quote is {age:.0f} s old"
            self.stale = f"{old[0]}: {since}"
        known = [age for age in ages.values() if age is not None]
        return max(known) if known else None

    def _age(self, symbol: str, now: float) -> float | None:
        quote = self._quote(symbol)
        return None if quote is None or not quote.received else max(now - quote.received, 0.0)
