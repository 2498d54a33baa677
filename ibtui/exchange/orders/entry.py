"""Order entry: what a client hands in is checked, and becomes an order, a change or an end of one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from ibtui.exchange.accounts.account import Ledger, WhatIf
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.markets import Markets
from ibtui.exchange.moments import moment
from ibtui.exchange.orders.checks import Rejection, check_form, rejected, rejection
from ibtui.exchange.orders.funds import Funds
from ibtui.exchange.orders.matching import Matching
from ibtui.exchange.orders.order import ExchangeOrders, WorkingOrder, family
from ibtui.exchange.refusal import Refused
from ibtui.exchange.terms.conditions import MarketCondition
from ibtui.exchange.told.reports import ClientOrder


class OrderEntry:
    """Takes tickets in, or refuses them."""

    def __init__(
        self,
        ledger: Callable[[str], Ledger],
        market: Callable[[int], Market],
        markets: Markets,
        orders: ExchangeOrders,
        funds: Funds,
        matching: Matching,
    ) -> None:
        """`ledger` and `market` raise Refused for an account or a contract that is not there."""
        self._ledger, self._market, self._markets = ledger, market, markets
        self._orders, self._funds, self._matching = orders, funds, matching

    def place(self, ticket: ClientOrder) -> int:
        """Take an order and return its number; what becomes of it, a rejection too, is reported.

        An order with `transmit` False is held in silence (state PendingSubmit) until one of its bracket is sent. Raises
        Refused for what is no order at all: unknown account, contract, parent, type, or a number missing.
        """
        self._check(ticket)
        market = self._market(ticket.con_id)
        self._markets.wake(market)
        order = self._orders.add(ticket, market, self._matching.time)
        refusal = rejection(ticket, order.market)
        if refusal is None and order.parent is not None and order.parent.state in ("Cancelled", "Inactive"):
            refusal = rejected("Parent order is not working")
        if refusal is None and self._orders.group_is_over(order.ticket):
            refusal = rejected("The OCA group has been filled already")
        if refusal is not None:
            self._matching.reject(order, *refusal)
        elif ticket.transmit:
            self._send(order)
        return order.perm_id

    def modify(self, perm_id: int, ticket: ClientOrder) -> None:
        """Change price, quantity or time in force of an open order, or send a held one by `transmit`.

        A new price or a larger quantity loses the place in the queue. Raises Refused with IB's code: 104 filled, 105
        another contract, side, account or type, 110 off tick, 161 ended, 201 and 10318 as for a new order, 10147
        unknown.
        """
        order = self._known(perm_id)
        if order.state == "Filled":
            raise Refused(104, "Cannot modify a filled order.")
        if order.done:
            raise Refused(161, f"Order is not in a state in which it can be modified, state: {order.state}")
        if ticket.algo != order.ticket.algo:
            raise Refused(440, "The order modify failed. Algorithm cannot be modified.")
        if not self._same(order.ticket, ticket) or not self._orders.may_change(order, ticket):
            raise Refused(105, "Order being modified does not match original order.")
        ticket = replace(ticket, parent=order.ticket.parent)
        self._check(ticket)
        refusal = rejection(ticket, order.market) or self._poor(order, ticket)
        if ticket.quantity <= order.filled:
            refusal = rejected("The order size must be above the quantity filled")
        if refusal is not None:
            raise Refused(*refusal)
        self._change(order, ticket)

    def _same(self, old: ClientOrder, new: ClientOrder) -> bool:
        """Whether both are one order; a parent that is done need not be named any more."""
        parent = None if old.parent is None else self._orders.get(old.parent)
        free = new.parent is None and parent is not None and parent.done
        return _identity(old) == _identity(new) and (new.parent == old.parent or free)

    def cancel(self, perm_id: int) -> None:
        """Cancel an open order, with the children of an unfilled parent; children of a partly filled one shrink.

        A sibling stays. Raises Refused: 10147 when the order is not known, 10148 when it has ended.
        """
        order = self._known(perm_id)
        if order.done:
            text = f"OrderId {perm_id} that needs to be cancelled cannot be cancelled, state: {order.state}."
            raise Refused(10148, text)
        self._matching.cancel(order)

    def preview(self, ticket: ClientOrder) -> WhatIf:
        """What an order would cost and bind; raises Refused where it would be rejected for anything but money."""
        self._check(ticket)
        market = self._market(ticket.con_id)
        refusal = rejection(ticket, market)
        if refusal is not None:
            raise Refused(*refusal)
        return self._funds.preview(ticket, self._parent(ticket), market)

    def _check(self, ticket: ClientOrder) -> None:
        self._ledger(ticket.account)
        self._market(ticket.con_id)
        check_form(ticket, moment(self._matching.time))
        for condition in ticket.conditions:
            if isinstance(condition, MarketCondition):
                self._markets.wake(self._market(condition.con_id))
        parent = self._parent(ticket)
        if parent is not None and parent.ticket.account != ticket.account:
            raise Refused(321, "Error validating request.-'bW' : cause - Parent order is of another account")

    def _parent(self, ticket: ClientOrder) -> WorkingOrder | None:
        if ticket.parent is None:
            return None
        parent = self._orders.get(ticket.parent)
        if parent is None:
            raise Refused(135, f"Can't find order with id ={ticket.parent}")
        return parent

    def _send(self, order: WorkingOrder) -> None:
        """Send an order with every held one of its bracket."""
        members = [member for member in family(order) if not member.done and not member.sent]
        for member in members:
            refusal = self._poor(member, member.ticket)
            if refusal is not None and not member.done:
                self._matching.reject(member, *refusal)
        self._matching.send([member for member in members if not member.done])

    def _change(self, order: WorkingOrder, ticket: ClientOrder) -> None:
        old, order.ticket = order.ticket, _amended(order.ticket, ticket)
        if _trigger(old) != _trigger(ticket):
            order.arm()
        if (old.good_after, old.good_till) != (ticket.good_after, ticket.good_till):
            self._matching.waiting.set_alarms(order)
        if old.conditions != ticket.conditions:
            self._matching.waiting.reconsider(order)
        if not order.sent:
            if ticket.transmit:
                self._send(order)
        elif _place(old) == _place(ticket) and ticket.quantity <= old.quantity:
            self._matching.keep(order)
        else:
            self._matching.requeue(order)

    def _poor(self, order: WorkingOrder, ticket: ClientOrder) -> Rejection | None:
        reason = self._funds.shortage(ticket, order.parent, order)
        return rejected(reason) if reason else None

    def _known(self, perm_id: int) -> WorkingOrder:
        order = self._orders.get(perm_id)
        if order is None:
            raise Refused(10147, f"OrderId {perm_id} that needs to be cancelled is not found.")
        return order


def _identity(ticket: ClientOrder) -> tuple[object, ...]:
    return ticket.account, ticket.con_id, ticket.side, ticket.type


def _place(ticket: ClientOrder) -> tuple[object, ...]:
    """What cannot change without losing the place in the queue."""
    return ticket.outside_rth, ticket.limit_price, ticket.offset, *_trigger(ticket)


def _trigger(ticket: ClientOrder) -> tuple[Decimal | None, ...]:
    return ticket.stop_price, ticket.trail_amount, ticket.trail_percent, ticket.limit_offset


def _amended(old: ClientOrder, new: ClientOrder) -> ClientOrder:
    """The new terms of an order that stays in its group."""
    return replace(new, oca_group=old.oca_group, oca_type=old.oca_type, transmit=old.transmit or new.transmit)
