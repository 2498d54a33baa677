"""An application whose screen reaches the terminal through a painter instead of region by region."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen

from ibtui.terminal.device.driver import TerminalDriver
from ibtui.terminal.device.guard import TypingGuard
from ibtui.terminal.device.painter import Painter, Update
from ibtui.terminal.device.pump import behind

LATER = 0.05
"""Seconds until a terminal that has not taken the last frame is looked at again."""


class PaintedApp(App[str], inherit_bindings=False):
    """Writes what differs on the screen, as much at a time as the terminal's answers allow."""

    painter: Painter
    _later = False
    """A look at what is left to write is due."""

    def begin_painting(self, guard: TypingGuard, multiplexed_rate: int) -> None:
        """Paint for the terminal of which `guard` knows whether it answers; where not, so many bytes a second."""
        self.painter = Painter(guard, multiplexed_rate)

    def in_front(self) -> Sequence[Region]:
        """What is written before the rest of the screen."""
        return ()

    @property
    def focus_row(self) -> int:
        """The row that a new terminal is painted from, behind what is in front."""
        return 0

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Resize):
            # Also one that ends in the size before: the terminal may have cut off what it showed.
            self.painter.forget(self.focus_row)
        await super().on_event(event)
        if isinstance(event, events.Resize) and self.painter.pending:
            self._paint()

    def answered(self, row: int, column: int) -> None:
        """The terminal reported a cursor position, row and column from 1: more may be written."""
        self.painter.answer(row, column, time.monotonic())
        self._paint()

    def after(self, seconds: float, deed: Callable[[], object]) -> None:
        """Act once, so many seconds later; a timer of Textual's is lost where the program stands still as it begins."""
        asyncio.get_running_loop().call_later(seconds, lambda: deed() if self.is_running else None)

    def repaint(self) -> None:
        """Paint the whole terminal anew."""
        self.painter.forget(self.focus_row)
        self._paint()

    def ask_again(self) -> None:
        """Ask about a frame that waits for its answer too long."""
        self._write(self.painter.again(time.monotonic()))

    def ask_where(self, place_of: Callable[[float, int, int], tuple[int, int] | None]) -> None:
        """Move the terminal's cursor to the place that is picked, if one is, and ask where it is."""
        place = place_of(time.monotonic(), self.size.height, self.size.width)
        self._write("" if place is None else f"\x1b[{place[0]};{place[1]}H\x1b[6n")

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Where Textual would write what it drew, changed or not."""
        if not isinstance(renderable, Update) or self.is_headless or self._batch_count:
            super()._display(screen, renderable)
        elif self.is_running and not self._closed:
            size = self.screen.outer_size
            self.painter.draw(renderable, (size.width, size.height), self.console._color_system)
            self._paint()
            self.post_display_hook()

    def _paint(self) -> None:
        """Write as much of what was drawn as may be written now; the rest waits."""
        if isinstance(self._driver, TerminalDriver) and self._driver.began():
            self.painter.forget(self.focus_row)
        if not behind(self):
            self._write(self.painter.frame(time.monotonic(), self.in_front(), whole=self._sync_available))
        if not self._later and self.painter.pending:
            self._later = True
            self.after(LATER, self._paint_later)

    def _paint_later(self) -> None:
        self._later = False
        self._paint()

    def _write(self, text: str) -> None:
        if text and self._driver is not None:
            self._driver.write(text)
