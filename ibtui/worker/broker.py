"""The broker of a live strategy: its calls become messages to the engine, and its view comes from the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import Clock, SetClock, SystemClock
from ibtui.domain.calendar.cutting import HOUR, cutting_of
from ibtui.domain.calendar.hours import US_STOCKS
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.combo import TICK, combo_instrument, combo_legs
from ibtui.domain.currency import OwnCurrency
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import to_tick
from ibtui.domain.options.chain import Chain
from ibtui.domain.options.model import model_chain, option_instrument
from ibtui.domain.order import Change, Order, Side, new_ref
from ibtui.domain.position import closing_side
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import ComboLeg, OrderType, Terms
from ibtui.domain.text.sanitize import sanitize
from ibtui.domain.words import trade_words
from ibtui.link import worker
from ibtui.risk.prices import change_on_grid, on_grid, terms_on_grid
from ibtui.strategies.author.asking import positive
from ibtui.worker.orders import OwnOrders

CHAIN_SECONDS = 4.0
"""How long a hook waits for a chain; the engine shows a hook as hung after 5."""
MODEL_VOLATILITY = 0.25
"""A year's, of the chains that a strategy sees while it is shown the past."""

Ask = Callable[[worker.ChainRequest], worker.ChainAnswer | None]
"""Asks the engine and waits; None when no answer came in time."""


class LiveBroker:
    """Own position and orders of one strategy; `sending` is off while it is shown the past."""

    def __init__(
        self,
        send: Callable[[worker.FromWorker], None],
        begin: worker.Begin,
        symbols: tuple[str, ...],
        ask: Ask | None = None,
    ) -> None:
        self._send = send
        self._ask = ask
        self._symbols = symbols
        self._positions = dict(begin.position)
        self._covered: dict[str, Decimal] = {}
        self._orders = OwnOrders(begin.orders)
        self._closing: dict[str, None] = {}
        self._instruments: dict[str, Instrument] = {}
        self._told_hours: dict[str, TradingHours] = {}
        self._sessions: dict[tuple[str, bool], InstrumentSessions] = {}
        self._last: dict[str, float] = {}
        self.live = False
        """The past has been shown."""
        self._asked_chains = 0
        self.sending = False
        self.acted = False
        """It asked for something since this was last set to False."""
        self.equity = begin.equity
        self.currency: OwnCurrency | None = None
        """The account's; None where nobody told of one: then there is but one."""
        self._hours = begin.hours
        self.clock: Clock = SystemClock() if begin.time is None else SetClock(begin.time)
        self.now = self.clock.now()
        self.explanation = ""
        """What it explained last, whenever that was."""
        self.explained = False
        """It explained something since this was last set to False."""

    def trade(self, instruments: tuple[Instrument, ...], hours: Mapping[str, TradingHours] | None = None) -> None:
        """What it trades, with the price grids that its prices are moved to, and what IB told of their hours."""
        self._instruments |= {instrument.symbol: instrument for instrument in instruments}
        self._told_hours |= hours or {}
        self._sessions.clear()

    def match(self, bars: tuple[Bar, ...]) -> tuple[Fill, ...]:
        return ()

    def filled_since(self) -> tuple[Fill, ...]:
        """Fills that a shadow has made of its own and not told yet; a live market's come from the engine."""
        return ()

    def settle(self) -> tuple[Fill, ...]:
        """Let what was asked for meet the market as it stands, in shadow; its fills. Live the engine does."""
        return ()

    def tell_orders(self) -> None:
        """Tell the engine what would work, in shadow. Live it knows."""

    # what the strategy asks

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        symbol = terms.symbol
        self._tradable(symbol)
        instrument = self._instruments.get(symbol)
        request = worker.OrderRequest(
            ref=new_ref(),
            terms=terms_on_grid(terms, instrument),
            target=on_grid(target, instrument),
            protect=on_grid(protect, instrument),
        )
        self.acted = self.sending
        if self.sending and symbol in self._closing:
            what = trade_words(terms.side, terms.quantity, symbol)
            self.log(f"{what} not asked: its position is still being closed")
        else:
            self._request(request)
        return request.ref if self.sending else ""

    def modify(self, change: Change) -> None:
        if not self.sending:
            return
        refs = (change.ref, f"{change.ref}-x")
        symbol = next((one.symbol for one in self._orders.all() if one.ref in refs), "")
        self.acted = True
        self._send(worker.ChangeRequest(change=change_on_grid(change, self._instruments.get(symbol))))

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        combo = combo_legs(legs)
        for leg in combo:
            self._tradable(leg.symbol)
        request = worker.OrderRequest(
            ref=new_ref(),
            terms=Terms(
                symbol=self._combo_name(combo),
                side=side,
                quantity=positive("quantity", quantity),
                type=OrderType.MKT if limit is None else OrderType.LMT,
                limit_price=None if limit is None else to_tick(limit, TICK),
                combo=combo,
            ),
        )
        self.acted = self.sending
        self._request(request)
        return request.ref if self.sending else ""

    def _combo_name(self, combo: tuple[ComboLeg, ...]) -> str:
        """As far as its legs are known here; the engine has the last word."""
        if all(leg.symbol in self._instruments for leg in combo):
            return combo_instrument(combo, self._instruments).symbol
        return " ".join(f"{leg.side.sign * leg.ratio:+d} {leg.symbol}" for leg in combo)

    def chain(self, symbol: str, *, days: float | None) -> Chain:
        if not self.live or self._ask is None:
            return self._model(symbol, days)
        self._asked_chains += 1
        answer = self._ask(worker.ChainRequest(id=self._asked_chains, symbol=symbol, days=days))
        if answer is None:
            raise IbtuiError("no_answer", f"The options of {symbol} did not come within {CHAIN_SECONDS:g} s.")
        if answer.chain is None:
            raise IbtuiError(answer.code, answer.message)
        self._instruments |= {instrument.symbol: instrument for instrument in answer.instruments}
        self._last |= {option.symbol: option.mid for option in answer.chain.options if option.mid is not None}
        return answer.chain

    def _model(self, symbol: str, days: float | None) -> Chain:
        """The chain while the past is shown: nothing of it is traded."""
        price = self._last.get(symbol)
        if price is None:
            raise IbtuiError("no_quote", f"There is no price of {symbol} yet to look for options around.")
        chain = model_chain(symbol, price, self.now, MODEL_VOLATILITY, days=days)
        self._instruments |= {option.symbol: option_instrument(chain, option) for option in chain.options}
        return chain

    def _tradable(self, symbol: str) -> None:
        """It trades its parameters' symbols, the options that it was shown, and what it holds."""
        if symbol not in self._symbols and symbol not in self._instruments and not self._positions.get(symbol):
            raise ValueError(f"{symbol!r} is not what it trades ({', '.join(self._symbols)})")

    def close(self, symbol: str) -> None:
        if not self.sending or symbol in self._closing or self._orders.exiting(symbol):
            return
        if not self._orders.open(symbol) and not self._orders.asked(symbol) and not self._positions.get(symbol):
            return
        self._closing[symbol] = None
        self.acted = True
        going = self._in_the_way(symbol)
        refs = [request.ref for request in self._orders.asked(symbol)] + [order.ref for order in going if order.live]
        for ref in refs:
            self._send(worker.CancelRequest(ref=ref))
        self._exit(symbol)

    def cancel(self, ref: str) -> None:
        if self.sending:
            self.acted = True
            self._send(worker.CancelRequest(ref=ref))

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return tuple(order for order in self._orders.open(symbol) if order.live)

    def position(self, symbol: str) -> float:
        return float(self._positions.get(symbol, 0))

    def covered(self, symbol: str) -> float:
        return float(self._covered.get(symbol, 0))

    def last(self, symbol: str) -> float | None:
        return self._last.get(symbol)

    def instrument(self, symbol: str) -> Instrument | None:
        return self._instruments.get(symbol)

    def rate(self, symbol: str) -> float | None:
        instrument = self._instruments.get(symbol)
        return 1.0 if instrument is None or self.currency is None else self.currency.rate(instrument.currency)

    def unrated(self, symbol: str) -> str:
        instrument, own = self._instruments.get(symbol), self.currency or OwnCurrency()
        return own.unknown("" if instrument is None else instrument.currency)

    def sessions(self, symbol: str, *, whole: bool = False) -> InstrumentSessions:
        found = self._sessions.get((symbol, whole))
        if found is None:
            instrument, told = self._instruments.get(symbol), self._told_hours.get(symbol)
            regular = False if whole else None
            found = InstrumentSessions(US_STOCKS, regular=not whole)
            if instrument is not None:
                found = InstrumentSessions.of(instrument, regular=regular, told=told)
            self._sessions[symbol, whole] = found
        return found

    @property
    def held(self) -> tuple[str, ...]:
        others = (symbol for symbol in self._positions if symbol not in self._symbols)
        return tuple(symbol for symbol in (*self._symbols, *sorted(others)) if self._positions.get(symbol))

    def log(self, text: str) -> None:
        self._send(worker.Said(text=sanitize(text)))

    def explain(self, text: str, *values: object) -> None:
        self.explanation = text.format(*values) if values else text
        self.explained = True

    # what the engine tells

    def ticked(self, now: datetime | None) -> None:
        """The engine's clock shows `now`; this process's own stands for it where it was not told."""
        self.now = now or self.clock.now()

    def bars_closed(self, bars: tuple[Bar, ...], seconds: int) -> None:
        """The market moved on to the end of these bars of `seconds`."""
        self.now = self.ended(bars, seconds)
        for bar in bars:
            self._last[bar.symbol] = bar.close

    def ended(self, bars: tuple[Bar, ...], seconds: int) -> datetime:
        """When these bars closed: from an hour on with their session at the latest."""
        known = [(bar, self._instruments[bar.symbol]) for bar in bars if bar.symbol in self._instruments]
        if seconds < HOUR or not known:
            return bars[0].time + timedelta(seconds=seconds)
        return max(cutting_of(instrument, seconds, self._hours).at(bar.time).end for bar, instrument in known)

    def happened(self, signal: Signal) -> None:
        """A signal came: the strategy's time moves on to the signal's."""
        self.now = signal.time

    def quoted(self, quote: Quote, time: datetime | None = None) -> None:
        """A quote came: the strategy's time moves on, and the quote's mark is its last price."""
        self.ticked(time)
        if quote.mark is not None:
            self._last[quote.symbol] = quote.mark

    def order_moved(self, order: Order) -> None:
        self._orders.moved(order)
        for symbol in (order.symbol, *(leg.symbol for leg in order.combo)):
            self._exit(symbol)

    def holds(self, symbol: str, quantity: Decimal, covered: Decimal) -> None:
        """The account's position and what stops of others cover of it, for an execution algorithm."""
        self._positions[symbol], self._covered[symbol] = quantity, covered

    def corrected(self, seen: worker.FillSeen, difference: Decimal) -> None:
        """IB changed or took back a fill that was told before: it is no event, and the position is another."""
        self._positions[seen.fill.symbol] = seen.position
        self._orders.corrected(seen.fill, difference)

    def filled(self, seen: worker.FillSeen) -> None:
        self.now = seen.time or seen.fill.time
        self._positions[seen.fill.symbol] = seen.position
        self._orders.filled(seen.fill)
        for symbol in list(self._closing):  # the last fill of a combo frees its other legs too
            self._exit(symbol)

    def refused(self, refused: worker.RequestRefused) -> None:
        self._orders.refused(refused.ref)
        for symbol in list(self._closing):
            self._exit(symbol)

    @property
    def closing(self) -> bool:
        """An exit waits for orders to be cancelled."""
        return bool(self._closing)

    def _exit(self, symbol: str) -> None:
        """Trade the position away once nothing else can change it but its stops and targets: the exit joins their
        group, so that only one of them fills.
        """
        if symbol not in self._closing or self._in_the_way(symbol) or self._orders.asked(symbol):
            return
        del self._closing[symbol]
        held = self._positions.get(symbol, Decimal(0))
        if held:
            terms = Terms(symbol=symbol, side=closing_side(held), quantity=abs(held), type=OrderType.MKT)
            self._request(worker.OrderRequest(ref=new_ref(), terms=terms, reduce_only=True))

    def _in_the_way(self, symbol: str) -> list[Order]:
        """Orders that could change the position beside its exit."""
        held = self._positions.get(symbol, Decimal(0))
        return [order for order in self._orders.open(symbol) if not _guards(order, held)]

    def _request(self, request: worker.OrderRequest) -> None:
        if self.sending:
            self._orders.ask(request)
            self._send(request)


def _guards(order: Order, held: Decimal) -> bool:
    """Whether it is a stop or a target at work in a group, against a position that is held."""
    guards = bool(order.oca_group) and (order.protective or order.role == "target")
    return guards and order.status.at_work and order.side.sign * held < 0
