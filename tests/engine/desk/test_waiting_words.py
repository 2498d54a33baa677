"""Until when an order waits: by the market's hours, by IB's own word, and as much of the day as it takes to know it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ibtui.domain.calendar.trading_hours import read_hours
from ibtui.domain.instrument import Instrument
from ibtui.engine.desk.waiting_words import held_until, market_now, moment_words
from tests.risk.optioned import CALL, STOCK

NEW_YORK = "America/New_York"
FUTURE = Instrument(symbol="ESZ6", con_id=9, sec_type="FUT", root="ES", exchange="CME", currency="USD")
HOURS = read_hours(
    "US/Eastern",
    "20261123:0400-20261123:2000;20261124:0400-20261124:2000",
    "20261123:0930-20261123:1600;20261124:0930-20261124:1600",
)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(NEW_YORK))


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("held by IB until 2026-11-24 09:30:00 US/Eastern", at(24, 9, 30)),
        ("your order is held by IB until 2026-11-24 09:30:00 US/Eastern.", None),  # no zone is named so
        ("held by IB until 2026-11-24 09:30:00 Nowhere/Town", None),
        ("held by TWS", None),
        ("", None),
    ],
)
def test_ibs_own_word_of_when_an_order_goes(reason: str, expected: datetime | None) -> None:
    assert held_until(reason) == expected


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at(23, 9, 30), "9:30"),
        (at(23, 16, 5), "16:05"),
        (at(24, 9, 30), "Tue 9:30"),
        (at(29, 18), "Sun 18:00"),
        (at(30, 9, 30), "Mon 30 Nov 9:30"),  # a week away, the day's name alone would be today's
        (at(7, 9, 30, month=12), "Mon 7 Dec 9:30"),
    ],
)
def test_as_much_of_the_day_as_it_takes(moment: datetime, words: str) -> None:
    assert moment_words(moment, at(23, 8), NEW_YORK) == words


def test_the_day_is_that_of_the_profiles_zone() -> None:
    assert moment_words(at(23, 20), at(23, 8), "Asia/Tokyo") == "Tue 10:00"


def test_what_trading_hours_mean_for_an_order_that_is_sent_now() -> None:
    early = market_now(STOCK, HOURS, at(23, 8), NEW_YORK)
    assert (early.waits, early.waits_outside, early.takes_outside, early.known) == ("until 9:30", "", True, True)
    late = market_now(STOCK, HOURS, at(23, 21), NEW_YORK)
    assert (late.waits, late.waits_outside) == ("until Tue 9:30", "until Tue 4:00")
    over = market_now(STOCK, HOURS, at(24, 21), NEW_YORK)
    assert (over.waits, over.waits_outside) == ("until its market opens", "until its market opens")
    assert market_now(FUTURE, HOURS, at(23, 8), NEW_YORK).waits == ""
    assert not market_now(CALL, HOURS, at(23, 8), NEW_YORK).takes_outside
    unknown = market_now(STOCK, None, at(23, 8), NEW_YORK)
    assert (unknown.waits, unknown.known) == ("", False)
