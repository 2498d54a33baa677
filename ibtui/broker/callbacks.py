"""The table of what is heard from IB and who hears it, under the names that the client library calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from types import SimpleNamespace
from typing import Any

from ibtui.broker.parts import SessionParts
from ibtui.broker.reconcile import COMPLETED_ORDERS, OPEN_ORDERS, ORDER_IDS, POSITIONS
from ibtui.broker.transport.requests import Requests


def callbacks(parts: SessionParts) -> SimpleNamespace:
    """What stands in for the library's wrapper; it keeps no state of its own."""
    requests = parts.wire.requests

    def end_of_packet() -> None:
        parts.quotes.publish()
        parts.account.publish()

    def next_id(valid_id: int) -> None:
        parts.placing.raise_to(valid_id)
        requests.end(ORDER_IDS)

    def history_row(number: int, row: Any) -> None:
        if not parts.kept.row(number, row):
            requests.add(number, row)

    def history_whole(number: int, _start: str, _end: str) -> None:
        if not parts.kept.whole(number):
            requests.end(number)

    return SimpleNamespace(
        # quotes
        priceSizeTick=parts.quotes.price,
        tickSize=parts.quotes.size,
        tickGeneric=parts.quotes.generic,
        tickOptionComputation=parts.quotes.computed,
        marketDataType=parts.quotes.data_type,
        # orders and fills
        openOrder=parts.orders.describe,
        orderStatus=parts.orders.report,
        openOrderEnd=lambda: requests.end(OPEN_ORDERS),
        completedOrder=parts.orders.complete,
        completedOrdersEnd=lambda: requests.end(COMPLETED_ORDERS),
        execDetails=parts.fills.executed,
        execDetailsEnd=requests.end,
        commissionReport=parts.fills.commissioned,
        # account
        position=parts.positions.held,
        positionEnd=lambda: requests.end(POSITIONS),
        updateAccountValue=parts.account.value,
        updatePortfolio=parts.account.portfolio,
        accountDownloadEnd=_nothing,
        pnl=parts.account.profit,
        pnlSingle=parts.account.single,
        # answers
        contractDetails=requests.add,
        bondContractDetails=requests.add,
        contractDetailsEnd=requests.end,
        marketRule=parts.rules.heard,
        securityDefinitionOptionParameter=_parameters(requests),
        securityDefinitionOptionParameterEnd=requests.end,
        symbolSamples=_all(requests),
        historicalData=history_row,
        historicalDataEnd=history_whole,
        historicalDataUpdate=parts.kept.update,
        # news
        tickNews=parts.news.headline,
        updateNewsBulletin=parts.news.bulletin,
        # session
        currentTime=parts.heartbeat.answer,
        error=parts.messages.heard,
        managedAccounts=_nothing,
        nextValidId=next_id,
        connectAck=_nothing,
        connectionClosed=_nothing,
        end_of_packet=end_of_packet,
        # what the library's decoder reads off its wrapper
        ib=SimpleNamespace(TimezoneTWS=""),
        defaultTimezone=UTC,
    )


def _nothing(*_: Any) -> None:
    """The connection knows it already."""


def _parameters(requests: Requests) -> Callable[..., None]:
    def parameters(number: int, *fields: Any) -> None:
        requests.add(number, fields)

    return parameters


def _all(requests: Requests) -> Callable[[int, list[Any]], None]:
    def samples(number: int, found: list[Any]) -> None:
        for item in found:
            requests.add(number, item)
        requests.end(number)

    return samples
