"""The broker of a live strategy: its calls become messages to the engine, and its view comes from the answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import exact, plain, to_tick
from ibtui.domain.order import Order, OrderType, Side, new_ref
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.text import sanitize
from ibtui.link.worker import Begin, CancelWish, FillSeen, FromWorker, Refused, Said, Wish
from ibtui.worker.orders import Orders


class LiveBroker:
    """Own position and orders of one strategy; `sending` is off while it is shown the past."""

    def __init__(self, send: Callable[[FromWorker], None], begin: Begin, symbols: tuple[str, ...]) -> None:
        self._send = send
        self._symbols = symbols
        self._positions = dict(begin.position)
        self._orders = Orders(begin.orders)
        self._closing: dict[str, None] = {}
        self._instruments: dict[str, Instrument] = {}
        self._last: dict[str, float] = {}
        self.sending = False
        self.watching = False
        """The past has been shown; what it decides from here on counts."""
        self.acted = False
        """It asked for something since this was last set to False."""
        self.equity = begin.equity
        self.now = datetime.now(UTC)
        self.explanation = ""

    def trade(self, instruments: tuple[Instrument, ...]) -> None:
        """What it trades, with the price grids that its prices are moved to."""
        self._instruments = {instrument.symbol: instrument for instrument in instruments}

    def match(self, bars: tuple[Bar, ...]) -> tuple[Fill, ...]:
        return ()

    # what the strategy asks

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
        self.check(symbol, limit, stop)
        wish = Wish(
            ref=new_ref(),
            symbol=symbol,
            side=side,
            quantity=positive("the quantity", quantity),
            type=OrderType.LMT if limit is not None else OrderType.STP if stop is not None else OrderType.MKT,
            limit_price=self._price(symbol, "limit", limit),
            stop_price=self._price(symbol, "stop", stop),
            target=self._price(symbol, "tp", tp),
            protect=self._price(symbol, "sl", sl),
        )
        self.acted = self.sending
        if self.sending and symbol in self._closing:
            self.log(f"{side} {plain(wish.quantity)} {symbol} not asked: its position is still being closed")
        else:
            self._wish(wish)
        return wish.ref

    def check(self, symbol: str, limit: float | None, stop: float | None) -> None:
        """Raise ValueError for an order that nobody could place."""
        if symbol not in self._symbols:
            raise ValueError(f"{symbol!r} is not what it trades ({', '.join(self._symbols)})")
        if limit is not None and stop is not None:
            raise ValueError("an order has a limit or a stop price, not both")

    def close(self, symbol: str) -> None:
        if not self.sending or symbol in self._closing or self._orders.exiting(symbol):
            return
        if not self._orders.open(symbol) and not self._orders.asked(symbol) and not self._positions.get(symbol):
            return
        self._closing[symbol] = None
        self.acted = True
        going = self._orders.open(symbol)
        refs = [wish.ref for wish in self._orders.asked(symbol)] + [order.ref for order in going if order.live]
        for ref in refs:
            self._send(CancelWish(ref=ref))
        self._exit(symbol)

    def cancel(self, ref: str) -> None:
        if self.sending:
            self.acted = True
            self._send(CancelWish(ref=ref))

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return tuple(order for order in self._orders.open(symbol) if order.live)

    def position(self, symbol: str) -> float:
        return float(self._positions.get(symbol, 0))

    def last(self, symbol: str) -> float | None:
        return self._last.get(symbol)

    def instrument(self, symbol: str) -> Instrument | None:
        return self._instruments.get(symbol)

    @property
    def held(self) -> tuple[str, ...]:
        return tuple(symbol for symbol in self._symbols if self._positions.get(symbol))

    def log(self, text: str) -> None:
        self._send(Said(text=sanitize(text)))

    def explain(self, text: str, *values: object) -> None:
        self.explanation = text.format(*values) if values else text

    # what the engine tells

    def bars_closed(self, bars: tuple[Bar, ...], seconds: int) -> None:
        """The market moved on to the end of these bars of `seconds`."""
        self.now = bars[0].time + timedelta(seconds=seconds)
        for bar in bars:
            self._last[bar.symbol] = bar.close

    def happened(self, signal: Signal) -> None:
        """Something was told."""
        self.now = signal.time

    def quoted(self, quote: Quote) -> None:
        """The market moved."""
        self.now = datetime.now(UTC)
        if quote.mark is not None:
            self._last[quote.symbol] = quote.mark

    def order_moved(self, order: Order) -> None:
        self._orders.moved(order)
        self._exit(order.symbol)

    def holds(self, symbol: str, quantity: Decimal) -> None:
        """The account's position, for an execution algorithm."""
        self._positions[symbol] = quantity

    def filled(self, seen: FillSeen) -> None:
        self.now = seen.fill.time
        self._positions[seen.fill.symbol] = seen.position
        self._orders.filled(seen.fill)
        self._exit(seen.fill.symbol)

    def refused(self, refused: Refused) -> None:
        self._orders.refused(refused.ref)
        for symbol in list(self._closing):
            self._exit(symbol)

    @property
    def closing(self) -> bool:
        """An exit waits for orders to be cancelled."""
        return bool(self._closing)

    def _exit(self, symbol: str) -> None:
        """Trade the position away once nothing else can change it: a stop that fills meanwhile would be doubled."""
        if symbol not in self._closing or self._orders.open(symbol) or self._orders.asked(symbol):
            return
        del self._closing[symbol]
        held = self._positions.get(symbol, Decimal(0))
        if held:
            side = Side.SELL if held > 0 else Side.BUY
            self._wish(Wish(ref=new_ref(), symbol=symbol, side=side, quantity=abs(held), reduce_only=True))

    def _wish(self, wish: Wish) -> None:
        if self.sending:
            self._orders.ask(wish)
            self._send(wish)

    def _price(self, symbol: str, what: str, price: float | None) -> Decimal | None:
        if price is None:
            return None
        instrument = self._instruments.get(symbol)
        exactly = positive(what, price)
        return exactly if instrument is None else to_tick(exactly, instrument.step(exactly))


def positive(what: str, number: float) -> Decimal:
    """The exact decimal of a positive finite number; ValueError names what is wrong."""
    try:
        value = exact(number)
    except ValueError:
        value = Decimal(0)
    if value <= 0:
        raise ValueError(f"{what} must be a positive number, not {number!r}")
    return value
