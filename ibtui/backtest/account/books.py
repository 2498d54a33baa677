"""The books of a backtest's account: its cash, what it holds, what that is worth, and what money is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ibtui.backtest.account.contracts import PastContracts
from ibtui.backtest.money import PastRates
from ibtui.backtest.settings import Settings
from ibtui.backtest.trades import TradeList
from ibtui.domain.bar import Bar
from ibtui.domain.commission import commission
from ibtui.domain.currency import unknown_rate
from ibtui.domain.instrument import Instrument
from ibtui.domain.refusal import Refusal
from ibtui.risk.margin import MarginLeg
from ibtui.strategies.paper.book import PaperTrade


class PastBooks:
    """Cash and holdings of one run. Equity is cash plus positions at their last price, in the account's currency.

    A future counts with its whole value on both sides, which comes to the same.
    """

    def __init__(self, settings: Settings, symbols: tuple[str, ...], contracts: PastContracts) -> None:
        self.settings = settings
        self._symbols = symbols
        self.contracts = contracts
        self._foreign = contracts.foreign
        self.last: dict[str, float] = {}
        """The newest price of each symbol."""
        self.opens: dict[str, Bar] = {}
        """The first bar of each symbol."""
        self.trades = TradeList(list(symbols))
        self.open = self.trades.open
        self.cash = settings.cash
        """In the account's currency: without what open trips in other currencies have cost or brought."""
        self.borrow_fees = 0.0
        """Paid for shares that were sold short."""
        self.interest = 0.0
        """Received on money, less what was paid."""
        self.rates = PastRates(settings.currency, settings.rates)

    # what it is worth

    @property
    def worth(self) -> float:
        """Equity in the account's currency; money of an open trip in another one counts at the rate of now."""
        value = self.cash
        for symbol, holding in self.open.items():
            held = holding.quantity * self.last[symbol] * holding.multiplier
            if symbol in self._foreign:
                held = (held + holding.flow - holding.commission) * self.rate(symbol)
            value += held
        return value

    @property
    def if_held(self) -> float:
        """What the account would be worth had each symbol got an equal share of the cash at its first open."""
        growth = sum(self.last[symbol] / bar.open - 1 for symbol, bar in self.opens.items())
        return self.settings.cash * (1 + growth / max(len(self._symbols), len(self.opens), 1))

    def quantities(self) -> dict[str, float]:
        """What is held, signed, by symbol."""
        return {symbol: holding.quantity for symbol, holding in self.open.items()}

    def holdings(self) -> list[tuple[Instrument, float]]:
        """What is held, signed, by instrument."""
        return [(self.contracts.instrument(symbol), holding.quantity) for symbol, holding in self.open.items()]

    # what money is worth

    def rate(self, symbol: str) -> float:
        """What one of an instrument's currency is in the account's; not a number while that is not known."""
        return self.rate_of(self._foreign.get(symbol, self.settings.currency))

    def rate_of(self, currency: str) -> float:
        """The same of a currency."""
        rate = self.rates.rate(currency)
        return float("nan") if rate is None else rate

    def learn(self, bars: tuple[Bar, ...], moment: Literal["open", "close"]) -> None:
        """What pairs among the bars tell of currencies."""
        pairs = self.contracts.pairs
        for bar in bars:
            if bar.symbol in pairs:
                self.rates.learn(pairs[bar.symbol], bar.open if moment == "open" else bar.close)

    def unrated(self, legs: Sequence[MarginLeg]) -> Refusal | None:
        """Why nothing may be opened yet in a currency whose rate no bar has told."""
        for symbol in (leg.instrument.symbol for leg in legs):
            if self._foreign and (rate := self.rate(symbol)) != rate:
                why = unknown_rate(self._foreign[symbol], self.rates.currency).partition(":")[0]
                return Refusal("no_rate", f"{symbol} trades in {self._foreign[symbol]}, and {why}.")
        return None

    # what changes it

    def fill(self, when: float, trade: PaperTrade, *, free: bool = False) -> float:
        """Book a fill at `when`, seconds since 1970; its commission in the instrument's currency, none for `free`."""
        symbol, signed, price = trade
        instrument = self.contracts.instrument(symbol)
        fee = 0.0
        if self._foreign and symbol in self.contracts.pairs:
            self.rates.learn(instrument, price)
        if self.settings.commission == "ib" and not free:
            fee = commission(instrument, abs(signed), price, self.rates.known)
        multiplier = float(instrument.multiplier)
        if symbol in self._foreign:
            rate = self.rate(symbol)
            self.cash += self.trades.fill(when, symbol, signed, price, fee, multiplier, rate)
        else:
            self.trades.fill(when, symbol, signed, price, fee, multiplier)
            self.cash -= signed * price * multiplier + fee
        self.last.setdefault(symbol, price)
        return fee

    def receive(self, symbol: str, money: float) -> None:
        """A dividend on what is held, in the instrument's currency; a short pays it."""
        self.cash += 0.0 if symbol in self._foreign else money
        self.trades.income(symbol, money, self.rate(symbol))

    def charge(self, *, borrow: float, interest: float) -> None:
        """Take a fee for borrowed shares; add interest, which is below zero where it is paid."""
        self.borrow_fees += borrow
        self.interest += interest
        self.cash += interest - borrow
