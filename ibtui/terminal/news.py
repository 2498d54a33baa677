"""What became of the order that the message line speaks of, as one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from decimal import Decimal

from ibtui.domain.instrument import Instrument
from ibtui.domain.label import spelled
from ibtui.domain.order import YOU, Order
from ibtui.domain.words import price_words, quantity_words
from ibtui.link.messages import Frame
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.glyphs import UNKNOWN
from ibtui.terminal.model import Model


def news(before: Mapping[str, Decimal], about: frozenset[str], frame: Frame, model: Model, zone: tzinfo) -> str | None:
    """What a frame, which the model has taken, says of the orders `about` that the last answer was about.

    `before` holds what each order had filled. Nothing else may take that answer's place.
    """
    mine = [order for order in frame.orders if order.ref in about]
    filled = [order for order in mine if order.filled > before.get(order.ref, Decimal(0))]
    return fill_words(filled[-1], model, zone) if filled and not frame.snapshot else None


def fill_words(order: Order, model: Model, zone: tzinfo) -> str:
    """`BUY 100 AAPL filled at 187.25  15:41:03 · position +100 · stop 180.00 covers it`."""
    instrument = model.instruments.get(order.symbol)
    part = "" if order.remaining == 0 else f" of {quantity_words(order.quantity)}"
    by = "" if order.owner == YOU else f" for {order.owner}"
    price = UNKNOWN if order.average_price is None else price_words(order.average_price, instrument)
    what = f"{order.side} {quantity_words(order.filled)}{part} {spelled(order.symbol, instrument)}"
    standing = _standing(order.symbol, instrument, model)
    return f"{what} filled at {price}{by}  {fmt.clock(order.changed, zone)}{standing}"


def _standing(symbol: str, instrument: Instrument | None, model: Model) -> str:
    position = model.positions.get(symbol)
    if position is None or not position.quantity:
        return " · position flat"
    held = f" · position {fmt.quantity(position.quantity, 12, signed=True)}"
    if position.stop is None:
        return f"{held} · {position.cover}"
    words = {"full": " covers it", "part": " covers a part", "OVER": " · OVER", "BARE": " does not cover it"}
    return f"{held} · stop {price_words(position.stop, instrument)}{words[position.cover]}"
