"""Price alerts: kept in the journal, told once as a signal when the market gets there, and listed afterwards."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ibtui.domain.alert import PriceAlert
from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.domain.signal import signal
from ibtui.engine.journal.journal import Journal
from ibtui.engine.truth.state import State

_KEY = "alerts"
MOST = 200
"""The most alerts that may wait at once."""
FIRED = 50
"""Alerts that fired and are still listed; the oldest goes first."""


class Alerts:
    """Every alert that waits, and the newest of those that fired."""

    def __init__(self, state: State, journal: Journal) -> None:
        self._state = state
        self._journal = journal
        kept = journal.latch(_KEY)
        found = msgspec.json.decode(kept, type=tuple[PriceAlert, ...]) if kept else ()
        self._alerts = {alert.number: alert for alert in found}
        state.listeners.quote.append(self._look)

    @property
    def listed(self) -> tuple[PriceAlert, ...]:
        """Those that wait by their numbers, then those that fired, the newest first."""
        fired = [alert for alert in self._alerts.values() if alert.fired is not None]
        return (*self._waiting, *sorted(fired, key=lambda alert: str(alert.fired), reverse=True))

    @property
    def words(self) -> str:
        """`2 alerts wait, 1 has fired`."""
        waiting, fired = len(self._waiting), len(self._alerts) - len(self._waiting)
        count = {0: "no alert waits", 1: "1 alert waits"}.get(waiting, f"{waiting} alerts wait")
        return f"{count}, {fired} {'has' if fired == 1 else 'have'} fired" if fired else count

    @property
    def symbols(self) -> set[str]:
        """The instruments whose quotes must stream for the alerts."""
        return {alert.symbol for alert in self._waiting}

    @property
    def _waiting(self) -> tuple[PriceAlert, ...]:
        return tuple(alert for alert in self._alerts.values() if alert.fired is None)

    def add(self, alert: PriceAlert) -> str:
        """Set one under the next number; a sentence that names it. Raises IbtuiError `too_many_alerts`."""
        if len(self._waiting) >= MOST:
            raise IbtuiError("too_many_alerts", f"There are {MOST} alerts; take some away with `unalert`.")
        number = max(self._alerts, default=0) + 1
        self._alerts[number] = replace(alert, number=number, made=self._state.clock.now())
        self._keep()
        return f"alert {number}: {alert.words}"

    def remove(self, target: str) -> str:
        """Take away one by its number, those of a symbol, or all, fired ones too; raises IbtuiError `no_alert`."""
        gone = [a for a in self._alerts.values() if target in ("all", str(a.number)) or a.symbol == target.upper()]
        if not gone:
            standing = "; ".join(f"{alert.number} {alert.words}" for alert in self._waiting)
            raise IbtuiError("no_alert", f"There is no alert {target[:20]!r}; there are: {standing or 'none'}.")
        for alert in gone:
            del self._alerts[alert.number]
        self._keep()
        return "taken away: " + "; ".join(alert.words for alert in gone)

    def _look(self, quote: Quote) -> None:
        here = [alert for alert in self._alerts.values() if alert.symbol == quote.symbol and alert.fired is None]
        price = quote.last if quote.last is not None else quote.mark
        if not here or price is None:
            return
        if reached := [alert for alert in here if alert.reached(price)]:
            self._fire(reached, price)

    def _fire(self, reached: list[PriceAlert], price: float) -> None:
        """Written down first, so that none is told twice, whatever ends the engine."""
        now = self._state.clock.now()
        for alert in reached:
            self._alerts[alert.number] = replace(alert, fired=now, fired_at=price)
        for old in self.listed[len(self._waiting) + FIRED :]:
            del self._alerts[old.number]
        self._keep()
        for alert in reached:
            text = f"{alert.words} · last {price:.10g}"
            self._state.signalled(signal(now, "alert", alert.symbol, price, text=text, source="ibtui"))

    def _keep(self) -> None:
        self._journal.set_latch(_KEY, msgspec.json.encode(tuple(self._alerts.values())).decode())
