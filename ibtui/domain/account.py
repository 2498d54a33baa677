"""The account's money as the broker reports it."""

from __future__ import annotations

from msgspec import Struct

from ibtui.domain.currency import NO_RATES, ExchangeRates, OwnCurrency


class Account(Struct, frozen=True, kw_only=True):
    """Totals of one account in its base currency; unknown is None."""

    id: str
    currency: str = ""
    """The base currency; empty until IB has told it."""
    net_liquidation: float | None = None
    cash: float | None = None
    buying_power: float | None = None
    realized_pnl: float | None = None
    unrealized_pnl: float | None = None
    day_pnl: float | None = None
    rates: ExchangeRates = NO_RATES
    """What other currencies are worth: by IB's own valuation of the account, else by the market of their pairs."""

    def rate(self, currency: str) -> float | None:
        """What one of a currency is in the account's; None while it is not known."""
        return self.own_currency.rate(currency)

    @property
    def own_currency(self) -> OwnCurrency:
        """What its money is in, and what other money is worth in it."""
        return OwnCurrency(self.currency, self.rates)

    def worth(self, amount: float, currency: str) -> float | None:
        """An amount of a currency in the account's; None while the rate is not known."""
        return self.rates.convert(amount, currency, self.currency) if self.currency else None

    @property
    def paper(self) -> bool:
        """IB's paper and demo accounts begin with D; the port says nothing."""
        return self.id.startswith("D")
