"""The limits of a strategy in shadow: judged over its own books, as a backtest judges and as the desk would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.instrument import Instrument
from ibtui.domain.refusal import Refusal
from ibtui.link.worker import ShadowLimits
from ibtui.risk.paper import PaperDesk, PaperOrder


class ShadowJudge:
    """Knows what the shadow's books are worth, and asks the desk on paper; the mappings are the shadow's own."""

    def __init__(
        self,
        limits: ShadowLimits,
        equity: float | None,
        *,
        held: Mapping[str, Decimal],
        orders: Mapping[str, PaperOrder],
        lasts: Mapping[str, float],
        instruments: Mapping[str, Instrument],
    ) -> None:
        """`equity` is the account's when the shadow began, None while it is not known."""
        self._equity = equity
        self._held = held
        self._lasts = lasts
        self._instruments = instruments
        self._day = date.min
        self._desk = PaperDesk(
            limits.account,
            limits.strategy,
            {},
            positions=self._positions,
            orders=orders,
            price=lambda symbol: lasts.get(symbol, float("nan")),
            instrument=lambda symbol: instruments[symbol],
            bounded=limits.bounded,
        )

    def paid(self, symbol: str, signed: Decimal, price: float) -> None:
        """So much was bought, or sold below zero: by a fill, or because the books were set to it."""
        if self._equity is not None:
            self._equity -= float(signed) * price * self._multiplier(symbol)

    def refuses(self, order: PaperOrder, now: datetime, of: str = "", *, bracket: bool = False) -> Refusal | None:
        """Why an entry may not go out, or the order `of` become it; None for instruments that nobody told of yet."""
        if any(symbol not in self._instruments for symbol, _ in order.legs or ((order.symbol, 1),)):
            return None
        worth = self._worth()
        self._begin_day(now, worth)
        return self._desk.refuses(order, worth, now, of, bracket=bracket)

    def looked(self, now: datetime) -> bool:
        """Whether the books have just reached a limit of the daily loss; asked when bars have closed."""
        worth = self._worth()
        self._begin_day(now, worth)
        return worth is not None and self._desk.look(worth)

    def _begin_day(self, now: datetime, worth: float | None) -> None:
        """A day begins with what the books are worth once that is known."""
        if worth is not None and worth == worth and exchange_day(now) != self._day:
            self._day = exchange_day(now)
            self._desk.begin_day(worth)

    def _positions(self) -> dict[str, float]:
        return {symbol: float(quantity) for symbol, quantity in self._held.items() if quantity}

    def _worth(self) -> float | None:
        if self._equity is None:
            return None
        held = self._positions().items()
        values = (
            quantity * self._lasts.get(symbol, float("nan")) * self._multiplier(symbol) for symbol, quantity in held
        )
        return self._equity + sum(values)

    def _multiplier(self, symbol: str) -> float:
        instrument = self._instruments.get(symbol)
        return 1.0 if instrument is None else float(instrument.multiplier)
