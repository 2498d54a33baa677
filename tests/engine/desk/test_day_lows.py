"""The least profit of a day: kept over a restart, begun anew with New York's day, written when it is less by enough."""

from __future__ import annotations

from datetime import UTC, datetime

from ibtui.engine.desk.day_lows import DayLows
from tests.clocks import ManualClock
from tests.engine.truth.kept import Kept

EVENING = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)
"""23:59 of Monday in New York."""


def test_a_day_turns_once_and_at_new_yorks_midnight() -> None:
    clock = ManualClock(EVENING)
    lows = DayLows(Kept(), clock)
    lows.keep("", -500.0)
    assert not lows.turn()
    assert lows.of("") == -500.0
    clock.advance(60)
    assert lows.of("") is None
    assert lows.turn()
    assert not lows.turn()
    lows.keep("", -1.0)
    assert lows.of("") == -1.0


def test_the_least_profit_outlives_the_engine_and_not_the_day() -> None:
    kept, clock = Kept(), ManualClock(EVENING)
    before = DayLows(kept, clock)
    before.keep("dip", -500.0)
    before.keep("dip", -300.0)
    before.keep("", 20.0)  # a profit is no loss
    after = DayLows(kept, clock)
    assert (after.of("dip"), after.of("")) == (-500.0, None)
    clock.advance(60)
    assert DayLows(kept, clock).of("dip") is None


def test_a_loss_is_written_again_when_it_has_grown_by_a_hundredth() -> None:
    kept = Kept()
    lows = DayLows(kept, ManualClock(EVENING))
    written = []
    for profit in (-100.0, -100.5, -101.0, -101.1, -102.0):
        lows.keep("", profit)
        written.append(DayLows(kept, ManualClock(EVENING)).of(""))
    assert written == [-100.0, -100.0, -100.0, -101.1, -101.1]
    assert lows.of("") == -102.0
