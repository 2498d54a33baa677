"""The `/` line: find an instrument, go to it, or add it to the watchlist."""

from __future__ import annotations

from ibtui.commands.command import Watch
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import SYMBOL, expiry_words
from ibtui.domain.text.sanitize import sanitize
from ibtui.link.messages import Answer, Found, Match, Search
from ibtui.terminal.drawing.canvas import Line as Row
from ibtui.terminal.drawing.canvas import Run, fit
from ibtui.terminal.keys import Press
from ibtui.terminal.places.doing import do
from ibtui.terminal.places.line import TextLine
from ibtui.terminal.places.place import Hints, Place, Terminal, text_line, title
from ibtui.terminal.places.startline import edited

SETTLED = 0.3
"""Seconds without a key after which the engine is asked: IB answers one search a second."""


class Find(Place):
    """A pattern being typed, and the instruments that match it."""

    mount = "both"
    typing = True

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._line = TextLine()
        self._typed_at = terminal.now()
        self._asked = ""
        self._found: tuple[Match, ...] = ()
        self._found_for = ""
        self._at = 0
        self._note = ""

    @property
    def _pattern(self) -> str:
        return self._line.text.strip().upper()

    def press(self, press: Press) -> None:
        keymap = self.terminal.keymap
        emptied = press.key == "backspace" and not self._line.text
        if keymap.action("text", press.key) == "back" or emptied:
            self.terminal.close()
        elif press.key in keymap.keys("ticket.confirm"):
            self.enter()
        elif press.key in ("up", "down"):
            self._at = max(min(self._at + (1 if press.key == "down" else -1), len(self._listed()) - 1), 0)
        elif self._line.press(press.key, press.text):
            self._edited()

    def paste(self, text: str) -> None:
        self._note = self._line.paste(text) or ""
        self._edited()

    def enter(self) -> None:
        """The marked match; before any has come, the text itself as a symbol, which the engine knows or not."""
        listed = self._listed()
        symbol = listed[self._at].symbol if listed and self._found_for == self._pattern else self._pattern
        if not symbol:
            self.terminal.close()
        elif self.terminal.main.select_symbol(symbol):
            self.terminal.close()
            self.terminal.main.focus_pane(1)
        elif not SYMBOL.fullmatch(symbol):
            self._note = f"{symbol} is not a symbol."
        else:
            self.terminal.close()
            do(self.terminal, Watch(symbols=(symbol,)))

    def changed(self) -> None:
        pattern = self._pattern
        if pattern and pattern != self._asked and self.terminal.now() - self._typed_at >= SETTLED:
            self._asked = pattern
            self.terminal.ask(Search(pattern=pattern), lambda answer: self._take(pattern, answer), self._fail)

    def _edited(self) -> None:
        self._typed_at = self.terminal.now()
        self._note = ""
        self._at = 0

    def _take(self, pattern: str, answer: Answer) -> None:
        if pattern == self._asked and isinstance(answer, Found):
            self._found, self._found_for = answer.matches, pattern

    def _fail(self, error: IbtuiError) -> None:
        self._note = error.message

    def _listed(self) -> tuple[Match, ...]:
        """What was found last, as far as it still matches what is typed."""
        pattern = self._pattern
        if self._found_for == pattern:
            return self._found
        return tuple(match for match in self._found if pattern and match.symbol.startswith(pattern))

    def draw(self, width: int, height: int) -> list[Row]:
        note = "" if self._found_for == self._pattern else "searching …"
        head = title(self.terminal.keymap, "Find", note if self._pattern else "a symbol or a name", width)
        if self._note:
            return [head, text_line(self._note, "warning")]
        listed = self._listed()
        if not listed and self._pattern and self._found_for == self._pattern:
            return [head, text_line(f"Nothing matches {self._pattern}.", "dim")]
        first = max(self._at - (height - 2), 0)
        return [head, *(self._row(at, match, width) for at, match in enumerate(listed) if at >= first)][:height]

    def _row(self, at: int, match: Match, width: int) -> Row:
        held = "watched" if match.symbol in self.terminal.model.watchlist else ""
        facts = (expiry_words(match.expiry), match.name, match.sec_type, match.exchange, match.currency, held)
        about = " · ".join(part for part in facts if part)
        runs = (
            Run("▌" if at == self._at else " ", "focus"),
            Run(f" {match.symbol:<14}", "bright", bold=at == self._at),
        )
        return Row(
            (*runs, Run(fit(sanitize(about), max(width - 17, 1)).rstrip())),
            on="cursor" if at == self._at else "background",
        )

    def draw_prompt(self, width: int) -> Row:
        return edited(self._line, width, " /")

    def hints(self) -> Hints:
        hint = self.terminal.keymap.hint
        return (hint("ticket.confirm", "goes to it or adds it"), ("Up Down", "choose"), hint("back"))
