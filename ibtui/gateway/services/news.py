"""News: providers, headlines of the past, articles and bulletins; headlines as they break are market data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ibtui.exchange.told.news import Bulletin
from ibtui.exchange.told.reports import Report
from ibtui.gateway import refusals
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.services.times import parse_time
from ibtui.gateway.wire import requests, research, responses
from ibtui.gateway.wire.codec import Values

MOST = 300
"""The most headlines that one answer holds."""
REACH = timedelta(days=30)
"""How far back a request without a beginning looks."""


class NewsService(Service):
    """News on request, and bulletins, for one client."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._bulletins = False

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_NEWS_PROVIDERS.id: self._providers,
            research.REQ_HISTORICAL_NEWS.id: self._past,
            research.REQ_NEWS_ARTICLE.id: self._article,
            research.REQ_NEWS_BULLETINS.id: self._subscribe,
            research.CANCEL_NEWS_BULLETINS.id: self._cancel,
        }

    def report(self, report: Report) -> None:
        if self._bulletins and isinstance(report, Bulletin):
            self._send(report)

    def _providers(self, _: Values) -> None:
        rows = [{"code": code, "name": name} for code, name in self.backend.exchange.news.providers]
        self.client.send(responses.NEWS_PROVIDERS, providers=rows)

    def _past(self, request: Values) -> None:
        """Newest first, up to `totalResults`; between the two times, the later of which may be named first."""
        number, count = request["reqId"], request["totalResults"]
        if count < 1:
            raise refusals.validation("Invalid number of results")
        if self.backend.exchange.listings.by_con_id(request["conId"]) is None:
            raise refusals.no_definition()
        now = self.backend.exchange.now
        end = min(_time(request["endDateTime"]) or now, now)
        start = _time(request["startDateTime"]) or end - REACH
        start, end = min(start, end), max(start, end)
        found = self.backend.exchange.news.headlines(
            request["conId"], start, min(end, now), self._chosen(request["providerCodes"]), min(count, MOST) + 1
        )
        for told in found[: min(count, MOST)]:
            self.client.send(
                research.HISTORICAL_NEWS,
                reqId=number,
                time=f"{told.time.astimezone(UTC):%Y-%m-%d %H:%M:%S}.0",
                providerCode=told.provider,
                articleId=told.article_id,
                headline=told.text,
            )
        self.client.send(research.HISTORICAL_NEWS_END, reqId=number, hasMore=len(found) > min(count, MOST))

    def _chosen(self, codes: str) -> list[str]:
        """Providers of a list like BRFG+DJNL; raises Refused for one that does not exist."""
        wanted = [code for code in codes.replace(",", "+").split("+") if code]
        known = {code for code, _ in self.backend.exchange.news.providers}
        if not wanted or not known.issuperset(wanted):
            raise refusals.validation(f"Invalid provider codes {codes!r}; known are {'+'.join(sorted(known))}")
        return wanted

    def _article(self, request: Values) -> None:
        text = self.backend.exchange.news.article(request["providerCode"], request["articleId"])
        self.client.send(research.NEWS_ARTICLE, reqId=request["reqId"], articleType=0, articleText=text)

    def _subscribe(self, request: Values) -> None:
        """From now on every bulletin, with all of them those before as well."""
        self._bulletins = True
        if request["allMsgs"]:
            for bulletin in self.backend.exchange.news.bulletins:
                self._send(bulletin)

    def _cancel(self, _: Values) -> None:
        self._bulletins = False

    def _send(self, bulletin: Bulletin) -> None:
        self.client.send(
            research.NEWS_BULLETIN,
            msgId=bulletin.number,
            msgType=bulletin.kind,
            message=bulletin.text,
            origExchange=bulletin.exchange,
        )


def _time(text: str) -> datetime | None:
    """An instant in one of IB's ways or as `2026-11-20 14:00:00.0`, which is UTC; None for no text."""
    text = text.strip()
    if not text:
        return None
    try:
        if text[4:5] == "-":
            return datetime.strptime(text.partition(".")[0], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        return parse_time(text)
    except ValueError as error:
        raise refusals.validation(f"Invalid date/time: {error}") from None
