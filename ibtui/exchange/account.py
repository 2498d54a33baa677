"""Accounts: cash, positions at IB's average cost, profit and loss.

Stocks move cash by their value. Futures are marked into net liquidation and settle their profit to cash when they are
closed. A currency trade is kept as a position in the pair: it exchanges no cash balances, and its profit, in the quote
currency, comes to cash in USD at the rate of the moment it is realized. All commissions are part of a position's
cost, as IB counts it. So net liquidation is at every moment the starting cash plus realized plus unrealized profit.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from ibtui.domain.instrument import Instrument
from ibtui.exchange.margin import STOCK_INITIAL, requirement
from ibtui.exchange.prices import Prices
from ibtui.exchange.venue import Venue

ZERO = Decimal(0)


class PositionState(Struct, frozen=True, kw_only=True):
    """One position valued now; money in the instrument's currency.

    A position that was closed stays listed with quantity 0 for its realized profit.
    """

    con_id: int
    quantity: Decimal
    average_cost: float
    """Per unit times multiplier, commission included, as IB counts it; 0 when flat."""
    market_price: float
    market_value: float
    unrealized_pnl: float
    realized_pnl: float
    day_pnl: float
    currency: str


class AccountState(Struct, frozen=True, kw_only=True):
    """Totals of one account now, in USD."""

    id: str
    currency: str = "USD"
    cash: float
    net_liquidation: float
    buying_power: float
    available_funds: float
    """Net liquidation less initial margin."""
    excess_liquidity: float
    """Net liquidation less maintenance margin."""
    initial_margin: float
    maintenance_margin: float
    realized_pnl: float
    unrealized_pnl: float
    day_pnl: float
    gross_position_value: float
    """The value of stocks, long and short added."""
    positions: dict[int, PositionState]


class Preview(Struct, frozen=True, kw_only=True):
    """What an order would cost and bind if it filled whole now; money in USD but for the commission."""

    commission: float
    """In the instrument's currency."""
    commission_currency: str
    initial_before: float
    initial_change: float
    initial_after: float
    maintenance_before: float
    maintenance_change: float
    maintenance_after: float
    equity_before: float
    equity_change: float
    equity_after: float
    refusal: str = ""
    """Why it would be rejected for want of buying power; empty when it would be taken."""


class Holding:
    """One position and what it has earned, in the instrument's currency."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quantity = ZERO
        self.basis = 0.0
        """What the open quantity cost, signed as the quantity, its commissions added."""
        self.realized = self.realized_usd = 0.0
        self._day = self._day_usd = 0.0

    @property
    def average_cost(self) -> float:
        return self.basis / float(self.quantity) if self.quantity else 0.0

    def value(self, price: float) -> float:
        return self.instrument.value(self.quantity, price)

    def unrealized(self, price: float) -> float:
        return self.value(price) - self.basis if self.quantity else 0.0

    def trade(self, signed: Decimal, price: float, commission: float, rate: float) -> float | None:
        """Change the position; the profit realized net of commission, None when it only opens.

        A trade through zero closes with its share of the commission and opens with the rest. `rate` is USD for one
        unit of the instrument's currency.
        """
        closing = ZERO if self.quantity * signed >= 0 else min(abs(signed), abs(self.quantity)).copy_sign(signed)
        realized = self._close(closing, price, commission * float(closing / signed)) if closing else None
        opening = signed - closing
        if opening:
            self.basis += self.instrument.value(opening, price) + commission * float(opening / signed)
        self.quantity += signed
        if realized is not None:
            self.realized += realized
            self.realized_usd += realized * rate
        return realized

    def _close(self, closing: Decimal, price: float, commission: float) -> float:
        cost = self.basis * float(-closing / self.quantity) if self.quantity != -closing else self.basis
        self.basis -= cost
        return -self.instrument.value(closing, price) - commission - cost

    def day_pnl(self, price: float) -> float:
        return self.realized + self.unrealized(price) - self._day

    def day_pnl_usd(self, price: float, rate: float) -> float:
        return self.realized_usd + self.unrealized(price) * rate - self._day_usd

    def begin_day(self, price: float, rate: float) -> None:
        self._day = self.realized + self.unrealized(price)
        self._day_usd = self.realized_usd + self.unrealized(price) * rate


class Ledger:
    """One account's book-keeping."""

    def __init__(self, account: str, cash: float, prices: Prices) -> None:
        self.id, self.cash = account, cash
        self._prices = prices
        self.holdings: dict[int, Holding] = {}

    def quantity(self, con_id: int) -> Decimal:
        holding = self.holdings.get(con_id)
        return holding.quantity if holding else ZERO

    def trade(self, venue: Venue, signed: Decimal, price: float, commission: float) -> float | None:
        """Book one fill; the profit it realized in the instrument's currency, None when it only opens."""
        instrument = venue.listing.instrument
        holding = self.holdings.setdefault(venue.con_id, Holding(instrument))
        rate = self._prices.rate(instrument.currency)
        realized = holding.trade(signed, price, commission, rate)
        if instrument.sec_type == "STK":
            self.cash -= (instrument.value(signed, price) + commission) * rate
        elif realized is not None:
            self.cash += realized * rate
        return realized

    def begin_day(self) -> None:
        """Count the day's profit from now on."""
        for con_id, holding in self.holdings.items():
            holding.begin_day(self._prices.mark(con_id), self._prices.rate(holding.instrument.currency))

    def equity(self) -> float:
        """Net liquidation in USD."""
        total = self.cash
        for con_id, holding in self.holdings.items():
            price, rate = self._prices.mark(con_id), self._prices.rate(holding.instrument.currency)
            stock = holding.instrument.sec_type == "STK"
            total += (holding.value(price) if stock else holding.unrealized(price)) * rate
        return total

    def margin(self, exposures: dict[int, Decimal] | None = None) -> tuple[float, float]:
        """Initial and maintenance margin in USD of what is held, or of other quantities by contract id."""
        quantities = {con_id: holding.quantity for con_id, holding in self.holdings.items()} | (exposures or {})
        pairs = [requirement(self._prices, con_id, quantity) for con_id, quantity in quantities.items() if quantity]
        return sum((pair[0] for pair in pairs), 0.0), sum((pair[1] for pair in pairs), 0.0)

    def state(self) -> AccountState:
        """The account now."""
        equity, (initial, maintenance) = self.equity(), self.margin()
        realized = unrealized = day = gross = 0.0
        for con_id, holding in self.holdings.items():
            price, rate = self._prices.mark(con_id), self._prices.rate(holding.instrument.currency)
            realized += holding.realized_usd
            unrealized += holding.unrealized(price) * rate
            day += holding.day_pnl_usd(price, rate)
            gross += abs(holding.value(price)) * rate if holding.instrument.sec_type == "STK" else 0.0
        return AccountState(
            id=self.id,
            cash=self.cash,
            net_liquidation=equity,
            buying_power=max(equity - initial, 0.0) / STOCK_INITIAL,
            available_funds=equity - initial,
            excess_liquidity=equity - maintenance,
            initial_margin=initial,
            maintenance_margin=maintenance,
            realized_pnl=realized,
            unrealized_pnl=unrealized,
            day_pnl=day,
            gross_position_value=gross,
            positions={con_id: self._position(con_id) for con_id in self.holdings},
        )

    def _position(self, con_id: int) -> PositionState:
        holding, price = self.holdings[con_id], self._prices.mark(con_id)
        return PositionState(
            con_id=con_id,
            quantity=holding.quantity,
            average_cost=holding.average_cost,
            market_price=price,
            market_value=holding.value(price),
            unrealized_pnl=holding.unrealized(price),
            realized_pnl=holding.realized,
            day_pnl=holding.day_pnl(price),
            currency=holding.instrument.currency,
        )
