"""The grid writes only what reads differently, and its cursor stays on its row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from ibtui.terminal.drawing import palette
from ibtui.terminal.drawing.canvas import Line, Run, changed_width, cut, strip
from ibtui.terminal.drawing.grid import LiveGrid
from ibtui.terminal.drawing.table import Cell, Column, Note, Row, divider

COLUMNS = (Column("Name", 6, gap=0, lead=True), Column("Price", 8, right=True), Column("Text", 10))


class Recorded(LiveGrid):
    """A grid that remembers what it asked to be written."""

    DEFAULT_CSS = "Recorded { width: 40; height: 8; }"

    def __init__(self, **options: Any) -> None:
        super().__init__(COLUMNS, id="grid", **options)
        self.written: list[Region] = []

    def refresh(self, *regions: Region, **options: Any) -> Recorded:
        self.written += regions
        return super().refresh(*regions, **options)


class Bench(App[None]):
    def __init__(self, grid: Recorded) -> None:
        super().__init__()
        palette.install(self)
        self.grid = grid

    def compose(self) -> ComposeResult:
        yield self.grid


@asynccontextmanager
async def shown(rows: Sequence[Row], **options: Any) -> AsyncIterator[tuple[Recorded, Pilot[None]]]:
    grid = Recorded(**options)
    async with Bench(grid).run_test(size=(40, 10)) as pilot:
        grid.set_rows(rows)
        await pilot.pause()
        grid.written.clear()
        yield grid, pilot


def rows(*names: str, price: str = "1.00") -> list[Row]:
    return [Row(name, (Cell(name), Cell(price), Cell("same"))) for name in names]


def body(grid: LiveGrid) -> list[str]:
    return [line.rstrip() for line in grid.text().split("\n")[1:]]


async def test_the_same_rows_write_nothing() -> None:
    async with shown(rows("a", "b", "c")) as (grid, _):
        grid.set_rows(rows("a", "b", "c"))
        assert grid.written == []


async def test_a_changed_cell_writes_its_row_up_to_itself() -> None:
    async with shown(rows("a", "b", "c")) as (grid, _):
        changed = rows("a", "b", "c")
        changed[1] = rows("b", price="2.00")[0]
        grid.set_rows(changed)
        assert grid.written == [Region(0, 2, 16, 1)]
        assert body(grid)[1] == " b          2.00 same"


async def test_a_row_that_goes_writes_only_what_moved_up() -> None:
    async with shown(rows("a", "b", "c")) as (grid, _):
        grid.set_rows(rows("a", "c"))
        assert {region.y for region in grid.written} == {2, 3}
        assert body(grid)[:3] == [" a          1.00 same", " c          1.00 same", ""]


async def test_the_cursor_stays_on_its_row() -> None:
    async with shown(rows("a", "b", "c")) as (grid, _):
        grid.move(1)
        grid.set_rows(rows("z", "a", "b", "c"))
        assert grid.cursor_key == "b"
        grid.set_rows(rows("z", "a", "c"))
        assert grid.cursor_key == "c"


async def test_moving_the_cursor_writes_two_rows() -> None:
    async with shown(rows("a", "b", "c", "d")) as (grid, _):
        grid.mark("active")
        grid.written.clear()
        assert grid.move(1)
        assert {region.y for region in grid.written} == {1, 2}
        assert body(grid)[1].startswith("▌b")


async def test_the_cursor_stops_at_the_ends() -> None:
    async with shown(rows("a", "b", "c")) as (grid, _):
        assert not grid.move(-1)
        assert grid.move("last")
        assert not grid.move(1)
        assert grid.move("first")
        assert grid.cursor_key == "a"


async def test_a_row_that_cannot_be_selected_is_passed_over() -> None:
    total = Row("total", (Cell("total"), Cell(), Cell()), selectable=False)
    async with shown([*rows("a", "b"), total]) as (grid, _):
        grid.move("last")
        assert grid.cursor_key == "b"
        grid.set_rows([total])
        assert not grid.move(1)


async def test_it_scrolls_as_little_as_shows_the_cursor() -> None:
    async with shown(rows(*"abcdefghijklmnopqrst")) as (grid, _):
        grid.mark("active")
        grid.move(7)
        assert body(grid)[-1].startswith("▌h")
        grid.move("last")
        assert body(grid)[-1].startswith("▌t")
        grid.move("page_up")
        assert grid.cursor_key == "q"
        assert body(grid)[-1].startswith(" t")


async def test_a_note_belongs_to_its_row() -> None:
    noted = Row("a", (Cell("a"), Cell(), Cell()), (Note("why"),))
    async with shown([noted, *rows("b")]) as (grid, _):
        grid.mark("active")
        grid.move(1)
        assert body(grid)[:3] == [" a", "   why", "▌b          1.00 same"]


async def test_it_follows_the_newest_row_until_it_was_scrolled() -> None:
    names = [str(number) for number in range(20)]
    async with shown(rows(*names), follow=True) as (grid, _):
        grid.set_rows(rows(*names, "20"))
        assert body(grid)[-1].startswith(" 20")
        grid.move(-3)
        grid.set_rows(rows(*names, "20", "21"))
        assert grid.cursor_key == "17"
        assert grid.behind == 4
        grid.move("last")
        grid.set_rows(rows(*names, "20", "21", "22"))
        assert grid.cursor_key == "22"


async def test_an_unfocused_cursor_is_the_bar_on_a_quieter_ground() -> None:
    async with shown(rows("a")) as (grid, _):
        grid.mark("active")
        focused = grid.draw(40, 8)[1]
        grid.mark("held")
        assert (focused.on, grid.draw(40, 8)[1].on) == ("cursor", "cursor_unfocused")
        grid.mark("hidden")
        assert grid.draw(40, 8)[1] == Line(grid.draw(40, 8)[1].runs, "background")


async def test_what_is_stale_is_dim_and_still_there() -> None:
    async with shown(rows("a")) as (grid, _):
        text = grid.text()
        grid.stale = True
        grid.repaint()
        assert grid.text() == text
        assert {run.role for run in grid.draw(40, 8)[1].runs} == {"dim"}


async def test_a_click_moves_the_cursor() -> None:
    async with shown(rows("a", "b", "c")) as (grid, pilot):
        await pilot.click(grid, offset=(3, 3))
        assert grid.cursor_key == "c"
        await pilot.click(grid, offset=(3, 7))
        assert grid.cursor_key == "c"


async def test_without_rows_it_says_so() -> None:
    async with shown([], empty="nothing here") as (grid, _):
        assert body(grid)[0] == " nothing here"
        assert grid.cursor_key is None


def test_a_change_ends_at_the_last_run_that_differs() -> None:
    before = Line((Run("aa"), Run("bb"), Run("cc")))
    assert changed_width(before, before, 80) == 0
    assert changed_width(before, Line((Run("aa"), Run("xx"), Run("cc"))), 80) == 4
    assert changed_width(before, Line((Run("aa"), Run("bb", "up"), Run("cc"))), 80) == 4
    assert changed_width(before, Line((Run("aa"), Run("bb"))), 80) == 80
    assert changed_width(before, before._replace(on="cursor"), 80) == 80


def test_runs_of_one_style_are_written_as_one() -> None:
    drawn = strip(Line((Run("a"), Run("  ", "dim"), Run("b"), Run("c", "up"))), 10)
    assert [segment.text for segment in drawn] == ["a  b", "c     "]
    assert drawn.cell_length == 10


def test_a_chip_keeps_its_ground() -> None:
    drawn = strip(Line((Run("a"), Run(" x ", "buy", chip=True), Run(" b"))), 8)
    assert [segment.text for segment in drawn] == ["a", " x ", " b  "]


def test_a_cut_line_is_its_cells() -> None:
    line = Line((Run("abc"), Run("def", "up"), Run("g")), "title")
    assert cut(line, 2, 5) == Line((Run("c"), Run("de", "up")), "title")
    assert cut(line, 0, 99) == line
    assert cut(line, 7, 9) == Line((), "title")


async def test_a_view_without_focus_shows_its_top_whatever_becomes_of_the_cursor_s_row() -> None:
    async with shown(rows(*"abcdefghijkl")) as (grid, _):
        grid.mark("active")
        grid.move("last")
        assert body(grid)[-1].startswith("▌l")
        grid.mark("hidden")
        assert body(grid)[0].startswith(" a")
        grid.set_rows(rows(*"abcdefghijklm"))
        assert body(grid)[0].startswith(" a")
        grid.mark("active")
        assert grid.cursor_key == "l"
        assert body(grid)[-1].startswith("▌l")


async def test_the_view_does_not_go_with_a_row_that_is_over() -> None:
    async with shown(rows(*"abcdefghijkl")) as (grid, _):
        grid.mark("active")
        over = rows("a")[0]._replace(aside=True)
        grid.set_rows([*rows(*"bcdefghijkl"), divider("done today"), over])
        assert grid.cursor_key == "a"
        assert body(grid)[0].startswith(" b")
        grid.set_rows([*rows(*"bcdefghijkl"), divider("done today"), over])
        assert body(grid)[0].startswith(" b")
        grid.move(-1)
        assert body(grid)[-1].startswith("▌l"), "a key brings the cursor into view, over the dividing line"


async def test_rows_out_of_view_are_counted_and_pointed_at() -> None:
    async with shown([*rows(*"abcdefghij"), divider("done today"), *rows(*"xyz")]) as (grid, _):
        grid.mark("active")
        assert grid.span == "1-7/13 ▼"
        grid.move("last")
        assert grid.span == "8-13/13 ▲"
        grid.move(-6)
        assert grid.span == "7-12/13 ▲▼"
        grid.set_rows(rows("a"))
        assert grid.span == ""


async def test_what_stands_at_the_foot_never_scrolls_away() -> None:
    total = Row("total", (Cell("total"), Cell("9.00"), Cell()), selectable=False)
    async with shown(rows("a")) as (grid, _):
        grid.set_rows(rows("a"), [total])
        assert [line[:6].strip() for line in body(grid)[:3]] == ["a", "total", ""]
        grid.set_rows(rows(*"abcdefghij"), [total])
        grid.mark("active")
        grid.move("last")

        assert body(grid)[-2].startswith("▌j")
        assert body(grid)[-1].startswith(" total")
