"""What a run came to: counts, money, and where the rest can be read."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, date, datetime

from ibtui.backtest.broker import Simulated
from ibtui.backtest.deciding import Deciding
from ibtui.backtest.decisions import DecisionLog
from ibtui.backtest.refused import RefusedOrders, refused
from ibtui.backtest.settings import Settings
from ibtui.backtest.trades import TradeList
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.instrument import Instrument


class Result:
    """What one finished run of a strategy leaves: its fills, its equity and its figures."""

    def __init__(self, broker: Simulated, settings: Settings, seconds: int) -> None:
        self._broker = broker
        self.settings = settings
        self.seconds = seconds
        """Length of the bars it decided on, in seconds."""
        self.moments = 0
        """Times at which bars closed."""
        self.exposed = 0
        """How many moments ended with a position held."""
        self.first: tuple[Bar, ...] = ()
        self.opens = broker.books.opens
        """The first bar of each symbol."""
        self.lasts: dict[str, float] = {}
        """The last close of each symbol."""

    @property
    def final_equity(self) -> float:
        return self._broker.worth

    @property
    def ruined(self) -> date | None:
        """The day on which its equity was at or below zero, New York's; None for an account that lives."""
        return None if self._broker.ruined is None else exchange_day(self._broker.ruined)

    @property
    def borrow_fees(self) -> float:
        """Paid for shares that were sold short."""
        return self._broker.books.borrow_fees

    @property
    def interest(self) -> float:
        """Received on money, less what was paid."""
        return self._broker.books.interest

    @property
    def begin(self) -> datetime:
        """When the first bars began."""
        return self.first[0].time

    @property
    def end(self) -> datetime:
        """When the last bars closed."""
        return self._broker.now

    @property
    def trades(self) -> TradeList:
        return self._broker.trades

    @property
    def largest(self) -> list[tuple[Instrument, float]]:
        """The largest position in each instrument, unsigned."""
        return [(self._broker.instrument(symbol), most) for symbol, most in self.trades.largest.items()]

    @property
    def assumed(self) -> list[Instrument]:
        """The contract that each symbol of the bars was taken for."""
        return [self._broker.instrument(symbol) for symbol in self.opens]

    @property
    def rates(self) -> dict[str, float]:
        """The exchange rates at the end, by pair; none where all money was of the account's currency."""
        return dict(self._broker.books.rates.known.pairs) if self._broker.converts else {}

    @property
    def open_trades(self) -> int:
        return len(self.trades.open)

    @property
    def curve_points(self) -> list[tuple[datetime, float]]:
        """Equity for a chart: at most some thousand moments, the start and the end among them."""
        curve = self._broker.curve
        points = sorted({*zip(curve.times, curve.equity, strict=True), *zip(curve.days, curve.day_equity, strict=True)})
        return [(datetime.fromtimestamp(time, UTC), equity) for time, equity in points]

    @property
    def day_equity(self) -> array[float]:
        """Equity at the last bar of each day."""
        return self._broker.curve.day_equity

    @property
    def daily(self) -> Iterator[tuple[datetime, float]]:
        """The same with the times at which these bars began, one after the other: a century has too many for a list."""
        curve = self._broker.curve
        for time, equity in zip(curve.days, curve.day_equity, strict=True):
            yield datetime.fromtimestamp(time, UTC), equity

    @property
    def daily_held(self) -> list[tuple[datetime, float]]:
        """What buying at the first opens and holding would be worth, at the same moments as `daily`."""
        curve = self._broker.curve
        return [
            (datetime.fromtimestamp(time, UTC), held) for time, held in zip(curve.days, curve.day_held, strict=True)
        ]

    @property
    def max_drawdown(self) -> float:
        """The deepest fall of equity from a peak, at the close of any bar, as a negative share."""
        return self._broker.curve.drawdown

    @property
    def optioned(self) -> bool:
        """Options were shown to the strategy."""
        return self._broker.optioned

    @property
    def refusals(self) -> dict[str, int]:
        """Why orders were not filled, and how often."""
        return {one.sentence: one.count for one in self.refused}

    @property
    def refused(self) -> tuple[RefusedOrders, ...]:
        """The same with what refused them."""
        return refused(self._broker.judge.refusals.values(), self.settings.rules.limits)

    @property
    def decisions(self) -> DecisionLog | None:
        """Every order with its reason and its end; None for a run that keeps none."""
        return self._broker.decisions if isinstance(self._broker, Deciding) else None
