"""Who gets a key: the halt first, then the place in front, then the panes; at once, and in the order they came."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from ibtui.config import Bell
from ibtui.domain.bar import HISTORY_REQUESTS
from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import MARKET_DATA_LINES
from ibtui.domain.text.sanitize import whole
from ibtui.link.messages import Answer, Ask, Outcome
from ibtui.terminal.actions import HANDLERS
from ibtui.terminal.alarms import Ringing
from ibtui.terminal.device.guard import TypingGuard
from ibtui.terminal.drawing.canvas import Canvas
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.keys import Hint, Keymap, Press
from ibtui.terminal.layout.main import MainScreen
from ibtui.terminal.model import Model
from ibtui.terminal.places.ability import unavailable
from ibtui.terminal.places.coach import Coach, Deed
from ibtui.terminal.places.details import status
from ibtui.terminal.places.place import Hints, Place, PlaceCanvas, PromptCanvas
from ibtui.terminal.world import World

MESSAGE_SECONDS = 6.0
"""How long a fact stays before the coach speaks again."""


class ControlHost(Protocol):
    """What the application does for its control."""

    def put(self, question: Ask, then: Callable[[Answer], None], failed: Callable[[IbtuiError], None]) -> None:
        """Ask the engine a question; one of the two callables hears what came of it."""

    def cover(self, canvas: PlaceCanvas | None) -> None:
        """Show something over the whole terminal, or the panes again."""

    def announce(self, place: Place) -> None:
        """Tell the guard once what the place shows is painted."""

    def crowded(self) -> bool:
        """Whether more keys wait already."""

    def bell(self) -> None:
        """Ring the terminal's bell."""

    def repaint(self) -> None:
        """Paint the whole terminal anew."""

    def end(self, line: str) -> None:
        """End the terminal with a line for the shell."""


class Control:
    """The place in front and everything keys can reach; no key waits for anything."""

    def __init__(
        self,
        host: ControlHost,
        main: MainScreen,
        keymap: Keymap,
        guard: TypingGuard,
        now: Callable[[], float],
        bell: Bell = "all",
    ) -> None:
        self.main = main
        self.keymap = keymap
        self.guard = guard
        self.now = now
        self.place: Place | None = None
        self.quantities: dict[str, Decimal] = {}
        self.history: list[str] = []
        self._host = host
        self._coach = Coach()
        self._canvases: list[Canvas] = []
        self._said_at = float("-inf")
        self._coached = ""
        self.world = World(main, keymap, Ringing(bell), now, host.bell)
        self.about: frozenset[str] = frozenset()
        """Refs of the orders that the message line speaks of."""
        self.frame_rate = 0.0
        """Frames drawn a second, of late."""

    @property
    def model(self) -> Model:
        return self.main.model

    # keys

    def press(self, press: Press) -> None:
        """Give one key to the place that it belongs to."""
        self.guard.key(press.arrived, self.now(), text=self.place is not None and self.place.typing)
        self._safely(lambda: self._route(press))
        if not self._host.crowded():
            self.redraw()

    def paste(self, text: str) -> None:
        """Take pasted text, which is never keys."""
        if self.place is None:
            self.say("A paste is data: in the panes it does nothing.", "warning")
        else:
            self.place.paste(text)
        self.redraw()

    def press_panes(self, press: Press) -> None:
        """Give a key to the panes."""
        action = self._pane_action(press.key)
        if action is not None:
            HANDLERS[action](self)
        elif press.key == "ctrl+c":
            self.say(f"{self.keymap.label('quit')} leaves; {self.keymap.label('halt')} halts.")

    def act(self, action: str) -> None:
        """Do what an action of the registry, or a word of the `:` line, stands for."""
        if action == "status":
            self.open(status(self))
        else:
            HANDLERS[action](self)

    def _route(self, press: Press) -> None:
        action = self.keymap.action("text", press.key)
        if action in ("halt", "redraw"):
            HANDLERS[action](self)
        elif self.place is not None:
            self.place.press(press)
        else:
            self.press_panes(press)

    def _pane_action(self, key: str) -> str | None:
        action = self.keymap.action(self.main.pane, key)
        # tmux reports the Enter of a keypad as ctrl+j.
        return self.keymap.action(self.main.pane, "enter") if action is None and key == "ctrl+j" else action

    def _safely(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except IbtuiError as error:
            self.say(error.message, "warning")

    # places

    def open(self, place: Place) -> None:
        """Put a place in front, instead of one that is there."""
        self.close()
        self.place = place
        if place.mount in ("slot", "both"):
            self.main.open_slot(self._canvas(PlaceCanvas(place)))
        if place.mount in ("prompt", "both"):
            self.main.open_prompt(self._canvas(PromptCanvas(place)))
        if place.mount == "screen":
            canvas = PlaceCanvas(place)
            self._canvas(canvas)
            self._host.cover(canvas)
        self.guard.hide()
        self.redraw()

    def close(self, place: Place | None = None) -> None:
        """Back to the panes; with a place only if that one is still in front."""
        front = self.place
        if front is None or place not in (None, front):
            return
        self.place = None
        self._canvases.clear()
        self.guard.hide()
        if front.mount in ("slot", "both"):
            self.main.close_slot()
        if front.mount in ("prompt", "both"):
            self.main.close_prompt()
        if front.mount == "screen":
            self._host.cover(None)
        self.redraw()

    def _canvas(self, canvas: Canvas) -> Canvas:
        self._canvases.append(canvas)
        return canvas

    def show_preview(self) -> None:
        """Paint the place, then start counting what is typed after it was seen."""
        self.guard.expect()
        self.redraw()
        if self.place is not None:
            self._host.announce(self.place)

    def redraw(self) -> None:
        """Draw the place in front and the keys that work there."""
        for canvas in self._canvases:
            canvas.repaint()
        self.main.keys(self._hints(), self._gauges())

    def tick(self) -> None:
        """A part of a second passed, or the model moved."""
        if self.place is not None:
            self._safely(self.place.changed)
        self._coach_now()
        self.world.tick()
        self.redraw()

    def lost(self, reason: str) -> None:
        """Take it that the engine went away: the place in front and the alert line are told."""
        if self.place is not None:
            self.place.lost()
        self.world.hear(None, self.model.seen, reason)
        self.redraw()

    # what the world says

    def go_to_alert(self) -> None:
        """Go to the row that the alert line speaks of."""
        if not self.world.go():
            self.say("The alert line is empty.")

    def repaint(self) -> None:
        """Paint the whole terminal anew."""
        self._host.repaint()

    # what places ask for

    @property
    def free(self) -> bool:
        return self.place is None

    def ask(self, question: Ask, then: Callable[[Answer], None], failed: Callable[[IbtuiError], None]) -> None:
        """Put a question to the engine; what it answers is acted on and drawn."""

        def answered(answer: Answer) -> None:
            self._safely(lambda: then(answer))
            if isinstance(answer, Outcome):
                self.about = frozenset(order.ref for order in answer.orders)
            self.redraw()

        def refused(error: IbtuiError) -> None:
            self._safely(lambda: failed(IbtuiError(error.code, whole(error.message))))
            self.redraw()

        self._host.put(question, answered, refused)

    def go_on(self, text: str, role: Role) -> None:
        """Show what became of the orders that the message line speaks of."""
        about = self.about
        self.say(text, role)
        self.about = about

    def say(self, text: str, role: Role = "normal") -> None:
        """Answer the last key on the message line."""
        self._said_at = self.now()
        self._coached = ""
        self.about = frozenset()
        self.main.say(text, role)

    def leave(self, line: str) -> None:
        """End the terminal; the line is printed where it ran."""
        self._host.end(line)

    # the coach

    def did(self, deed: Deed) -> None:
        """The user did something the coach may wait for."""
        if self._coach.did(deed):
            self._coached = ""

    def calm(self) -> None:
        """Esc in the panes: the alert in front goes; without one the coach and the message."""
        if self.world.put_aside():
            return
        self._coach.hide()
        self.say("")

    def _coach_now(self) -> None:
        session = self.model.session
        if session is None or not session.demo or self.now() - self._said_at < MESSAGE_SECONDS:
            return
        line = self._coach.line(self.keymap, self._selected_name() or "the instrument")
        if line is not None and line != self._coached:
            self.main.say(line, "focus")
            self._coached = line

    # the last line

    def _hints(self) -> Hints:
        hint = self.keymap.hint
        halt = hint("halt")
        if self.place is not None:
            return (*self.place.hints(), halt)
        switch = self._strategy_hints() if self.main.pane == "strategies" else ()
        return (
            *switch,
            self._trade_hint("order.buy"),
            self._trade_hint("order.sell"),
            *(hint(action) for action in ("order.close", "order.cancel", "find", "command", "help")),
            halt,
        )

    def _trade_hint(self, action: str) -> Hint:
        """The key that trades the selected instrument, with the instrument's name."""
        key, title = self.keymap.hint(action)
        return key, f"{title} {self._selected_name()}"

    def _selected_name(self) -> str:
        """What lists call the selected instrument; empty without one."""
        symbol = self.main.selected_symbol
        return self.model.names.of(symbol) if symbol else ""

    def _strategy_hints(self) -> Hints:
        """The keys that would do something to the selected strategy."""
        ids = ("strategy.toggle", "strategy.shadow", "strategy.pause", "strategy.approve", "strategy.test")
        return tuple(self.keymap.hint(id_) for id_ in ids if unavailable(self, id_) is None)

    def _gauges(self) -> str:
        session = self.model.session
        if session is None or self.model.lost_since is not None:
            return ""
        clients = f"engine {session.clients} client{'' if session.clients == 1 else 's'}"
        lines = f"lines {session.lines}/{MARKET_DATA_LINES}"
        history = f"history {session.history_requests}/{HISTORY_REQUESTS}"
        return f"{lines}   {history}   {self.frame_rate:.0f} fps   {clients}"
