"""The market of options that a model prices: bars, prices and combos of what a bar of their underlying carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from ibtui.backtest.account.contracts import PastContracts
from ibtui.backtest.options import BacktestOptions, crossed
from ibtui.domain.bar import Bar
from ibtui.domain.cause import CauseKind
from ibtui.domain.quote import Quote
from ibtui.risk.paper_facts import last_quote
from ibtui.strategies.paper.standing import WorkingOrders
from ibtui.strategies.paper.working import Working


class OptionBars:
    """What a bar means for the options and combos of its symbol; `last` are the newest prices of a run.

    `options` is None for a run without options: then only combos of what has bars of its own are met.
    """

    def __init__(
        self,
        options: BacktestOptions | None,
        contracts: PastContracts,
        last: dict[str, float],
        now: Callable[[], datetime],
    ) -> None:
        self._options = options
        self.listed = {} if options is None else options.listed
        self._contracts = contracts
        self._last = last
        self._now = now

    def of(self, bar: Bar, standing: WorkingOrders) -> Iterator[tuple[str, Bar, Bar]]:
        """Options of a bar's symbol that have orders, with their asks and their bids."""
        assert self._options is not None
        closed = self._contracts.closing(bar.time)
        for symbol, listed in self.listed.items():
            if listed.underlying == bar.symbol and standing.of(symbol):
                asks, bids = (self._options.bar(symbol, bar, closed, sign) for sign in (1, -1))
                yield symbol, asks, bids

    def combo_markets(self, order: Working, bars: tuple[Bar, ...]) -> Iterator[tuple[Mapping[str, float], bool]] | None:
        """The prices of a combo's legs at the open, and at low and high where those are of one bar.

        Beside them whether it is such a moment inside the bar; None where a leg has no bar among these.
        """
        seen = {bar.symbol: bar for bar in bars}
        under = {symbol: self._contracts.underlying(symbol) for symbol in order.symbols}
        return self._markets(order, under, seen) if all(symbol in seen for symbol in under.values()) else None

    def _markets(
        self, order: Working, under: Mapping[str, str], seen: Mapping[str, Bar]
    ) -> Iterator[tuple[Mapping[str, float], bool]]:
        for moment in ("open", "low", "high") if len(set(under.values())) == 1 else ("open",):
            met = {symbol: self._leg_price(order, symbol, seen[of], moment) for symbol, of in under.items()}
            yield met, moment != "open"

    def _leg_price(self, order: Working, symbol: str, bar: Bar, moment: str) -> float:
        """What a leg costs where its underlying is at a bar's open, low or high."""
        spot: float = getattr(bar, moment)
        if self._options is None or symbol not in self.listed:
            return spot
        when = bar.time if moment == "open" else self._now()
        return crossed(self._options.value(symbol, spot, when), order.sign * dict(order.legs)[symbol])

    def quote(self, symbol: str) -> Quote | None:
        """Its market as far as bars tell of it; an option's is made by the model."""
        price = self._price(symbol)
        if symbol in self.listed and price == price:
            return Quote(symbol=symbol, bid=crossed(price, -1), ask=crossed(price, 1), last=price)
        return last_quote(symbol, price)

    def _price(self, symbol: str) -> float:
        """What it is worth now; not a number when no bar of it was seen."""
        listed = self.listed.get(symbol)
        if symbol in self._last or listed is None or self._options is None:
            return self._last.get(symbol, float("nan"))
        return self._options.value(symbol, self._last[listed.underlying], self._now())

    def mark(self, held: Mapping[str, object]) -> list[str]:
        """Value the options that are held, at the close; the options whose last day is over, in order of listing."""
        assert self._options is not None
        now, over = self._now(), []
        for symbol, listed in self.listed.items():
            ended = now >= listed.ends
            if symbol not in held and not ended:
                self._last.pop(symbol, None)
                continue
            self._last[symbol] = self._options.value(symbol, self._last[listed.underlying], now)
            if ended:
                over.append(symbol)
        return over


def option_end(quantity: float, worth: float) -> tuple[CauseKind, str]:
    """How an option ends, by what exercise brings in cash."""
    if not worth:
        return "expiry", "expired worthless"
    kind: CauseKind = "exercise" if quantity > 0 else "assignment"
    return kind, f"{'exercised' if quantity > 0 else 'assigned'}, in cash"
