"""Price alerts: kept in the journal, told once as a signal when the market gets there."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.domain.money import plain
from ibtui.domain.quote import Quote
from ibtui.domain.signal import signal
from ibtui.engine.journal import Journal
from ibtui.engine.state import State

_KEY = "alerts"
MOST = 200


class Alert(Struct, frozen=True, kw_only=True):
    """Tell when the price is at or beyond this one."""

    number: int
    symbol: str
    above: bool
    price: Decimal

    @property
    def words(self) -> str:
        return f"{self.symbol} {'above' if self.above else 'below'} {plain(self.price)}"

    def reached(self, price: float) -> bool:
        return price >= float(self.price) if self.above else price <= float(self.price)


class Alerts:
    """Every alert that has not been told yet."""

    def __init__(self, state: State, journal: Journal) -> None:
        self._state = state
        self._journal = journal
        kept = journal.latch(_KEY)
        found = msgspec.json.decode(kept, type=tuple[Alert, ...]) if kept else ()
        self._alerts = {alert.number: alert for alert in found}
        state.listeners.quote.append(self._look)

    @property
    def symbols(self) -> set[str]:
        """Instruments that must stream."""
        return {alert.symbol for alert in self._alerts.values()}

    def add(self, symbol: str, *, above: bool, price: Decimal) -> str:
        """Set one; a sentence with its number. Raises IbtuiError `too_many_alerts`."""
        if len(self._alerts) >= MOST:
            raise IbtuiError("too_many_alerts", f"There are {MOST} alerts; take some away with `unalert`.")
        alert = Alert(number=max(self._alerts, default=0) + 1, symbol=symbol, above=above, price=price)
        self._alerts[alert.number] = alert
        self._keep()
        return f"alert {alert.number}: {alert.words}"

    def remove(self, target: str) -> str:
        """Take away one by its number, those of a symbol, or all; raises IbtuiError `no_alert`."""
        gone = [a for a in self._alerts.values() if target in ("all", str(a.number)) or a.symbol == target.upper()]
        if not gone:
            standing = "; ".join(f"{alert.number} {alert.words}" for alert in self._alerts.values())
            raise IbtuiError("no_alert", f"There is no alert {target[:20]!r}; there are: {standing or 'none'}.")
        for alert in gone:
            del self._alerts[alert.number]
        self._keep()
        return "taken away: " + "; ".join(alert.words for alert in gone)

    def _look(self, quote: Quote) -> None:
        if not self._alerts or quote.mark is None:
            return
        price = quote.last if quote.last is not None else quote.mark
        reached = [a for a in self._alerts.values() if a.symbol == quote.symbol and a.reached(price)]
        if not reached:
            return
        for alert in reached:
            del self._alerts[alert.number]
        self._keep()
        for alert in reached:
            now = self._state.clock.now()
            text = f"{alert.words}: the market is at {price:g}"
            self._state.signalled(signal(now, "alert", alert.symbol, price, text=text, source="ibtui"))

    def _keep(self) -> None:
        self._journal.set_latch(_KEY, msgspec.json.encode(tuple(self._alerts.values())).decode())
