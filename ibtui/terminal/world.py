"""The alert line: what the world says, the keys that deal with it, and the bell."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.link.messages import Frame
from ibtui.terminal.alarms import Alarms, Ringing
from ibtui.terminal.keys import Keymap
from ibtui.terminal.layout.main import MainScreen


class World:
    """Shows the alarm in front on the alert line; nothing else writes there."""

    def __init__(
        self, main: MainScreen, keymap: Keymap, ringing: Ringing, now: Callable[[], float], ring: Callable[[], None]
    ) -> None:
        self._main = main
        self._keymap = keymap
        self._alarms = Alarms()
        self._ringing = ringing
        self._now = now
        self._ring = ring

    def hear(self, frame: Frame | None, seen: int, lost: str | None = None) -> None:
        """The model moved by a frame, whose log is new behind the line `seen`, or the engine is gone.

        What a snapshot tells was so before anybody looked: it is shown, and does not ring.
        """
        new = self._alarms.take(self._main.model, frame, seen, lost)
        if frame is None or not frame.snapshot:
            self._ringing.hear(new)
        self._show()
        self.tick()

    def tick(self) -> None:
        """A part of a second passed: ring for what came too soon after the last time."""
        if self._ringing.rings(self._now()):
            self._ring()

    def go(self) -> bool:
        """Go to the row that the alert line speaks of; False when it is empty."""
        alarm = self._alarms.done()
        if alarm is not None and alarm.pane:
            self._main.go_to(alarm.pane, alarm.about)
        self._show()
        return alarm is not None

    def put_aside(self) -> bool:
        """Put aside what stands on the alert line; False when it is empty."""
        alarm = self._alarms.done()
        self._show()
        return alarm is not None

    def _show(self) -> None:
        alarm = self._alarms.front
        if alarm is None:
            self._main.alert("")
            return
        ways = (self._keymap.hint("alert.go"), self._keymap.hint("back", "done"))
        self._main.alert(alarm.text, alarm.role, self._alarms.waiting, ways)
