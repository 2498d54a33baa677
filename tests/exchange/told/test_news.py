"""Headlines, articles, and the moves they bring."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import fmean

import pytest

from ibtui.exchange import Exchange, Refused
from ibtui.exchange.moments import MINUTE
from ibtui.exchange.paths.stories import CLAIMS, HOUR, OIL, PAYROLLS, PRICES, RATES, figures, shocks, stories
from ibtui.exchange.told.news import Bulletin, Headline
from tests.exchange.floor import AAPL, START, Floor


def test_figures_come_out_on_their_days() -> None:
    assert figures(date(2026, 12, 4)) == [PAYROLLS]
    assert figures(date(2026, 12, 9)) == [OIL, PRICES]
    assert figures(date(2026, 12, 16)) == [OIL, RATES]
    assert figures(date(2026, 12, 17)) == [CLAIMS]
    assert figures(date(2026, 12, 18)) == []


def test_headlines_are_told_when_their_time_comes() -> None:
    floor = Floor(start=datetime(2026, 12, 4, 13, 0, tzinfo=UTC))
    floor.wait(hours=1)
    told = floor.heard(Headline)
    (payrolls,) = [headline for headline in told if "payrolls" in headline.text]
    assert payrolls.time == datetime(2026, 12, 4, 13, 30, tzinfo=UTC)
    assert payrolls.con_ids == ()
    assert [headline.time for headline in told] == sorted(headline.time for headline in told)


def test_headlines_are_the_same_however_time_is_cut() -> None:
    whole, fine = Floor(), Floor()
    whole.wait(hours=6)
    for _ in range(360):
        fine.wait(minutes=1)
    assert len(whole.heard(Headline)) > 5
    assert whole.heard(Headline) == fine.heard(Headline)


def test_told_headlines_can_be_looked_up_with_their_articles() -> None:
    floor = Floor()
    floor.wait(hours=8)
    news = floor.exchange.news
    for headline in floor.heard(Headline):
        con_id = headline.con_ids[0] if headline.con_ids else None
        assert headline in news.headlines(con_id, START, floor.exchange.now)
        assert headline.text in news.article(headline.provider, headline.article_id)
    with pytest.raises(Refused) as refusal:
        news.article("BRFG", "BRFG$0000000AAPL")
    assert refusal.value.code == 10172


def test_past_headlines_come_newest_first_and_by_provider() -> None:
    news = Exchange(start=START).news
    found = news.headlines(AAPL, START - timedelta(days=30), START)
    assert len(found) > 10
    assert [headline.time for headline in found] == sorted((headline.time for headline in found), reverse=True)
    analysts = news.headlines(AAPL, START - timedelta(days=30), START, ["BRFUPDN"])
    assert {headline.provider for headline in analysts} == {"BRFUPDN"}
    assert news.headlines(AAPL, START - timedelta(days=30), START, count=3) == found[:3]


def test_a_headline_moves_the_price_in_its_minute() -> None:
    exchange = Exchange(start=START)
    good: list[float] = []
    bad: list[float] = []
    first = int(START.timestamp()) // 3600
    for number in range(first - 500, first):
        for story in stories(7, "AAPL", number):
            end = datetime.fromtimestamp(story.time / 1e6 + 60, UTC)
            (bar,) = exchange.history(AAPL, end=end, seconds=60, bar=60)
            (good if story.shock > 0 else bad).append(bar.close / bar.open - 1)
    assert fmean(good) > 0.001
    assert fmean(bad) < -0.001


def test_a_shock_falls_into_the_minute_of_its_story() -> None:
    for number in range(496_000, 496_200):
        expected = {story.time // MINUTE - number * HOUR for story in stories(7, "AAPL", number)}
        assert set(shocks(7, "AAPL", number)) == expected


def test_a_published_headline_moves_what_it_names(floor: Floor) -> None:
    floor.exchange.release(AAPL)
    told = floor.exchange.publish("Apple buys a moon", con_ids=(AAPL,), impact=0.05, article="All of it.")
    assert floor.heard(Headline) == [told]
    assert floor.exchange.tick(AAPL).bid == pytest.approx(105, abs=0.1)
    assert floor.exchange.news.article(told.provider, told.article_id) == "All of it."
    assert floor.exchange.news.headlines(AAPL, START, floor.exchange.now)[0] == told
    floor.wait(minutes=3)
    assert floor.exchange.tick(AAPL).last == pytest.approx(105, abs=1)


def test_bulletins_are_numbered(floor: Floor) -> None:
    floor.exchange.bulletin("Closed early today", kind=2, exchange="NYSE")
    floor.exchange.bulletin("Open again", kind=3, exchange="NYSE")
    assert [bulletin.number for bulletin in floor.heard(Bulletin)] == [1, 2]
    assert floor.exchange.news.bulletins == floor.heard(Bulletin)
