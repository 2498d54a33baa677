"""The past of an instrument as a whole: where it begins, what traded at which price."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.gateway.services.archive import ArchiveService, period
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.raw import CON_ID
from tests.gateway.requests import filled
from tests.gateways import MORNING


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return Exchange(start=MORNING)


def asked(exchange: Exchange, name: str, values: Values) -> Values:
    desk = Desk(exchange, ArchiveService)
    layout = {"head": market.REQ_HEAD_TIME_STAMP, "histogram": market.REQ_HISTOGRAM_DATA}[name]
    desk.ask(layout, filled(layout, **values))
    ((_, answer),) = desk.client.sent
    return answer


def test_history_begins_at_the_head(exchange: Exchange) -> None:
    text = asked(exchange, "head", {"whatToShow": "TRADES", "formatDate": 1})["headTimestamp"]
    epoch = asked(exchange, "head", {"whatToShow": "TRADES", "formatDate": 2})["headTimestamp"]
    head = datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
    assert head.timestamp() == int(epoch)
    bars = exchange.history(CON_ID, end=exchange.now, seconds=20 * 365 * 86400, bar=86400)
    assert bars[0].time == head


def test_the_histogram_adds_up_to_the_volume(exchange: Exchange) -> None:
    items = asked(exchange, "histogram", {"timePeriod": "1 hour"})["items"]
    bars = exchange.history(CON_ID, end=exchange.now, seconds=3600, bar=3600)
    prices = [item["price"] for item in items]
    assert prices == sorted(set(prices))
    assert min(bar.low for bar in bars) <= prices[0] <= prices[-1] <= max(bar.high for bar in bars)
    assert all(isinstance(item["count"], int) and item["count"] > 0 for item in items)
    minutes = exchange.history(CON_ID, end=exchange.now, seconds=3600, bar=60)
    assert sum(item["count"] for item in items) == pytest.approx(sum(bar.volume for bar in minutes), rel=0.02)


@pytest.mark.parametrize(("text", "seconds"), [("3 days", 259200), ("1 week", 604800), ("20 minutes", 1200)])
def test_periods(text: str, seconds: int) -> None:
    assert period(text) == seconds


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("head", {"whatToShow": "NOISE"}, 321),
        ("head", {"whatToShow": "TRADES", "conId": 0, "symbol": "NOSUCH"}, 200),
        ("histogram", {"timePeriod": "soon"}, 10188),
        ("histogram", {"timePeriod": "0 days"}, 10188),
        ("histogram", {"timePeriod": "3 days", "exchange": ""}, 321),
    ],
)
def test_refusals(exchange: Exchange, name: str, values: Values, code: int) -> None:
    with pytest.raises(Refused) as caught:
        asked(exchange, name, values)
    assert caught.value.code == code
