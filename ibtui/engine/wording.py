"""How orders and fills read in the log and in plans."""

from __future__ import annotations

from datetime import tzinfo

from ibtui.domain.calendar.clock import shown
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument, traded_price
from ibtui.domain.order import DOUBTED, SETTLED, Order, OrderStatus
from ibtui.domain.signal import Signal
from ibtui.domain.words import order_words, price_words, quantity_words, status_words, trade_words
from ibtui.link.messages import LogKind


def fate_words(first: Order) -> str:
    """`sent`, or what is known of an order already."""
    if first.status in (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.UNKNOWN):
        status = "UNKNOWN" if first.status is OrderStatus.UNKNOWN else str(first.status)
        return f"{status}: {first.reason}" if first.reason else status
    return {OrderStatus.PENDING: "sent", OrderStatus.PARTLY_FILLED: "partly filled"}.get(
        first.status, str(first.status)
    )


def fill_words(fill: Fill, instrument: Instrument | None) -> str:
    """`BUY 100 AAPL 187.25 · you · commission 1.00 USD`; of another program's `· other, by client 7`."""
    told = traded_price(fill.price, "" if instrument is None else instrument.sec_type)
    price = "at no price" if told is None and fill.price == 0 else price_words(fill.price, instrument)
    text = f"{trade_words(fill.side, fill.quantity, fill.symbol, instrument)} {price} · {fill.owner}"
    text += f", by {fill.source}" if fill.source else ""
    if fill.commission is None:
        return text
    return f"{text} · commission {fill.commission:.2f} {fill.commission_currency}".rstrip()


def traded_words(fill: Fill, before: Fill | None, instrument: Instrument | None) -> str:
    """A fill, or what became of one that IB corrects: a corrected quantity of 0 is a bust."""
    words = fill_words(fill, instrument)
    if before is None:
        return words
    was = f"before {quantity_words(before.quantity)} at {price_words(before.price, instrument)}"
    if fill.quantity == 0:
        return f"busted by IB: {words}, {was}"
    return f"corrected by IB: {words}, {was}"


def order_line(order: Order, instrument: Instrument | None) -> tuple[LogKind, str]:
    """The kind and the text of an order's line in the log."""
    number = f", perm {order.perm_id}" if order.status is OrderStatus.WORKING and order.perm_id else ""
    reason = f": {order.reason}" if order.reason else ""
    lost = order.status is OrderStatus.ENDED and not order.reason.startswith(SETTLED)
    doubted = order.reason.startswith(DOUBTED)
    bad = lost or doubted or order.status in (OrderStatus.REJECTED, OrderStatus.UNKNOWN)
    words = f"{order_words(order, instrument)} {status_words(order.status)}{number}{reason}"
    return ("ERROR" if bad else "ORDER"), words


def signal_line(signal: Signal, zone: tzinfo) -> tuple[LogKind, str]:
    """The kind and the text of a signal's line in the log; a price alert has a kind of its own."""
    return ("ALERT", signal.text) if signal.kind == "alert" and signal.text else ("EVENT", signal_words(signal, zone))


def signal_words(signal: Signal, zone: tzinfo) -> str:
    """`prediction AAPL 0.7 · model`, `economic CPI 0.4, expected 0.3`, `earnings AAPL due 2026-01-29 16:00:00 EST`."""
    words = [signal.kind, signal.symbol, signal.text]
    words += [f"{signal.value:g}{',' if signal.expected is not None else ''}" if signal.value is not None else ""]
    words += [f"expected {signal.expected:g}" if signal.expected is not None else ""]
    words += [f"due {shown(signal.due, zone)}" if signal.due is not None else ""]
    words += [f"· {signal.source}" if signal.source else ""]
    return " ".join(word for word in words if word)
