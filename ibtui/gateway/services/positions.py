"""Positions: the list on request, and every change after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

from ibtui.exchange.told.reports import PositionReport, Report
from ibtui.gateway import refusals
from ibtui.gateway.services.accounts import accounts_named
from ibtui.gateway.services.contracts import held_at
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values


class PositionsService(Service):
    """Lists positions for one client, and tells it of every change after that."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._subscribed = False
        self._multi: dict[int, tuple[str, ...]] = {}

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_POSITIONS.id: self._subscribe,
            requests.CANCEL_POSITIONS.id: self._cancel,
            requests.REQ_POSITIONS_MULTI.id: self._subscribe_multi,
            requests.CANCEL_POSITIONS_MULTI.id: self._cancel_multi,
        }

    def report(self, report: Report) -> None:
        if not isinstance(report, PositionReport):
            return
        fields = self._fields(report.account, report.con_id, report.quantity, report.average_cost)
        if self._subscribed:
            self.client.send(responses.POSITION, **fields)
        for number, accounts in self._multi.items():
            if report.account in accounts:
                self.client.send(responses.POSITION_MULTI, reqId=number, **fields)

    def _subscribe(self, _: Values) -> None:
        self._subscribed = True
        for account in self.backend.exchange.accounts:
            for fields in self._held(account):
                self.client.send(responses.POSITION, **fields)
        self.client.send(responses.POSITION_END)

    def _cancel(self, _: Values) -> None:
        self._subscribed = False

    def _subscribe_multi(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._multi:
            raise refusals.processing("Duplicate request id")
        accounts = self._multi[number] = accounts_named(self.backend, request["account"], request["modelCode"])
        for fields in chain.from_iterable(self._held(account) for account in accounts):
            self.client.send(responses.POSITION_MULTI, reqId=number, **fields)
        self.client.send(responses.POSITION_MULTI_END, reqId=number)

    def _cancel_multi(self, request: Values) -> None:
        self._multi.pop(request["reqId"], None)

    def _held(self, account: str) -> Iterator[Values]:
        for position in self.backend.exchange.account(account).positions.values():
            if position.quantity:
                yield self._fields(account, position.con_id, position.quantity, position.average_cost)

    def _fields(self, account: str, con_id: int, quantity: Decimal, average_cost: float) -> Values:
        return {
            **held_at(self.backend.instrument(con_id)),
            "account": account,
            "position": quantity,
            "avgCost": average_cost,
        }
