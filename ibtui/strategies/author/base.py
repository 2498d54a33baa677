"""The strategy's side of the contract: hooks that are called, and calls that ask for orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.daytime import DayTime
from ibtui.domain.calendar.hours import TradingSession
from ibtui.domain.calendar.session import InstrumentSessions, Period
from ibtui.domain.coins import is_coin
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.chain import Chain, ChainOption
from ibtui.domain.order import Change, Order, Side
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import Terms
from ibtui.strategies.author.asking import asked, given
from ibtui.strategies.author.indicating import Indicating
from ibtui.strategies.author.schedule import Schedule
from ibtui.strategies.author.sizing import sized

Legs = Sequence[tuple[ChainOption | str, int]]
"""Options of a chain, or symbols, with signed ratios."""


class Broker(Protocol):
    """What stands behind a strategy's calls: an engine, or a simulation of the past."""

    sending: bool
    """Off while bars of the past only warm a strategy up."""

    def match(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        """Fill earlier orders on these bars; a live market has filled them already and returns nothing."""

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        """Ask for an order, with the prices of a target and a protective stop that its fill arms; return its ref."""

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        """Ask for an order of several instruments together, by symbol and signed ratio, and return its ref."""

    def chain(self, symbol: str, *, days: float | None) -> Chain:
        """Options near the money of the first expiry at least `days` away; IbtuiError when there are none."""

    def modify(self, change: Change) -> None:
        """Ask for other terms of one of the strategy's working orders."""

    def close(self, symbol: str) -> None:
        """Take back the strategy's orders in `symbol` that could trade beside it, then trade away what it holds."""

    def cancel(self, ref: str) -> None:
        """Cancel one of the strategy's orders, with its children."""

    def orders(self, symbol: str) -> tuple[Order, ...]:
        """The strategy's orders in `symbol` that may still trade, oldest first."""

    def position(self, symbol: str) -> float:
        """What the strategy itself holds, signed."""

    def covered(self, symbol: str) -> float:
        """How much of the account's position stops cover that are not the strategy's own."""

    def last(self, symbol: str) -> float | None:
        """The newest price known: of the last bar's close or of the market, whichever came later."""

    def instrument(self, symbol: str) -> Instrument | None:
        """What it trades under that name, as far as it is known."""

    def rate(self, symbol: str) -> float | None:
        """What one of the currency in which `symbol` trades is in the account's; None while that is not known."""

    def unrated(self, symbol: str) -> str:
        """Why it is not known, and what to do, as a part of a sentence."""

    def sessions(self, symbol: str, *, whole: bool = False) -> InstrumentSessions:
        """When it trades: its sessions, or those of all hours; American stocks' while it is not known what it is."""

    @property
    def now(self) -> datetime:
        """The time of this step, aware UTC: when the bars closed, or the event happened."""

    @property
    def held(self) -> tuple[str, ...]:
        """Symbols it holds, in the order of its symbols."""

    @property
    def equity(self) -> float | None:
        """Net liquidation of the account, in its currency."""

    def log(self, text: str) -> None:
        """A line for the log."""

    def explain(self, text: str, *values: object) -> None:
        """The decision just taken and why; `values` fill the braces in `text`, when and if somebody reads it."""


class Strategy(Indicating):
    """Subclass it, override what you need; every hook is a plain function that returns soon.

    Declare parameters with `param`; at least one of kind "symbol" or "symbols" says what it trades and one of kind
    "bar" how long its bars are. The first line of the docstring is shown as its summary, the rest in its help. Create
    indicators in `on_start`: they are fed before each hook, first with past bars, during which orders are not sent.

    `memory` outlives a restart of the program: put there what cannot be found again from bars and fills (text,
    numbers, and lists and dicts of them). It is as it was before `on_start` is called.
    """

    for_trader = False
    """True for an execution algorithm: what it trades is the trader's own position, and `position` tells that one."""

    guards = False
    """True for an algorithm that takes up the trader's own protective stops in its symbol when it is started."""

    memory: dict[str, Any]
    _broker: Broker
    _schedule: Schedule
    _first: str
    """The first symbol that it trades: whose sessions count where none is named."""
    _by_moment: bool
    """It has an `on_bars` of its own; asked once, since a backtest has millions of moments."""

    # hooks

    def on_start(self) -> None:
        """Once, before any bar; raise IbtuiError `bad_parameter` when the values do not fit together."""

    def on_bar(self, bar: Bar) -> None:
        """Called when a bar of an instrument has closed."""

    def on_bars(self, bars: tuple[Bar, ...]) -> None:
        """The bars of one close time, one for each symbol that traded; calls `on_bar` for each."""
        for bar in bars:
            self.on_bar(bar)

    def on_quote(self, quote: Quote) -> None:
        """The newest market; some are skipped when they come faster than they are taken. Never called over bars.

        With `for_trader` it is called each second, too, when nothing moved.
        """

    def on_fill(self, fill: Fill) -> None:
        """One of its own orders traded."""

    def on_event(self, event: Signal) -> None:
        """News, an economic release, an alert, or the prediction of another program."""

    def on_stop(self) -> None:
        """It is switched off; orders asked for here are not sent."""

    # orders

    def buy(
        self,
        symbol: str,
        quantity: float | None = None,
        *,
        cash: float | None = None,
        risk: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        sl: float | None = None,
        tp: float | None = None,
    ) -> str:
        """Ask to buy at market, at a limit or above a stop price, and return the order's ref.

        How much: a quantity; or the money to spend (`cash`); or the money lost when the protective stop `sl` is hit
        (`risk`), both in the account's currency, as `equity` is. They are rounded down to whole lots; when that leaves
        nothing, or while the exchange rate is not known, nothing is asked, the log says so and the ref is ""; live it
        is "" too while past bars warm it up. `sl` and `tp` are prices of a protective stop and
        a target that become active with the fill; one cancels the other. Raises ValueError for what is not a positive
        finite number.
        """
        return self._ask(symbol, Side.BUY, quantity, cash, risk, limit, stop, sl, tp)

    def sell(
        self,
        symbol: str,
        quantity: float | None = None,
        *,
        cash: float | None = None,
        risk: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        sl: float | None = None,
        tp: float | None = None,
    ) -> str:
        """Ask to sell; see `buy`."""
        return self._ask(symbol, Side.SELL, quantity, cash, risk, limit, stop, sl, tp)

    def _ask(
        self,
        symbol: str,
        side: Side,
        quantity: float | None,
        cash: float | None,
        risk: float | None,
        limit: float | None,
        stop: float | None,
        sl: float | None,
        tp: float | None,
    ) -> str:
        spent: float | None = None
        if quantity is None or cash is not None or risk is not None:
            rate = self._broker.rate(symbol)
            if rate is None:
                self._broker.log(f"{side} {symbol} not asked: {self._broker.unrated(symbol)}")
                return ""
            price = limit if limit is not None else stop if stop is not None else self._broker.last(symbol)
            instrument = self._broker.instrument(symbol)
            quantity = sized(instrument, price, sl, quantity, cash, risk, rate)
            if not quantity and price is not None:
                self._broker.log(f"{side} {symbol} not asked: the money does not reach for one lot at {price:g}")
                return ""
            at_market = side is Side.BUY and limit is None and stop is None
            if cash is not None and at_market and instrument is not None and is_coin(instrument):
                spent = cash / rate  # the money itself is what such an order says
        terms = asked(symbol, side, quantity, limit, stop, spent)
        return self._broker.place(terms, target=given("tp", tp), protect=given("sl", sl))

    def combo(self, legs: Legs, quantity: float, *, limit: float | None = None) -> str:
        """Ask for several instruments as one order, all of them or none, and return the order's ref.

        `legs` are options of a chain, or symbols, each with a ratio: 1 for one to buy, -1 for one to sell. A negative
        `quantity` sells the combo. `limit` is what one combo may cost for each share; below zero it is what it must
        bring. Fills come by leg. Raises ValueError for a quantity of 0, IbtuiError `bad_combo` for what is no combo.

            call, put = self.chain("AAPL", days=30).straddle()
            self.combo([(call, 1), (put, 1)], 1)
        """
        named = tuple((leg if isinstance(leg, str) else leg.symbol, ratio) for leg, ratio in legs)
        return self._broker.combo(named, Side.BUY if quantity > 0 else Side.SELL, abs(quantity), limit)

    def modify(
        self, ref: str, *, quantity: float | None = None, limit: float | None = None, stop: float | None = None
    ) -> None:
        """Ask for other terms of one of its working orders; what is not given stays as it is.

        The legs of an order with `sl` and `tp` have the refs of the order with "-s" and "-t" behind. What it became is
        in `orders` once the broker has confirmed it; a change that comes too late changes nothing.
        """
        self._broker.modify(
            Change(
                ref=ref,
                quantity=given("quantity", quantity),
                limit_price=given("limit", limit),
                stop_price=given("stop", stop),
            )
        )

    def close(self, symbol: str) -> None:
        """Be flat: cancel its own entries and resting exits in `symbol`, then trade away what it holds.

        Its stop and target stay at the broker until that has filled.
        """
        self._broker.close(symbol)

    def cancel(self, ref: str) -> None:
        """Cancel one of its own orders, with its children."""
        self._broker.cancel(ref)

    # what it knows

    def orders(self, symbol: str) -> tuple[Order, ...]:
        """Its own orders in `symbol` that may still trade, oldest first."""
        return self._broker.orders(symbol)

    def position(self, symbol: str) -> float:
        """What it holds of `symbol` by its own fills, signed; 0 when flat."""
        return self._broker.position(symbol)

    def covered(self, symbol: str) -> float:
        """With `for_trader`: how much of the position stops cover that are not its own; 0 over the past."""
        return self._broker.covered(symbol)

    def chain(self, symbol: str, *, days: float | None = None) -> Chain:
        """The options of `symbol` near the money, of the first expiry at least `days` away; without, after today's.

        Live it waits for the market of these options, up to 4 s; do not ask with every bar. Over the past, and while
        past bars warm it up, a model prices them. What is in a chain can be traded from then on. Raises IbtuiError
        when there are none: no_option, no_quote, no_answer, not_connected.
        """
        return self._broker.chain(symbol, days=days)

    def last(self, symbol: str) -> float | None:
        """The newest price known; None before the first."""
        return self._broker.last(symbol)

    def rate(self, symbol: str) -> float | None:
        """What one of the currency in which `symbol` trades is in the account's: 1 where they are the same.

        A price times it is money as `equity` and `cash=` are. None while IB has not told it, and nothing that is asked
        for in `symbol` is sent.
        """
        return self._broker.rate(symbol)

    @property
    def held(self) -> tuple[str, ...]:
        """Symbols it holds, in a fixed order."""
        return self._broker.held

    @property
    def equity(self) -> float | None:
        """Net liquidation of the account in its base currency; None while unknown."""
        return self._broker.equity

    @property
    def now(self) -> datetime:
        """The time of this moment, aware UTC; over the past it is the past."""
        return self._broker.now

    @property
    def warming(self) -> bool:
        """It is shown bars of the past before it begins: what it asks for now goes nowhere."""
        return not self._broker.sending

    # sessions and schedules

    def session(self, symbol: str = "") -> TradingSession:
        """The session of `symbol` (of the first that it trades) that runs now, or else the next: `day`, `begin`, `end`.

        At the moment of its close it is still that session. Stocks and options have their regular hours; what trades
        around the clock has the whole session, which begins the evening before its `day`. Times are aware UTC.
        """
        return self._sessions(symbol).closing(self.now)

    def moment(self, words: str, symbol: str = "") -> datetime:
        """When "15:50" (New York), "open+5m" or "close-10m" is in that session, as `at` would call; aware UTC."""
        sessions = self._sessions(symbol)
        return DayTime.read(words).of(sessions, sessions.closing(self.now), self._schedule.lead)

    def _whole_sessions(self, symbol: str) -> InstrumentSessions:
        return self._broker.sessions(symbol, whole=True)

    def _sessions(self, symbol: str, *, whole: bool = False) -> InstrumentSessions:
        return self._broker.sessions(symbol or self._first, whole=whole)

    def every(self, bars: int | Period, call: Callable[[tuple[Bar, ...]], None], *, symbol: str = "") -> None:
        """Call `call` with the newest bars at every `bars`-th close time, after `on_bars`; or at the first close of
        each new "day", "week" or "month", by the sessions of `symbol` (of the first that it trades). Say so in
        `on_start`."""
        if isinstance(bars, int):
            self._schedule.every(bars, call)
        else:
            self._schedule.each(bars, lambda: self._sessions(symbol), lambda: self._sessions(symbol, whole=True), call)

    def at(self, time: str, call: Callable[[tuple[Bar, ...]], None], *, symbol: str = "") -> None:
        """Call `call` once in each session of `symbol` (of the first that it trades), at "15:50" in New York, at
        "open+5m" or at "close-10m". Say so in `on_start`.

        Over the past it is called with the first bars that close then or later. Live, where no bar closes then, the
        clock calls it, with the bars that closed last: none before the first; what it could not call within 20 s is
        said in the log and not made up for. Where a session ends before a time in New York, it is called so early that
        one bar is left in which an order trades.
        """
        self._schedule.at(time, lambda: self._sessions(symbol), call)

    # words

    def log(self, text: str) -> None:
        """Write a line to the log."""
        self._broker.log(text)

    def explain(self, text: str, *values: object) -> None:
        """Say what it just decided and why; the screen shows the last one.

        `explain("fast {:.2f} above slow {:.2f}", fast, slow)` makes the text only where it is read, which a backtest
        over a million bars does not.
        """
        self._broker.explain(text, *values)
