"""Accounts: cash by currency, positions at IB's average cost, profit and loss.

What is paid for (stocks, options, bonds, coins) moves cash of its own currency by its value; cash below zero is a loan
without interest. Futures are marked into net liquidation and settle their profit to cash when they are closed. A
currency trade is kept as a position in the pair: it exchanges no cash balances, and its profit, in the quote currency,
comes to cash when it is realized. A cash account has one balance: what is paid or received in another currency is
converted at once, at the rate of the moment. All commissions are part of a position's cost, as IB counts it. So in a
margin account net liquidation is at every moment the starting cash plus, by currency, realized and unrealized profit
at the rates of the moment.

A day trade is a closing of stock that was opened in the same session, counted once an order. Below 25,000 USD a margin
account shows how many of three are left in five sessions; orders are not stopped for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.currency import MIDDLE, NO_RATES
from ibtui.domain.instrument import Instrument
from ibtui.domain.reference.margin import STOCK_INITIAL
from ibtui.exchange.accounts.fees import fee
from ibtui.exchange.accounts.holdings import ZERO, AccountHolding
from ibtui.exchange.accounts.margin import requirement
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.prices import Prices
from ibtui.exchange.told.reports import PositionReport

DAY_TRADES = 3
DAY_TRADE_SESSIONS = 5
FREE_DAY_TRADING = 25_000.0
"""USD of net liquidation from which day trades are not limited (FINRA rule 4210)."""


class AccountTerms(Struct, frozen=True, kw_only=True):
    """What kind of account it is."""

    id: str
    currency: Literal["USD", "EUR"] = "USD"
    """Its base currency: it begins with cash in it, and its totals are in it."""
    kind: Literal["margin", "cash"] = "margin"
    fees: Literal["fixed", "tiered"] = "fixed"

    @classmethod
    def parse(cls, text: str) -> AccountTerms:
        """From `DU1234567` or `DU1234567:EUR:cash:tiered`, words in any order; raises ValueError for another word."""
        name, *words = text.split(":")
        terms = {_WORDS[word]: word for word in words if word in _WORDS}
        unknown = [word for word in words if word not in _WORDS]
        if unknown or not name:
            raise ValueError(f"{text!r} is no account: use ID[:USD|EUR][:margin|cash][:fixed|tiered]")
        return cls(id=name, **terms)  # type: ignore[arg-type]


_WORDS = {"USD": "currency", "EUR": "currency", "margin": "kind", "cash": "kind", "fixed": "fees", "tiered": "fees"}


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


class CurrencyState(Struct, frozen=True, kw_only=True):
    """What an account has in one currency, in that currency."""

    cash: float
    stock_value: float
    option_value: float
    futures_pnl: float
    realized_pnl: float
    unrealized_pnl: float
    net_liquidation: float
    rate: float
    """One unit in the account's base currency."""


class AccountState(Struct, frozen=True, kw_only=True):
    """Totals of one account now, in its base currency."""

    id: str
    currency: str = "USD"
    kind: str = "margin"
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
    """The value of what is paid for, long and short added."""
    positions: dict[int, PositionState]
    ledgers: dict[str, CurrencyState] = {}
    """By currency: the base, and every other with cash or positions."""
    day_trades_left: int = -1
    """Day trades that the account may still make; -1 where it may make any number."""


class WhatIf(Struct, frozen=True, kw_only=True):
    """What an order would cost and bind if it filled whole now; in the account's currency but for the commission."""

    commission: float
    """What IB would charge, in the instrument's currency."""
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


class Ledger:
    """The books of one account: its cash, its positions and what it earned."""

    def __init__(self, terms: AccountTerms, cash: float, prices: Prices) -> None:
        self.terms, self.id, self.currency = terms, terms.id, terms.currency
        self._prices = prices
        self.balances: dict[str, float] = {terms.currency: cash}
        self.holdings: dict[int, AccountHolding] = {}
        self.opened: set[int] = set()
        """Stocks that were opened in this session."""
        self.shares = 0.0
        """Shares traded in this month."""
        self.day_trades: list[set[int]] = [set()]
        """Orders that were day trades, by session, this one last."""

    def quantity(self, con_id: int) -> Decimal:
        holding = self.holdings.get(con_id)
        return holding.quantity if holding else ZERO

    def report(self, con_id: int) -> PositionReport:
        """What is told of a position that has changed; raises KeyError for what was never held."""
        held = self.holdings[con_id]
        return PositionReport(account=self.id, con_id=con_id, quantity=held.quantity, average_cost=held.average_cost)

    def rate(self, currency: str) -> float:
        """One unit of a currency in the account's base currency."""
        return 1.0 if currency == self.currency else self._prices.rate(currency) / self._prices.rate(self.currency)

    def trade(self, market: Market, signed: Decimal, price: float, commission: float, perm_id: int = 0) -> float | None:
        """Book one fill of an order; the profit it realized in the instrument's currency, None when it only opens."""
        instrument = market.listing.instrument
        holding = self.holdings.setdefault(market.con_id, AccountHolding(instrument))
        before = holding.quantity
        realized = holding.trade(signed, price, commission)
        if holding.paid:
            self.credit(instrument.currency, -instrument.value(signed, price) - commission)
        elif realized is not None:
            self.credit(instrument.currency, realized)
        if instrument.sec_type == "STK":
            self.shares += float(abs(signed))
            self._count_day_trade(market.con_id, before, holding.quantity, perm_id)
        return realized

    def fee(self, instrument: Instrument, quantity: float, price: float, *, of: float = 0.0) -> float:
        """Commission of one whole order in the instrument's currency, `of` which so much is in the account already."""
        rates = NO_RATES.learn(instrument.currency, MIDDLE, self._prices.rate(instrument.currency))
        return fee(instrument, quantity, price, rates, tiered=self.terms.fees == "tiered", month=self.shares - of)

    def begin_month(self) -> None:
        """Count the shares of the tiers from none."""
        self.shares = 0.0

    def begin_day(self) -> None:
        """Count the day's profit, and its day trades, from now on."""
        for con_id, holding in self.holdings.items():
            holding.begin_day(self._prices.mark(con_id))
        self.opened.clear()
        self.day_trades = [*self.day_trades[1 - DAY_TRADE_SESSIONS :], set()]

    def cash(self) -> float:
        """All cash in the base currency."""
        return sum(amount * self.rate(currency) for currency, amount in self.balances.items())

    def equity(self) -> float:
        """Net liquidation in the base currency."""
        held = (
            holding.equity(self._prices.mark(con_id)) * self.rate(holding.instrument.currency)
            for con_id, holding in self.holdings.items()
        )
        return self.cash() + sum(held)

    def margin(self, exposures: dict[int, Decimal] | None = None) -> tuple[float, float]:
        """Initial and maintenance margin in the base currency of what is held, or of other quantities by contract."""
        quantities = {con_id: holding.quantity for con_id, holding in self.holdings.items()} | (exposures or {})
        full, scale = self.terms.kind == "cash", 1 / self._prices.rate(self.currency)
        pairs = [
            requirement(self._prices, con_id, quantity, full) for con_id, quantity in quantities.items() if quantity
        ]
        return sum((pair[0] for pair in pairs), 0.0) * scale, sum((pair[1] for pair in pairs), 0.0) * scale

    def state(self) -> AccountState:
        """The totals of the account as they are at this moment."""
        positions = {con_id: self._position(con_id) for con_id in self.holdings}
        ledgers = {currency: self._currency(currency, positions) for currency in self._currencies()}
        equity, (initial, maintenance) = self.equity(), self.margin()
        return AccountState(
            id=self.id,
            currency=self.currency,
            kind=self.terms.kind,
            cash=self.cash(),
            net_liquidation=equity,
            buying_power=max(equity - initial, 0.0) / (STOCK_INITIAL if self.terms.kind == "margin" else 1.0),
            available_funds=equity - initial,
            excess_liquidity=equity - maintenance,
            initial_margin=initial,
            maintenance_margin=maintenance,
            realized_pnl=sum(ledger.realized_pnl * ledger.rate for ledger in ledgers.values()),
            unrealized_pnl=sum(ledger.unrealized_pnl * ledger.rate for ledger in ledgers.values()),
            day_pnl=sum(position.day_pnl * ledgers[position.currency].rate for position in positions.values()),
            gross_position_value=sum(
                abs(position.market_value) * ledgers[position.currency].rate for position in self._paid(positions)
            ),
            positions=positions,
            ledgers=ledgers,
            day_trades_left=self._day_trades_left(equity),
        )

    def credit(self, currency: str, amount: float) -> None:
        """Add to the cash of a currency, or take from it; a cash account converts it to its own."""
        if self.terms.kind == "cash":
            currency, amount = self.currency, amount * self.rate(currency)
        self.balances[currency] = self.balances.get(currency, 0.0) + amount

    def _count_day_trade(self, con_id: int, before: Decimal, after: Decimal, perm_id: int) -> None:
        turned = before * after < 0
        if con_id in self.opened and (turned or abs(after) < abs(before)):
            self.day_trades[-1].add(perm_id)
        if turned or abs(after) > abs(before):
            self.opened.add(con_id)

    def _day_trades_left(self, equity: float) -> int:
        if self.terms.kind == "cash" or equity * self._prices.rate(self.currency) >= FREE_DAY_TRADING:
            return -1
        return max(DAY_TRADES - sum(len(orders) for orders in self.day_trades), 0)

    def _currencies(self) -> list[str]:
        held = (holding.instrument.currency for holding in self.holdings.values())
        return list(dict.fromkeys((self.currency, *self.balances, *held)))

    def _currency(self, currency: str, positions: dict[int, PositionState]) -> CurrencyState:
        here = [
            (position, self.holdings[position.con_id])
            for position in positions.values()
            if position.currency == currency
        ]
        cash = self.balances.get(currency, 0.0)

        def value(*kinds: str) -> float:
            return sum((item.market_value for item, holding in here if holding.instrument.sec_type in kinds), 0.0)

        return CurrencyState(
            cash=cash,
            stock_value=value("STK"),
            option_value=value("OPT", "FOP"),
            futures_pnl=sum(
                (item.unrealized_pnl for item, holding in here if holding.instrument.sec_type == "FUT"), 0.0
            ),
            realized_pnl=sum((item.realized_pnl for item, _ in here), 0.0),
            unrealized_pnl=sum((item.unrealized_pnl for item, _ in here), 0.0),
            net_liquidation=cash + sum((holding.equity(item.market_price) for item, holding in here), 0.0),
            rate=self.rate(currency),
        )

    def _paid(self, positions: dict[int, PositionState]) -> Iterator[PositionState]:
        return (position for position in positions.values() if self.holdings[position.con_id].paid)

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
