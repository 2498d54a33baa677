"""Accounts and positions by request for several: which accounts answer, what a model gets, and what follows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibtui.domain.order import Side
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.reports import ClientOrder
from ibtui.gateway.services.accounts import Accounts
from ibtui.gateway.services.pnl import Pnl
from ibtui.gateway.services.positions import PositionsService
from ibtui.gateway.wire import requests
from tests.gateway.listener import Desk
from tests.gateway.raw import CON_ID
from tests.gateway.requests import filled
from tests.gateways import MORNING

POSITIONS, UPDATES = requests.REQ_POSITIONS_MULTI, requests.REQ_ACCOUNT_UPDATES_MULTI


@pytest.fixture
def exchange() -> Exchange:
    exchange = Exchange(start=MORNING, accounts=("DU1", "DU2"))
    exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=1000, ask_size=1000)
    return exchange


def buy(exchange: Exchange, account: str) -> None:
    exchange.place(ClientOrder(account=account, con_id=CON_ID, side=Side.BUY, quantity=Decimal(100), type="MKT"))


@pytest.mark.parametrize(
    ("account", "model", "answering"),
    [("", "", {"DU1", "DU2"}), ("All", "", {"DU1", "DU2"}), ("DU2", "", {"DU2"}), ("DU2", "Growth", set())],
)
def test_who_answers(exchange: Exchange, account: str, model: str, answering: set[str]) -> None:
    for owner in ("DU1", "DU2"):
        buy(exchange, owner)
    positions, updates = Desk(exchange, PositionsService), Desk(exchange, Accounts)
    positions.ask(POSITIONS, filled(POSITIONS, account=account, modelCode=model))
    updates.ask(UPDATES, filled(UPDATES, account=account, modelCode=model))
    assert {row["account"] for row in positions.client.named("positionMulti")} == answering
    assert {row["account"] for row in updates.client.named("accountUpdateMulti")} == answering
    assert positions.client.sent[-1] == ("positionMultiEnd", {"reqId": 42})
    assert updates.client.sent[-1] == ("accountUpdateMultiEnd", {"reqId": 42})


def test_a_fill_reaches_who_asked_for_its_account(exchange: Exchange) -> None:
    desk = Desk(exchange, PositionsService)
    desk.ask(POSITIONS, filled(POSITIONS, 1, account="DU1"))
    desk.ask(POSITIONS, filled(POSITIONS, 2, account="DU2"))
    buy(exchange, "DU2")
    desk.hear()
    changes = [(row["reqId"], row["account"], row["position"]) for row in desk.client.named("positionMulti")]
    assert changes == [(2, "DU2", 100)]
    desk.ask(requests.CANCEL_POSITIONS_MULTI, {"reqId": 2})
    buy(exchange, "DU2")
    desk.hear()
    assert len(desk.client.named("positionMulti")) == 1


def test_the_ledger_alone_still_has_the_liquidation_value(exchange: Exchange) -> None:
    desk = Desk(exchange, Accounts)
    desk.ask(UPDATES, filled(UPDATES, account="DU1", ledgerAndNLV=True))
    keys = {row["key"] for row in desk.client.named("accountUpdateMulti")}
    assert {"NetLiquidation", "CashBalance", "RealizedPnL"} <= keys
    assert "BuyingPower" not in keys


def test_profit_of_a_model_that_does_not_exist(exchange: Exchange) -> None:
    desk = Desk(exchange, Pnl)
    with pytest.raises(Refused, match="model"):
        desk.ask(requests.REQ_PNL, filled(requests.REQ_PNL, account="DU1", modelCode="Growth"))
