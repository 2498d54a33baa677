"""What an individual account is told that asks for an advisor's or a subscriber's data."""

from __future__ import annotations

from typing import Any

import pytest

from ibtui.gateway.wire import research, settings
from ibtui.gateway.wire.fields import Layout
from tests.gateway.raw import started_client
from tests.gateway.requests import filled
from tests.gateways import running_gateway


@pytest.mark.parametrize(
    ("layout", "values", "subject", "code"),
    [
        (research.REQ_FUNDAMENTAL_DATA, {"reportType": "ReportSnapshot"}, 42, 10358),
        (research.REQ_WSH_META_DATA, {}, 42, 10276),
        (research.REQ_WSH_EVENT_DATA, {"conId": 265598}, 42, 10276),
        (settings.REPLACE_FA, {"faDataType": 1, "xml": "<groups/>"}, 42, 321),
        (settings.REQUEST_FA, {"faDataType": 1}, -1, 321),
        (settings.REQUEST_FA, {"faDataType": 9}, -1, 321),
    ],
    ids=lambda value: value.name if isinstance(value, Layout) else "",
)
async def test_refusals(layout: Layout, values: dict[str, Any], subject: int, code: int) -> None:
    async with running_gateway() as gateway, started_client(gateway) as client:
        client.send(layout, **filled(layout, **values))
        error = await client.one("error")
        assert (error["reqId"], error["errorCode"]) == (subject, code)


async def test_no_tiers_and_no_family() -> None:
    async with running_gateway() as gateway, started_client(gateway) as client:
        client.send(settings.REQ_SOFT_DOLLAR_TIERS, reqId=42)
        assert await client.one("softDollarTiers") == {"reqId": 42, "tiers": []}
        client.send(settings.REQ_FAMILY_CODES)
        assert await client.one("familyCodes") == {"familyCodes": [{"accountID": "*", "familyCodeStr": ""}]}
