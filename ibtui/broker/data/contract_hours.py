"""When contracts trade, as their details say: told once a contract is met, and asked about anew each day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from ibtui.domain.calendar.trading_hours import TradingHours, read_hours
from ibtui.domain.event import Event, HoursSeen


class ContractHours:
    """The sessions of the next days by contract id."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._described: dict[int, TradingHours] = {}
        self._days: dict[int, date] = {}
        """On which day in UTC the hours that were told begin, or were asked about."""

    def describe(self, details: Any) -> None:
        """Take in contract details; what cannot be read leaves the hours unknown."""
        hours = read_hours(details.timeZoneId, details.tradingHours, details.liquidHours)
        if hours is not None:
            self._described[details.contract.conId] = hours

    def tell(self, con_id: int, symbol: str) -> None:
        """The contract is in use under this name."""
        hours = self._described.pop(con_id, None)
        if hours is not None:
            self._days[con_id] = hours.since.date()
            self._emit(HoursSeen(symbol=symbol, hours=hours))

    def outdated(self, today: date) -> list[int]:
        """Contracts to ask about again: hours are told for some days ahead, and holidays change."""
        return [con_id for con_id, day in self._days.items() if day != today]

    def asked(self, con_id: int, today: date) -> None:
        """IB was asked again today."""
        self._days[con_id] = today
