"""The exchange rates of a run over the past: those that were given, else the bars of pairs in the same run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ibtui.domain.currency import ExchangeRates, pair_name
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.recording.playing import Moment, PlayedQuote


class PastRates:
    """What currencies are worth in the account's own at the moment that a run has come to.

    A rate that was given holds for the whole run. Else the newest price of a pair's bars counts: its open before
    orders fill, its close when the account is valued, and the fill's own price for a trade in the pair itself.
    """

    def __init__(self, currency: str, given: ExchangeRates) -> None:
        self.currency = currency
        self.known = given
        self._given = frozenset(frozenset(pair.split(".")) for pair in given.pairs)

    def rate(self, currency: str) -> float | None:
        """What one of a currency is in the account's; None while it is not known."""
        return self.known.rate(currency, self.currency)

    def learn(self, pair: Instrument, price: float) -> None:
        """A pair has that price now."""
        if frozenset((pair.root, pair.currency)) not in self._given:
            self.known = self.known.learn(pair.root, pair.currency, price)

    def beside(self, moments: Iterable[Moment], pairs: dict[str, Instrument]) -> Iterator[Moment]:
        """The bars and quotes of a run without those of pairs that it does not trade: these say what money is worth."""
        for group in moments:
            if isinstance(group, PlayedQuote):
                if (pair := pairs.get(group.quote.symbol)) is None:
                    yield group
                elif group.quote.mark:
                    self.learn(pair, group.quote.mark)
                continue
            told = [bar for bar in group if bar.symbol in pairs]
            for bar in told:
                self.learn(pairs[bar.symbol], bar.open)
            left = tuple(bar for bar in group if bar.symbol not in pairs) if told else group
            if left:
                yield left
            for bar in told:
                self.learn(pairs[bar.symbol], bar.close)

    def check(self, traded: Iterable[Instrument], pairs: Iterable[Instrument]) -> None:
        """Raise IbtuiError `no_rate` for an instrument whose money nothing in the run could tell in the account's.

        `pairs` are those that the run has bars of.
        """
        possible = self.known
        for pair in pairs:
            possible = possible.learn(pair.root, pair.currency, 1.0)
        for one in traded:
            if possible.rate(one.currency, self.currency) is None:
                raise IbtuiError("no_rate", self._unknown(one))

    def _unknown(self, instrument: Instrument) -> str:
        name, currency = pair_name(instrument.currency, self.currency), instrument.currency
        return (
            f"{instrument.symbol} trades in {currency}, and the account is in {self.currency}: give the rate (--rate "
            f"{name}=PRICE), bars of {name} beside the others (--data), or an account in {currency} "
            f"(--currency {currency})."
        )
