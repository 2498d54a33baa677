"""Where keys go: the panes, or one place in front of them that takes every key until it closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import ClassVar, Literal, Protocol

from textual.app import ComposeResult
from textual.screen import Screen

from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import Answer, Ask
from ibtui.terminal.device.guard import TypingGuard
from ibtui.terminal.drawing.canvas import Canvas, Line, Run, spread
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.keys import Hint, Keymap, Press
from ibtui.terminal.layout.main import MainScreen
from ibtui.terminal.model import Model
from ibtui.terminal.places.coach import Deed

Hints = Sequence[Hint]
"""Keys with what they do, for the last line of the screen."""


class Terminal(Protocol):
    """What a place may ask of the application around it."""

    @property
    def model(self) -> Model: ...

    @property
    def keymap(self) -> Keymap: ...

    @property
    def guard(self) -> TypingGuard: ...

    @property
    def main(self) -> MainScreen: ...

    @property
    def free(self) -> bool:
        """Nothing is in front of the panes."""

    @property
    def quantities(self) -> dict[str, Decimal]:
        """The last quantity sent by symbol."""

    @property
    def history(self) -> list[str]:
        """Commands typed before, the newest last."""

    def now(self) -> float:
        """The monotonic seconds that keys and previews are timed by."""

    def ask(self, question: Ask, then: Callable[[Answer], None], failed: Callable[[IbtuiError], None]) -> None:
        """Put a question to the engine; later exactly one of the two is called."""

    def say(self, text: str, role: Role = "normal") -> None:
        """Show a fact on the message line."""

    def open(self, place: Place) -> None:
        """Put a place in front, instead of one that is there."""

    def close(self, place: Place | None = None) -> None:
        """Back to the panes; with a place only if that one is still in front."""

    def act(self, action: str) -> None:
        """Do what a key of the panes does."""

    def press_panes(self, press: Press) -> None:
        """Give a key to the panes although a place is in front."""

    def show_preview(self) -> None:
        """Paint the place, then start counting what is typed after it was seen."""

    def go_to_alert(self) -> None:
        """Go to the row that the alert line speaks of."""

    def repaint(self) -> None:
        """Paint the whole terminal anew."""

    def did(self, deed: Deed) -> None:
        """Tell the demo's coach what the user has done."""

    def calm(self) -> None:
        """Put the alert aside that is in front; without one take the coach and the message away."""

    def leave(self, line: str) -> None:
        """End the terminal; the line is printed where it ran."""


class Place:
    """Takes keys in the order they come, at once, and says what it looks like."""

    mount: Literal["slot", "prompt", "both", "screen"] = "slot"
    typing: ClassVar[bool] = False
    """Keys are text: a fast hand or a paste is no flood."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def press(self, press: Press) -> None:
        """Take one key that was pressed while the place is in front."""
        action = self.terminal.keymap.action("ticket", press.key)
        if action == "back":
            self.back()
        elif action == "ticket.confirm":
            self.enter()
        else:
            self.other(press, action)

    def back(self) -> None:
        """Go back by one level, as Esc does."""
        self.terminal.close()

    def enter(self) -> None:
        """Enter: what this place asks to be confirmed."""

    def other(self, press: Press, action: str | None) -> None:
        """Take a key that no action of the place has."""

    def paste(self, text: str) -> None:
        """Pasted text is data, never keys."""
        self.terminal.say("A paste is data: here it does nothing.", "warning")

    def previewed(self) -> bool:
        """Whether what Enter would send has been drawn."""
        return True

    def changed(self) -> None:
        """The model moved, or a part of a second passed."""

    def lost(self) -> None:
        """Take it that the engine went away while the place is in front."""

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The slot, or the whole screen."""
        return ()

    def draw_prompt(self, width: int) -> Line:
        """The one line of the prompt, as wide as the screen."""
        return Line()

    def hints(self) -> Hints:
        """The keys that work here."""
        return ()


class Aside(Place):
    """Something to look at: Esc closes it, every other key goes on to the panes."""

    def press(self, press: Press) -> None:
        if self.terminal.keymap.action("ticket", press.key) == "back":
            self.back()
        elif not self.own(press):
            self.terminal.press_panes(press)

    def own(self, press: Press) -> bool:
        """Take a key of its own; False gives it to the panes."""
        return False


class PlaceCanvas(Canvas):
    """Draws a place in the slot or over the whole screen."""

    DEFAULT_CSS = "PlaceCanvas { width: 100%; height: 100%; }"

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place

    def draw(self, width: int, height: int) -> Sequence[Line]:
        return self.place.draw(width, height)


class PromptCanvas(Canvas):
    """The line on which a place in front draws its prompt."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place

    def draw(self, width: int, height: int) -> Sequence[Line]:
        return (self.place.draw_prompt(width),)


class Over(Screen[None]):
    """A place over the whole terminal."""

    AUTO_FOCUS = None

    def __init__(self, canvas: PlaceCanvas) -> None:
        super().__init__()
        self._canvas = canvas

    def compose(self) -> ComposeResult:
        yield self._canvas


def title(keymap: Keymap, name: str, note: str, width: int, back: str = "", role: Role = "bright") -> Line:
    """The slot's title bar, marked as having the focus; `back` says what going back does here, if more than that."""
    left = (Run("▌", "focus"), Run(name, role, bold=True), Run("  " + note if note else "", "dim"))
    return Line(spread(left, (Run(" ".join(keymap.hint("back", back)) + " ", "dim"),), width), on="title")


def text_line(text: str, role: Role = "normal", bold: bool = False) -> Line:
    """A line of the slot in one style, indented as all of them are."""
    return Line((Run("  "), Run(text, role, bold=bold)))
