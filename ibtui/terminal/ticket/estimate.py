"""What an order would do, in the words of the screen, estimated while it is typed; the engine's plan has the say."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.domain import cover
from ibtui.domain.commission import commission
from ibtui.domain.label import spelled
from ibtui.domain.money import plain
from ibtui.domain.order import Order, OrderType, Side
from ibtui.domain.position import effect
from ibtui.domain.quote import Quote
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.ticket import model
from ibtui.terminal.ticket.model import Ticket


def sentence(ticket: Ticket, quote: Quote | None) -> str:
    """`BUY 100 AAPL at 187.42 limit, day`; what is missing reads `…`."""
    decimals = ticket.instrument.decimals
    quantity = "…" if not ticket.quantity else fmt.quantity(ticket.quantity, 12)
    price = model.limit(ticket, quote)
    shown = "…" if price is None else fmt.price(price, decimals, 12)
    at = "at market" if ticket.type is OrderType.MKT else f"at {shown} limit"
    parts = [f"{ticket.side} {quantity} {spelled(ticket.instrument.symbol, ticket.instrument)} {at}"]
    parts.append("day" if ticket.tif == "DAY" else str(ticket.tif))
    target, stop = model.exits(ticket, quote)
    parts += [
        f"{name} {fmt.price(value, decimals, 12)}"
        for name, value in (("target", target), ("stop", stop))
        if value is not None
    ]
    return ", ".join(parts)


def effect_sentence(held: Decimal, side: Side, quantity: Decimal) -> str:
    """`ADDS to a long of 100, becomes 200`: what the trade does to a position, signed as it is held."""
    after = held + side.sign * quantity
    word = effect(held, side, quantity)
    if word == "opens":
        return f"OPENS a {_stance(after)}"
    if word == "adds":
        return f"ADDS to a {_stance(held)}, becomes {plain(abs(after))}"
    if word == "reduces":
        return f"REDUCES a {_stance(held)}, becomes {plain(abs(after))}"
    if word == "closes":
        return f"CLOSES the {_stance(held)}"
    return f"FLIPS a {_stance(held)} into a {_stance(after)}"


def _stance(quantity: Decimal) -> str:
    return f"{'long' if quantity > 0 else 'short'} of {plain(abs(quantity))}"


def figures(ticket: Ticket, quote: Quote | None, net_liquidation: float | None, bare: Decimal) -> list[str]:
    """Value, share of the account, commission and what would stand without a stop; unknown ones are left out."""
    price = model.reference(ticket, quote)
    if price is None or not ticket.quantity:
        return []
    value = abs(ticket.instrument.value(ticket.quantity, price))
    shown = [fmt.money(value) + ("" if ticket.instrument.currency == "USD" else f" {ticket.instrument.currency}")]
    if net_liquidation:
        shown.append(f"{100 * value / net_liquidation:.1f} % of NLV")
    shown.append(f"commission about {commission(ticket.instrument, float(ticket.quantity), float(price)):.2f}")
    if bare > 0:
        shown.append(f"no stop: {plain(bare)} BARE")
    return shown


def bare_after(ticket: Ticket, quote: Quote | None, held: Decimal, orders: Iterable[Order]) -> Decimal:
    """Quantity that would stand without a protective stop once the ticket has filled."""
    if not ticket.quantity:
        return Decimal(0)
    mine = (order for order in orders if order.symbol == ticket.instrument.symbol)
    protected = model.exits(ticket, quote)[1] is not None
    return cover.bare_after(held, ticket.side, ticket.quantity, mine, protected=protected)


def affordable(ticket: Ticket, quote: Quote | None, buying_power: float | None) -> str:
    """What the quantity is counted against: `of 100 held` for a close, `of 21,236` that money would buy; else empty."""
    if ticket.holds is not None:
        return f"of {fmt.quantity(ticket.holds, 12)} held"
    price = model.reference(ticket, quote)
    if price is None or buying_power is None or ticket.instrument.sec_type != "STK" or ticket.side is Side.SELL:
        return ""
    return f"of {int(max(buying_power, 0) / float(price)):,}"
