"""The application: an engine's frames onto the screen, keys to their places, and the end of both."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from textual import events
from textual.geometry import Region
from textual.screen import Screen

from ibtui.config import Config
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import Answer, Ask, Bars, Frame, GetBars
from ibtui.terminal.attachment import Attachment
from ibtui.terminal.bars import PACE, BarSchedule
from ibtui.terminal.control import Control
from ibtui.terminal.crash import Crash
from ibtui.terminal.device.driver import TerminalDriver, ending_on_signals
from ibtui.terminal.device.guard import TypingGuard, answers_itself, multiplexed_rate
from ibtui.terminal.device.painted import LATER, PaintedApp
from ibtui.terminal.device.pump import behind
from ibtui.terminal.drawing import glyphs, palette
from ibtui.terminal.keys import Keymap, Press, plain_key
from ibtui.terminal.layout.main import MainScreen
from ibtui.terminal.model import Model
from ibtui.terminal.news import news
from ibtui.terminal.places.place import Over, Place, PlaceCanvas
from ibtui.terminal.places.since_sheet import came_back

FRAME_SECONDS = 0.2
"""Frames are asked for no oftener than this."""
BEAT_SECONDS = 0.2
CROWD = 4
"""Messages waiting from which drawing waits for the last of them."""
_MODIFIERS = ("left_", "right_", "iso_level", "caps_lock", "num_lock", "scroll_lock")
"""Keys that type nothing by themselves; some terminals report them."""


class IbtuiApp(PaintedApp, inherit_bindings=False):
    """Shows one engine, and answers the line to print after it; raises IbtuiError `bad_config` for bad `[keys]`."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self, socket: Path, config: Config | None = None, *, multiplexed: bool | None = None, log: Path | None = None
    ) -> None:
        """`log` is the file for the traceback of a crash."""
        config = config or Config()
        keymap = Keymap(config.keys)
        super().__init__(driver_class=None if os.environ.get("TEXTUAL_DRIVER") else TerminalDriver)
        palette.install(self)
        self.animation_level = "none"
        self.crash = Crash(log)
        self.main = MainScreen(Model())
        if multiplexed is None:
            multiplexed = answers_itself() or config.multiplexer
        guard = TypingGuard(answers_itself=multiplexed)
        self.control = Control(self, self.main, keymap, guard, time.monotonic, config.bell)
        self._attachment = Attachment(
            socket,
            on_frame=lambda frame: self._soon(self._take, frame),
            on_lost=lambda reason: self._soon(self._lose, reason),
            on_earlier=lambda words: self._soon(self._meet_earlier, words),
            on_new_engine=self.main.model.log.clear,
            seen=lambda: self.main.model.seen,
        )
        self.begin_painting(guard, config.multiplexed_rate or multiplexed_rate())
        self._bars = BarSchedule()
        self._frames: deque[float] = deque(maxlen=32)

    def get_default_screen(self) -> Screen[None]:
        return self.main

    def on_mount(self) -> None:
        asyncio.get_running_loop().set_exception_handler(self._loop_failed)
        self.run_worker(self._attachment.run(), exclusive=False)
        self.run_worker(self._fetch_bars())
        self.set_interval(BEAT_SECONDS, self._beat)
        self.ask_where(self.control.guard.start)

    async def on_event(self, event: events.Event) -> None:
        """Keys, pastes and cursor reports are taken here, in the order they came; Textual would route keys later."""
        if isinstance(event, events.Key):
            self._press(event)
        elif isinstance(event, events.Paste):
            self.control.paste(event.text)
        elif isinstance(event, events.CursorPosition):
            self.control.guard.answer(event.y + 1, event.x + 1)
            self.answered(event.y + 1, event.x + 1)
        else:
            await super().on_event(event)

    def _press(self, event: events.Key) -> None:
        key = plain_key(event.key)
        if not key.startswith(_MODIFIERS):
            self.painter.key()
            text = event.character if event.is_printable and event.character else ""
            self.control.press(Press(key, text, event.time))

    # frames

    def _soon(self, deed: Callable[..., None], value: object) -> None:
        """Act in the application's own turn, so that frames and keys never overtake each other or fail unseen."""
        if self.is_running:
            self.call_later(deed, value)

    def _take(self, frame: Frame) -> None:
        model = self.main.model
        filled, seen = {ref: order.filled for ref, order in model.orders.items()}, model.seen
        if model.lost_since is not None:
            model.lost_since = None
            self._bars.forget()
            self.main.lost(None)
        changes = model.apply(frame)
        self._frames.append(time.monotonic())
        if frame.away is not None:
            came_back(self.control, frame.away)
        self.main.apply(changes)
        told = news(filled, self.control.about, frame, model, self._zone)
        if told is not None:
            self.control.go_on(told, "bright")
        self.control.world.hear(frame, seen)
        self.control.tick()
        self.after(FRAME_SECONDS, self._painted)

    @property
    def _zone(self) -> tzinfo:
        session = self.main.model.session
        return UTC if session is None else ZoneInfo(session.timezone)

    def _painted(self) -> None:
        """Ask the engine for one more frame once the terminal has drawn the last."""
        if behind(self) or not self.painter.carried():
            self.after(LATER, self._painted)
        else:
            self._attachment.painted()

    def _lose(self, reason: str) -> None:
        model = self.main.model
        if model.lost_since is None or model.earlier:
            model.earlier = ""
            self._without_frames(reason, f"{reason} Trying again; orders that were sent stay with the broker.")

    def _meet_earlier(self, words: str) -> None:
        """The engine is of the version before: nothing that it shows can be read, and the halt works."""
        model = self.main.model
        met, model.earlier = bool(model.earlier), words
        if met:
            self.control.world.hear(None, model.seen, words)
        else:
            self._without_frames(words, words)

    def _without_frames(self, reason: str, alarm: str) -> None:
        model = self.main.model
        model.lost_since = model.lost_since or time.monotonic()
        self.main.lost(reason)
        self.control.lost(alarm)

    def _beat(self) -> None:
        self.control.guard.beat(self.control.now())
        if not behind(self):
            self.ask_where(self.control.guard.again)
            self.ask_again()
        self.control.frame_rate = sum(1 for at in self._frames if time.monotonic() - at < 3) / 3
        if not behind(self):
            self.control.tick()

    async def _fetch_bars(self) -> None:
        while True:
            now = time.monotonic()
            model = self.main.model
            ready = model.session is not None and model.lost_since is None
            symbol = self._bars.due(model.watchlist, self.main.selected_symbol, now) if ready else None
            if symbol is not None:
                self._bars.asked(symbol, now)
                await self._fetch(symbol)
            await asyncio.sleep(PACE)

    async def _fetch(self, symbol: str) -> None:
        try:
            answer = await self._attachment.ask(GetBars(symbol=symbol))
        except IbtuiError:
            self._bars.failed(symbol)
        else:
            if isinstance(answer, Bars):
                self.main.set_bars(answer.symbol, answer.bars)

    # what the control asks for

    def put(self, question: Ask, then: Callable[[Answer], None], failed: Callable[[IbtuiError], None]) -> None:
        """Ask the engine; one of the two is called with what it says."""
        self.run_worker(self._put(question, then, failed))

    async def _put(self, question: Ask, then: Callable[[Answer], None], failed: Callable[[IbtuiError], None]) -> None:
        try:
            answer = await self._attachment.ask(question)
        except IbtuiError as error:
            failed(error)
        else:
            then(answer)

    def cover(self, canvas: PlaceCanvas | None) -> None:
        """Show something over the whole terminal, or the panes again."""
        if canvas is not None:
            self.push_screen(Over(canvas))
        elif len(self.screen_stack) > 1:
            self.pop_screen()

    def announce(self, place: Place) -> None:
        """Once the place has drawn its preview and the terminal has taken it: ask where the cursor is."""
        if place is not self.control.place or not self.control.guard.due:
            return
        if place.previewed() and self.main.order_entry:
            self.main.call_after_refresh(self._announce_painted, place)
        else:
            self.control.redraw()
            self.after(LATER, lambda: self.announce(place))

    def _announce_painted(self, place: Place) -> None:
        if place is not self.control.place or not place.previewed() or not self.control.guard.due:
            return
        if behind(self) or self.painter.differs(self._in_place()):
            self.after(LATER, lambda: self._announce_painted(place))
            return
        self.ask_where(self.control.guard.paint)

    def crowded(self) -> bool:
        """Whether more keys wait already: a burst is drawn once."""
        return self.message_queue_size > CROWD

    def in_front(self) -> Sequence[Region]:
        return self.main.in_front() if self.screen is self.main else (self.screen.outer_size.region,)

    def _in_place(self) -> Sequence[Region]:
        return self.main.in_place() if self.screen is self.main else self.in_front()

    @property
    def focus_row(self) -> int:
        return self.main.focus_row

    # errors that nobody foresaw

    def _handle_exception(self, error: Exception) -> None:
        """Where Textual brings what a handler, timer, callback or worker raised: the terminal ends, and `run` says why.

        Textual would print a traceback over the shell, and leave the exit code at 0.
        """
        self.crash.note(error)
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A callback of the loop, or a task nobody waited for, raised; a broken connection is no error of ours."""
        error = context.get("exception")
        if isinstance(error, Exception) and not isinstance(error, OSError | IbtuiError):
            self._handle_exception(error)

    def end(self, line: str) -> None:
        """End the terminal with a line for the shell."""
        self.exit(line)


def run(socket: Path, config: Config, log: Path) -> str | None:
    """Run the terminal on the engine at `socket` until it is left; the line to print, None when a signal ended it.

    Raises IbtuiError `internal` when it crashed; the traceback was added to `log`.
    """
    for name in ("COLUMNS", "LINES"):
        # What they say may never have been true; Textual then lays the screen out for one size and the other in turn.
        os.environ.pop(name, None)
    glyphs.use_ascii(glyphs.ascii_only(os.environ, assumed=bool(sys.flags.utf8_mode)))
    app = IbtuiApp(socket, config, log=log)
    line: str | None = None
    with ending_on_signals(app):
        try:
            line = app.run(mouse=False)
        except Exception as error:
            app.crash.note(error)
    if failure := app.crash.failure():
        raise failure
    return line
