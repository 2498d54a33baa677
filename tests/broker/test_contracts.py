"""From text to instruments, over a real socket."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.broker.data import rules
from ibtui.broker.data.contracts import Contracts
from ibtui.broker.data.lookup import queries
from ibtui.broker.data.naming import mentioned
from ibtui.broker.data.rules import MarketRules
from ibtui.broker.transport import pacing
from ibtui.broker.transport.wire import Wire
from ibtui.domain.event import Event, HoursSeen, InstrumentSeen
from ibtui.domain.failure import IbtuiError
from tests.broker.listing import DETAILS, MARKET_RULE, list_another, list_stock
from tests.broker.sessions import active_session, requests_to
from tests.gateways import running_gateway


async def test_names() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        aapl = await session.resolve(" aapl ")
        assert (aapl.symbol, aapl.sec_type, aapl.exchange, aapl.tick) == ("AAPL", "STK", "SMART", Decimal("0.01"))
        future = await session.resolve("ESZ6")
        assert (future.sec_type, future.exchange, future.multiplier) == ("FUT", "CME", Decimal(50))
        assert future.tick == Decimal("0.25")
        pair = await session.resolve("EUR.USD")
        assert (pair.symbol, pair.sec_type, pair.exchange) == ("EUR.USD", "CASH", "IDEALPRO")
        assert await session.resolve("EURUSD") is pair


async def test_an_instrument_is_asked_for_once_and_is_one_object() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        asked = requests_to(gateway)
        first = await session.resolve("AAPL")
        assert await session.resolve("AAPL") is first
        assert asked.count(DETAILS) == 1
        assert [event.instrument for event in story.of(InstrumentSeen)] == [first]


async def test_an_option_is_found_by_its_one_name() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        asked = requests_to(gateway)
        call = await session.resolve("aapl261218c00190000")
        assert asked.count(DETAILS) == asked.count(MARKET_RULE) == 1
        assert await session.resolve("AAPL  261218C00190000") is call
        assert (call.symbol, call.sec_type, call.exchange) == ("AAPL261218C00190000", "OPT", "SMART")
        assert (call.local_symbol, call.expiry) == ("AAPL  261218C00190000", "20261218")
        assert (call.strike, call.right, call.multiplier) == (Decimal(190), "C", Decimal(100))
        assert [call.step(price) for price in (0.5, 2.99, 3, 250)] == [
            Decimal(s) for s in ("0.01", "0.01", "0.05", "0.05")
        ]
        pennies = await session.resolve("SPY261218P00670000")
        assert {pennies.step(price) for price in (1, 100)} == {Decimal("0.01")}


async def test_an_option_on_a_future_is_found_by_its_local_symbol() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        found = gateway.backend.exchange.listings.find(
            root="ES", sec_type="FOP", expiry="202701", strike=6700, right="C"
        )
        local = found[0].instrument.local_symbol
        assert local == "EW2F7 C6700"
        option = await session.resolve("EW2F7C6700")
        assert await session.resolve(local) is option
        assert (option.symbol, option.exchange, option.multiplier, option.strike) == (
            "EW2F7C6700",
            "CME",
            Decimal(50),
            Decimal(6700),
        )
        assert (option.step(9.95), option.step(10)) == (Decimal("0.05"), Decimal("0.25"))


async def test_without_an_answer_on_the_price_grid_the_smallest_step_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SECONDS", 0.05)
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        gateway.faults.swallow(MARKET_RULE)
        call = await session.resolve("AAPL261218C00190000")
        assert (call.tick, call.bands, call.step(250)) == (Decimal("0.01"), (), Decimal("0.01"))


@pytest.mark.parametrize(
    "text", ["NOSUCH", "", "A" * 60, "AA;PL", "AAPL\x1b[31m", "ESZ9", "AAPL261218C00190001", "EW3F7C1", "ÄPFEL"]
)
async def test_unknown(text: str) -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        with pytest.raises(IbtuiError) as caught:
            await session.resolve(text)
        assert caught.value.code == "unknown_symbol"
        assert "\x1b" not in caught.value.message


async def test_another_programs_name_is_refused_with_ours() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        with pytest.raises(IbtuiError, match=r"IB knows no 'SAP\.DE'; its name here is SAP\.EUR\."):
            await session.resolve("sap.de")


async def test_a_future_without_its_month_lists_the_choices() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        with pytest.raises(IbtuiError) as caught:
            await session.resolve("ES")
        assert caught.value.code == "ambiguous_symbol"
        assert "ESZ6 (E-mini S&P 500, CME, USD, expires 18 Dec 2026), ESH7 (" in caught.value.message
        assert caught.value.message.endswith("and 3 more; name one of them.")


async def test_a_name_that_fits_two_contracts_is_refused_every_time() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        other = list_another(gateway, "META", "OTHER LISTING PLC", "LSE")
        said = []
        for _ in range(2):
            with pytest.raises(IbtuiError) as caught:
                await session.resolve("META")
            assert caught.value.code == "ambiguous_symbol"
            said.append(caught.value.message)
        assert said[0] == said[1]
        assert f"META.{other} (OTHER LISTING PLC, LSE, USD)" in said[0]
        assert f"META.{other - 1} (" in said[0]
        assert "NASDAQ, USD)" in said[0]
        assert not story.of(InstrumentSeen)


async def test_each_choice_is_found_under_its_own_name_on_a_later_connection_too() -> None:
    async with running_gateway() as gateway:
        other = list_another(gateway, "META", "OTHER LISTING PLC", "LSE")
        for _ in range(2):
            async with active_session(gateway) as (session, _):
                chosen = await session.resolve(f"META.{other}")
                assert (chosen.symbol, chosen.con_id, chosen.root) == (f"META.{other}", other, "META")
                with pytest.raises(IbtuiError, match="META can be"):
                    await session.resolve("META")
                with pytest.raises(IbtuiError, match="IB knows no"):
                    await session.resolve(f"AAPL.{other}")


async def test_waiting_in_our_own_queue_is_no_silence_of_ib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SECOND", 0.4)
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        session._parts.contracts.seconds = 0.3
        session._parts.wire.lane.rest()
        assert (await session.resolve("AAPL")).symbol == "AAPL"


async def test_no_answer() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        gateway.faults.swallow(DETAILS)
        session._parts.contracts.seconds = 0.05
        with pytest.raises(IbtuiError) as caught:
            await session.resolve("AAPL")
        assert caught.value.code == "no_answer"


async def test_search() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        matches = await session.search("AAP")
        assert ("AAPL", "STK", "USD") in {(match.symbol, match.sec_type, match.currency) for match in matches}


async def test_history() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        aapl = await session.resolve("AAPL")
        bars = await session.history(aapl, bar=60, count=30)
        assert len(bars) == 30
        assert all(later.time > earlier.time for earlier, later in pairwise(bars))
        assert all(bar.low <= bar.open <= bar.high and bar.time.tzinfo is not None for bar in bars)
        with pytest.raises(IbtuiError) as caught:
            await session.history(aapl, bar=7, count=1)
        assert caught.value.code == "bad_bar"
        both = await asyncio.gather(
            session.history(aapl, bar=60, count=5), session.history(await session.resolve("MSFT"), bar=60, count=5)
        )
        assert [rows[0].symbol for rows in both] == ["AAPL", "MSFT"]


def met(**fields: Any) -> Any:
    """A contract as a position carries it."""
    defaults: dict[str, Any] = {
        "conId": 1,
        "symbol": "AAPL",
        "secType": "STK",
        "currency": "USD",
        "exchange": "",
        "localSymbol": "AAPL",
        "tradingClass": "NMS",
        "lastTradeDateOrContractMonth": "",
        "multiplier": "",
        "strike": 0.0,
        "right": "",
    }
    return SimpleNamespace(**defaults | fields)


@pytest.mark.parametrize(
    ("fields", "symbol", "sec_type"),
    [
        ({"symbol": "BRK B"}, "BRK.B", "STK"),
        ({"symbol": "SAP", "currency": "EUR"}, "SAP.EUR", "STK"),
        ({"symbol": "EUR", "secType": "CASH"}, "EUR.USD", "CASH"),
        ({"symbol": "ES", "secType": "FUT", "localSymbol": "ESZ6"}, "ESZ6", "FUT"),
        ({"secType": "FOP", "localSymbol": "E3A  C5000"}, "E3AC5000", "OPT"),
        ({"secType": "CMDTY", "symbol": "XAUUSD"}, "XAUUSD", "IND"),
    ],
)
def test_what_ib_mentions_gets_a_name(fields: dict[str, str], symbol: str, sec_type: str) -> None:
    events: list[Event] = []
    contracts = Contracts(Wire(), MarketRules(Wire()), events.append, 1.0)
    instrument = contracts.meet(met(**fields))
    assert (instrument.symbol, instrument.sec_type) == (symbol, sec_type)
    assert contracts.contract(instrument).secType == fields.get("secType", "STK")
    assert contracts.contract(instrument) is contracts.contract(instrument)


def test_two_contracts_never_share_a_name() -> None:
    contracts = Contracts(Wire(), MarketRules(Wire()), lambda _: None, 1.0)
    first = contracts.meet(met(conId=1))
    second = contracts.meet(met(conId=2))
    assert (first.symbol, second.symbol) == ("AAPL", "AAPL.2")
    assert contracts.meet(met(conId=1)) is first


async def test_trading_hours_are_told_with_the_contract_and_asked_for_again_each_day() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        asked = requests_to(gateway)
        await session.resolve("AAPL")
        (told,) = [event for event in story.of(HoursSeen) if event.symbol == "AAPL"]
        assert told.hours.is_open(told.hours.since)
        contracts = session._parts.contracts
        today = told.hours.since.date()
        await contracts.renew(today)
        assert asked.count(DETAILS) == 1
        tomorrow = today + timedelta(days=1)
        await contracts.renew(tomorrow)
        await contracts.renew(tomorrow)
        assert asked.count(DETAILS) == 2
        assert len(story.of(HoursSeen)) == 2


async def test_a_coin_that_was_only_met_has_the_smallest_lot_until_ib_says_its_own() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        contracts = session._parts.contracts
        coin = met(conId=479624278, symbol="BTC", secType="CRYPTO", exchange="PAXOS", localSymbol="BTC.USD")
        assert contracts.meet(coin).lot == Decimal("1e-8")
        assert (await session.resolve("BTC.USD")).lot == Decimal("1e-8")


async def test_what_a_search_offers_can_be_resolved_and_told_apart() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        seen = len(story.of(InstrumentSeen))
        found = await session.search("ES")
        symbols = [instrument.symbol for instrument in found]
        assert len(set(symbols)) == len(symbols)
        months = [instrument for instrument in found if instrument.root == "ES"]
        assert len(months) > 1
        assert [month.expiry for month in months] == sorted(month.expiry for month in months)
        assert len(story.of(InstrumentSeen)) == seen, "nobody is told before one is used"
        others = [*await session.search("SPX"), *await session.search("BTC")]
        assert {"SPX", "BTC.USD"} <= {instrument.symbol for instrument in others}
        for instrument in [*found, *others]:
            assert (await session.resolve(instrument.symbol)).con_id == instrument.con_id


async def test_an_index_and_a_coin_are_found_by_name() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        assert (await session.resolve("SPX")).sec_type == "IND"
        assert (await session.resolve("BTC.USD")).sec_type == "CRYPTO"


async def test_a_coin_is_never_the_fund_of_its_name() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        list_stock(gateway, "BTC", "A FUND OF COINS")
        list_stock(gateway, "LTC", "A TRUST")
        assert (await session.resolve("BTC.USD")).sec_type == "CRYPTO"
        with pytest.raises(IbtuiError, match=r"IB knows no 'LTC\.USD'"):
            await session.resolve("LTC.USD")
        assert (await session.resolve("LTC")).name == "A TRUST"


async def test_an_index_comes_before_a_stock_of_its_name() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        list_stock(gateway, "SPX", "A STOCK")
        assert (await session.resolve("SPX")).sec_type == "IND"


async def test_a_root_that_is_a_stock_too_lists_both_and_each_is_found_by_its_choice() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        stock = list_stock(gateway, "ES", "EVERSOURCE ENERGY")
        for _ in range(2):
            with pytest.raises(IbtuiError) as caught:
                await session.resolve("ES")
            assert caught.value.code == "ambiguous_symbol"
            assert (
                f"ES can be ES.{stock} (EVERSOURCE ENERGY, NASDAQ, USD), ESZ6 (E-mini S&P 500" in caught.value.message
            )
        assert (await session.resolve(f"ES.{stock}")).sec_type == "STK"
        assert (await session.resolve("ESZ6")).sec_type == "FUT"


async def test_a_month_is_found_by_one_digit_of_its_year_and_by_two() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        assert await session.resolve("ESZ26") is await session.resolve("ESZ6")
        with pytest.raises(IbtuiError, match="IB knows no 'ESZ36'"):
            await session.resolve("ESZ36")


TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ("AAPL", ["STK", "FUT", "IND"]),
        ("BRK.B", ["STK", "FUT", "IND"]),
        ("SAP.EUR", ["STK", "CRYPTO", "CRYPTO"]),
        ("EUR.USD", ["CASH"]),
        ("BTCUSD", ["CRYPTO", "CRYPTO"]),
        ("VIX", ["IND", "STK", "FUT"]),
        ("ZNH6", ["FUT", "FUT"]),
        ("ZZH6", ["FUT", "FUT"]),
        ("ES", ["STK+FUT"]),
        ("EW3F7C6700", ["FOP"]),
        ("AAPL261218C00190000", ["OPT"]),
    ],
)
def test_what_ib_is_asked_for(wanted: str, kinds: list[str]) -> None:
    assert ["+".join(fields["secType"] for fields in together) for together in queries(wanted, TODAY)] == kinds


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        ("FDAXH7", ("DAX", "FDAX", "EUREX", "202703")),
        ("DAXH7", ("DAX", "FDAX", "EUREX", "202703")),
        ("VXF7", ("VIX", "VX", "CFE", "202701")),
        ("6EZ26", ("EUR", "6E", "CME", "202612")),
        ("ESH5", ("ES", "ES", "CME", "202503")),
        ("ESH4", ("ES", "ES", "CME", "203403")),
    ],
)
def test_a_month_is_asked_for_by_what_the_tables_know(wanted: str, fields: tuple[str, ...]) -> None:
    (asked,) = queries(wanted, TODAY)[-1]
    names = ("symbol", "tradingClass", "exchange", "lastTradeDateOrContractMonth")
    assert tuple(asked[name] for name in names) == fields


NUMBERS = st.lists(st.integers(1, 6), min_size=1, max_size=4, unique=True)


@given(st.lists(st.tuples(st.booleans(), NUMBERS), max_size=12))
def test_whatever_is_met_and_offered_in_whatever_order_no_two_contracts_share_a_name(
    steps: list[tuple[bool, list[int]]],
) -> None:
    contracts = Contracts(Wire(), MarketRules(Wire()), lambda _: None, 1.0)
    named: dict[int, str] = {}
    for offered, numbers in steps:
        described = [met(conId=number, symbol="META" if number % 2 else "AAPL") for number in numbers]
        if offered:
            choices = contracts._choices([mentioned(contract) for contract in described])
            assert len({choice.symbol for choice in choices}) == len(numbers)
        else:
            named |= {contract.conId: contracts.meet(contract).symbol for contract in described}
        assert len(set(named.values())) == len(named)
        for number, name in named.items():
            known = contracts.known(number)
            assert known is not None
            assert known.symbol == name
