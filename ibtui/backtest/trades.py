"""Round trips: from flat to flat again, each with what it made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from ibtui.backtest.causes import TripCauses
from ibtui.backtest.ledger import RowFile
from ibtui.domain.cause import CauseKind


class ClosedTrade(NamedTuple):
    """One round trip in one instrument; money is net of commissions.

    Prices are in the instrument's currency; profit and commission in the account's, at the rate of the trip's end.
    """

    symbol: str
    opened: datetime
    closed: datetime
    quantity: float
    """The most that was held, signed."""
    entry: float
    """Average price of what opened it."""
    exit: float
    """Average price of what closed it."""
    profit: float
    commission: float
    cause: str = ""
    """What happened to it beside its fills: dividends, a split, the end of its contract."""

    @property
    def percent(self) -> float:
        """Profit before commissions in percent of the entry price."""
        return (self.exit / self.entry - 1) * 100 * (1 if self.quantity > 0 else -1)


class Fact(NamedTuple):
    """One fill as the report lists it; its price in the instrument's currency, the commission in the account's."""

    time: datetime
    symbol: str
    side: str
    quantity: float
    price: float
    commission: float


@dataclass(slots=True, eq=False)
class RoundTripHolding:
    """What is held of one symbol, and the round trip it belongs to."""

    multiplier: float
    quantity: float = 0.0
    peak: float = 0.0
    """The largest of all trips, unsigned."""
    opened: float = 0.0
    most: float = 0.0
    bought: float = 0.0
    entry: float = 0.0
    sold: float = 0.0
    out: float = 0.0
    commission: float = 0.0
    flow: float = 0.0
    causes: TripCauses | None = None
    """What else happened to this trip; None for nothing."""

    def _begin(self, opened: float) -> None:
        self.opened = opened
        self.most = 0.0
        self.bought = self.entry = 0.0
        self.sold = self.out = 0.0
        self.commission = self.flow = 0.0
        self.causes = None


class TradeList:
    """Every fill and every round trip of a run, kept in order."""

    def __init__(self, symbols: list[str]) -> None:
        self._symbols = symbols
        self._places = {symbol: place for place, symbol in enumerate(symbols)}
        self._fills = RowFile("<dHdddd")
        self._trades = RowFile("<Hdddddddd")
        self.open: dict[str, RoundTripHolding] = {}
        """What is held now, by symbol."""
        self._all: dict[str, RoundTripHolding] = {}
        self.turnover = 0.0
        """Money that changed hands in all fills, both sides counted."""
        self.commissions = 0.0
        self.dividends = 0.0
        """Received, less those that a short paid."""
        self.causes: dict[str, int] = {}
        """How often each kind of cause changed a position."""
        self._caused: dict[int, str] = {}
        """By the number of a closed trip, what happened to it."""

    @property
    def fill_count(self) -> int:
        return self._fills.count

    @property
    def closed_count(self) -> int:
        return self._trades.count

    @property
    def largest(self) -> dict[str, float]:
        """The largest position in each symbol, unsigned."""
        return {symbol: holding.peak for symbol, holding in self._all.items()}

    def quantity(self, symbol: str) -> float:
        holding = self.open.get(symbol)
        return 0.0 if holding is None else holding.quantity

    def fill(
        self,
        time: float,
        symbol: str,
        signed: float,
        price: float,
        commission: float,
        multiplier: float,
        rate: float = 1.0,
    ) -> float:
        """Add a fill; the profit of the trip that it ended, in the account's currency, else 0.

        `time` is in seconds since 1970, the commission in the instrument's currency, of which one is `rate` of the
        account's. A fill that flips the position closes a trip and opens another.
        """
        self._fills.append(time, self._place(symbol), signed, price, commission * rate, multiplier)
        self.turnover += abs(signed) * price * multiplier * rate
        self.commissions += commission * rate
        holding = self._all.get(symbol)
        if holding is None:
            holding = self._all[symbol] = RoundTripHolding(multiplier)
        before = holding.quantity
        closing = -before if before * signed < 0 and abs(signed) > abs(before) else signed
        share = closing / signed
        made = self._add(holding, time, symbol, closing, price, commission * share, rate)
        if closing != signed:
            self._add(holding, time, symbol, signed - closing, price, commission * (1 - share), rate)
        return made

    def _add(
        self,
        holding: RoundTripHolding,
        time: float,
        symbol: str,
        signed: float,
        price: float,
        commission: float,
        rate: float,
    ) -> float:
        before = holding.quantity
        if before == 0:
            holding._begin(time)
            self.open[symbol] = holding
        after = before + signed
        holding.quantity = 0.0 if abs(after) < 1e-9 else after
        holding.commission += commission
        holding.flow -= signed * price * holding.multiplier
        if before * signed >= 0:
            holding.bought += abs(signed)
            holding.entry += abs(signed) * price
            holding.most = holding.quantity
            holding.peak = max(holding.peak, abs(holding.quantity))
        else:
            holding.sold += abs(signed)
            holding.out += abs(signed) * price
        return self._close(holding, time, symbol, rate) if holding.quantity == 0 else 0.0

    def _close(self, holding: RoundTripHolding, time: float, symbol: str, rate: float) -> float:
        del self.open[symbol]
        if holding.causes is not None:
            self._caused[self._trades.count] = holding.causes.words
        side = 1 if holding.most > 0 else -1
        profit = (holding.flow - holding.commission) * rate
        self._trades.append(
            self._place(symbol),
            holding.opened,
            time,
            side * holding.bought,
            holding.entry / holding.bought,
            holding.out / holding.sold,
            profit,
            holding.commission * rate,
            holding.multiplier,
        )
        return profit

    def income(self, symbol: str, money: float, rate: float = 1.0) -> None:
        """A dividend on what is held, in the instrument's currency, belongs to its trip."""
        self.dividends += money * rate
        holding = self.open[symbol]
        holding.flow += money
        self._causes_of(holding, "dividend").pay(money)

    def caused(self, symbol: str, kind: CauseKind, words: str) -> None:
        """Something happened to what is held that no order did, a clause."""
        self._causes_of(self.open[symbol], kind).add(words)

    def _causes_of(self, holding: RoundTripHolding, kind: CauseKind) -> TripCauses:
        self.causes[kind] = self.causes.get(kind, 0) + 1
        if holding.causes is None:
            holding.causes = TripCauses()
        return holding.causes

    def _place(self, symbol: str) -> int:
        place = self._places.get(symbol)
        if place is None:
            place = self._places[symbol] = len(self._symbols)
            self._symbols.append(symbol)
        return place

    def fills(self) -> Iterator[Fact]:
        """Every fill of the run, the oldest first."""
        for time, place, signed, price, commission, _ in self._fills:
            side = "BUY" if signed > 0 else "SELL"
            yield Fact(_moment(time), self._symbols[int(place)], side, abs(signed), price, commission)

    def closed(self) -> Iterator[ClosedTrade]:
        """Every round trip that ended, in the order in which they ended."""
        for number, row in enumerate(self._trades):
            place, opened, closed, quantity, entry, out, profit, commission, _ = row
            symbol, cause = self._symbols[int(place)], self._caused.get(number, "")
            yield ClosedTrade(symbol, _moment(opened), _moment(closed), quantity, entry, out, profit, commission, cause)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
