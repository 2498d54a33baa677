"""The account's money, and what other currencies are worth in it."""

from __future__ import annotations

from msgspec.structs import replace

from ibtui.domain.account import Account
from ibtui.domain.currency import NO_RATES
from ibtui.domain.event import AccountChanged
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.engine.truth.listeners import Listeners, Watchers

MOVED = 0.001
"""A pair has to move by this share before clients are told the new rate: values are shown rounded."""


class AccountFacts:
    """The account as IB last told it, with every exchange rate that is known.

    IB values the account by rates of its own, which it tells of every currency that the account has: they come first,
    so that shares of net liquidation are of one kind. Of other currencies the market of a pair counts, where that
    streams. A rate that was told stays until it is told anew, also while there is no connection.
    """

    def __init__(self, watchers: Watchers, listeners: Listeners) -> None:
        self._watchers = watchers
        self.account: Account | None = None
        self._told = NO_RATES
        """As IB values the account."""
        self._market = NO_RATES
        self._pairs: dict[str, Instrument] = {}
        listeners.instrument.append(self._met)
        listeners.quote.append(self._quoted)

    def changed(self, event: AccountChanged) -> None:
        """IB told totals of the account, or rates."""
        self._told = self._told.under(event.account.rates)
        self.account = event.account
        self._rated()

    def _met(self, instrument: Instrument) -> None:
        if instrument.sec_type == "CASH":
            self._pairs[instrument.symbol] = instrument

    def _quoted(self, quote: Quote) -> None:
        """The market of a pair moved: its middle is a rate."""
        pair = self._pairs.get(quote.symbol)
        if pair is None:
            return
        known = self._market.pairs.get(f"{pair.root}.{pair.currency}")
        if known is None or (quote.mark and abs(quote.mark / known - 1) >= MOVED):
            self._market = self._market.learn(pair.root, pair.currency, quote.mark)
            self._rated()

    def _rated(self) -> None:
        if self.account is not None:
            self.account = replace(self.account, rates=self._market.under(self._told))
            self._watchers.touch("account")
