"""The account's money and the profit and loss of its positions, as IB streams them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.transport.pacing import Rank
from ibtui.broker.transport.wire import Wire
from ibtui.domain.account import Account
from ibtui.domain.currency import NO_RATES, ExchangeRates
from ibtui.domain.event import AccountChanged, Event, PositionValued
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import known
from ibtui.domain.text.sanitize import sanitize

FIELDS = {
    "NetLiquidation": "net_liquidation",
    "TotalCashValue": "cash",
    "BuyingPower": "buying_power",
    "RealizedPnL": "realized_pnl",
    "UnrealizedPnL": "unrealized_pnl",
}
"""IB's account tags; the profit and loss subscription, which is newer, overrides the last two."""

RATE = "ExchangeRate"
"""IB's tag for what one of a currency is in the account's base currency."""


class AccountFeed:
    """Subscribes to the account and tells of totals and valuations, at most once per network packet."""

    def __init__(self, wire: Wire, contracts: Contracts, emit: Callable[[Event], None]) -> None:
        self._wire = wire
        self._contracts = contracts
        self._emit = emit
        self._account = Account(id="")
        self._told = self._account
        self._valued: dict[str, PositionValued] = {}
        self._changed: set[str] = set()
        self._streamed = False
        self._pnl = 0
        self._singles: dict[int, Instrument] = {}
        self._rated = False
        self._rates: dict[str, float | None] = {}
        """What one of each currency is in the account's, as IB tells of those that the account has."""

    def start(self, account: str) -> None:
        """A new connection, or IB lost its side of the subscriptions."""
        known = self._account if self._account.id == account else Account(id=account)
        self._account = Account(id=account, currency=known.currency)
        self._rates.clear()
        self._streamed = False
        self._singles.clear()
        self._pnl = self._wire.requests.new_id()
        self._wire.queue("reqAccountUpdates", True, account, rank=Rank.RECONCILE)
        self._wire.queue("reqPnL", self._pnl, account, "", rank=Rank.RECONCILE)

    def watch(self, instrument: Instrument) -> None:
        """Stream the profit and loss of a position."""
        known = any(instrument.con_id == other.con_id for other in self._singles.values())
        if self._wire.connected and not known:
            number = self._wire.requests.new_id()
            self._singles[number] = instrument
            self._wire.queue("reqPnLSingle", number, self._account.id, "", instrument.con_id)

    def value(self, tag: str, text: str, currency: str, account: str) -> None:
        """One total of the account, or a currency's rate; IB sends tags by the hundred, six of them matter here."""
        if tag == RATE and account in ("", self._account.id) and currency != "BASE":
            self._rates[sanitize(currency, 8)] = _number(text)
            self._rated = True
        field = FIELDS.get(tag)
        if field is None or account not in ("", self._account.id) or (self._streamed and field.endswith("_pnl")):
            return
        if field.endswith("_pnl") and currency not in ("BASE", self._account.currency):
            return
        self._account = replace(self._account, **{field: _number(text)})
        if tag == "NetLiquidation" and currency:
            self._account = replace(self._account, currency=sanitize(currency, 8))

    def profit(self, number: int, day: float, unrealized: float, realized: float) -> None:
        """Profit and loss of the whole account."""
        if number == self._pnl:
            self._streamed = True
            self._account = replace(
                self._account,
                day_pnl=known(day),
                unrealized_pnl=known(unrealized),
                realized_pnl=known(realized),
            )

    def single(
        self, number: int, _quantity: float, day: float, unrealized: float, _realized: float, _value: float
    ) -> None:
        """Profit and loss of one position."""
        instrument = self._singles.get(number)
        if instrument is not None:
            self._update(instrument.symbol, day_pnl=known(day), unrealized_pnl=known(unrealized))

    def portfolio(
        self,
        contract: Any,
        _quantity: float,
        market_price: float,
        _value: float,
        _cost: float,
        unrealized: float,
        _realized: float,
        account: str,
    ) -> None:
        """IB's slower valuation of one position."""
        if account == self._account.id:
            symbol = self._contracts.meet(contract).symbol
            self._update(symbol, market_price=known(market_price), unrealized_pnl=known(unrealized))

    def publish(self) -> None:
        """A network packet has been read: tell what it changed."""
        if self._rated and self._account.currency:
            self._rated = False
            self._account = replace(self._account, rates=self._exchange())
        if self._account != self._told:
            self._told = self._account
            self._emit(AccountChanged(account=self._account))
        if self._changed:
            changed, self._changed = self._changed, set()
            for symbol in changed:
                self._emit(self._valued[symbol])

    def _exchange(self) -> ExchangeRates:
        rates = NO_RATES
        for currency, rate in self._rates.items():
            rates = rates.learn(currency, self._account.currency, rate)
        return rates

    def _update(self, symbol: str, **values: float | None) -> None:
        old = self._valued.get(symbol) or PositionValued(symbol=symbol)
        new = replace(old, **values)
        if new != old:
            self._valued[symbol] = new
            self._changed.add(symbol)


def _number(text: str) -> float | None:
    try:
        return known(float(text))
    except ValueError:
        return None
