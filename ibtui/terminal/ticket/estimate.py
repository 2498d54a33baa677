"""What an order would do, in the words of the screen, estimated while it is typed; the engine's plan has the say."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.commands.command import Trade
from ibtui.domain.account import Account
from ibtui.domain.commission import commission
from ibtui.domain.cover import Coverage, brought, coverage_after
from ibtui.domain.currency import MIDDLE, NO_RATES
from ibtui.domain.order import Order, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import Terms
from ibtui.domain.words import bare_words, order_sentence, over_figure
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.ticket import model
from ibtui.terminal.ticket.model import Ticket


def sentence(ticket: Ticket, quote: Quote | None) -> str:
    """`BUY 100 AAPL at 187.42 limit, day`; what is missing reads `…`."""
    target, stop = model.exits(ticket, quote)
    return order_sentence(_written(ticket, quote), ticket.instrument, target=target, protect=stop)


def _written(ticket: Ticket, quote: Quote | None) -> Trade:
    """The order as far as it is written; a quantity of 0 is not known yet."""
    return Trade(
        terms=Terms(
            side=ticket.side,
            quantity=ticket.quantity or Decimal(0),
            symbol=ticket.instrument.symbol,
            type=ticket.type,
            limit_price=model.limit(ticket, quote),
            tif=ticket.tif,
        )
    )


def figures(ticket: Ticket, quote: Quote | None, account: Account | None, found: Coverage | None) -> list[str]:
    """Value, share of the account, commission and what exits cover afterwards.

    What is unknown is left out, but for the value in the account's currency, which reads `? USD`.
    """
    price = model.reference(ticket, quote)
    if price is None or not ticket.quantity:
        return []
    value, currency = abs(ticket.instrument.value(ticket.quantity, price)), ticket.instrument.currency
    own = (account.currency if account is not None else "") or MIDDLE
    shown = [fmt.named_money(value, currency, own)]
    worth = None if account is None else account.worth(value, currency)
    if account is not None and currency != own:
        shown.append(fmt.named_money(worth, own, ""))
    if account is not None and worth is not None and account.net_liquidation:
        shown.append(f"{100 * worth / account.net_liquidation:.1f} % of NLV")
    rates = NO_RATES if account is None else account.rates
    fee = commission(ticket.instrument, float(ticket.quantity), float(price), rates)
    shown.append(f"commission about {fmt.named_money(fee, currency, own)}")
    if found is not None:
        over = "" if ticket.holds is not None else over_figure(found)  # the stops go with the fill of a close
        shown += [words for words in (bare_words(found.bare), over) if words]
    return shown


def afterwards(ticket: Ticket, quote: Quote | None, held: Decimal, orders: Iterable[Order]) -> Coverage:
    """What exits cover of the position, and trade beyond it, once the ticket has filled."""
    mine = (order for order in orders if order.symbol == ticket.instrument.symbol)
    brings = brought(*model.exits(ticket, quote))
    return coverage_after(held, ticket.side, ticket.quantity or Decimal(0), mine, brings=brings)


def affordable(ticket: Ticket, quote: Quote | None, buying_power: float | None) -> str:
    """What the quantity is counted against: `of 100 held` for a close, `of 21,236` that money would buy; else empty."""
    if ticket.holds is not None:
        return f"of {fmt.quantity(ticket.holds, 12)} held"
    price = model.reference(ticket, quote)
    if price is None or buying_power is None or ticket.instrument.sec_type != "STK" or ticket.side is Side.SELL:
        return ""
    return f"of {int(max(buying_power, 0) / float(price)):,}"
