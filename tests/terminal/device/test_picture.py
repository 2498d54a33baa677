"""The screen cell by cell, held against a terminal emulator: after the last frame both show the same."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from ibtui.terminal.device.ink import Ink, change
from ibtui.terminal.device.picture import Picture

WIDTH, HEIGHT = 24, 6
STYLES = [
    Style(),
    Style(bold=True),
    Style(color="color(34)", bgcolor="color(235)"),
    Style(color="color(34)", bgcolor="color(235)", bold=True),
    Style(color="color(160)"),
    Style(bgcolor="color(235)"),
    Style(reverse=True, color="color(160)"),
    Style(underline=True),
]
TEXTS = ["187.42", "   ", " ", "▌AAPL", "·−▲", "+100 ", "日本", "x", "              "]


def segments() -> st.SearchStrategy[Segment]:
    return st.tuples(st.sampled_from(TEXTS), st.sampled_from(STYLES)).map(lambda pair: Segment(*pair))


Drawn = tuple[int, int, list[Segment]]
DRAWN: st.SearchStrategy[Drawn] = st.tuples(
    st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.lists(segments(), max_size=4)
)


class Shown:
    """A picture and the terminal that gets its frames."""

    def __init__(self) -> None:
        self.picture = Picture()
        self.picture.resize(WIDTH, HEIGHT)
        self.terminal = pyte.Screen(WIDTH, HEIGHT)
        self.terminal.reset_mode(7, private=True)
        self._stream = pyte.Stream(self.terminal)

    def draw(self, drawn: Drawn) -> None:
        x, y, parts = drawn
        self.picture.put(x, y, Strip(parts), ColorSystem.EIGHT_BIT)

    def frame(self, most: int = 10_000, first: tuple[Region, ...] = ()) -> str:
        text = self.picture.frame(first, most)
        self._stream.feed(text)
        return text

    def dirt(self) -> None:
        """Somebody else writes over the screen."""
        self._stream.feed("\x1b[2;3H\x1b[7;31mwall: down at six\x1b[m")

    def cells(self) -> list[list[tuple[object, ...]]]:
        return [
            [look(self.terminal.buffer[y][x], x) for x in range(WIDTH)]
            for y in range(HEIGHT)
        ]  # fmt: skip


def look(cell: pyte.screens.Char, x: int) -> tuple[object, ...]:
    """What is seen of a cell; of a plain blank the ground alone."""
    if cell.data == " " and not cell.reverse and not cell.underscore:
        return (" ", cell.bg)
    return (cell.data, cell.fg, cell.bg, cell.bold, cell.reverse, cell.underscore)


def anew(shown: Shown) -> list[list[tuple[object, ...]]]:
    """What a terminal shows that is painted from nothing."""
    other = Shown()
    other.picture = shown.picture
    other.picture.forget()
    other.frame()
    return other.cells()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(DRAWN, min_size=1, max_size=4), min_size=1, max_size=8), st.integers(1, 80))
def test_frames_of_any_size_bring_the_terminal_to_what_is_drawn(frames: list[list[Drawn]], most: int) -> None:
    shown = Shown()
    for frame in frames:
        for drawn in frame:
            shown.draw(drawn)
        shown.frame(most)
    while shown.picture.pending:
        assert shown.frame(most)
    assert not shown.frame()
    assert shown.cells() == anew(shown)


@settings(max_examples=20, deadline=None)
@given(st.lists(DRAWN, max_size=6))
def test_a_terminal_that_others_wrote_to_is_whole_again_once_that_is_known(frames: list[Drawn]) -> None:
    shown = Shown()
    for drawn in frames:
        shown.draw(drawn)
    shown.frame()
    before = shown.cells()
    shown.dirt()
    shown.picture.forget()
    shown.frame()
    assert shown.cells() == before


def test_what_was_drawn_as_before_costs_nothing() -> None:
    shown = Shown()
    shown.draw((0, 1, [Segment("AAPL  187.42", STYLES[2])]))
    shown.frame()
    shown.draw((0, 1, [Segment("AAPL  188.42", STYLES[2])]))
    shown.draw((0, 1, [Segment("AAPL  187.42", STYLES[2])]))
    assert shown.frame() == ""
    assert not shown.picture.pending


def test_one_digit_costs_a_move_an_ink_and_a_digit() -> None:
    shown = Shown()
    shown.draw((0, 1, [Segment("AAPL  187.42", STYLES[4])]))
    shown.frame()
    shown.draw((0, 1, [Segment("AAPL  187.43", STYLES[4])]))
    assert shown.frame() == "\x1b[2;12H\x1b[0;38;5;160m3\x1b[m"


def test_what_goes_first_is_written_first_and_a_part_of_a_frame_takes_turns() -> None:
    shown = Shown()
    shown.frame()
    for y in range(HEIGHT):
        shown.draw((0, y, [Segment("x" * WIDTH, STYLES[1])]))
    lines = [shown.frame(10, (Region(0, 4, WIDTH, 1),)) for _ in range(3)]
    assert [line[2] for line in lines] == ["5", "1", "2"]
    for y in range(HEIGHT):
        shown.draw((0, y, [Segment("y" * WIDTH, STYLES[1])]))
    assert [shown.frame(10)[2] for _ in range(HEIGHT)] == ["3", "4", "5", "6", "1", "2"]


def test_a_new_terminal_is_painted_from_the_row_that_has_the_cursor() -> None:
    shown = Shown()
    shown.picture.forget(3)
    assert shown.frame(10).startswith("\x1b[4H")


@pytest.mark.parametrize("bold", [True, False])
@given(st.data())
def test_an_ink_after_any_other_looks_as_it_does_alone(bold: bool, data: st.DataObject) -> None:
    inks = st.builds(
        Ink,
        st.sets(st.sampled_from(["1", "3", "4", "7"] if bold else ["2", "4"])).map(lambda on: tuple(sorted(on))),
        st.sampled_from(["39", "31", "38;5;160"]),
        st.sampled_from(["49", "48;5;235"]),
    )
    before, after = data.draw(inks), data.draw(inks)
    screen = pyte.Screen(2, 1)
    pyte.Stream(screen).feed(change(None, before) + change(before, after) + "x\r" + change(after, after))
    alone = pyte.Screen(2, 1)
    pyte.Stream(alone).feed(change(None, after) + "x")
    assert screen.buffer[0][0] == alone.buffer[0][0]
