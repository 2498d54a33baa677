"""Orders: place, modify, cancel, what if, and what a client hears of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ibtui.exchange.accounts.account import WhatIf
from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.reports import ClientOrder, OrderReport, Report
from ibtui.gateway import refusals
from ibtui.gateway.running.registry import LAST_ID, PlacedOrder
from ibtui.gateway.services.contracts import contract_fields, resolve
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.services.tickets import MINUTES, echo, sized_by_cash, ticket
from ibtui.gateway.services.times import zoned
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.orders import (
    COMPLETED_ORDER,
    COMPLETED_ORDERS_END,
    OPEN_ORDER,
    OPEN_ORDER_END,
    ORDER_BOUND,
    ORDER_STATUS,
    PLACE_ORDER,
)

_DONE = ("Filled", "Cancelled", "Inactive")


class OrdersService(Service):
    """One client's orders, and the lists in which it may see everybody's.

    Client 0 may take over orders that no client placed: those that are open when it asks for its own, and with
    reqAutoOpenOrders those that come later.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._binds = False

    def handlers(self) -> Mapping[int, Handler]:
        return {
            PLACE_ORDER.id: self._place,
            requests.CANCEL_ORDER.id: self._cancel,
            requests.REQ_GLOBAL_CANCEL.id: self._cancel_all,
            requests.REQ_OPEN_ORDERS.id: self._own,
            requests.REQ_ALL_OPEN_ORDERS.id: self._all,
            requests.REQ_AUTO_OPEN_ORDERS.id: self._bind,
            requests.REQ_COMPLETED_ORDERS.id: self._completed,
        }

    def started(self) -> None:
        self._send_orders(self._mine(self.backend.exchange.orders()))

    def report(self, report: Report) -> None:
        if not isinstance(report, OrderReport):
            return
        placed = self.backend.registry.by_perm_id(report.perm_id)
        if self._binds and not placed.order_id and report.state not in _DONE:
            placed = self._bound(report.perm_id)
        if not self.backend.concerns(self.client.id, placed) or _held(report):
            return
        if report.state != "Cancelled":
            self._send_order(placed, report)
        self._send_status(placed, report)
        if report.code and placed.client_id == self.client.id:
            self.client.error(placed.order_id, report.code, report.reason)

    def _place(self, order: Values) -> None:
        self._writable()
        order_id = order["orderId"]
        if order_id > LAST_ID:
            raise refusals.order_id_too_high(order_id)
        placed = self.backend.registry.by_order_id(self.client.id, order_id)
        wanted = self._ticket(order)
        if self.backend.groups_locked and self._in_group(wanted):
            raise refusals.locked_group()
        if order["whatIf"]:
            self._preview(order, wanted)
        elif placed is not None:
            self._modify(placed, wanted, order)
        elif order_id <= self.backend.registry.highest(self.client.id):
            raise refusals.duplicate_order()
        else:
            self.backend.registry.use(self.client.id, order_id)
            perm_id = self.backend.exchange.place(wanted)
            self.backend.registry.add(PlacedOrder(self.client.id, order_id, perm_id, order))

    def _in_group(self, wanted: ClientOrder) -> bool:
        """Whether an order of its OCA group works already."""
        key = wanted.oca_group, wanted.account
        works = (report for report in self.backend.exchange.orders() if not _held(report) and report.state not in _DONE)
        return bool(wanted.oca_group) and any((r.ticket.oca_group, r.ticket.account) == key for r in works)

    def _modify(self, placed: PlacedOrder, wanted: ClientOrder, order: Values) -> None:
        """Change an order that stands; the id of one that is done cannot be used again."""
        standing = self._standing(placed)
        if standing.state in _DONE:
            same = (standing.ticket.con_id, standing.ticket.side) == (wanted.con_id, wanted.side)
            raise refusals.filled_order() if same and standing.state == "Filled" else refusals.duplicate_order()
        self.backend.exchange.modify(placed.perm_id, wanted)
        self.backend.registry.add(PlacedOrder(placed.client_id, placed.order_id, placed.perm_id, order))

    def _ticket(self, order: Values) -> ClientOrder:
        listing = resolve(self.backend.exchange.listings, order)
        account = order["account"] or self.backend.exchange.accounts[0]
        if account not in self.backend.exchange.accounts:
            raise refusals.validation(f"Invalid account code {account!r}")
        parent, now = self._parent(order["parentId"]), self.backend.exchange.now
        if listing.instrument.sec_type == "CRYPTO":
            tick = self.backend.exchange.tick(listing.instrument.con_id)
            order = sized_by_cash(order, listing.instrument, tick.ask if tick.ask > 0 else tick.last)
        return ticket(order, listing, account, parent, now)

    def _parent(self, order_id: int) -> int | None:
        if not order_id:
            return None
        placed = self.backend.registry.by_order_id(self.client.id, order_id)
        if placed is None:
            raise refusals.missing_parent()
        return placed.perm_id

    def _preview(self, order: Values, wanted: ClientOrder) -> None:
        preview = self.backend.exchange.preview(wanted)
        if preview.refusal:
            raise Refused(201, f"Order rejected - reason:{preview.refusal}")
        fields = _given(order) | self._contract(wanted, order) | echo(wanted)
        self.client.send(
            OPEN_ORDER,
            **fields
            | _preview_fields(preview)
            | {"clientId": self.client.id, "permId": 0, "parentId": order["parentId"], "status": "PreSubmitted"},
        )

    def _cancel(self, request: Values) -> None:
        self._writable()
        order_id = request["orderId"]
        placed = self.backend.registry.by_order_id(self.client.id, order_id)
        if placed is None:
            raise refusals.unknown_order(order_id)
        standing = self._standing(placed)
        if standing.state in _DONE:
            raise refusals.not_cancellable(order_id, standing.state)
        self.backend.exchange.cancel(placed.perm_id)

    def _cancel_all(self, _: Values) -> None:
        """Every order of every client; one that is done meanwhile, by another's cancel, is no failure."""
        self._writable()
        for standing in self.backend.exchange.orders():
            current = self.backend.exchange.order(standing.perm_id)
            if current is not None and current.state not in _DONE:
                self.backend.exchange.cancel(standing.perm_id)

    def _own(self, _: Values) -> None:
        for report in self.backend.exchange.orders() if self.client.id == 0 else ():
            if not self.backend.registry.order_id(report.perm_id):
                self._bound(report.perm_id)
        self._send_orders(self._mine(self.backend.exchange.orders()))
        self.client.send(OPEN_ORDER_END)

    def _all(self, _: Values) -> None:
        self._send_orders(self.backend.exchange.orders())
        self.client.send(OPEN_ORDER_END)

    def _bind(self, request: Values) -> None:
        if self.client.id != 0:
            raise refusals.validation("Only the default client (i.e 0) can auto bind orders.")
        self._binds = request["autoBind"]

    def _bound(self, perm_id: int) -> PlacedOrder:
        """Take over an order that no client placed."""
        placed = self.backend.registry.bind(perm_id)
        self.client.send(ORDER_BOUND, permId=perm_id, apiClientId=placed.client_id, apiOrderId=placed.order_id)
        return placed

    def _completed(self, request: Values) -> None:
        for report in self.backend.exchange.completed():
            placed = self.backend.registry.by_perm_id(report.perm_id)
            if placed.order_id or not request["apiOnly"]:
                self.client.send(COMPLETED_ORDER, **self._completed_fields(placed, report))
        self.client.send(COMPLETED_ORDERS_END)

    def _mine(self, reports: Iterable[OrderReport]) -> list[OrderReport]:
        registry = self.backend.registry
        placed = ((registry.by_perm_id(report.perm_id), report) for report in reports)
        return [report for order, report in placed if order.order_id and order.client_id == self.client.id]

    def _send_orders(self, reports: Iterable[OrderReport]) -> None:
        for report in reports:
            if not _held(report):
                placed = self.backend.registry.by_perm_id(report.perm_id)
                self._send_order(placed, report)
                self._send_status(placed, report)

    def _send_order(self, placed: PlacedOrder, report: OrderReport) -> None:
        self.client.send(
            OPEN_ORDER,
            **self._described(placed, report) | {"orderId": placed.order_id, "clientId": placed.client_id},
        )

    def _send_status(self, placed: PlacedOrder, report: OrderReport) -> None:
        self.client.send(
            ORDER_STATUS,
            orderId=placed.order_id,
            status=report.state,
            filled=report.filled,
            remaining=report.remaining,
            avgFillPrice=report.average_price,
            permId=report.perm_id,
            parentId=self.backend.registry.order_id(report.ticket.parent),
            lastFillPrice=report.last_price,
            clientId=placed.client_id,
            whyHeld=report.why_held,
        )

    def _described(self, placed: PlacedOrder, report: OrderReport) -> Values:
        wanted = report.ticket
        fields = _given(placed.terms) | self._contract(wanted, placed.terms) | echo(wanted, report)
        if placed.terms.get("tif") == MINUTES:
            fields["tif"] = MINUTES
        return fields | {
            "permId": report.perm_id,
            "parentId": self.backend.registry.order_id(wanted.parent),
            "sharesAllocation": f"{report.perm_id}.0/{wanted.account}/100",
            "status": report.state,
        }

    def _completed_fields(self, placed: PlacedOrder, report: OrderReport) -> Values:
        """What is done has no quantity left: TWS writes the remainder as total and the rest as filled."""
        filled = f"Filled Size: {report.filled}" if report.state == "Filled" else report.reason or "Cancelled"
        return self._described(placed, report) | {
            "totalQuantity": report.remaining,
            "filledQuantity": report.filled,
            "completedTime": zoned(report.time),
            "completedStatus": filled,
            "parentPermId": str(report.ticket.parent or 0),
        }

    def _contract(self, wanted: ClientOrder, order: Values) -> dict[str, Any]:
        return contract_fields(self.backend.instrument(wanted.con_id), order.get("exchange", ""))

    def _standing(self, placed: PlacedOrder) -> OrderReport:
        standing = self.backend.exchange.order(placed.perm_id)
        if standing is None:
            raise refusals.unknown_order(placed.order_id)
        return standing

    def _writable(self) -> None:
        if self.backend.read_only:
            raise refusals.read_only()


def _held(report: OrderReport) -> bool:
    """Not transmitted yet: TWS says nothing of such an order."""
    return report.state == "PendingSubmit"


def _given(terms: Values) -> Values:
    """What the client said of its order, as openOrder repeats it."""
    return {name: value for name, value in terms.items() if value not in (None, "")}


def _preview_fields(preview: WhatIf) -> Values:
    """Margins and commission, to the cent."""
    amounts = {
        "initMarginBefore": preview.initial_before,
        "initMarginChange": preview.initial_change,
        "initMarginAfter": preview.initial_after,
        "maintMarginBefore": preview.maintenance_before,
        "maintMarginChange": preview.maintenance_change,
        "maintMarginAfter": preview.maintenance_after,
        "equityWithLoanBefore": preview.equity_before,
        "equityWithLoanChange": preview.equity_change,
        "equityWithLoanAfter": preview.equity_after,
        "commission": preview.commission,
    }
    return {name: round(amount, 2) for name, amount in amounts.items()} | {
        "commissionCurrency": preview.commission_currency
    }
