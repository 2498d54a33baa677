"""Profit and loss: an account's and a position's, about once a second while it changes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ibtui.exchange.accounts.account import AccountState
from ibtui.gateway import refusals
from ibtui.gateway.services.accounts import account_named
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values


class PnlSubscription(NamedTuple):
    """A subscription: of a whole account, or of one contract in it."""

    account: str
    con_id: int | None


class Pnl(Service):
    """Profit and loss for one client."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._watched: dict[int, PnlSubscription] = {}
        self._sent: dict[int, Values] = {}

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_PNL.id: self._subscribe,
            requests.CANCEL_PNL.id: self._cancel,
            requests.REQ_PNL_SINGLE.id: self._subscribe,
            requests.CANCEL_PNL_SINGLE.id: self._cancel,
        }

    def each_second(self) -> None:
        accounts = {watched.account for watched in self._watched.values()}
        states = {account: self.backend.exchange.account(account) for account in accounts}
        for number, watched in self._watched.items():
            self._send(number, watched.con_id, states[watched.account])

    def _subscribe(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._watched:
            raise refusals.processing("Duplicate request id")
        account = account_named(self.backend, request["account"])
        if request["modelCode"]:
            raise refusals.validation(f"Invalid model code {request['modelCode']!r}")
        self._watched[number] = watched = PnlSubscription(account, request.get("conId"))
        self._send(number, watched.con_id, self.backend.exchange.account(account))

    def _cancel(self, request: Values) -> None:
        self._sent.pop(request["reqId"], None)
        if self._watched.pop(request["reqId"], None) is None:
            raise refusals.unknown_ticker(request["reqId"])

    def _send(self, number: int, con_id: int | None, state: AccountState) -> None:
        fields = _account_fields(state) if con_id is None else _position_fields(state, con_id)
        if self._sent.get(number) != fields:
            self._sent[number] = fields
            self.client.send(responses.PNL if con_id is None else responses.PNL_SINGLE, reqId=number, **fields)


def _account_fields(state: AccountState) -> Values:
    return {"dailyPnL": state.day_pnl, "unrealizedPnL": state.unrealized_pnl, "realizedPnL": state.realized_pnl}


def _position_fields(state: AccountState, con_id: int) -> Values:
    """What is not held has no profit to tell; one that was closed today still has."""
    position = state.positions.get(con_id)
    if position is None:
        unknown = dict.fromkeys(("dailyPnL", "unrealizedPnL", "realizedPnL", "value"))
        return {"pos": Decimal(0), **unknown}
    return {
        "pos": position.quantity,
        "dailyPnL": position.day_pnl,
        "unrealizedPnL": position.unrealized_pnl,
        "realizedPnL": position.realized_pnl,
        "value": position.market_value,
    }
