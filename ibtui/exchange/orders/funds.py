"""What an order costs and binds, and whether its account can bear it."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.order import Side
from ibtui.domain.reference.margin import no_short
from ibtui.exchange.accounts.account import Ledger, WhatIf
from ibtui.exchange.accounts.margin import Request, extremes, may_be_short, request, worst_case
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.prices import Prices
from ibtui.exchange.orders.order import ExchangeOrders, WorkingOrder
from ibtui.exchange.told.reports import ClientOrder


class Funds:
    """Answers for every account, from what it holds and what its open orders may still do."""

    def __init__(self, ledgers: dict[str, Ledger], orders: ExchangeOrders, prices: Prices) -> None:
        self._ledgers, self._orders, self._prices = ledgers, orders, prices

    def shortage(self, ticket: ClientOrder, parent: WorkingOrder | None, itself: WorkingOrder | None = None) -> str:
        """Why the account cannot bear an order, empty when it can; `itself` is the order that the ticket is or changes.

        The account's other open orders count as if they filled, on the worse side of each market; children that exit
        count nothing, since they end what their parent began. An order that binds no more than is bound without it
        always passes: what reduces risk is never stopped for want of money.
        """
        if exits(ticket, parent):
            return ""
        ledger, requests = self._ledgers[ticket.account], self._requests(ticket.account, itself)
        before, _ = ledger.margin(_exposures(ledger, requests))
        remaining = ticket.quantity - (itself.filled if itself else 0)
        requests.setdefault(ticket.con_id, []).append(request(ticket, "", remaining))
        listing = self._prices.market(ticket.con_id).listing
        if ticket.side is Side.SELL and not may_be_short(listing, ledger.terms.kind == "cash"):
            _, shortest = extremes(ledger.quantity(ticket.con_id), requests[ticket.con_id])
            if shortest < 0:
                return no_short(listing.instrument.symbol, ledger.terms.kind)
        after, _ = ledger.margin(_exposures(ledger, requests))
        equity = ledger.equity()
        if after <= before or after <= equity:
            return ""
        money = ledger.currency
        return f"Equity with loan value {equity:,.2f} {money} must exceed the initial margin {after:,.2f} {money}"

    def preview(self, ticket: ClientOrder, parent: WorkingOrder | None, market: Market) -> WhatIf:
        """The order filled whole at its own price, or at the touch where it has none."""
        ledger, instrument = self._ledgers[ticket.account], market.listing.instrument
        fee = ledger.fee(instrument, float(ticket.quantity), _likely_price(ticket, market))
        cost = fee * ledger.rate(instrument.currency)
        equity, (initial, maintenance) = ledger.equity(), ledger.margin()
        held = ledger.quantity(market.con_id) + ticket.side.sign * ticket.quantity
        initial_after, maintenance_after = ledger.margin({market.con_id: held})
        return WhatIf(
            commission=fee,
            commission_currency=instrument.currency,
            initial_before=initial,
            initial_change=initial_after - initial,
            initial_after=initial_after,
            maintenance_before=maintenance,
            maintenance_change=maintenance_after - maintenance,
            maintenance_after=maintenance_after,
            equity_before=equity,
            equity_change=-cost,
            equity_after=equity - cost,
            refusal=self.shortage(ticket, parent),
        )

    def goes_short(self, order: WorkingOrder) -> bool:
        """Whether an order would sell more than its account holds."""
        held = self._ledgers[order.ticket.account].quantity(order.market.con_id)
        return order.side is Side.SELL and held < order.remaining and not exits(order.ticket, order.parent)

    def _requests(self, account: str, itself: WorkingOrder | None) -> dict[int, list[Request]]:
        requests: dict[int, list[Request]] = {}
        for order in self._orders.open():
            counts = order.sent and order is not itself and not exits(order.ticket, order.parent)
            if counts and order.ticket.account == account:
                entry = request(order.ticket, str(order.perm_id), order.remaining)
                requests.setdefault(order.market.con_id, []).append(entry)
        return requests


def exits(ticket: ClientOrder, parent: WorkingOrder | None) -> bool:
    """Whether an order only ends what its parent begins."""
    return parent is not None and parent.side is not ticket.side and parent.ticket.con_id == ticket.con_id


def _exposures(ledger: Ledger, requests: dict[int, list[Request]]) -> dict[int, Decimal]:
    return {con_id: worst_case(ledger.quantity(con_id), entries) for con_id, entries in requests.items()}


def _likely_price(ticket: ClientOrder, market: Market) -> float:
    price = ticket.limit_price or ticket.stop_price
    if price is not None:
        return float(price)
    return market.mark() if market.closed else market.grid.price(market.book.touch(ticket.side))
