"""What the account holds, as the broker counts it, with the cover that live stops give."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.cover import cover
from ibtui.domain.event import PositionSeen, PositionValued
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order
from ibtui.domain.position import Position
from ibtui.domain.quote import Quote

UNCERTAIN_SECONDS = 2.0
"""How long after a fill the broker's count may not contain it, and after a count its fills may not have come."""


class Positions:
    """Positions by symbol; a flat one is not listed, but shown while exits of it are left over."""

    def __init__(self) -> None:
        self._positions: dict[str, Position] = {}
        self._valued: dict[str, PositionValued] = {}
        self._uncounted: dict[str, tuple[Decimal, float]] = {}
        """Signed fills that came before the count that contains them, and when the last did."""
        self._unfilled: dict[str, tuple[Decimal, float]] = {}
        """Signed change of a count that came before its fills."""
        self._over: dict[str, Position] = {}
        """Flat ones of which exits are left over."""
        self.whole = False
        """The broker has told all of them once: what is not listed is flat, before it is not known."""

    def seen(self, event: PositionSeen, now: float, *, settled: bool = False) -> bool:
        """The broker's count; whether the quantity changed. A `settled` one has no fills under way."""
        symbol = event.instrument.symbol
        before = self.held(symbol)
        ahead = Decimal(0) if settled else event.quantity - before - self.moved(symbol, now) + self._ahead(symbol, now)
        self._uncounted.pop(symbol, None)
        self._unfilled[symbol] = (ahead, now)
        if event.quantity == 0:
            self.forget(symbol)
        else:
            old = self._positions.get(symbol, Position(symbol=symbol, quantity=event.quantity))
            self._positions[symbol] = replace(
                old,
                quantity=event.quantity,
                currency=event.instrument.currency,
                average_cost=event.average_cost,
                doubted=False,
            )
        return before != event.quantity

    def doubt(self, symbol: str, quantity: Decimal) -> None:
        """The broker's answer does not list what should be held: it stays as it was, marked."""
        known = self._positions.get(symbol, Position(symbol=symbol, quantity=quantity))
        self._positions[symbol] = replace(known, quantity=quantity, doubted=True)

    def forget(self, symbol: str) -> None:
        """Take a position out of the list, since it is flat."""
        self._positions.pop(symbol, None)
        self._valued.pop(symbol, None)

    def valued(self, event: PositionValued) -> bool:
        """IB's profit and loss of a position; whether it is shown."""
        self._valued[event.symbol] = event
        position = self._positions.get(event.symbol)
        if position is None:
            return False
        self._positions[event.symbol] = replace(
            position,
            unrealized_pnl=event.unrealized_pnl,
            day_pnl=event.day_pnl,
            market_price=event.market_price,
        )
        return True

    def marked(self, instrument: Instrument | None, quote: Quote) -> bool:
        """Value a position at the newest price while IB has sent no figure of its own; whether it is shown."""
        position = self._positions.get(quote.symbol)
        if position is None or instrument is None or quote.symbol in self._valued:
            return False
        if quote.mark is None or position.average_cost is None:
            return False
        gain = instrument.value(position.quantity, quote.mark) - instrument.value(
            position.quantity, position.average_cost
        )
        self._positions[quote.symbol] = replace(position, unrealized_pnl=round(gain, 2), market_price=quote.mark)
        return True

    def covered(self, symbol: str, live: tuple[Order, ...]) -> bool:
        """Work out the cover again from the live orders of the instrument; whether what is shown changed."""
        before = self._shown(symbol)
        held = self._positions.get(symbol)
        word, stop = cover(self.held(symbol), live)
        self._over.pop(symbol, None)
        if held is not None:
            self._positions[symbol] = replace(held, cover=word, stop=stop)
        elif word == "OVER" and self.whole:
            self._over[symbol] = Position(symbol=symbol, quantity=Decimal(0), cover=word)
        return self._shown(symbol) != before

    def _shown(self, symbol: str) -> Position | None:
        return self._positions.get(symbol) or self._over.get(symbol)

    def traded(self, symbol: str, signed: Decimal, now: float) -> None:
        """A fill came; the newest count contains it if that moved by as much before any fill explained it."""
        ahead = self._ahead(symbol, now)
        if ahead * signed > 0 and abs(ahead) >= abs(signed):
            self._unfilled[symbol] = (ahead - signed, now)
        else:
            self._uncounted[symbol] = (self.moved(symbol, now) + signed, now)

    def moved(self, symbol: str, now: float) -> Decimal:
        """Signed fills of the last two seconds that the broker's count does not contain yet."""
        quantity, when = self._uncounted.get(symbol, (Decimal(0), now))
        return quantity if now - when < UNCERTAIN_SECONDS else Decimal(0)

    def _ahead(self, symbol: str, now: float) -> Decimal:
        quantity, when = self._unfilled.get(symbol, (Decimal(0), now))
        return quantity if now - when < UNCERTAIN_SECONDS else Decimal(0)

    def held(self, symbol: str) -> Decimal:
        position = self._positions.get(symbol)
        return Decimal(0) if position is None else position.quantity

    def get(self, symbol: str) -> Position | None:
        return self._positions.get(symbol)

    def all(self) -> tuple[Position, ...]:
        """The positions that are held, by symbol."""
        return _sorted(self._positions)

    def shown(self) -> tuple[Position, ...]:
        """What is held, and flat ones (quantity 0) that are OVER."""
        return _sorted(self._positions | self._over)


def _sorted(positions: dict[str, Position]) -> tuple[Position, ...]:
    return tuple(sorted(positions.values(), key=lambda position: position.symbol))
