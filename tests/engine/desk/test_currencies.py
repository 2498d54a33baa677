"""Money of other currencies over the real gateway: yen, euros and pounds against limits, in previews and in profit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.domain.account import Account
from ibtui.domain.currency import NO_RATES
from ibtui.domain.event import AccountChanged, Commissioned, InstrumentSeen, QuoteChanged
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.engine.truth.pnl import holdings, profit
from tests.engine.desk.bench import AAPL, NOW, Bench, wish
from tests.engines import running_engine
from tests.gateways import running_gateway

YEN = replace(AAPL, symbol="USD.JPY", con_id=2, sec_type="CASH", root="USD", currency="JPY", tick=Decimal("0.005"))
POUNDS = replace(AAPL, symbol="SHEL.GBP", con_id=3, root="SHEL", currency="GBP")
ANY: dict[str, Any] = {"watchlist": ("AAPL",)}


async def test_yen_euros_and_pounds_count_in_the_accounts_dollars(tmp_path: Path) -> None:
    """The pair of a currency that the account has none of is streamed by the engine itself."""
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **ANY) as engine:
        plan = await engine.preview("buy 30000 USD.JPY market")
        assert (plan.currency, plan.account_currency) == ("JPY", "USD")
        assert plan.account_value == pytest.approx(30_000, rel=0.001)
        assert plan.value_percent == pytest.approx(3.0, rel=0.001)
        euros = await engine.preview("buy 10 SAP.EUR market")
        assert euros.value is not None
        assert euros.value == pytest.approx(2_084, rel=0.05)
        assert euros.account_value == pytest.approx(euros.value * 1.085, rel=0.02)
        refusal = await engine.refused("buy 3700 AZN.GBP market")
        assert refusal.code == "too_large"
        assert " GBP, " in refusal.message
        assert "above the profile's limit 500,000.00 USD" in refusal.message
        subscribed = {quote.symbol for quote in (await engine.status()).quotes}
        assert {"EUR.USD", "GBP.USD"} <= subscribed


async def test_an_account_in_euros_has_its_limits_in_euros(tmp_path: Path) -> None:
    async with (
        running_gateway(accounts=("DU1234567:EUR",)) as gateway,
        running_engine(tmp_path, gateway.port, limits=Limits(order_value=20_000), **ANY) as engine,
    ):
        plan = await engine.preview("buy 100 AAPL market")
        assert (plan.currency, plan.account_currency) == ("USD", "EUR")
        assert plan.account_value is not None
        assert plan.value is not None
        assert plan.account_value == pytest.approx(plan.value / 1.085, rel=0.02)
        refusal = await engine.refused("buy 150 AAPL market")
        assert "above the profile's limit 20,000.00 EUR" in refusal.message
        yen = await engine.preview("buy 3000 USD.JPY market")
        assert yen.account_value == pytest.approx(3_000 / 1.085, rel=0.02)


async def test_what_is_held_is_valued_by_the_rates_that_the_account_is(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **ANY) as engine:
        for line in ("buy 10 SAP.EUR market", "buy 3000 USD.JPY market"):
            await engine.do(line)
        status = await engine.until(
            lambda status: (
                status.account is not None
                and {"EUR.USD", "USD.JPY"} <= {p for pair in status.account.rates.pairs for p in (pair, _turned(pair))}
                and {position.symbol for position in status.positions} == {"SAP.EUR", "USD.JPY"}
                and all(fill.commission_currency for fill in engine.engine.parts.fills.of_owner("you"))
            )
        )
        assert {position.symbol: position.currency for position in status.positions} == {
            "SAP.EUR": "EUR",
            "USD.JPY": "JPY",
        }
        assert status.account is not None
        assert status.account.worth(3_000 * 154.6, "JPY") == pytest.approx(3_000, rel=0.02)


def _turned(pair: str) -> str:
    of, _, currency = pair.partition(".")
    return f"{currency}.{of}"


async def test_a_rate_that_is_unknown_refuses_and_lets_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(duplicate_seconds=1e-9))
    try:
        bench.state.apply(InstrumentSeen(instrument=POUNDS))
        bench.state.apply(QuoteChanged(quote=_quote("SHEL.GBP", 28.0)))
        with pytest.raises(IbtuiError) as found:
            await bench.desk.submit(wish(symbol="SHEL.GBP"))
        assert found.value.code == "no_rate"
        assert found.value.message == (
            "SHEL.GBP trades in GBP, and what GBP is worth in USD is not known yet: `watch GBP.USD`; nothing was sent."
        )
        rates = NO_RATES.learn("GBP", "USD", 1.27)
        bench.state.apply(AccountChanged(account=Account(id="DU1", currency="USD", rates=rates)))
        order, *_ = await bench.desk.submit(wish(symbol="SHEL.GBP"))
        assert order.status is OrderStatus.PENDING
    finally:
        await bench.close()


async def test_a_rate_stays_known_when_the_account_is_told_anew(tmp_path: Path) -> None:
    """Also after a reconnect: the last that was told is used until there is another."""
    bench = Bench(tmp_path)
    try:
        rates = NO_RATES.learn("GBP", "USD", 1.27)
        bench.state.apply(AccountChanged(account=Account(id="DU1", currency="USD", rates=rates)))
        bench.state.apply(AccountChanged(account=Account(id="DU1", currency="USD")))
        assert bench.state.rate("GBP") == 1.27
    finally:
        await bench.close()


async def test_the_accounts_own_rate_comes_before_the_market_of_the_pair(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    try:
        bench.state.apply(InstrumentSeen(instrument=YEN))
        bench.state.apply(QuoteChanged(quote=_quote("USD.JPY", 150.0)))
        assert bench.state.worth(150.0, "JPY") == pytest.approx(1.0)
        rates = NO_RATES.learn("JPY", "USD", 0.01)
        bench.state.apply(AccountChanged(account=Account(id="DU1", currency="USD", rates=rates)))
        assert bench.state.worth(150.0, "JPY") == pytest.approx(1.5)
    finally:
        await bench.close()


def test_a_strategys_profit_is_in_the_accounts_currency() -> None:
    """The price moved in yen, the commission was paid in dollars."""
    fills = [_fill(1, 30_000, 151.237), _fill(2, -30_000, 149.72463)]
    found = holdings(fills, NOW)
    account = Account(id="DU1", currency="USD", rates=NO_RATES.learn("USD", "JPY", 150.0))
    made = profit(found, {"USD.JPY": YEN}, lambda symbol: None, account)
    assert made == pytest.approx(-30_000 * 1.51237 / 150 - 4.0, abs=0.01)
    assert profit(found, {"USD.JPY": YEN}, lambda symbol: None, replace(account, rates=NO_RATES)) is None


async def test_a_commission_keeps_the_currency_that_ib_names(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    try:
        report = Commissioned(exec_id="1.01", commission=2.0, currency="USD")
        fill = bench.state.fills.take(replace(_fill(1, 30_000, 151.0), commission=None, commission_currency=""))
        assert fill is not None
        charged = bench.state.fills.charge(report)
        assert charged is not None
        assert (charged.commission, charged.commission_currency) == (2.0, "USD")
    finally:
        await bench.close()


def _fill(number: int, signed: int, price: float) -> Fill:
    return Fill(
        exec_id=f"{number}.01",
        ref="r",
        symbol="USD.JPY",
        side=Side.BUY if signed > 0 else Side.SELL,
        quantity=Decimal(abs(signed)),
        price=price,
        time=NOW,
        owner="x",
        commission=2.0,
        commission_currency="USD",
    )


def _quote(symbol: str, price: float) -> Quote:
    return Quote(symbol=symbol, bid=price, ask=price, last=price, received=1.0)
