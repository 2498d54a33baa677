"""The list of price alerts in the slot: those that wait, then those that fired and at which price."""

from __future__ import annotations

from collections.abc import Sequence

from ibtui.domain.alert import PriceAlert
from ibtui.terminal.panes.staleness import zone
from ibtui.terminal.places.details import Sheet
from ibtui.terminal.places.place import Terminal


def alert_sheet(terminal: Terminal, alerts: Sequence[PriceAlert]) -> Sheet:
    """As they stood when the engine was asked."""
    shown = zone(terminal.model)
    facts = [(f"{alert.number}{'  fired' if alert.fired else ''}", alert.story(shown)) for alert in alerts]
    return Sheet(terminal, "Alerts", facts or [("none", "`:alert AAPL above 190` sets one, or a on an instrument.")])
