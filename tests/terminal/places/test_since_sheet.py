"""Since you left: shown once over the panes, and asked for by name."""

from __future__ import annotations

from ibtui.domain.happening import Away, Happening
from ibtui.terminal.drawing.canvas import Line
from ibtui.terminal.keys import Keymap
from ibtui.terminal.places.since_sheet import came_back
from tests.terminal.sample import ago, model, text_of

AWAY = Away(
    since=ago(3600),
    until=ago(5),
    happenings=(
        Happening(kind="fill", time=ago(1800), text="BUY 100 AAPL 187.00 · you"),
        Happening(kind="hold", time=ago(60), text="AAPL is HELD: IB counts 60, our books 100"),
    ),
    fresh=True,
)


class Desk:
    """What the sheet asks of a terminal."""

    def __init__(self, free: bool) -> None:
        self.free = free
        self.keymap = Keymap()
        self.model = model()
        self.said: list[str] = []
        self.opened: list[str] = []

    def say(self, text: str, role: str = "normal") -> None:
        self.said.append(text)

    def open(self, place: object) -> None:
        lines: list[Line] = place.draw(80, 12)  # type: ignore[attr-defined]
        self.opened = [text_of(line).strip() for line in lines]


def test_the_newest_stands_first_under_how_much_of_what() -> None:
    desk = Desk(free=True)
    came_back(desk, AWAY)  # type: ignore[arg-type]
    assert "Since you left" in desk.opened[0]
    assert "1 change of a hold, 1 fill" in desk.opened[1]
    assert "hold: AAPL is HELD: IB counts 60, our books 100" in desk.opened[2]
    assert "fill: BUY 100 AAPL 187.00" in desk.opened[3]


def test_what_is_in_front_stays_there() -> None:
    desk = Desk(free=False)
    came_back(desk, AWAY)  # type: ignore[arg-type]
    assert desk.opened == []
    assert desk.said == ["Since you left: 1 change of a hold, 1 fill; `:since` lists it."]
