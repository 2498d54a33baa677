"""Past bars are asked for at a pace that IB allows."""

from __future__ import annotations

from ibtui.terminal.bars import PACE, BarSchedule


def test_the_selected_instrument_comes_first_then_each_once() -> None:
    schedule = BarSchedule()
    asked = []
    while symbol := schedule.due(["A", "B", "C"], "B", 0.0):
        schedule.asked(symbol, 0.0)
        asked.append(symbol)
    assert asked == ["B", "A", "C"]


def test_a_failure_is_tried_again_sooner_than_the_rest() -> None:
    schedule = BarSchedule()
    for symbol in ("A", "B"):
        schedule.asked(symbol, 0.0)
    schedule.failed("A")
    assert schedule.due(["A", "B"], None, 29.0) is None
    assert schedule.due(["A", "B"], None, 31.0) == "A"


def test_twenty_instruments_stay_below_sixty_questions_in_ten_minutes() -> None:
    schedule, symbols = BarSchedule(), [f"S{n}" for n in range(20)]
    times: list[float] = []
    for step in range(int(1800 / PACE)):
        now = step * PACE
        if symbol := schedule.due(symbols, "S0", now):
            schedule.asked(symbol, now)
            times.append(now)
    assert len(times) > 100
    assert all(sum(start <= at < start + 600 for at in times) < 60 for start in times)


def test_after_a_broken_link_everything_is_due() -> None:
    schedule = BarSchedule()
    schedule.asked("A", 0.0)
    schedule.forget()
    assert schedule.due(["A"], None, 0.1) == "A"
