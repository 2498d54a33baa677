"""Money of one currency in another: the exchange rates that are known, what follows from them, and where to ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from msgspec import Struct

_CODES = "EUR GBP AUD NZD USD CAD CHF SGD CNH HKD NOK DKK SEK MXN ZAR PLN CZK HUF ILS TRY INR KRW JPY"
CURRENCIES = tuple(_CODES.split())
"""In the order in which a pair names them: IDEALPRO lists each pair in one direction only, EUR.USD but USD.JPY."""
_RANK = {currency: rank for rank, currency in enumerate(CURRENCIES)}
MIDDLE = "USD"
"""Every currency has a pair with it."""


class ExchangeRates(Struct, frozen=True):
    """What is known of the worth of currencies in each other, by pair; a rate that does not follow is None, never 1.

    A value: what is learned makes another one, so that it can be handed to a client and to a test as it is.
    """

    pairs: Mapping[str, float] = {}
    """By the name of the pair: 150.0 for `USD.JPY` says that one USD costs 150 JPY. Finite and above zero."""

    def learn(self, of: str, currency: str, price: float | None) -> ExchangeRates:
        """These rates, and that one `of` costs `price` of a currency; what is no price changes nothing."""
        if price is None or not isfinite(price) or price <= 0 or of == currency or not (of and currency):
            return self
        told, back = f"{of}.{currency}", f"{currency}.{of}"
        if self.pairs.get(told) == price and back not in self.pairs:
            return self
        return ExchangeRates({**{pair: rate for pair, rate in self.pairs.items() if pair != back}, told: price})

    def under(self, others: ExchangeRates) -> ExchangeRates:
        """These rates, and `others` where both know a pair."""
        rates = self
        for pair, price in others.pairs.items():
            of, _, currency = pair.partition(".")
            rates = rates.learn(of, currency, price)
        return rates

    def rate(self, of: str, into: str) -> float | None:
        """What one `of` is worth `into` another currency: by their pair in either direction, else across a third.

        The third is the first through which it follows, in the order in which pairs were learned. None is not known.
        """
        if of == into:
            return 1.0
        direct = self._pair(of, into)
        return direct if direct is not None else next(self._crosses(of, into), None)

    def convert(self, amount: float, of: str, into: str) -> float | None:
        """An amount of one currency in another; None while the rate is not known. Nothing is nothing everywhere."""
        rate = self.rate(of, into)
        return (0.0 if amount == 0 else None) if rate is None else amount * rate

    def _pair(self, of: str, into: str) -> float | None:
        there = self.pairs.get(f"{of}.{into}")
        if there is not None:
            return there
        back = self.pairs.get(f"{into}.{of}")
        return None if back is None else 1.0 / back

    def _crosses(self, of: str, into: str) -> Iterator[float]:
        for third in dict.fromkeys(currency for pair in self.pairs for currency in pair.split(".")):
            first, second = self._pair(of, third), self._pair(third, into)
            if first is not None and second is not None:
                yield first * second


NO_RATES = ExchangeRates()


class OwnCurrency(Struct, frozen=True):
    """The currency of an account, and what others are worth in it."""

    name: str = ""
    """Empty until IB has told it: nothing is worth anything in it then."""
    rates: ExchangeRates = NO_RATES

    def rate(self, currency: str) -> float | None:
        """What one of a currency is in the account's; None while it is not known."""
        return self.rates.rate(currency, self.name) if self.name else None

    def unknown(self, currency: str) -> str:
        """Why it is not known, and what to do, as a part of a sentence."""
        return unknown_rate(currency, self.name)


def pair_name(one: str, other: str) -> str:
    """The pair of two currencies as IDEALPRO lists it: EUR.USD, USD.JPY; an unknown currency comes last."""
    first, second = sorted((one, other), key=lambda currency: (_RANK.get(currency, len(_RANK)), currency))
    return f"{first}.{second}"


def money_words(amount: float, currency: str) -> str:
    """`612,500.00 USD`; without a currency the amount alone."""
    return f"{amount:,.2f} {currency}".rstrip()


def unknown_rate(of: str, into: str) -> str:
    """Why money cannot be told in another currency, and what to do, as a part of a sentence.

    An empty `into` is the currency of an account that IB has not told yet.
    """
    if not into:
        return "IB has not said yet which currency the account is in: try again in a moment"
    return f"what {of} is worth in {into} is not known yet: `watch {pair_name(of, into)}`"
