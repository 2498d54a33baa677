"""Pacing: how fast IB lets one client ask, and what it answers beyond that."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from ibtui.domain.rate import Lately, Rate
from ibtui.exchange.refusal import Refused
from ibtui.gateway import refusals
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Layout

MESSAGES = 50
"""Messages a second from one client."""
VIOLATIONS = 3
"""Seconds with more than that, after which TWS cuts the connection."""
HISTORIES = 60
"""Historical requests from one client in `HISTORY_WINDOW` seconds; those of BID_ASK count twice."""
HISTORY_WINDOW = 600.0
IDENTICAL = 15.0
"""Seconds within which the same historical request may not come again."""
_SECOND = 1.0

_HISTORICAL = requests.REQ_HISTORICAL_DATA.id


class TooManyMessages(Refused):
    """IB's error 100; it comes under the number of the violation, 1 to 3, and not under that of a request."""

    def __init__(self, received: int, violation: int) -> None:
        text = f"Max rate of messages per second has been exceeded:max={MESSAGES} rec={received}"
        super().__init__(100, f"{text} ({violation})")
        self.violation = violation


class Pacing:
    """One client's requests, counted as IB documents it.

    IB has lifted the historical limits for bars of a minute and more; here they hold for every size, since a program
    that keeps to them is safe. That a message beyond the rate is not carried out, and that each such message is told
    of, is not verified; the id of the error is as logs of several programs show it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that never go back."""
        self._clock = clock
        self._messages = Rate(MESSAGES, _SECOND)
        self._violations = 0
        self._violated = float("-inf")
        self._histories = Rate(HISTORIES, HISTORY_WINDOW)
        self._asked: Lately[Hashable] = Lately(IDENTICAL)

    @property
    def exhausted(self) -> bool:
        """So many violations that the connection is to be closed."""
        return self._violations >= VIOLATIONS

    def check(self, layout: Layout, values: Values) -> None:
        """Count a request; raises Refused with IB's code 100 or 162 for one too many."""
        now = self._clock()
        self._count_message(now)
        if layout.id == _HISTORICAL:
            self._count_history(now, values)

    def _count_message(self, now: float) -> None:
        self._messages.count(now)
        received = self._messages.used(now)
        if received <= MESSAGES:
            return
        if now - self._violated >= _SECOND:
            self._violations += 1
            self._violated = now
        raise TooManyMessages(received, self._violations)

    def _count_history(self, now: float, values: Values) -> None:
        wanted = _key({name: value for name, value in values.items() if name != "reqId"})
        same = any(known == wanted for _, known in self._asked.since(now))
        weight = 2 if values["whatToShow"] == "BID_ASK" else 1
        if same or self._histories.used(now) + weight > HISTORIES:
            raise refusals.history("Historical data request pacing violation")
        self._histories.count(now, weight)
        self._asked.add(now, wanted)


def _key(values: object) -> Hashable:
    """Something to compare a request by."""
    return repr(values)
