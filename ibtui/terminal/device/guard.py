"""Typed after it was seen: whether an Enter that would send an order was typed by someone who could see the preview.

A preview is painted, then the terminal is asked for its cursor position, moved before to a place picked at random. Its
answer comes in the same stream as keys, so whatever follows the answer was typed after the terminal had drawn the
preview. Time takes the answer's place only where nobody could give one: a multiplexer answers for itself, before anyone
has seen anything, and some terminals never answer, which shows when they leave the question asked at the start open.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from pathlib import Path

from ibtui.domain.rate import Rate

BURST = 0.02
"""Keys nearer together than this, in seconds, came in one read: no hand is that fast."""
SILENT_AFTER = 2.0
"""A terminal that sent keys but no answer to the question of the start within this, in seconds, never answers."""
ASK_AGAIN = 1.0
"""A preview that stays unanswered is asked about again after this, in seconds: an answer may be lost, or the screen
have shrunk past the place that was picked."""
AFTER_PAINT = 0.5
QUIET = 0.3
"""Where nobody answers, Enter counts this long after the paint, with so long without a key before it."""
BEHIND = 0.25
"""A key handled this long after it was read was typed while the program stood still."""
MISSED_BEAT = 0.75
"""A loop that did not run for so long stood still."""
FLOOD_KEYS, FLOOD_SECONDS, FLOOD_LOCK = 15, 0.05, 1.0
"""More keys than this within this time are a paste, and lock sending for this long."""

SLOW, FAST = 1000, 100_000
"""Bytes a second for a screen of which nobody tells whether it was seen."""

AGAIN = "press Enter again: "


class TypingGuard:
    """The state of one terminal's typing; every time is in monotonic seconds."""

    def __init__(self, *, answers_itself: bool, seed: int | None = None) -> None:
        self._multiplexed = answers_itself
        self._random = random.Random(seed)
        self._probed: float | None = None
        """When the terminal was asked at the start; None once it answered anything."""
        self._typed = False
        """Whether keys have come since the terminal was asked at the start."""
        self._silent = False
        self.answers = False
        """The terminal has answered, so that it can be waited for."""
        self.due = False
        """A preview is to be painted, and is not on its way yet."""
        self._painted: float | None = None
        self._asked: dict[tuple[int, int], float] = {}
        """Places asked about since the preview was painted, and when."""
        self._open: set[tuple[int, int]] = set()
        """Places asked about earlier, not answered yet."""
        self._answered = False
        self._keys = Rate(FLOOD_KEYS, FLOOD_SECONDS)
        self._last = float("-inf")
        """When the last key arrived."""
        self._gap = float("inf")
        self._lag = 0.0
        self._locked_until = 0.0
        self._beat: float | None = None
        self._still_until = 0.0

    @property
    def by_time(self) -> bool:
        """Whether time stands in for the terminal's answer, which the preview then says."""
        return self._multiplexed or self._silent

    def start(self, now: float, rows: int, columns: int) -> tuple[int, int] | None:
        """The first picture is on its way: the place to ask about to learn whether this terminal answers at all."""
        place = None if self._multiplexed else self._place(rows, columns)
        if place is not None:
            self._probed = now
            self._open.add(place)
        return place

    def expect(self) -> None:
        """A preview is about to be shown: no Enter counts until it was painted and seen."""
        self.hide()
        self.due = True

    def hide(self) -> None:
        """No preview is shown any more: no Enter counts."""
        self.due = False
        self._painted = None
        self._open.update(self._asked)
        self._asked.clear()
        self._answered = False

    def paint(self, now: float, rows: int, columns: int) -> tuple[int, int] | None:
        """The preview is on its way to the terminal; the row and column (from 1) to ask about, None not to ask."""
        self.hide()
        self._painted = now
        return self._ask(now, rows, columns)

    def again(self, now: float, rows: int, columns: int) -> tuple[int, int] | None:
        """The place to ask about once more, for a preview that waits for its answer too long; mostly None."""
        if self._painted is None or self._answered or now - max(self._asked.values(), default=now) < ASK_AGAIN:
            return None
        return self._ask(now, rows, columns)

    def _ask(self, now: float, rows: int, columns: int) -> tuple[int, int] | None:
        place = None if self._multiplexed else self._place(rows, columns)
        if place is not None:
            self._asked[place] = now
        return place

    def _place(self, rows: int, columns: int) -> tuple[int, int] | None:
        """A place picked at random, below row 1: Shift+F3 is written like an answer from there."""
        return None if rows < 2 else (self._random.randint(2, rows), self._random.randint(1, max(columns, 1)))

    def answer(self, row: int, column: int) -> None:
        """The terminal reported a cursor position, row and column from 1."""
        place = (row, column)
        if place in self._asked:
            self._answered = True
        elif place not in self._open:
            return
        self._open.discard(place)
        self._probed, self._silent, self.answers = None, False, True

    def beat(self, now: float) -> None:
        """The program runs; called a few times a second."""
        if self._beat is not None and now - self._beat > MISSED_BEAT:
            self._still_until = now + BEHIND
        self._beat = now
        self._listen(now)

    def _listen(self, now: float) -> None:
        asked = self._probed
        self._silent = self._silent or (asked is not None and self._typed and now - asked >= SILENT_AFTER)

    def key(self, arrived: float, now: float, *, text: bool = False) -> None:
        """A key, before it is acted on; `text` when it goes into a line of text."""
        self._typed = self._typed or self._probed is not None
        self._listen(arrived)
        self._gap, self._last = arrived - self._last, arrived
        self._lag = now - arrived
        if text:
            self._keys.clear()
        self._keys.count(arrived)
        if self._keys.used(arrived) > FLOOD_KEYS:
            self._locked_until = now + FLOOD_LOCK

    def hurried(self) -> str | None:
        """Why the last key cannot have been typed by a hand that saw the screen; None when it can."""
        if self._gap < BURST:
            return AGAIN + "it came in one burst with other keys"
        return None

    def refuses(self, now: float) -> str | None:
        """Why the last key, an Enter, does not send what is previewed; None when it does."""
        if now < self._locked_until:
            return "sending is locked for a second: keys came too fast to be typed"
        if self._stood_still(now):
            return AGAIN + "the terminal had fallen behind"
        if hurried := self.hurried():
            return hurried
        if self._seen(now - self._lag):
            return None
        return AGAIN + ("the preview was just shown" if self.by_time else "the preview had not reached the screen")

    def _stood_still(self, now: float) -> bool:
        missed = self._beat is not None and now - self._beat > MISSED_BEAT
        return missed or self._lag > BEHIND or now < self._still_until

    def _seen(self, arrived: float) -> bool:
        if self._painted is None or self._answered or not self.by_time:
            return self._answered
        return arrived - self._painted >= AFTER_PAINT and self._gap >= QUIET


def answers_itself(environment: Mapping[str, str] = os.environ, parent: int | None = None) -> bool:
    """Whether a multiplexer (tmux, screen, mosh) stands between this program and the terminal a person looks at."""
    if environment.get("TMUX") or environment.get("STY"):
        return True
    if environment.get("TERM", "").partition("-")[0] in ("tmux", "screen"):
        return True
    # mosh leaves no trace in the environment.
    return "mosh-server" in _ancestors(parent or os.getppid())


def multiplexed_rate(environment: Mapping[str, str] = os.environ, parent: int | None = None) -> int:
    """Bytes a second where nobody answers for the screen: few where it comes by ssh.

    mosh sends nothing but the newest screen by itself, as fast as its link is.
    """
    if "mosh-server" in _ancestors(parent or os.getppid()):
        return FAST
    return SLOW if any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")) else FAST


def _ancestors(pid: int) -> list[str]:
    """Names of the processes above this one, as Linux tells them; empty elsewhere."""
    names: list[str] = []
    while pid > 1 and len(names) < 32:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        except OSError:
            break
        name, _, rest = stat.partition("(")[2].rpartition(")")
        names.append(name)
        pid = int(rest.split()[1])
    return names
