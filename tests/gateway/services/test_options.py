"""Option calculations: a price and the volatility it means lead back to each other."""

from __future__ import annotations

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.gateway.services.options import CUSTOM, OptionsService
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.listings import nearest
from tests.gateway.requests import filled, named
from tests.gateways import MORNING


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return Exchange(start=MORNING)


def calculated(exchange: Exchange, /, **values: object) -> Values:
    desk = Desk(exchange, OptionsService)
    layout = market.CALCULATE_OPTION_PRICE if "volatility" in values else market.CALCULATE_IMPLIED_VOLATILITY
    desk.ask(layout, filled(layout, **named(nearest(exchange)) | values))
    ((_, answer),) = desk.client.sent
    return answer


@pytest.mark.parametrize("volatility", [0.08, 0.2, 0.9])
def test_there_and_back(exchange: Exchange, volatility: float) -> None:
    there = calculated(exchange, volatility=volatility, underPrice=671.0)
    assert there["tickType"] == CUSTOM
    assert there["undPrice"] == 671.0
    assert there["optPrice"] > 0
    back = calculated(exchange, optionPrice=there["optPrice"], underPrice=671.0)
    assert back["impliedVol"] == pytest.approx(volatility, rel=1e-4)
    assert 0 < back["delta"] < 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"volatility": 0.0, "underPrice": 671.0}, 321),
        ({"volatility": 0.2, "underPrice": None}, 321),
        ({"optionPrice": 0.0, "underPrice": 671.0}, 321),
        ({"optionPrice": 670.9, "underPrice": 671.0}, 322),
        ({"volatility": 0.2, "underPrice": 671.0, "conId": 265598, "secType": "STK", "exchange": "SMART"}, 321),
        ({"volatility": 0.2, "underPrice": 671.0, "conId": 1}, 200),
    ],
)
def test_refusals(exchange: Exchange, values: Values, code: int) -> None:
    with pytest.raises(Refused) as caught:
        calculated(exchange, **values)
    assert caught.value.code == code
