"""A broker for strategies that trade options: chains of a model, orders that fill when a test says so."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.hours import US_STOCKS
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.domain.combo import combo_legs
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.chain import Chain, option_name
from ibtui.domain.options.model import model_chain, model_value
from ibtui.domain.order import Change, Order, OrderStatus, Side
from ibtui.domain.terms import ComboLeg, Terms
from ibtui.strategies import Strategy, step
from ibtui.strategies.author.asking import asked

VOLATILITY = 0.25


class Market:
    """One underlying at a price and a time; implements `ibtui.strategies.author.base.Broker`."""

    sending = True

    def __init__(self, now: datetime, price: float) -> None:
        self.now = now
        self.price = price
        self.positions: dict[str, float] = {}
        self.standing: dict[str, Order] = {}
        self.asked: list[str] = []
        """Every order in words."""
        self.said = ""
        self.volatility = VOLATILITY

    def bar(self, strategy: Strategy, now: datetime | None = None, price: float | None = None) -> None:
        """A bar closes."""
        self.now, self.price = now or self.now, price or self.price
        step.step(strategy, self, (Bar("AAPL", self.now, *(self.price,) * 4, 100.0),))

    def fill(self, strategy: Strategy) -> None:
        """Every standing order fills at what the model says."""
        standing, self.standing = self.standing, {}
        for order in standing.values():
            for leg in order.combo or (ComboLeg(symbol=order.symbol, side=Side.BUY),):
                side = leg.side if order.side is Side.BUY else leg.side.other
                signed = side.sign * float(order.quantity) * leg.ratio
                self.positions[leg.symbol] = self.positions.get(leg.symbol, 0.0) + signed
                fill = Fill(
                    exec_id=f"{order.ref}{leg.symbol}.01",
                    ref=order.ref,
                    symbol=leg.symbol,
                    side=side,
                    quantity=Decimal(str(abs(signed))),
                    price=self.last(leg.symbol) or 0.0,
                    time=self.now,
                    owner="test",
                )
                step.step(strategy, self, events=(fill,))

    # what strategies ask

    def match(self, bars: tuple[Bar, ...]) -> tuple[Fill, ...]:
        return ()

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        return self._stand(terms)

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        terms = asked("+".join(symbol for symbol, _ in legs), side, quantity)
        price = None if limit is None else Decimal(str(limit))
        kind = "MKT" if limit is None else "LMT"
        return self._stand(replace(terms, type=kind, limit_price=price, combo=combo_legs(legs)))

    def _stand(self, terms: Terms) -> str:
        ref = f"r{len(self.asked)}"
        self.asked.append(f"{terms.side} {float(terms.quantity):g} {terms.symbol}")
        self.standing[ref] = Order(ref=ref, terms=terms, status=OrderStatus.WORKING)
        return ref

    def chain(self, symbol: str, *, days: float | None) -> Chain:
        return model_chain(symbol, self.price, self.now, self.volatility, days=days)

    def close(self, symbol: str) -> None:
        held = self.positions.get(symbol, 0.0)
        if held and not self.orders(symbol):
            self._stand(asked(symbol, Side.SELL if held > 0 else Side.BUY, abs(held)))

    def modify(self, change: Change) -> None:
        raise AssertionError("it never changes an order")

    def cancel(self, ref: str) -> None:
        self.standing.pop(ref, None)

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return tuple(
            order
            for order in self.standing.values()
            if order.symbol == symbol or any(leg.symbol == symbol for leg in order.combo)
        )

    def position(self, symbol: str) -> float:
        return self.positions.get(symbol, 0.0)

    def covered(self, symbol: str) -> float:
        return 0.0

    def last(self, symbol: str) -> float | None:
        name = option_name(symbol)
        return self.price if name is None else model_value(name, self.price, self.now, self.volatility)

    def instrument(self, symbol: str) -> Instrument | None:
        return None

    def rate(self, symbol: str) -> float | None:
        return 1.0

    def unrated(self, symbol: str) -> str:
        raise AssertionError("it has one currency")

    def sessions(self, symbol: str, *, whole: bool = False) -> InstrumentSessions:
        return InstrumentSessions(US_STOCKS, regular=not whole)

    @property
    def held(self) -> tuple[str, ...]:
        return tuple(symbol for symbol, quantity in sorted(self.positions.items()) if quantity)

    @property
    def equity(self) -> float | None:
        return 100_000.0

    def log(self, text: str) -> None:
        self.said = text

    def explain(self, text: str, *values: object) -> None:
        self.said = text.format(*values)
