"""News: headlines told and looked up, articles and bulletins."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.moments import MINUTE, micros, moment
from ibtui.exchange.paths.stories import HOUR, SHARED, stories
from ibtui.exchange.refusal import Refused

PROVIDERS = (
    ("BRFG", "Briefing.com General Market Columns"),
    ("BRFUPDN", "Briefing.com Analyst Actions"),
    ("DJNL", "Dow Jones Newsletters"),
)
"""Code and name; the codes are IB's, so that programs find what they ask for."""
DEPTH = 30
"""Days that headlines reach back."""


class Headline(Struct, frozen=True, kw_only=True):
    """One headline; `con_ids` empty on the broad tape."""

    time: datetime
    provider: str
    article_id: str
    text: str
    con_ids: tuple[int, ...] = ()


class Bulletin(Struct, frozen=True, kw_only=True):
    """A notice to all clients; `kind` 1 is news, 2 an exchange that became unavailable, 3 one that is back."""

    time: datetime
    number: int
    kind: int
    text: str
    exchange: str


class CorporateAction(Struct, frozen=True, kw_only=True):
    """What happened to a stock."""

    time: datetime
    con_id: int
    kind: Literal["dividend", "split"]
    amount: float
    """Of a dividend for one share, in the stock's currency; of a split the new shares for one old."""


class NewsArchive:
    """Every headline of one exchange, told or to be looked up, and what was published by hand."""

    providers = PROVIDERS

    def __init__(self, seed: int, companies: dict[str, tuple[int, str]]) -> None:
        """`companies` gives contract id and name by symbol."""
        self._seed, self._companies = seed, companies
        self._symbols = {con_id: symbol for symbol, (con_id, _) in companies.items()}
        self._published: list[Headline] = []
        self._articles: dict[str, str] = {}
        self.bulletins: list[Bulletin] = []

    def headlines(
        self, con_id: int | None, start: datetime, end: datetime, providers: Iterable[str] = (), count: int = 300
    ) -> list[Headline]:
        """The newest `count` headlines of a company, or of the broad tape for None, from `start` to `end`.

        Newest first, of every provider when none is named; no more than 30 days before `end`.
        """
        wanted = frozenset(providers)
        begin = max(start, end - timedelta(days=DEPTH))
        names = list(SHARED) if con_id is None else [self._symbols[con_id]] if con_id in self._symbols else []
        hours = range(micros(begin) // (HOUR * MINUTE), micros(end) // (HOUR * MINUTE) + 1)
        found = [told for number in hours for name in names for told in self.hour(name, number)]
        found += [told for told in self._published if (con_id in told.con_ids if con_id else not told.con_ids)]
        found = [told for told in found if begin <= told.time <= end and (not wanted or told.provider in wanted)]
        return sorted(found, key=lambda told: told.time, reverse=True)[:count]

    def article(self, provider: str, article_id: str) -> str:
        """The text of an article; raises Refused(10172) for an unknown one."""
        text = self._articles.get(article_id) or self._text(provider, article_id)
        if text is None:
            raise Refused(10172, "Failed to request news article:No data available")
        return text

    def hour(self, name: str, number: int) -> list[Headline]:
        """What is told of a company's symbol, `market` or `oil` in one hour since 1970, oldest first."""
        con_id, company = self._companies.get(name, (0, ""))
        return [
            Headline(
                time=moment(story.time),
                provider=story.provider,
                article_id=f"{story.provider}${number:06x}{index}{name}",
                text=story.text.format(name=company),
                con_ids=(con_id,) if con_id else (),
            )
            for index, story in enumerate(stories(self._seed, name, number))
        ]

    def all_in(self, number: int) -> list[Headline]:
        """Everything that is told in one hour since 1970."""
        return [told for name in (*self._companies, *SHARED) for told in self.hour(name, number)]

    def publish(
        self, time: datetime, text: str, provider: str, con_ids: tuple[int, ...] = (), article: str = ""
    ) -> Headline:
        """Add a headline by hand."""
        told = Headline(
            time=time,
            provider=provider,
            article_id=f"{provider}$x{len(self._published)}",
            text=text,
            con_ids=con_ids,
        )
        self._published.append(told)
        self._articles[told.article_id] = article or text
        return told

    def bulletin(self, time: datetime, text: str, kind: int = 1, exchange: str = "") -> Bulletin:
        """Add a bulletin by hand."""
        self.bulletins.append(
            Bulletin(time=time, number=len(self.bulletins) + 1, kind=kind, text=text, exchange=exchange)
        )
        return self.bulletins[-1]

    def _text(self, provider: str, article_id: str) -> str | None:
        _, _, rest = article_id.partition("$")
        try:
            number = int(rest[:6], 16)
        except ValueError:
            return None
        for told in self.hour(rest[7:], number) if rest[7:] in (*self._companies, *SHARED) else ():
            if (told.article_id, told.provider) == (article_id, provider):
                local = told.time.astimezone(NEW_YORK)
                return f"{told.text}\n\n{local:%d %b %Y %H:%M} New York. A simulated headline of an offline exchange."
        return None


def companies(listings: Iterable[Listing], silent: Container[str]) -> dict[str, tuple[int, str]]:
    """Contract id and name of every company, by symbol; `silent` ones are moved by other things than news."""
    items = (listing.instrument for listing in listings if listing.stock_type == "COMMON")
    return {item.symbol: (item.con_id, _readable(item.name)) for item in items if item.symbol not in silent}


def _readable(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split())
