"""The simulated broker of a backtest: takes a strategy's orders and fills them on the bars that come after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from ibtui.backtest.curve import Curve
from ibtui.backtest.instruments import instrument_of
from ibtui.backtest.settings import Settings
from ibtui.backtest.trades import Trades
from ibtui.domain.bar import Bar
from ibtui.domain.commission import commission
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.option import Chain
from ibtui.domain.order import Order, OrderStatus, Role, Side
from ibtui.strategies.schedule import ZONE
from ibtui.strategies.working import Kind, Working, at_open, inside

Check = Callable[["Simulated", Working, float], str]
"""Why an order that adds risk may not fill at a price, in one sentence; "" when it may."""
_EARLY = datetime.min.replace(tzinfo=UTC)


class Simulated:
    """One strategy's account over past bars; implements `ibtui.strategies.base.Broker`.

    Orders fill by the rules of `strategies.working`. Equity is cash plus positions at the last close; a future counts
    with its whole value on both sides, which comes to the same.
    """

    def __init__(
        self, settings: Settings, symbols: tuple[str, ...], seconds: int, *, owner: str = "backtest", check: Check
    ) -> None:
        self._settings = settings
        self._symbols = symbols
        self._seconds = timedelta(seconds=seconds)
        self._owner = owner
        self._check = check
        self._orders: dict[str, list[Working]] = {}
        self._by_ref: dict[str, Working] = {}
        self._number = 0
        self._instruments: dict[str, Instrument] = {}
        self._last: dict[str, float] = {}
        self._opened = _EARLY
        """Begin of the newest bars."""
        self._day_end = _EARLY
        self.trades = Trades(list(symbols))
        self._open = self.trades.open
        self.curve = Curve(settings.cash)
        self.cash = settings.cash
        self.sending = True
        """Off while bars of the past only warm a strategy up."""
        self.listening = True
        """Whether fills are told; a strategy without `on_fill` need not wait for them to be made."""
        self.days = 0
        self.refusals: dict[str, int] = {}
        """Sentences on orders that were not filled, and how often each was said."""
        self.said: list[tuple[datetime, str]] = []
        self.explanation: tuple[str, tuple[object, ...]] = ("", ())

    # the driver's side

    def match(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        opened = bars[0][1]
        if opened >= self._day_end:
            self._begin_day(opened)
        self._opened = opened
        fills: Iterable[Fill] = ()
        if self._orders:
            fills = self._match(bars)
        last = self._last
        for bar in bars:
            last[bar[0]] = bar[5]
        return fills

    def mark(self) -> None:
        """Put what the account is worth now on its curve."""
        value, last = self.cash, self._last
        for symbol, holding in self._open.items():
            value += holding.quantity * last[symbol] * holding.multiplier
        self.curve.add(self._opened, value)

    def finish(self) -> None:
        """The last bars have been seen."""
        if self._opened > _EARLY:
            self.curve.end_day(self._opened, self.worth)

    @property
    def worth(self) -> float:
        value = self.cash
        for symbol, holding in self.trades.open.items():
            value += holding.quantity * self._last[symbol] * holding.multiplier
        return value

    def _begin_day(self, opened: datetime) -> None:
        if self._opened > _EARLY:
            self.curve.end_day(self._opened, self.worth)
        self.days += 1
        today = opened.astimezone(ZONE).date()
        self._day_end = datetime.combine(today + timedelta(days=1), time(), ZONE).astimezone(UTC)

    # fills

    def _match(self, bars: tuple[Bar, ...]) -> list[Fill]:
        fills: list[Fill] = []
        for bar in bars:
            if bar.symbol in self._orders:
                self._match_symbol(bar, fills)
        return fills

    def _match_symbol(self, bar: Bar, fills: list[Fill]) -> None:
        self._last[bar.symbol] = bar.open
        queue = list(self._orders[bar.symbol])
        for order in queue:  # grows with what fills arm
            price = None if order.waits or order.ref not in self._by_ref else at_open(order, bar.open)
            if price is not None:
                queue += self._fill(order, price, fills)
        standing = [order for order in queue if order.ref in self._by_ref and not order.waits]
        for order in sorted(standing, key=_stops_first):
            price = None if order.ref not in self._by_ref else inside(order, bar)
            if price is not None:
                for armed in self._fill(order, price, fills):
                    stopped = inside(armed, bar) if armed.kind == "STP" and armed.ref in self._by_ref else None
                    if stopped is not None:
                        self._fill(armed, stopped, fills)

    def _fill(self, order: Working, price: float, fills: list[Fill]) -> tuple[Working, ...]:
        """Trade an order; what it arms. An exit trades no more than is held; a refused entry is gone."""
        self._remove(order)
        instrument = self._instrument(order.symbol)
        held = self.trades.quantity(order.symbol)
        quantity = order.quantity
        if order.role == "exit":
            quantity = min(quantity, abs(held)) if held * order.sign < 0 else 0.0
        if not quantity:
            return ()
        if order.kind != "LMT" and self._settings.slippage:
            price = max(price + order.sign * self._settings.slippage * float(instrument.tick), float(instrument.tick))
        signed = order.sign * quantity
        if abs(held + signed) > abs(held) and self._refused(order, price):
            self._drop_children(order)
            return ()
        fee = commission(instrument, quantity, price) if self._settings.commission == "ib" else 0.0
        multiplier = float(instrument.multiplier)
        self.trades.fill(self._opened.timestamp(), order.symbol, signed, price, fee, multiplier)
        self.cash -= signed * price * multiplier + fee
        self._cancel_group(order)
        if self.listening:
            fills.append(self._told(order, quantity, price, fee))
        for child in order.children:
            child.waits = False
        return order.children

    def _refused(self, order: Working, price: float) -> bool:
        sentence = self._check(self, order, price)
        if sentence:
            self.refuse(sentence)
        return bool(sentence)

    def refuse(self, sentence: str) -> None:
        """Count a refusal."""
        self.refusals[sentence] = self.refusals.get(sentence, 0) + 1

    def _told(self, order: Working, quantity: float, price: float, fee: float) -> Fill:
        return Fill(
            exec_id=f"{self.trades.fill_count}.01",
            ref=order.ref,
            symbol=order.symbol,
            side=Side.BUY if order.sign > 0 else Side.SELL,
            quantity=Decimal(str(quantity)),
            price=price,
            time=self._opened,
            owner=self._owner,
            commission=fee,
        )

    # the strategy's side

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
        if symbol not in self._symbols:
            raise ValueError(f"{symbol!r} is not what it trades ({', '.join(self._symbols)})")
        if limit is not None and stop is not None:
            raise ValueError("an order has a limit or a stop price, not both")
        for name, number in (("quantity", quantity), ("limit", limit), ("stop", stop), ("sl", sl), ("tp", tp)):
            if number is not None and not 0 < number < float("inf"):
                raise ValueError(f"the {name} must be a positive number, not {number!r}")
        kind: Kind = "LMT" if limit is not None else "STP" if stop is not None else "MKT"
        order = self._new(symbol, side.sign, quantity, kind, limit or stop or 0.0, "entry")
        if self.sending:
            self._add(order)
            self._add_children(order, sl, tp)
        return order.ref

    def _new(self, symbol: str, sign: int, quantity: float, kind: Kind, price: float, role: Role) -> Working:
        self._number += 1
        return Working(f"b{self._number}", symbol, sign, float(quantity), kind, price, role)

    def _add_children(self, order: Working, sl: float | None, tp: float | None) -> None:
        children = []
        for suffix, kind, price, role in (("s", "STP", sl, "stop"), ("t", "LMT", tp, "target")):
            if price is not None:
                ref = f"{order.ref}-{suffix}"
                child = Working(ref, order.symbol, -order.sign, order.quantity, kind, price, role)  # type: ignore[arg-type]
                child.waits, child.group, child.parent = True, order.ref, order.ref
                children.append(child)
                self._add(child)
        order.children = tuple(children)

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        raise _no_options()

    def chain(self, symbol: str, *, days: float | None) -> Chain:
        raise _no_options()

    def modify(self, ref: str, quantity: float | None, limit: float | None, stop: float | None) -> None:
        order = self._by_ref.get(ref)
        if order is None or not self.sending:
            return
        price = limit if order.kind == "LMT" else stop if order.kind == "STP" else None
        order.price = order.price if price is None else price
        order.quantity = order.quantity if quantity is None else float(quantity)

    def close(self, symbol: str) -> None:
        if not self.sending:
            return
        held = self.trades.quantity(symbol)
        standing = self._orders.get(symbol)
        if standing:
            if any(order.role == "exit" for order in standing):
                return
            for order in list(standing):
                self._remove(order)
        if held:
            self._add(self._new(symbol, -1 if held > 0 else 1, abs(held), "MKT", 0.0, "exit"))

    def cancel(self, ref: str) -> None:
        order = self._by_ref.get(ref)
        if order is not None and self.sending:
            self._remove(order)
            self._drop_children(order)

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return tuple(self._shown(order) for order in self._orders.get(symbol, ()))

    def _shown(self, order: Working) -> Order:
        price = Decimal(str(order.price))
        return Order(
            ref=order.ref,
            symbol=order.symbol,
            side=Side.BUY if order.sign > 0 else Side.SELL,
            quantity=Decimal(str(order.quantity)),
            type=order.kind,
            limit_price=price if order.kind == "LMT" else None,
            stop_price=price if order.kind == "STP" else None,
            status=OrderStatus.WAITING if order.waits else OrderStatus.WORKING,
            owner=self._owner,
            parent=order.parent or None,
            role=order.role,
            oca_group=order.group,
        )

    def position(self, symbol: str) -> float:
        holding = self._open.get(symbol)
        return 0.0 if holding is None else holding.quantity

    def last(self, symbol: str) -> float | None:
        return self._last.get(symbol)

    def instrument(self, symbol: str) -> Instrument | None:
        return self._instrument(symbol)

    def _instrument(self, symbol: str) -> Instrument:
        found = self._instruments.get(symbol)
        if found is None:
            found = self._settings.instruments.get(symbol) or instrument_of(symbol)
            self._instruments[symbol] = found
        return found

    @property
    def now(self) -> datetime:
        return self._opened + self._seconds

    @property
    def held(self) -> tuple[str, ...]:
        held = self.trades.open
        return tuple(symbol for symbol in self._symbols if symbol in held)

    @property
    def equity(self) -> float | None:
        return self.worth

    def log(self, text: str) -> None:
        if len(self.said) < 1_000:
            self.said.append((self.now, text))

    def explain(self, text: str, *values: object) -> None:
        self.explanation = (text, values)

    # the book of orders

    def _add(self, order: Working) -> None:
        self._orders.setdefault(order.symbol, []).append(order)
        self._by_ref[order.ref] = order

    def _remove(self, order: Working) -> None:
        if self._by_ref.pop(order.ref, None) is None:
            return
        standing = self._orders[order.symbol]
        standing.remove(order)
        if not standing:
            del self._orders[order.symbol]

    def _drop_children(self, order: Working) -> None:
        for child in order.children:
            self._remove(child)

    def _cancel_group(self, order: Working) -> None:
        if order.group:
            for other in [one for one in self._orders.get(order.symbol, ()) if one.group == order.group]:
                self._remove(other)


def _no_options() -> IbtuiError:
    return IbtuiError("no_option", "There are no options over past bars.")


def _stops_first(order: Working) -> bool:
    return order.kind != "STP"


def buying_power(broker: Simulated, order: Working, price: float) -> str:
    """Refuse what would make the gross position more than the account carries; futures and pairs have other rules."""
    instrument = broker._instrument(order.symbol)
    if instrument.sec_type in ("FUT", "CASH"):
        return ""
    gross = sum(abs(h.quantity) * (broker.last(s) or 0.0) * h.multiplier for s, h in broker.trades.open.items())
    after = gross + order.quantity * price * float(instrument.multiplier)
    most = max(broker.worth, 0.0) * broker._settings.leverage
    return (
        ""
        if after <= most * (1 + 1e-9)
        else f"buying power: positions would be worth more than {broker._settings.leverage:g} times equity"
    )
