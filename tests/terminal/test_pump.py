"""The one look into Textual's driver: it fails here when Textual renames what is looked at."""

from __future__ import annotations

import io

from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from ibtui.terminal.pump import behind


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
