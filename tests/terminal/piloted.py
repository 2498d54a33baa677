"""A terminal without a device: keys by name, the whole screen as text, and waiting for what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from ibtui.config import Config
from ibtui.terminal.app import IbtuiApp
from ibtui.terminal.places.preview import Confirm
from ibtui.terminal.ticket.ticket import TicketPlace
from tests.clocks import PATIENCE


class Hands:
    """What a person does at a terminal and sees on it."""

    def __init__(self, app: IbtuiApp, pilot: Pilot[str]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        """The whole screen, one line a row."""
        screen = self.app.screen
        size = screen.size
        strips = screen._compositor.render_strips(size)
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def press(self, *keys: str) -> str:
        """Press keys one after the other; longer names are Textual's, text after `:` is typed."""
        for key in keys:
            await self.pilot.press(key)
        return self.text

    async def type(self, text: str) -> str:
        """Type a text character by character."""
        for character in text:
            await self.pilot.press(" " if character == " " else character)
        return self.text

    async def line(self, text: str) -> None:
        """Type a command after `:` and Enter."""
        await self.press("colon")
        await self.type(text)
        await self.press("enter")

    async def until(self, shown: str | Callable[[str], bool], within: float = PATIENCE) -> str:
        """Wait until the screen shows it; AssertionError with the screen when it never does."""
        fits = (lambda text: shown in text) if isinstance(shown, str) else shown
        try:
            async with asyncio.timeout(within):
                while not fits(self.text):
                    await self.pilot.pause(0.02)
        except TimeoutError:
            raise AssertionError(f"never shown: {shown!r}\n{self.text}") from None
        return self.text

    async def confirm(self) -> None:
        """See the preview, then press Enter until it counts, as a person does who is told to press it again."""
        await self.until(lambda text: any(f"Enter {deed}s" in text for deed in ("send", "start", "accept", "adjust")))
        place = self.app.control.place
        assert isinstance(place, (Confirm, TicketPlace))
        while place.pending.state == "shown":
            await self.until(lambda text: self._ready())
            await self.press("enter")

    def _ready(self) -> bool:
        guard = self.app.control.guard
        now = self.app.control.now()
        return guard._painted is not None and now - guard._painted > 0.55 and now - guard._last > 0.35


@asynccontextmanager
async def at_terminal(
    socket: Path, size: tuple[int, int] = (160, 45), keys: Mapping[str, str] | None = None
) -> AsyncIterator[Hands]:
    """A terminal on the engine at `socket`, once it shows the engine's state."""
    app = IbtuiApp(socket, Config(keys=dict(keys or {})), multiplexed=True)
    async with app.run_test(size=size) as pilot:
        hands = Hands(app, pilot)
        await hands.until(lambda text: app.main.model.session is not None)
        yield hands
