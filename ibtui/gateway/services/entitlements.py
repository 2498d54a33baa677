"""What an individual account without research subscriptions is told when it asks for more: IB's refusals."""

from __future__ import annotations

from collections.abc import Mapping

from ibtui.gateway import refusals
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import research, settings
from ibtui.gateway.wire.codec import Values

ADVISOR_DATA = (1, 2, 3)
"""IB's numbers for what only advisors may ask for: groups, profiles and aliases."""


class Entitlements(Service):
    """Requests for advisors and for research subscribers, for one client who is neither."""

    def handlers(self) -> Mapping[int, Handler]:
        return {
            settings.REQUEST_FA.id: self._advisor,
            settings.REPLACE_FA.id: self._advisor,
            settings.REQ_SOFT_DOLLAR_TIERS.id: self._tiers,
            settings.REQ_FAMILY_CODES.id: self._family,
            research.REQ_FUNDAMENTAL_DATA.id: self._fundamentals,
            research.CANCEL_FUNDAMENTAL_DATA.id: self._cancelled,
            research.REQ_WSH_META_DATA.id: self._corporate_events,
            research.CANCEL_WSH_META_DATA.id: self._cancelled,
            research.REQ_WSH_EVENT_DATA.id: self._corporate_events,
            research.CANCEL_WSH_EVENT_DATA.id: self._cancelled,
        }

    def _advisor(self, request: Values) -> None:
        if request["faDataType"] not in ADVISOR_DATA:
            raise refusals.validation("Non-existent FA data operation request")
        raise refusals.not_advisor()

    def _tiers(self, request: Values) -> None:
        """None: the account pays no soft dollars."""
        self.client.send(settings.SOFT_DOLLAR_TIERS, reqId=request["reqId"], tiers=[])

    def _family(self, _: Values) -> None:
        """One row for all accounts without a code, which is what a real gateway sends where there is no family."""
        self.client.send(settings.FAMILY_CODES, familyCodes=[{"accountID": "*", "familyCodeStr": ""}])

    def _fundamentals(self, _: Values) -> None:
        raise refusals.no_fundamentals()

    def _corporate_events(self, _: Values) -> None:
        raise refusals.no_news_feed()

    def _cancelled(self, _: Values) -> None:
        """Nothing runs that could be cancelled, and TWS says nothing to it."""
