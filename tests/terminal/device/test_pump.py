"""When a frame may be written, and how large; and the look into Textual's driver, which fails when it is renamed."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from ibtui.terminal.device.pump import Allowance, FrameClock, behind


async def terminal() -> tuple[App[None], WriterThread]:
    """An application on a driver whose writer was not started, so that nothing leaves its queue."""
    app = App[None]()
    driver = LinuxDriver(app, size=(80, 24))
    assert driver._writer_thread is None
    writer = WriterThread(io.StringIO())
    driver._writer_thread = writer
    app._driver = driver
    return app, writer


async def test_a_frame_that_still_waits_holds_the_next_one_back() -> None:
    app, writer = await terminal()
    assert not behind(app)
    writer.write("a frame")
    assert behind(app)
    writer._queue.get()
    assert not behind(app)


async def test_without_a_terminal_nothing_is_held_back() -> None:
    app = App[None]()
    async with app.run_test():
        assert not behind(app)


def sent(clock: FrameClock, now: float, size: int = 100) -> tuple[int, int]:
    place = clock.sent(now, size, 24, 80)
    assert place is not None
    return place


def test_a_frame_leaves_once_the_terminal_answered_the_last_and_is_asked_about_again_until_then() -> None:
    clock = FrameClock(seed=1)
    assert clock.room(1.0)
    first = sent(clock, 1.0)
    clock.answer(1, 1, 1.1)
    assert not clock.room(1.9)
    assert clock.again(1.9, 24, 80) is None
    assert clock.again(2.0, 24, 80) is not None
    clock.answer(*first, 2.1)
    assert clock.room(2.1)
    assert clock.again(9.0, 24, 80) is None


def test_what_a_key_shows_goes_behind_a_frame_on_its_way_and_no_third_one_goes() -> None:
    clock = FrameClock(seed=1)
    sent(clock, 1.0)
    clock.key()
    assert clock.room(1.1)
    second = sent(clock, 1.1)
    clock.key()
    assert not clock.room(60.0)
    clock.answer(*second, 61.0)
    assert not clock.waits


def test_without_an_answer_one_more_frame_goes_and_then_none() -> None:
    clock = FrameClock(seed=1)
    sent(clock, 1.0)
    assert not clock.room(5.9)
    assert clock.room(6.0)
    sent(clock, 6.0)
    assert not clock.room(3600.0)
    questions = sum(clock.again(6.0 + second, 24, 80) is not None for second in range(60))
    assert questions < 12


@settings(max_examples=30)
@given(st.floats(200, 1e6), st.floats(0, 0.8))
def test_a_frame_takes_a_part_of_a_second_on_any_link(rate: float, delay: float) -> None:
    """Frames as large as they may be, and a small one at times, as the clock of the header is."""
    clock, now = FrameClock(seed=1), 0.0
    for number in range(60):
        room = clock.room(now)
        assert room >= FrameClock.LEAST
        size = 30 if number % 7 == 0 else room
        place = sent(clock, now, size)
        took = delay + size / rate
        now += took
        clock.answer(*place, now)
        if number > 30:
            assert took - delay <= max(3 * FrameClock.SECONDS, FrameClock.LEAST / rate) + 0.01
    assert room > min(rate * FrameClock.SECONDS / 5, FrameClock.MOST / 2) or room == FrameClock.LEAST


def test_no_place_is_asked_about_that_a_key_could_answer() -> None:
    clock = FrameClock(seed=1)
    assert clock.sent(1.0, 100, 1, 80) is None
    assert not clock.waits
    assert all(clock.sent(1.0, 100, 3, 80)[0] >= 2 for _ in range(200))  # type: ignore[index]


def test_where_nobody_answers_the_bytes_a_second_are_limited() -> None:
    allowance = Allowance(1000.0)
    written, now = 0, 0.0
    while now < 60.0:
        if room := allowance.room(now):
            allowance.sent(min(room, 900))
            written += min(room, 900)
        now += 0.05
    assert 55_000 < written < 60_000 + Allowance.START


def test_what_a_key_opens_goes_at_once_where_nobody_answers_and_the_rest_waits_for_it() -> None:
    allowance = Allowance(1000.0)
    allowance.room(0.0)
    allowance.sent(int(Allowance.START))
    assert not allowance.room(0.1)
    allowance.key()
    assert allowance.room(0.1) >= 3000
    allowance.sent(3000)
    assert not allowance.room(3.0)
    assert allowance.room(4.0)
