"""Display groups: the colour-linked windows of TWS and the contract each shows, the same for every client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ibtui.gateway import refusals
from ibtui.gateway.running.windows import GROUPS
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import settings
from ibtui.gateway.wire.codec import Values

_CONTRACT = re.compile(r"\d{1,12}@[A-Z0-9.]{1,20}|none", re.IGNORECASE)


class DisplayGroups(Service):
    """Display groups for one client."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._watched: dict[int, int] = {}

    def handlers(self) -> Mapping[int, Handler]:
        return {
            settings.QUERY_DISPLAY_GROUPS.id: self._query,
            settings.SUBSCRIBE_TO_GROUP_EVENTS.id: self._subscribe,
            settings.UPDATE_DISPLAY_GROUP.id: self._update,
            settings.UNSUBSCRIBE_FROM_GROUP_EVENTS.id: self._unsubscribe,
        }

    def updated(self, group: int) -> None:
        """A group shows another contract."""
        for number, watched in self._watched.items():
            if watched == group:
                self._send(number, group)

    def _query(self, request: Values) -> None:
        groups = "|".join(str(group) for group in GROUPS)
        self.client.send(settings.DISPLAY_GROUP_LIST, reqId=request["reqId"], groups=groups)

    def _subscribe(self, request: Values) -> None:
        number, group = request["reqId"], request["groupId"]
        if number in self._watched:
            raise refusals.processing("Duplicate request id")
        if group not in GROUPS:
            raise refusals.validation(f"Invalid display group {group}")
        self._watched[number] = group
        self.backend.windows.watchers.add(self)
        self._send(number, group)

    def _update(self, request: Values) -> None:
        """Raises Refused for a subscription that does not exist; contractInfo is `none` or `conId@exchange`."""
        group, wanted = self._watched.get(request["reqId"]), request["contractInfo"]
        if group is None:
            raise refusals.validation("Can't find the display group subscription")
        if not _CONTRACT.fullmatch(wanted):
            raise refusals.validation(f"Invalid contract info {wanted!r}; write conId@exchange or none")
        self.backend.windows.show(group, wanted)

    def _unsubscribe(self, request: Values) -> None:
        if self._watched.pop(request["reqId"], None) is None:
            raise refusals.validation("Can't find the display group subscription")

    def _send(self, number: int, group: int) -> None:
        contract = self.backend.windows.shown[group]
        self.client.send(settings.DISPLAY_GROUP_UPDATED, reqId=number, contractInfo=contract)
