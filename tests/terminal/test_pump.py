"""The one look into Textual's driver: it fails here when Textual renames what is looked at."""

from __future__ import annotations

import io

from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from ibtui.terminal.pump import FrameClock, behind


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


def test_a_frame_is_drawn_once_the_terminal_answers_and_asked_about_again_until_then() -> None:
    clock = FrameClock(seed=1)
    assert not clock.waits(1.0)
    first = clock.ask(1.0, 24, 80)
    assert first is not None
    clock.answer(1, 1)
    assert clock.waits(1.9)
    assert not clock.due(1.9)
    assert clock.due(2.0)
    clock.ask(2.0, 24, 80)
    clock.answer(*first)
    assert not clock.waits(2.1)
    assert not clock.due(9.0)


def test_nothing_stands_still_for_ever_for_want_of_an_answer() -> None:
    clock = FrameClock(seed=1)
    for second in range(5):
        clock.ask(1.0 + second, 24, 80)
        assert clock.waits(1.0 + second)
    assert not clock.waits(6.0)
    clock.ask(6.0, 24, 80)
    assert clock.waits(10.9)


def test_no_place_is_asked_about_that_a_key_could_answer() -> None:
    clock = FrameClock(seed=1)
    assert clock.ask(1.0, 1, 80) is None
    assert not clock.waits(1.0)
    assert all(place is not None and place[0] >= 2 for place in (clock.ask(1.0, 3, 80) for _ in range(200)))
