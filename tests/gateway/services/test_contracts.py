"""Contract details, option chains, price grids, symbol search."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.gateway.services.contracts import ContractsService, contract_fields, resolve
from ibtui.gateway.wire import market, requests
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.requests import filled

DETAILS = requests.REQ_CONTRACT_DETAILS
AAPL, SPY = 265598, 756733
NOTHING: Values = {"conId": 0, "symbol": "", "secType": "", "currency": "", "exchange": ""}
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def desk() -> Desk:
    return Desk(Exchange(start=FRIDAY), ContractsService)


def details(desk: Desk, **values: Any) -> list[Values]:
    """The details that a description brings; the end follows them."""
    desk.client.sent.clear()
    desk.ask(DETAILS, filled(DETAILS, **NOTHING | values))
    assert desk.client.sent[-1][0] == "contractDetailsEnd"
    return desk.client.named("contractDetails")


def test_what_never_closes_says_so(desk: Desk) -> None:
    (found,) = details(desk, symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
    assert found["tradingHours"] == found["liquidHours"]
    assert found["liquidHours"].startswith("20261120:0000-20261121:0000;20261121:0000-20261122:0000;")


def test_hours_are_those_of_the_exchange_with_its_holidays() -> None:
    desk = Desk(Exchange(start=FRIDAY, always_open=False), ContractsService)
    (found,) = details(desk, symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
    trading, liquid = found["tradingHours"].split(";"), found["liquidHours"].split(";")
    assert trading[0] == "20261120:0400-20261120:2000"
    assert liquid[0] == "20261120:0930-20261120:1600"
    assert trading[1] == liquid[1] == "20261121:CLOSED"
    assert liquid[6] == "20261126:CLOSED"  # Thanksgiving
    (future,) = details(desk, symbol="ES", secType="FUT", exchange="CME", lastTradeDateOrContractMonth="202612")
    assert future["tradingHours"].split(";")[0] == "20261119:1700-20261120:1600"
    assert future["timeZoneId"] == "US/Central"
    (shell,) = details(desk, symbol="SHEL", secType="STK", exchange="SMART", currency="GBP")
    assert (shell["timeZoneId"], shell["liquidHours"][:27]) == ("GB", "20261120:0800-20261120:1630")


def test_an_option_is_one_contract_and_a_chain_is_many(desk: Desk) -> None:
    description = {"symbol": "SPY", "secType": "OPT", "exchange": "SMART", "lastTradeDateOrContractMonth": "20261218"}
    (found,) = details(desk, **description, strike=670.0, right="CALL")
    assert (found["strike"], found["right"], found["multiplier"]) == (670.0, "C", "100")
    assert (found["localSymbol"], found["tradingClass"]) == ("SPY   261218C00670000", "SPY")
    assert (found["underConId"], found["underSymbol"], found["underSecType"]) == (SPY, "SPY", "STK")
    both = details(desk, **description, strike=670.0)
    assert [one["right"] for one in both] == ["C", "P"]
    calls = details(desk, **description, right="C")
    assert len(calls) > 200
    assert details(desk, conId=found["conId"], exchange="SMART") == [found]
    with pytest.raises(Refused) as refusal:
        details(desk, **description, strike=670.5, right="C")
    assert refusal.value.code == 200


def test_an_option_on_a_future(desk: Desk) -> None:
    description = {"symbol": "ES", "secType": "FOP", "exchange": "CME", "lastTradeDateOrContractMonth": "20261218"}
    (found,) = details(desk, **description, strike=6700.0, right="P")
    assert (found["underSymbol"], found["underSecType"], found["multiplier"]) == ("ESZ6", "FUT", "50")
    assert found["minTick"] == Decimal("0.05")


def test_a_continuous_future_is_the_front_month(desk: Desk) -> None:
    front, *_ = details(desk, symbol="ES", secType="FUT", exchange="CME")
    (continuous,) = details(desk, symbol="ES", secType="CONTFUT", exchange="CME")
    assert continuous == front | {"secType": "CONTFUT"}
    both = details(desk, symbol="ES", secType="FUT+CONTFUT", exchange="CME")
    assert [one["secType"] for one in both][:3] == ["FUT", "CONTFUT", "FUT"]
    assert len(both) == 10


def test_a_bond_has_its_own_message(desk: Desk) -> None:
    desk.ask(DETAILS, filled(DETAILS, **NOTHING | {"symbol": "US-T", "secType": "BOND", "exchange": "SMART"}))
    (found,) = desk.client.named("bondContractDetails")
    assert (found["cusip"], found["coupon"], found["maturity"]) == ("91282CPJ4", 4, "20351115")
    desk.client.sent.clear()
    desk.ask(DETAILS, filled(DETAILS, **NOTHING | {"secIdType": "CUSIP", "secId": "91282CPJ4"}))
    assert desk.client.named("bondContractDetails") == [found]


def test_option_parameters_of_an_underlying(desk: Desk) -> None:
    wanted = {"underlyingSymbol": "SPY", "underlyingSecType": "STK", "underlyingConId": SPY}
    layout = requests.REQ_SEC_DEF_OPT_PARAMS
    desk.ask(layout, filled(layout, **wanted))
    rows = desk.client.named("securityDefinitionOptionParameter")
    assert {row["tradingClass"] for row in rows} == {"SPY"}
    assert {"SMART", "CBOE", "ISE"} <= {row["exchange"] for row in rows}
    assert {"expiration": "20261218"} in rows[0]["expirations"]
    assert {"strike": 670.0} in rows[0]["strikes"]
    assert desk.client.sent[-1][0] == "securityDefinitionOptionParameterEnd"
    desk.client.sent.clear()
    desk.ask(layout, filled(layout, **wanted | {"underlyingSymbol": "AAPL"}))
    assert [name for name, _ in desk.client.sent] == ["securityDefinitionOptionParameterEnd"]


@pytest.mark.parametrize(
    ("number", "steps"),
    [
        (26, [(0.0, "0.01")]),
        (67, [(0.0, "0.25")]),
        (109, [(0.0, "0.01"), (3.0, "0.05")]),
        (110, [(0.0, "0.01")]),
        (239, [(0.0, "0.00005")]),
        (557, [(0.0, "0.0001"), (1.0, "0.01")]),
    ],
)
def test_market_rules(desk: Desk, number: int, steps: list[tuple[float, str]]) -> None:
    desk.ask(requests.REQ_MARKET_RULE, {"marketRuleId": number})
    (rule,) = desk.client.named("marketRule")
    assert [(step["lowEdge"], step["increment"]) for step in rule["priceIncrements"]] == [
        (edge, Decimal(step)) for edge, step in steps
    ]


def test_an_unknown_market_rule_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused):
        desk.ask(requests.REQ_MARKET_RULE, {"marketRuleId": 999999})


def test_smart_components_have_letters_of_their_own(desk: Desk) -> None:
    desk.ask(market.REQ_SMART_COMPONENTS, {"reqId": 1, "bboExchange": "9c0001"})
    (answer,) = desk.client.named("smartComponents")
    letters = [component["exchangeLetter"] for component in answer["components"]]
    assert len(set(letters)) == len(letters) > 10
    assert [component["bitNumber"] for component in answer["components"]] == list(range(len(letters)))


def test_search_says_what_has_options(desk: Desk) -> None:
    desk.ask(requests.REQ_MATCHING_SYMBOLS, {"reqId": 1, "pattern": "aapl"})
    (answer,) = desk.client.named("symbolSamples")
    assert [sample["conId"] for sample in answer["samples"]] == [AAPL]
    assert answer["samples"][0]["derivativeSecTypes"] == [{"secType": "OPT"}]


def leg(con_id: int, action: str, ratio: int = 1) -> Values:
    return {"conId": con_id, "ratio": ratio, "action": action, "exchange": "SMART"}


def test_a_combination_is_resolved_by_its_legs(desk: Desk) -> None:
    bag: Values = NOTHING | {"symbol": "SPY", "secType": "BAG", "exchange": "SMART", "currency": "USD"}
    (low,) = details(desk, symbol="SPY", secType="OPT", lastTradeDateOrContractMonth="20261218", strike=670, right="C")
    (high,) = details(desk, symbol="SPY", secType="OPT", lastTradeDateOrContractMonth="20261218", strike=680, right="C")
    listings = desk.exchange.listings
    found = resolve(listings, bag | {"comboLegs": [leg(low["conId"], "BUY"), leg(high["conId"], "SELL")]})
    assert found.instrument.sec_type == "BAG"
    assert [(part.con_id, part.sign) for part in found.legs] == [(low["conId"], 1), (high["conId"], -1)]
    assert contract_fields(found.instrument)["conId"] == found.instrument.con_id
    with pytest.raises(Refused) as refusal:
        resolve(listings, bag | {"comboLegs": [leg(low["conId"], "HOLD"), leg(high["conId"], "SELL")]})
    assert refusal.value.code == 321
