"""History on request: regular hours, schedules, both sides, months, and what an account may not see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import log
from statistics import correlation

import pytest

from ibtui.domain.calendar.hours import is_open
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.gateway.services.delayed import DELAY
from ibtui.gateway.services.history import HistoryService
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.listings import flagged
from tests.gateway.raw import CON_ID
from tests.gateway.requests import filled, named
from tests.gateways import MORNING

ASK_FOR = requests.REQ_HISTORICAL_DATA
PLAIN: Values = {"barSizeSetting": "5 mins", "durationStr": "1 D", "whatToShow": "TRADES", "formatDate": 2}


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return Exchange(start=MORNING)


def asked(exchange: Exchange, /, **values: object) -> Values:
    """The one message that answers."""
    desk = Desk(exchange, HistoryService)
    desk.ask(ASK_FOR, filled(ASK_FOR, **PLAIN | values))
    ((_, answer),) = desk.client.sent
    return answer


def times(answer: Values) -> list[datetime]:
    return [datetime.fromtimestamp(int(bar["date"]), UTC) for bar in answer["bars"]]


def test_regular_hours_alone_are_counted(exchange: Exchange) -> None:
    hours = exchange.listings.by_con_id(CON_ID).hours  # type: ignore[union-attr]
    found = times(asked(exchange, useRTH=True, durationStr="2 D"))
    assert all(is_open(hours, time, regular=True) for time in found)
    assert found[0].isoformat() == "2026-11-20T14:30:00+00:00"
    assert len([time for time in found if time.day == 20]) == 390 // 5
    assert found[-1] < MORNING
    seconds = times(asked(exchange, useRTH=True, durationStr="7200 S"))
    assert len(seconds) == 7200 // 300
    assert {time.day for time in seconds} == {20, 23}
    every = times(asked(exchange, useRTH=False, durationStr="2 D"))
    assert set(every) & set(found)
    assert len(every) > len(found)


def test_a_schedule_is_made_of_sessions(exchange: Exchange) -> None:
    daily = {"whatToShow": "SCHEDULE", "barSizeSetting": "1 day", "durationStr": "3 D"}
    regular = asked(exchange, **daily, useRTH=True)
    assert regular["timeZone"] == "US/Eastern"
    assert [session["refDate"] for session in regular["sessions"]] == ["20261119", "20261120", "20261123"]
    assert regular["sessions"][0]["startDateTime"] == regular["startDateTime"] == "20261119-09:30:00"
    assert regular["sessions"][-1]["endDateTime"] == regular["endDateTime"] == "20261123-16:00:00"
    extended = asked(exchange, **daily, useRTH=False)
    assert extended["sessions"][0]["startDateTime"] == "20261119-04:00:00"
    week = asked(exchange, **daily | {"durationStr": "1 W"}, useRTH=True)
    assert len(week["sessions"]) == 6


def test_an_older_client_is_refused_what_it_cannot_read(exchange: Exchange) -> None:
    desk = Desk(exchange, HistoryService)
    desk.client.version = 164
    values = filled(ASK_FOR, **PLAIN | {"whatToShow": "SCHEDULE", "barSizeSetting": "1 day"})
    with pytest.raises(Refused) as caught:
        desk.ask(ASK_FOR, values)
    assert caught.value.code == 321


def test_both_sides_in_one_bar(exchange: Exchange) -> None:
    bids, asks, both = (asked(exchange, whatToShow=what)["bars"] for what in ("BID", "ASK", "BID_ASK"))
    assert len(both) == len(bids) == len(asks) > 0
    assert all(bar["high"] == ask["high"] for bar, ask in zip(both, asks, strict=True))
    assert all(bar["low"] == bid["low"] for bar, bid in zip(both, bids, strict=True))
    assert all(bar["open"] < bar["close"] and bar["volume"] == -1 for bar in both)


def test_months_add_up_to_their_days(exchange: Exchange) -> None:
    days = asked(exchange, barSizeSetting="1 day", durationStr="1 M", formatDate=1)["bars"]
    months = asked(exchange, barSizeSetting="1 month", durationStr="1 M", formatDate=1)["bars"]
    assert [month["date"][:6] for month in months] == sorted({day["date"][:6] for day in days})
    november = [day for day in days if day["date"].startswith("202611")]
    assert months[-1]["volume"] == sum(day["volume"] for day in november)
    assert months[-1]["high"] == max(day["high"] for day in november)
    assert (months[-1]["open"], months[-1]["close"]) == (november[0]["open"], november[-1]["close"])


@pytest.mark.parametrize(
    ("bar", "begins"),
    [
        ("20 mins", ["09:30", "09:40", "10:00"]),
        ("1 hour", ["09:30", "10:00", "11:00"]),
        ("2 hours", ["09:30", "10:00", "12:00"]),
        ("3 hours", ["09:30", "12:00", "15:00"]),
        ("4 hours", ["09:30", "12:00"]),
        ("8 hours", ["09:30"]),
    ],
)
def test_bars_of_a_session_begin_with_it_and_go_on_by_the_clock_of_the_place(
    exchange: Exchange, bar: str, begins: list[str]
) -> None:
    friday = "20261120 15:59:00 US/Eastern"
    found = asked(exchange, barSizeSetting=bar, useRTH=True, endDateTime=friday, formatDate=1)["bars"]
    assert [item["date"][9:14] for item in found[: len(begins)]] == begins
    minutes = asked(exchange, barSizeSetting="1 min", useRTH=True, endDateTime=friday)["bars"]
    assert sum(item["volume"] for item in found) == sum(item["volume"] for item in minutes)
    assert (found[0]["open"], found[-1]["close"]) == (minutes[0]["open"], minutes[-1]["close"])


@pytest.mark.parametrize("always", [True, False])
def test_a_year_of_days_is_a_year_of_sessions(always: bool) -> None:
    exchange = Exchange(start=MORNING, always_open=always)
    days = asked(exchange, barSizeSetting="1 day", durationStr="1 Y", useRTH=True, formatDate=1)["bars"]
    dates = [date.fromisoformat(day["date"]) for day in days]
    assert 249 <= len(days) <= 252
    assert all(day.weekday() < 5 for day in dates)
    assert date(2026, 7, 3) not in dates
    moves = [abs(after["open"] / before["close"] - 1) for before, after in pairwise(days)]
    assert max(moves) < 0.15
    assert all(day["low"] <= min(day["open"], day["close"]) <= day["high"] for day in days)
    counted = asked(exchange, barSizeSetting="1 day", durationStr="10 D", useRTH=True, formatDate=1)["bars"]
    assert counted == days[-10:]
    schedule = asked(exchange, whatToShow="SCHEDULE", barSizeSetting="1 day", durationStr="200 D", useRTH=True)[
        "sessions"
    ]
    assert [session["refDate"] for session in schedule] == [day["date"] for day in days[-200:]]


def test_stocks_of_the_past_moved_with_the_market(exchange: Exchange) -> None:
    closes = []
    for con_id in (756733, 265598, 479624278):
        bars = exchange.history(con_id, end=exchange.now, seconds=2 * 365 * 86400, bar=86400)
        closes.append({bar.time: bar.close for bar in bars})
    shared = sorted(set.intersection(*(set(one) for one in closes)))
    spy, aapl, coin = ([log(one[after] / one[before]) for before, after in pairwise(shared)] for one in closes)
    assert 0.3 < correlation(spy, aapl) < 0.9
    assert abs(correlation(spy, coin)) < 0.6


def test_what_is_kept_up_to_date_goes_on_with_the_same_bar() -> None:
    exchange = Exchange(start=MORNING - timedelta(minutes=20))
    desk = Desk(exchange, HistoryService)
    desk.ask(ASK_FOR, filled(ASK_FOR, **PLAIN | {"barSizeSetting": "1 hour", "useRTH": True, "keepUpToDate": True}))
    desk.advance(5)
    desk.service.each_second()
    (_, first), *_, (_, last) = desk.client.sent
    begin = datetime.fromtimestamp(int(last["date"]), UTC)
    assert (begin.hour, begin.minute) == (14, 30)
    assert int(first["bars"][-1]["date"]) == int(last["date"])
    assert last["volume"] >= first["bars"][-1]["volume"]


def test_delayed_data_ends_a_quarter_of_an_hour_ago(exchange: Exchange) -> None:
    listing = flagged(exchange, delayed=True)
    found = times(asked(exchange, **named(listing), barSizeSetting="1 min"))
    assert found[-1] + timedelta(minutes=1) <= exchange.now - DELAY + timedelta(minutes=1)
    assert found[-1] > exchange.now - 2 * DELAY


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"barSizeSetting": "0 mins"}, 321),
        ({"durationStr": "1 X"}, 321),
        ({"whatToShow": "NOISE"}, 321),
        ({"whatToShow": "SCHEDULE"}, 321),
        ({"barSizeSetting": "1 secs", "durationStr": "2 D"}, 162),
        ({"endDateTime": "20200101-00:00:00"}, 162),
        ({"conId": 1}, 200),
    ],
)
def test_refusals(exchange: Exchange, values: Values, code: int) -> None:
    with pytest.raises(Refused) as caught:
        asked(exchange, **values)
    assert caught.value.code == code


def test_no_permission(exchange: Exchange) -> None:
    with pytest.raises(Refused, match="No market data permissions") as caught:
        asked(exchange, **named(flagged(exchange, delayed=False)))
    assert caught.value.code == 162
