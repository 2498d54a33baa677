"""Positions in futures that are about to be delivered: told once a day, to the log and to who trades them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.cause import SOURCE
from ibtui.domain.position import Position
from ibtui.domain.reference.deliveries import delivery_due
from ibtui.domain.signal import signal
from ibtui.engine.truth.causes import CauseFacts
from ibtui.engine.truth.market_facts import MarketFacts


class DeliveryWarnings:
    """Looks at what is held with every whole count."""

    def __init__(self, clock: Clock, causes: CauseFacts, market: MarketFacts) -> None:
        self._clock = clock
        self._causes = causes
        self._market = market
        self._told: dict[str, date] = {}
        """By symbol, the day on which it was told last."""

    def look(self, held: tuple[Position, ...]) -> None:
        """Tell what is due and was not told today."""
        today = exchange_day(self._clock.now())
        for position in held:
            if position.quantity and self._told.get(position.symbol) != today:
                self._look_at(position, today)

    def _look_at(self, position: Position, today: date) -> None:
        instrument = self._market.instruments.get(position.symbol)
        due = None if instrument is None else delivery_due(instrument, long=position.quantity > 0, today=today)
        if due is None:
            return
        self._told[position.symbol] = today
        sentence = f"{position.symbol}: {due.words(today)}; {due.means}"
        moment = datetime.combine(due.day, time(), UTC)
        self._causes.announce(
            sentence, signal(self._clock.now(), due.kind, position.symbol, text=sentence, source=SOURCE, due=moment)
        )
