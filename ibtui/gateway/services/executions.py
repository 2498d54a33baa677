"""Executions and their commissions: live to whoever placed the order and to the master client, and on request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ibtui.domain.order import Side
from ibtui.exchange.told.reports import Execution, Report
from ibtui.gateway import refusals
from ibtui.gateway.services.contracts import contract_fields
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.services.times import parse_time, zoned
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values

LIVE = -1
"""The request id of an execution that nobody asked for."""

_SIDES = {"": None, "BUY": Side.BUY, "BOT": Side.BUY, "SELL": Side.SELL, "SLD": Side.SELL}


class Executions(Service):
    """Tells one client of executions and their commissions."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._to_bill: list[Execution] = []

    def handlers(self) -> Mapping[int, Handler]:
        return {requests.REQ_EXECUTIONS.id: self._request}

    def report(self, report: Report) -> None:
        if not isinstance(report, Execution):
            return
        placed = self.backend.registry.by_perm_id(report.perm_id)
        if self.backend.concerns(self.client.id, placed):
            self._send(LIVE, report)
            self._to_bill.append(report)

    def settle(self) -> None:
        """Commissions follow the order's new status, as from TWS."""
        for execution in self._to_bill:
            self._send_commission(execution)
        self._to_bill.clear()

    def _request(self, request: Values) -> None:
        number = request["reqId"]
        for execution in self._found(request):
            self._send(number, execution)
            self._send_commission(execution)
        self.client.send(responses.EXEC_DETAILS_END, reqId=number)

    def _found(self, wanted: Values) -> list[Execution]:
        since = _since(wanted["time"])
        if wanted["side"] not in _SIDES:
            raise refusals.validation(f"Invalid side {wanted['side']}")
        executions = self.backend.exchange.executions(wanted["acctCode"])
        return [execution for execution in executions if self._fits(execution, wanted, since)]

    def _fits(self, execution: Execution, wanted: Values, since: datetime | None) -> bool:
        instrument = self.backend.instrument(execution.con_id)
        side = _SIDES[wanted["side"]]
        client = self.backend.registry.by_perm_id(execution.perm_id).client_id
        return (
            wanted["clientId"] in (0, client)
            and wanted["symbol"] in ("", instrument.root)
            and wanted["secType"] in ("", instrument.sec_type)
            and wanted["exchange"] in ("", execution.exchange)
            and side in (None, execution.side)
            and (since is None or execution.time >= since)
        )

    def _send(self, number: int, execution: Execution) -> None:
        placed = self.backend.registry.by_perm_id(execution.perm_id)
        self.client.send(
            responses.EXEC_DETAILS,
            reqId=number,
            **contract_fields(self.backend.instrument(execution.con_id), execution.exchange),
            orderId=placed.order_id,
            execId=execution.exec_id,
            time=zoned(execution.time),
            acctNumber=execution.account,
            execExchange=execution.exchange,
            side="BOT" if execution.side is Side.BUY else "SLD",
            shares=execution.quantity,
            price=execution.price,
            permId=execution.perm_id,
            clientId=placed.client_id,
            liquidation=int(execution.liquidation),
            cumQty=execution.cumulative,
            avgPrice=execution.average_price,
            orderRef=placed.terms.get("orderRef", ""),
            lastLiquidity=0,
        )

    def _send_commission(self, execution: Execution) -> None:
        self.client.send(
            responses.COMMISSION_REPORT,
            execId=execution.exec_id,
            commission=execution.commission,
            currency=self.backend.instrument(execution.con_id).currency,
            realizedPNL=execution.realized_pnl,
        )


def _since(text: str) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except ValueError as error:
        raise refusals.validation(str(error)) from None
