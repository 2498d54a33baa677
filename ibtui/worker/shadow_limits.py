"""The limits of a strategy in shadow: judged over its own books, as a backtest judges and as the desk would."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.currency import OwnCurrency
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Change, Order, OrderIntent
from ibtui.domain.quote import Quote
from ibtui.domain.refusal import Refusal
from ibtui.link.worker import ShadowLimits
from ibtui.risk.paper import PaperDesk
from ibtui.risk.paper_ceilings import ITS_OWN, PaperRules
from ibtui.risk.paper_facts import PaperOrder, PaperWorld, last_quote


class ShadowJudge:
    """Knows what the shadow's books are worth, and asks the desk on paper; the mappings are the shadow's own."""

    def __init__(
        self,
        limits: ShadowLimits | None,
        equity: float | None,
        *,
        held: Mapping[str, Decimal],
        working: Mapping[str, PaperOrder],
        orders: Callable[[str], Iterable[Order]],
        lasts: Mapping[str, float],
        quote: Callable[[str], Quote | None],
        instruments: Mapping[str, Instrument],
        own: Callable[[], OwnCurrency | None],
    ) -> None:
        """`equity` is the account's when the shadow began, None while it is not known; `own` is its currency."""
        self._equity = equity
        self._own = own
        self._flows: dict[str, float] = {}
        """By symbol, what its open trip cost or brought so far, in the currency in which it trades."""
        self._held = held
        self._lasts = lasts
        self._told = quote
        self._instruments = instruments
        self._day = date.min
        self._desk = PaperDesk(
            _rules(limits),
            PaperWorld(
                working=working,
                positions=self._positions,
                orders=orders,
                quote=self._quote,
                instrument=instruments.get,
                currency=self._currency,
                rate=self._rate,
            ),
        )

    def paid(self, symbol: str, before: Decimal, signed: Decimal, price: float) -> None:
        """So much was bought, or sold below zero, beside what was held: by a fill, or because the books were set to it.

        What a trip made is the account's money from its end on, at the rate of then.
        """
        each, after = price * self._multiplier(symbol), before + signed
        ended = after == 0 or before * after < 0
        flow = self._flows.get(symbol, 0.0) - float(-before if ended else signed) * each
        if ended and self._equity is not None:
            self._equity += flow * self._worth_of(symbol)
        self._flows[symbol] = (-float(after) * each if after else 0.0) if ended else flow

    def refuses(self, intent: OrderIntent, now: datetime) -> Refusal | None:
        """Why an order may not go out; None for instruments that nobody told of yet."""
        symbols = [leg.symbol for leg in intent.combo] or [intent.symbol]
        if any(symbol not in self._instruments for symbol in symbols):
            return None
        return self._desk.refuses(intent, self._begun(now), now)

    def refuses_change(self, change: Change, order: Order, now: datetime) -> Refusal | None:
        """Why one that works may not take other terms."""
        return self._desk.refuses_change(change, order, self._begun(now), now)

    def _begun(self, now: datetime) -> float | None:
        """What the books are worth, at the beginning of a day too."""
        worth = self.worth
        self._begin_day(now, worth)
        return worth

    def _quote(self, symbol: str) -> Quote | None:
        """The market as it was told, else as bars tell of it."""
        return self._told(symbol) or last_quote(symbol, self._lasts.get(symbol))

    def looked(self, now: datetime) -> bool:
        """Whether the books have just reached a limit of the daily loss; asked when bars have closed."""
        worth = self._begun(now)
        return worth is not None and self._desk.look(worth)

    def _begin_day(self, now: datetime, worth: float | None) -> None:
        """A day begins with what the books are worth once that is known."""
        if worth is not None and worth == worth and exchange_day(now) != self._day:
            self._day = exchange_day(now)
            self._desk.begin_day(worth)

    def _positions(self) -> dict[str, float]:
        return {symbol: float(quantity) for symbol, quantity in self._held.items() if quantity}

    @property
    def worth(self) -> float | None:
        """The account's money; what is open counts with what it cost, at the rates of now."""
        if self._equity is None:
            return None
        return self._equity + sum(self._made(symbol, quantity) for symbol, quantity in self._positions().items())

    def _made(self, symbol: str, quantity: float) -> float:
        """What an open trip has made so far."""
        held = quantity * self._lasts.get(symbol, float("nan")) * self._multiplier(symbol)
        return (self._flows.get(symbol, 0.0) + held) * self._worth_of(symbol)

    def _worth_of(self, symbol: str) -> float:
        instrument = self._instruments.get(symbol)
        return 1.0 if instrument is None else self._rate(instrument.currency)

    def _currency(self) -> str:
        own = self._own()
        return "" if own is None else own.name

    def _rate(self, currency: str) -> float:
        """What one of a currency is in the account's; not a number while that is not known."""
        own = self._own()
        rate = 1.0 if own is None else own.rate(currency)
        return float("nan") if rate is None else rate

    def _multiplier(self, symbol: str) -> float:
        instrument = self._instruments.get(symbol)
        return 1.0 if instrument is None else float(instrument.multiplier)


def _rules(limits: ShadowLimits | None) -> PaperRules:
    """What holds a shadow; no limit where none was told, as for one that is only tried."""
    if limits is None:
        return PaperRules()
    return PaperRules(
        limits=limits.account,
        strategy=limits.strategy,
        groups=limits.groups,
        owner=limits.owner or ITS_OWN,
        bounded=limits.bounded,
    )
