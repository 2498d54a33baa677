"""Accounts of other kinds over the wire: currencies in the ledger, and orders held for a locate."""

from __future__ import annotations

import logging

import pytest

from tests.gateway.library import AAPL, connected, noise, until
from tests.gateway.raw import CON_ID
from tests.gateways import running_gateway
from tests.insync import MarketOrder, of_ib_insync


async def test_the_ledger_lists_every_currency(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with running_gateway(accounts=("DU1:EUR",)) as gateway:
        exchange = gateway.backend.exchange
        exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=1000, ask_size=1000)
        ib = await connected(gateway, 1)
        assert ib.managedAccounts() == ["DU1"]
        trade = ib.placeOrder(AAPL, MarketOrder("BUY", 100))
        await until(ib, trade.isDone)
        wanted = ib.accountValues("DU1")
        rows = {(value.tag, value.currency): float(value.value) for value in wanted if value.tag == "CashBalance"}
        assert rows["CashBalance", "USD"] == pytest.approx(-18_725 - 1)
        assert rows["CashBalance", "EUR"] == 1_000_000
        state = exchange.account("DU1")
        assert rows["CashBalance", "BASE"] == pytest.approx(state.cash, abs=1)
        rates = {value.currency: float(value.value) for value in ib.accountValues() if value.tag == "ExchangeRate"}
        assert rates["BASE"] == rates["EUR"] == 1
        assert rates["USD"] == pytest.approx(state.ledgers["USD"].rate, rel=1e-3)
        (net,) = [value for value in ib.accountValues() if value.tag == "NetLiquidation"]
        assert net.currency == "EUR"
        ib.disconnect()
        assert not noise(caplog)


@of_ib_insync
async def test_a_short_sale_is_held_with_404_and_then_goes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_borrowable(CON_ID, False)
        ib = await connected(gateway, 1)
        codes: list[int] = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        trade = ib.placeOrder(AAPL, MarketOrder("SELL", 100))
        await until(ib, lambda: codes == [404])
        assert (trade.orderStatus.status, trade.orderStatus.whyHeld) == ("PreSubmitted", "locate")
        gateway.backend.exchange.set_borrowable(CON_ID, True)
        await until(ib, trade.isDone)
        assert trade.orderStatus.status == "Filled"
        ib.disconnect()
        assert not noise(caplog)
