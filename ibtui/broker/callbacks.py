"""The table of what is heard from IB and who hears it, under the names that the client library calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from types import SimpleNamespace
from typing import Any

from ibtui.broker.data.account import AccountFeed
from ibtui.broker.data.news import NewsFeed
from ibtui.broker.data.positions import PositionFeed
from ibtui.broker.data.quotes import Quotes
from ibtui.broker.data.rules import MarketRules
from ibtui.broker.messages import Messages
from ibtui.broker.orders.fills import FillReader
from ibtui.broker.orders.placing import Placing
from ibtui.broker.orders.tracking import OrderTracker
from ibtui.broker.reconcile import COMPLETED_ORDERS, OPEN_ORDERS, ORDER_IDS, POSITIONS
from ibtui.broker.transport.heartbeat import Heartbeat
from ibtui.broker.transport.requests import Requests


def callbacks(
    *,
    account: AccountFeed,
    fills: FillReader,
    heartbeat: Heartbeat,
    messages: Messages,
    news: NewsFeed,
    orders: OrderTracker,
    placing: Placing,
    positions: PositionFeed,
    quotes: Quotes,
    requests: Requests,
    rules: MarketRules,
) -> SimpleNamespace:
    """What stands in for the library's wrapper; it keeps no state of its own."""

    def end_of_packet() -> None:
        quotes.publish()
        account.publish()

    def next_id(valid_id: int) -> None:
        placing.raise_to(valid_id)
        requests.end(ORDER_IDS)

    return SimpleNamespace(
        # quotes
        priceSizeTick=quotes.price,
        tickSize=quotes.size,
        tickGeneric=quotes.generic,
        tickOptionComputation=quotes.computed,
        marketDataType=quotes.data_type,
        # orders and fills
        openOrder=orders.describe,
        orderStatus=orders.report,
        openOrderEnd=lambda: requests.end(OPEN_ORDERS),
        completedOrder=orders.complete,
        completedOrdersEnd=lambda: requests.end(COMPLETED_ORDERS),
        execDetails=fills.executed,
        execDetailsEnd=requests.end,
        commissionReport=fills.commissioned,
        # account
        position=positions.held,
        positionEnd=lambda: requests.end(POSITIONS),
        updateAccountValue=account.value,
        updatePortfolio=account.portfolio,
        accountDownloadEnd=_nothing,
        pnl=account.profit,
        pnlSingle=account.single,
        # answers
        contractDetails=requests.add,
        bondContractDetails=requests.add,
        contractDetailsEnd=requests.end,
        marketRule=rules.heard,
        securityDefinitionOptionParameter=_parameters(requests),
        securityDefinitionOptionParameterEnd=requests.end,
        symbolSamples=_all(requests),
        historicalData=requests.add,
        historicalDataEnd=lambda number, _start, _end: requests.end(number),
        # news
        tickNews=news.headline,
        updateNewsBulletin=news.bulletin,
        # session
        currentTime=heartbeat.answer,
        error=messages.heard,
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
