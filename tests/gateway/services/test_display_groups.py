"""Display groups: what one client shows in a group, every client that watches it hears of."""

from __future__ import annotations

import pytest

from ibtui.gateway.wire import settings
from tests.gateway.raw import started_client
from tests.gateways import running_gateway


async def test_a_change_reaches_every_watcher_of_its_group_alone() -> None:
    async with running_gateway() as gateway, started_client(gateway, 1) as first, started_client(gateway, 2) as second:
        first.send(settings.QUERY_DISPLAY_GROUPS, reqId=1)
        assert (await first.one("displayGroupList"))["groups"] == "1|2|3|4|5|6|7"
        first.send(settings.SUBSCRIBE_TO_GROUP_EVENTS, reqId=2, groupId=4)
        second.send(settings.SUBSCRIBE_TO_GROUP_EVENTS, reqId=3, groupId=4)
        second.send(settings.SUBSCRIBE_TO_GROUP_EVENTS, reqId=4, groupId=5)
        assert await first.one("displayGroupUpdated") == {"reqId": 2, "contractInfo": "none"}
        await second.one("displayGroupUpdated", reqId=4)
        second.send(settings.UPDATE_DISPLAY_GROUP, reqId=3, contractInfo="265598@SMART")
        assert await first.one("displayGroupUpdated") == {"reqId": 2, "contractInfo": "265598@SMART"}
        assert await second.one("displayGroupUpdated") == {"reqId": 3, "contractInfo": "265598@SMART"}
        first.send(settings.UNSUBSCRIBE_FROM_GROUP_EVENTS, reqId=2)
        first.send(settings.UNSUBSCRIBE_FROM_GROUP_EVENTS, reqId=2)
        assert (await first.one("error"))["reqId"] == 2


@pytest.mark.parametrize("wrong", ["SMART", "265598", "x@SMART", ""])
async def test_what_is_no_contract_is_refused(wrong: str) -> None:
    async with running_gateway() as gateway, started_client(gateway) as client:
        client.send(settings.UPDATE_DISPLAY_GROUP, reqId=9, contractInfo="265598@SMART")
        assert (await client.one("error"))["errorCode"] == 321
        client.send(settings.SUBSCRIBE_TO_GROUP_EVENTS, reqId=2, groupId=8)
        assert (await client.one("error"))["errorCode"] == 321
        client.send(settings.SUBSCRIBE_TO_GROUP_EVENTS, reqId=2, groupId=1)
        client.send(settings.UPDATE_DISPLAY_GROUP, reqId=2, contractInfo=wrong)
        error = await client.one("error")
        assert (error["reqId"], error["errorCode"]) == (2, 321)
