"""Handshake: which server version is spoken, and what a client that has its id is told first."""

from __future__ import annotations

from collections.abc import Mapping

from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.dialect import Dialect, Framed
from ibtui.gateway.wire.framing import ClientGreeting
from ibtui.gateway.wire.legacy import Legacy

OLDEST = 157
NEWEST = 178
"""Server versions that this gateway speaks: all of them classic text."""

FARMS = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefnj"),
)


def agree(lowest: int, highest: int) -> int | None:
    """The server version for a client of this range, as TWS chooses it; None when there is none."""
    version = min(NEWEST, highest)
    return version if version >= max(OLDEST, lowest) else None


def dialect(hello: ClientGreeting) -> Dialect | None:
    """How to speak with a client that greeted like this; None when there is no common version."""
    if not hello.framed:
        return Legacy()
    version = agree(hello.lowest, hello.highest)
    return None if version is None else Framed(version)


class Handshake(Service):
    """Accounts, ids, the time, and the client's greeting."""

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.SET_SERVER_LOG_LEVEL.id: self._log_level,
            requests.REQ_CURRENT_TIME.id: self._current_time,
            requests.REQ_IDS.id: self._ids,
            requests.REQ_MANAGED_ACCTS.id: self._accounts,
            requests.REQ_USER_INFO.id: self._user_info,
        }

    def started(self) -> None:
        self._send_accounts()
        self._send_next_id()
        for code, text in FARMS:
            self.client.error(-1, code, text)

    def _send_accounts(self) -> None:
        self.client.send(responses.MANAGED_ACCOUNTS, accountsList=",".join(self.backend.exchange.accounts))

    def _send_next_id(self) -> None:
        self.client.send(responses.NEXT_VALID_ID, orderId=self.backend.registry.highest(self.client.id) + 1)

    def _log_level(self, _: Values) -> None:
        """Taken and without effect: the level is that of TWS's own log file."""

    def _current_time(self, _: Values) -> None:
        self.client.send(responses.CURRENT_TIME, time=self.backend.exchange.now.timestamp())

    def _ids(self, _: Values) -> None:
        self._send_next_id()

    def _accounts(self, _: Values) -> None:
        self._send_accounts()

    def _user_info(self, request: Values) -> None:
        self.client.send(responses.USER_INFO, reqId=request["reqId"], whiteBrandingId="")
