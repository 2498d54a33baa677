"""The guide over the whole screen: its topics, and one of them to read."""

from __future__ import annotations

import io

from rich.console import Console
from rich.segment import Segment

from ibtui.guide.topics import TOPICS, Topic
from ibtui.terminal.drawing.canvas import BLANK, Line, Run, spread
from ibtui.terminal.keys import Press
from ibtui.terminal.places.place import Place, Terminal
from ibtui.terminal.places.scroll import Scroll


class Guide(Place):
    """The list of topics; Enter opens one, a key that does nothing here closes it."""

    mount = "screen"

    def __init__(self, terminal: Terminal, at: int = 0) -> None:
        """`at` is the topic under the cursor, counted from 0."""
        super().__init__(terminal)
        self._at = at

    def press(self, press: Press) -> None:
        action = self.terminal.keymap.action("log", press.key) or ""
        steps = {"down": 1, "up": -1, "page_down": len(TOPICS), "page_up": -len(TOPICS)}
        steps |= {"first": -len(TOPICS), "last": len(TOPICS)}
        if action == "open":
            self.terminal.open(Reader(self.terminal, self._at))
        elif action.startswith("move."):
            self._at = min(max(self._at + steps[action.removeprefix("move.")], 0), len(TOPICS) - 1)
        else:
            self.terminal.close()

    def draw(self, width: int, height: int) -> list[Line]:
        rows = [self._row(number, topic) for number, topic in enumerate(TOPICS)]
        shown = rows[max(self._at - height + 4, 0) :]
        return [
            _bar("Guide", f"{self.terminal.keymap.label('open')} opens a topic", "any other key closes ", width),
            BLANK,
            *shown,
        ][:height]

    def _row(self, number: int, topic: Topic) -> Line:
        here = number == self._at
        runs = (Run(f"  {topic.name:<15}", "focus" if here else "bright", bold=here), Run(topic.about))
        return Line(runs, on="cursor" if here else "background")


class Reader(Place):
    """One topic; moves with the keys of the panes, any other key goes back to the list."""

    mount = "screen"

    def __init__(self, terminal: Terminal, at: int) -> None:
        """`at` is the topic, counted from 0."""
        super().__init__(terminal)
        self._at = at
        self._scroll = Scroll()
        self._drawn: tuple[int, list[Line]] = (0, [])
        """The width that the page was drawn for, and its lines."""

    def press(self, press: Press) -> None:
        if not self._scroll.move(self.terminal.keymap.action("log", press.key) or ""):
            self.terminal.open(Guide(self.terminal, self._at))

    def draw(self, width: int, height: int) -> list[Line]:
        topic = TOPICS[self._at]
        if self._drawn[0] != width:
            self._drawn = (width, lines(topic.text, width - 4))
        shown = self._scroll.show(self._drawn[1], max(height - 1, 1))
        scroll = self.terminal.keymap.hints("move.page_down", "move.page_up")
        more = " ".join(scroll) if self._scroll.longer else ""
        return [_bar(f"Guide · {topic.name}", more, "any other key goes back ", width), *shown]


def lines(text: str, width: int) -> list[Line]:
    """A page in lines of at most `width` cells, two from the edge; never wider than is read well."""
    from ibtui.guide.page import THEME, WIDEST, page  # a tenth of a second, which no start needs

    console = Console(file=io.StringIO(), width=min(width, WIDEST), theme=THEME, legacy_windows=False)
    drawn = console.render_lines(page(text), pad=False)
    return [Line((Run("  "), *(_run(segment) for segment in segments))) for segments in drawn]


def _run(segment: Segment) -> Run:
    """In the terminal's own inks: headings bright, code in the colour of the focus, borders dim."""
    style = segment.style
    if style is None:
        return Run(segment.text)
    if style.color is not None:
        return Run(segment.text, "focus")
    if style.bold:
        return Run(segment.text, "bright", bold=True)
    return Run(segment.text, "dim" if style.dim else "normal")


def _bar(name: str, note: str, back: str, width: int) -> Line:
    left = (Run("▌", "focus"), Run(name, "bright", bold=True), Run(f"  {note}" if note else "", "dim"))
    return Line(spread(left, (Run(back, "dim"),), width), on="title")
