"""How an order and what it does to a position are said: alike on every screen, in the log and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ibtui.domain.cover import Coverage
from ibtui.domain.instrument import Instrument
from ibtui.domain.label import spelled
from ibtui.domain.money import plain
from ibtui.domain.order import Order, OrderIntent, OrderLeg, Side
from ibtui.domain.position import Effect, effect


def price_words(price: Decimal | float, instrument: Instrument | None) -> str:
    """A price with the digits its instrument is shown with."""
    if instrument is None:
        return plain(price) if isinstance(price, Decimal) else f"{price:g}"
    return f"{price:.{instrument.decimals}f}"


def quantity_words(quantity: Decimal) -> str:
    return f"{quantity:,f}" if quantity == quantity.to_integral_value() else plain(quantity)


def order_words(order: Order | OrderLeg | OrderIntent, instrument: Instrument | None) -> str:
    """`BUY 100 AAPL LMT 187.25`."""
    words = [str(order.side), quantity_words(order.quantity), spelled(order.symbol, instrument), str(order.type)]
    words += [price_words(p, instrument) for p in (order.limit_price, order.stop_price) if p is not None]
    return " ".join(words)


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
