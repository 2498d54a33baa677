"""How an order and what it does to a position are said: alike on every screen, in the log and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from ibtui.domain.cover import Coverage
from ibtui.domain.instrument import Instrument
from ibtui.domain.label import spelled
from ibtui.domain.money import places, plain
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.position import Effect, effect
from ibtui.domain.terms import OrderType


class Asked(Protocol):
    """What an order asks for, at whatever stage of its life."""

    @property
    def side(self) -> Side: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def symbol(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def limit_price(self) -> Decimal | None: ...
    @property
    def stop_price(self) -> Decimal | None: ...
    @property
    def trigger_price(self) -> Decimal | None: ...
    @property
    def tif(self) -> str: ...
    @property
    def cash(self) -> Decimal | None: ...


def price_digits(price: Decimal | float | None, instrument: Instrument | None) -> int:
    """How many digits after the point a price is shown with: those of its instrument's step there, else cents."""
    return 2 if instrument is None else instrument.digits(price)


def price_words(price: Decimal | float, instrument: Instrument | None) -> str:
    """A price with the digits its instrument is shown with; of an exact one never fewer than it has."""
    if instrument is None:
        return plain(price) if isinstance(price, Decimal) else f"{price:g}"
    digits = instrument.digits(price)
    return f"{price:.{max(digits, places(price)) if isinstance(price, Decimal) else digits}f}"


def quantity_words(quantity: Decimal) -> str:
    """`1,500`, `0.25`: with separators, without zeros that say nothing."""
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def trade_words(side: Side, quantity: Decimal, symbol: str, instrument: Instrument | None = None) -> str:
    """Side, quantity and instrument in words: `BUY 1,500 AAPL`."""
    return f"{side} {quantity_words(quantity)} {spelled(symbol, instrument)}"


def order_words(order: Asked, instrument: Instrument | None) -> str:
    """`BUY 100 AAPL LMT 187.25`: an order in a list or a line of the log."""
    return _listed(order, order.quantity, instrument)


def standing_words(order: Order, instrument: Instrument | None) -> str:
    """`SELL 60 AAPL STP 180.00 working`: what is still to trade of an order, and how it stands."""
    return f"{_listed(order, order.remaining, instrument)} {status_words(order.status)}"


def _listed(order: Asked, quantity: Decimal, instrument: Instrument | None) -> str:
    words = [trade_words(order.side, quantity, order.symbol, instrument), *_for(order, instrument), str(order.type)]
    prices = (order.limit_price, order.stop_price, order.trigger_price)
    words += [price_words(p, instrument) for p in prices if p is not None]
    return " ".join(words)


def _for(order: Asked, instrument: Instrument | None) -> tuple[str, ...]:
    """`for 500.00 USD`: the money of an order that is none of a quantity."""
    if order.cash is None:
        return ()
    return (f"for {order.cash:,.2f}{f' {instrument.currency}' if instrument is not None else ''}",)


def status_words(status: OrderStatus) -> str:
    """How the state of an order is called."""
    return _STATUS.get(status, str(status))


_STATUS = {
    OrderStatus.PENDING: "sent",
    OrderStatus.PARTLY_FILLED: "partly filled",
    OrderStatus.UNKNOWN: "UNKNOWN",
    OrderStatus.ENDED: "ended, outcome unknown",
}


def order_sentence(
    order: Asked,
    instrument: Instrument | None,
    *,
    outside: bool = False,
    waits: str = "",
    target: Decimal | None = None,
    protect: Decimal | None = None,
) -> str:
    """`BUY 100 AAPL at 187.25 limit, day, stop 180.00`: an order before it is sent, with the exits it brings.

    `outside`: it may trade outside regular hours; `waits`: until when it waits for its market. What is not known yet
    reads `…`.
    """
    quantity = quantity_words(order.quantity) if order.quantity else "…"
    about = "about " if order.cash is not None else ""
    what = f"{order.side} {about}{quantity} {spelled(order.symbol, instrument)}"
    parts = [" ".join((what, *_for(order, instrument), _at(order, instrument)))]
    parts += [tif_words(order.tif)] if order.tif else []
    parts += ["also outside regular hours"] if outside else []
    parts += [f"waits {waits}"] if waits else []
    exits = (("target", target), ("stop", protect))
    return ", ".join([*parts, *(f"{name} {price_words(p, instrument)}" for name, p in exits if p is not None)])


def tif_words(tif: str) -> str:
    """How long an order works."""
    return {"DAY": "day", "GTC": "good till cancelled", "IOC": "at once or cancelled", "Minutes": "5 minutes"}.get(
        tif, tif
    )


def _at(order: Asked, instrument: Instrument | None) -> str:
    """At which price it trades."""
    if order.type == OrderType.MKT:
        return "at market"
    price = order.stop_price if order.type == OrderType.STP else order.limit_price
    kind = {"LMT": "limit", "STP": "stop"}.get(order.type, order.type)
    return f"at {'…' if price is None else price_words(price, instrument)} {kind}"


def holding_words(quantity: Decimal) -> str:
    """`a long of 100`, `a short of 50`."""
    return f"a {'long' if quantity > 0 else 'short'} of {quantity_words(abs(quantity))}"


def effect_words(held: Decimal, side: Side, quantity: Decimal) -> str:
    """What the order does to the position, the verb in capitals."""
    after = held + side.sign * quantity
    return _EFFECTS[effect(held, side, quantity)](held, after)


def bare_words(bare: Decimal) -> str:
    """What would stand without a stop, as a figure among others; empty where all is covered."""
    return f"no stop: {quantity_words(bare)} BARE" if bare > 0 else ""


def over_figure(found: Coverage) -> str:
    """What exits would trade beyond a position, as a figure among others; empty where they fit."""
    return f"{found.beyond}s: {quantity_words(found.over)} OVER" if found.over else ""


def over_words(found: Coverage) -> str:
    """The same as a sentence."""
    if not found.over:
        return ""
    does = "cover" if found.beyond == "stop" else "trade"
    return f"{found.beyond}s would {does} {quantity_words(found.over)} more than is left: OVER"


_EFFECTS: dict[Effect, Callable[[Decimal, Decimal], str]] = {
    "opens": lambda held, after: f"OPENS {holding_words(after)}",
    "adds": lambda held, after: f"ADDS to {holding_words(held)}, becomes {quantity_words(abs(after))}",
    "reduces": lambda held, after: f"REDUCES {holding_words(held)} to {quantity_words(abs(after))}",
    "closes": lambda held, after: f"CLOSES {holding_words(held)}",
    "flips": lambda held, after: f"FLIPS from {_side_words(held)} to {_side_words(after)}",
}


def _side_words(held: Decimal) -> str:
    return f"{'long' if held > 0 else 'short'} {quantity_words(abs(held))}"
