"""The strategy's side of the contract: hooks that are called, and calls that ask for orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.strategies.indicators import PerSymbol, Sma


class Broker(Protocol):
    """What stands behind a strategy's calls: an engine, or a simulation of the past."""

    def match(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        """Fill earlier orders on these bars; a live market has filled them already and returns nothing."""

    def place(
        self,
        symbol: str,
        side: Side,
        quantity: float,
        limit: float | None,
        stop: float | None,
        sl: float | None,
        tp: float | None,
    ) -> str:
        """Ask for an order and return its ref."""

    def close(self, symbol: str) -> None:
        """Cancel the strategy's orders in `symbol`, then sell or buy back what it holds."""

    def cancel(self, ref: str) -> None:
        """Cancel one of the strategy's orders, with its children."""

    def position(self, symbol: str) -> float:
        """What the strategy itself holds, signed."""

    @property
    def held(self) -> tuple[str, ...]:
        """Symbols it holds, in the order of its symbols."""

    @property
    def equity(self) -> float | None:
        """Net liquidation of the account."""

    def log(self, text: str) -> None:
        """A line for the log."""

    def explain(self, text: str) -> None:
        """The decision just taken and why."""


class Strategy:
    """Subclass it, override what you need; every hook is a plain function that returns soon.

    Declare parameters with `param`; at least one of kind "symbol" says what it trades and one of kind "bar" how long
    its bars are. The first line of the docstring is shown as its summary. Create indicators in `on_start`: they are
    fed before each hook, first with past bars, during which orders are not sent.
    """

    _broker: Broker
    _indicators: dict[tuple[Any, ...], PerSymbol[Any]]

    def on_start(self) -> None:
        """Once, before any bar; raise IbtuiError `bad_parameter` when the values do not fit together."""

    def on_bar(self, bar: Bar) -> None:
        """A bar closed."""

    def on_bars(self, bars: tuple[Bar, ...]) -> None:
        """The bars of one close time, one for each symbol that traded; calls `on_bar` for each."""
        for bar in bars:
            self.on_bar(bar)

    def on_quote(self, quote: Quote) -> None:
        """The newest market; some are skipped when they come faster than they are taken."""

    def on_fill(self, fill: Fill) -> None:
        """One of its own orders traded."""

    def on_stop(self) -> None:
        """It is switched off; orders asked for here are not sent."""

    def buy(
        self,
        symbol: str,
        quantity: float,
        *,
        limit: float | None = None,
        stop: float | None = None,
        sl: float | None = None,
        tp: float | None = None,
    ) -> str:
        """Ask to buy at market, at a limit or above a stop price, and return the order's ref.

        `sl` and `tp` are prices of a protective stop and a target that become active with the fill; one cancels the
        other. Raises ValueError for what is not a positive finite number.
        """
        return self._broker.place(symbol, Side.BUY, quantity, limit, stop, sl, tp)

    def sell(
        self,
        symbol: str,
        quantity: float,
        *,
        limit: float | None = None,
        stop: float | None = None,
        sl: float | None = None,
        tp: float | None = None,
    ) -> str:
        """Ask to sell; see `buy`."""
        return self._broker.place(symbol, Side.SELL, quantity, limit, stop, sl, tp)

    def close(self, symbol: str) -> None:
        """Be flat: cancel its own orders in `symbol`, stops too, and then trade away what it holds."""
        self._broker.close(symbol)

    def cancel(self, ref: str) -> None:
        """Cancel one of its own orders, with its children."""
        self._broker.cancel(ref)

    def position(self, symbol: str) -> float:
        """What it holds of `symbol` by its own fills, signed; 0 when flat."""
        return self._broker.position(symbol)

    @property
    def held(self) -> tuple[str, ...]:
        """Symbols it holds, in a fixed order."""
        return self._broker.held

    @property
    def equity(self) -> float | None:
        """Net liquidation of the account in its base currency; None while unknown."""
        return self._broker.equity

    def sma(self, length: int) -> PerSymbol[Sma]:
        """Simple moving average of `length` closes for every symbol; the same length gives the same object."""
        key = ("sma", length)
        if key not in self._indicators:
            self._indicators[key] = PerSymbol(lambda: Sma(length))
        return self._indicators[key]

    @property
    def warmup(self) -> int:
        """How many bars it wants before it decides: as many as its longest indicator."""
        return max((key[1] for key in self._indicators), default=0)

    def log(self, text: str) -> None:
        """Write a line to the log."""
        self._broker.log(text)

    def explain(self, text: str) -> None:
        """Say what it just decided and why; the screen shows the last one."""
        self._broker.explain(text)
