"""Places for every size, and a main screen that keeps its cursor and its contents through all of them."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region
from textual.widget import Widget

from ibtui.commands.panes import PANE_IDS, PANES
from ibtui.domain.order import OrderStatus
from ibtui.link.messages import Frame
from ibtui.terminal.drawing.canvas import Canvas, Line, Run
from ibtui.terminal.layout.main import MainScreen
from ibtui.terminal.layout.plan import ScreenPlan, plan, upper_of
from tests.terminal.sample import Stage, entry, minutes, model, order, position, quote, session, staged

SIZES = [(160, 45), (120, 40), (100, 30), (80, 24), (60, 15), (50, 10), (200, 60), (160, 24), (85, 36)]


@given(st.integers(1, 300), st.integers(1, 120), st.sampled_from(PANE_IDS), st.booleans())
def test_no_two_parts_share_a_cell(width: int, height: int, pane: str, slot: bool) -> None:
    places = plan(width, height, pane, upper_of(pane, "watchlist"), slot).places
    screen = Region(0, 0, width, height)
    assert all(screen.contains_region(place) and place.area for place in places.values())
    for one, other in combinations(places.values(), 2):
        assert not one.overlaps(other)


@given(st.integers(60, 300), st.integers(15, 120), st.sampled_from(PANE_IDS), st.booleans())
def test_header_message_keys_and_the_focused_pane_are_always_seen(
    width: int, height: int, pane: str, slot: bool
) -> None:
    upper = upper_of(pane, "watchlist")
    places = plan(width, height, pane, upper, slot).places
    covered = slot and pane in ("strategies", "log")
    assert {"header", "message", "keys"} <= set(places)
    assert pane in places or covered
    assert not slot or places["slot"].height >= 10


def test_a_screen_with_two_columns_shows_every_pane_of_the_table() -> None:
    assert set(PANE_IDS) <= set(plan(160, 45, "watchlist", "watchlist", False).places)


def test_the_panes_on_the_screen_are_those_of_the_table() -> None:
    assert [pane.entry for pane in MainScreen(model()).panes] == list(PANES)


def test_160x45_is_the_drawing() -> None:
    places = plan(160, 45, "watchlist", "watchlist", False).places
    assert {name: tuple(place) for name, place in places.items()} == {
        "header": (0, 0, 148, 1),
        "clock": (148, 0, 12, 1),
        "watchlist": (0, 1, 85, 15),
        "strip": (0, 16, 85, 12),
        "orders": (0, 28, 85, 15),
        "positions": (86, 1, 74, 8),
        "strategies": (86, 9, 74, 8),
        "log": (86, 17, 74, 26),
        "message": (0, 43, 160, 1),
        "keys": (0, 44, 160, 1),
    }


def test_the_ticket_takes_the_upper_part_of_the_log_and_nothing_else() -> None:
    before = plan(160, 45, "watchlist", "watchlist", False).places
    after = plan(160, 45, "watchlist", "watchlist", True).places
    assert after["slot"] == Region(86, 17, 74, 16)
    assert after["log"] == Region(86, 33, 74, 10)
    assert {name: place for name, place in after.items() if name not in ("slot", "log")} == {
        name: place for name, place in before.items() if name != "log"
    }


def test_80x24_is_the_drawing() -> None:
    places = plan(80, 24, "orders", "watchlist", False).places
    assert places["orders"] == Region(0, 2, 80, 16)
    assert places["strip"] == Region(0, 18, 80, 3)
    opened = plan(80, 24, "watchlist", "watchlist", True).places
    assert opened["slot"] == Region(0, 11, 80, 10)
    assert opened["watchlist"].height - 1 >= 6


def test_one_column_stacks_from_36_rows() -> None:
    stacked = plan(120, 36, "positions", "log", False)
    assert {"log", "positions", "orders"} <= set(stacked.places)
    assert "watchlist" not in stacked.places
    assert set(PANE_IDS) & set(plan(120, 35, "positions", "log", False).places) == {"positions"}


@pytest.mark.parametrize(("width", "height", "entry_possible"), [(60, 15, True), (59, 15, False), (60, 14, False)])
def test_the_smallest_screen_that_sends_orders(width: int, height: int, entry_possible: bool) -> None:
    made: ScreenPlan = plan(width, height, "watchlist", "watchlist", False)
    assert made.order_entry is entry_possible
    assert ("watchlist" in made.places) is entry_possible


# the screen itself


async def test_it_shows_every_part_at_160x45() -> None:
    async with staged(model()) as (stage, _):
        shown = stage.lines()
        assert shown[0].startswith(" PAPER  DU1234567  ● READY")
        assert shown[1].startswith("▌1 Watchlist  12")
        assert shown[3].startswith("▌AAPL            +100     187.42")
        assert shown[1][86:].startswith(" 2 Positions  3")
        assert shown[1].endswith("ESZ6 has no stop")
        assert shown[16].startswith(" AAPL  Apple Inc")
        assert shown[28].startswith(" 3 Orders  4 working · 2 done today")
        assert shown[9][86:].startswith(" 4 Strategies  1 of 2 running")
        assert shown[17][86:].startswith(" 5 Log")


@pytest.mark.parametrize("size", SIZES)
async def test_no_size_breaks_it(size: tuple[int, int]) -> None:
    async with staged(model(), size) as (stage, _):
        shown = stage.lines()
        assert "PAPER" in shown[0]
        assert "READY" in shown[0]
        assert "day +2,341.20" in shown[0] or size[0] < 50
        assert all(len(line) <= size[0] for line in shown)


async def test_a_resize_keeps_pane_cursor_and_selection() -> None:
    async with staged(model()) as (stage, pilot):
        stage.main.focus_pane(3)
        stage.main.move(2)
        before = (stage.main.pane, stage.main.selected_order, stage.main.selected_symbol)
        for width, height in [*SIZES, (160, 45)]:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert (stage.main.pane, stage.main.selected_order, stage.main.selected_symbol) == before
        assert before[0] == "orders"
        assert any(line.startswith("▌└SELL") for line in stage.lines())


async def test_tabs_say_what_counts_in_each_pane() -> None:
    async with staged(model(), (80, 24)) as (stage, pilot):
        assert stage.lines()[1] == "▌1 Watch   2 Pos 3   3 Ord 4   4 Strat 1   5 Log"
        stage.main.focus_pane(2)
        await pilot.pause()
        shown = stage.lines()
        assert shown[1].startswith(" 1 Watch  ▌2 Pos 3   3 Ord 4   4 Strat 1   5 Log")
        assert shown[1].endswith("  ESZ6 has no stop"), "the bar stands for the pane's title"
        assert shown[3].startswith("▌AAPL           +100")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("focus", [1, 3])
async def test_done_orders_never_take_the_place_of_those_that_work(size: tuple[int, int], focus: int) -> None:
    async with staged(model(), size) as (stage, pilot):
        stage.main.focus_pane(3)
        stage.main.move("first")
        stage.main.focus_pane(focus)
        refs = [f"o{number:02}" for number in range(20)]
        stage.main.apply(stage.main.model.apply(Frame(orders=tuple(order(ref) for ref in refs))))
        over = tuple(order(ref, status=OrderStatus.FILLED) for ref in ("u", *refs[:13]))
        stage.main.apply(stage.main.model.apply(Frame(orders=over)))
        await pilot.pause()
        words = [word for line in stage.lines() for word in ("working", "filled") if f" {word} " in line[44:85] + " "]
        assert words == sorted(words, reverse=True)
        assert (words[:1] == ["working"]) == any(" Type " in line for line in stage.lines())


async def test_context_lines_at_80x24() -> None:
    async with staged(model(), (80, 24)) as (stage, _):
        shown = stage.lines()
        assert set(shown[18]) == {"─"}
        assert shown[19] == " AAPL hold +100 at 187.25 +17.00   stop 180.00   target 195.00   full"
        assert shown[20] == " open 186.42  high 188.42  low 185.42  prev 186.92  spread 1 tick"


async def test_the_focused_pane_s_cursor_selects_the_instrument() -> None:
    async with staged(model()) as (stage, pilot):
        stage.main.move(2)
        assert stage.main.selected_symbol == "NVDA"
        stage.main.focus_pane(2)
        assert stage.main.selected_symbol == "AAPL"
        stage.main.move("last")
        assert stage.main.selected_symbol == "ESZ6"
        stage.main.focus_pane(5)
        assert stage.main.selected_symbol == "ESZ6"
        stage.main.next_pane()
        assert (stage.main.pane, stage.main.selected_symbol) == ("watchlist", "NVDA")
        stage.main.next_pane(-1)
        assert stage.main.pane == "log"
        await pilot.pause()
        assert stage.lines()[16].startswith(" NVDA  ")


async def test_a_selection_is_told_once() -> None:
    async with staged(model()) as (stage, pilot):
        before = stage.selections
        stage.main.move(1)
        stage.main.move("first")
        stage.main.move("first")
        await pilot.pause()
        assert stage.selections == before + 2


async def test_rows_that_take_another_s_place_are_told_as_a_selection() -> None:
    async with staged(model()) as (stage, pilot):
        stage.main.focus_pane(2)
        await pilot.pause()
        before = stage.selections
        stage.main.apply(stage.main.model.apply(Frame(positions=(position("MSFT", 1, "BARE"),))))
        await pilot.pause()
        assert (stage.main.selected_symbol, stage.selections) == ("MSFT", before + 1)


async def test_an_instrument_is_selected_by_name() -> None:
    async with staged(model()) as (stage, _):
        assert stage.main.select_symbol("SPY")
        assert stage.main.selected_symbol == "SPY"
        assert not stage.main.select_symbol("NONE")
        assert stage.main.selected_symbol == "SPY"


class Filling(Canvas):
    def draw(self, width: int, height: int) -> list[Line]:
        return [Line((Run(f"{width}x{height}"),))]


@pytest.mark.parametrize(
    ("size", "at", "says"),
    [((160, 45), (86, 17), "74x16"), ((80, 24), (0, 11), "80x10"), ((120, 40), (0, 27), "120x10")],
)
async def test_the_slot_is_filled_and_given_back(size: tuple[int, int], at: tuple[int, int], says: str) -> None:
    async with staged(model(), size) as (stage, pilot):
        before = stage.lines()
        stage.main.open_slot(Filling())
        await pilot.pause()
        assert stage.lines()[at[1]][at[0] :].startswith(says)
        assert stage.main.pane == "watchlist"
        stage.main.open_slot(Filling())
        await pilot.pause()
        assert len(stage.main.query(Filling)) == 1
        stage.main.close_slot()
        await pilot.pause()
        assert stage.lines() == before


async def test_the_prompt_takes_the_message_s_line() -> None:
    async with staged(model(), (80, 24)) as (stage, pilot):
        stage.main.say("a fact  and more")
        stage.main.open_prompt(Filling())
        await pilot.pause()
        assert stage.lines()[22] == "80x1"
        stage.main.close_prompt()
        await pilot.pause()
        assert stage.lines()[22] == " a fact  and more"


async def test_keys_give_way_but_never_the_last() -> None:
    pairs = [("b", "buy AAPL"), ("s", "sell AAPL"), ("x", "close"), ("?", "keys"), ("F9", "HALT")]
    async with staged(model(), (80, 24)) as (stage, pilot):
        stage.main.keys(pairs, "lines 14/100")
        await pilot.pause()
        assert stage.lines()[23] == " b buy AAPL  s sell AAPL  x close  ? keys  F9 HALT".ljust(67) + "lines 14/100"
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert stage.lines()[23] == " b buy AAPL  s sell AAPL  x close  ? keys  F9 HALT"
        stage.main.keys([("x", "a long word" * 3), *pairs])
        await pilot.pause()
        assert stage.lines()[23].endswith("  F9 HALT")


async def test_a_lost_engine_empties_nothing() -> None:
    async with staged(model()) as (stage, pilot):
        before = stage.lines()
        stage.main.lost("The engine does not answer.")
        await pilot.pause()
        after = stage.lines()
        assert "NO LINK 0:00" in after[0]
        assert after[1].count("last known 15:42:07") == 2
        assert [line[:70] for line in after[2:28]] == [line[:70] for line in before[2:28]]
        stage.main.lost(None)
        await pilot.pause()
        assert stage.lines()[:43] == before[:43]


async def test_a_lost_broker_is_as_last_known_until_it_is_active_again() -> None:
    async with staged(model()) as (stage, pilot):
        known = stage.main.model
        for state in ("disconnected", "connecting", "reconciling"):
            stage.main.apply(known.apply(Frame(session=session(state=state))))
            await pilot.pause()
            assert "last known 15:42:00" in stage.lines()[1]
        stage.main.apply(known.apply(Frame(session=session())))
        await pilot.pause()
        assert "last known" not in "".join(stage.lines())


class Counting:
    """Counts what every part of a screen asks to be written."""

    def __init__(self, stage: Stage) -> None:
        self.written: list[tuple[str, Region]] = []
        for widget in stage.main.query(Canvas):
            self._listen(widget)

    def _listen(self, widget: Widget) -> None:
        before = widget.refresh

        def refresh(*regions: Region, **options: bool) -> Widget:
            self.written += [(widget.id or "", region) for region in regions or (Region(),)]
            return before(*regions, **options)

        widget.refresh = refresh  # type: ignore[method-assign]


async def test_an_idle_screen_writes_the_clock_and_nothing_else() -> None:
    quiet = Frame(snapshot=True, session=session(), watchlist=("AAPL",), quotes=(quote("AAPL"),))
    async with staged(model()) as (stage, pilot):
        stage.main.apply(stage.main.model.apply(quiet))
        await pilot.pause()
        counting = Counting(stage)
        stage.main._second()
        assert counting.written == []
        stage.clock.advance(1)
        stage.main._second()
        assert [name for name, _ in counting.written] == ["clock"]


async def test_a_tick_writes_the_rows_of_its_instrument() -> None:
    async with staged(model()) as (stage, _):
        counting = Counting(stage)
        stage.main.apply(stage.main.model.apply(Frame(quotes=(quote("MSFT", 402.15),))))
        assert {name for name, _ in counting.written} == {"watchlist", "positions"}
        assert [region.y for name, region in counting.written if name == "watchlist"] == [3]


async def test_bars_become_a_chart_and_a_sparkline() -> None:
    async with staged(model()) as (stage, pilot):
        assert "█" not in "".join(stage.lines())
        stage.main.set_bars("AAPL", minutes())
        await pilot.pause()
        shown = stage.lines()
        assert shown[3][:85].endswith("▁▂▄▅▇█")
        assert "█" in shown[20]
        assert shown[27][:85].strip() == ""


async def test_the_log_follows_and_says_what_is_below() -> None:
    async with staged(model()) as (stage, pilot):
        known = stage.main.model
        known.apply(Frame(log=tuple(entry(number) for number in range(5, 60))))
        stage.main.focus_pane(5)
        stage.main.apply(known.apply(Frame(log=(entry(60, "the newest"),))))
        await pilot.pause()
        assert stage.lines()[42].endswith("the newest")
        stage.main.move(-5)
        stage.main.apply(known.apply(Frame(log=(entry(61, "newer"),))))
        await pilot.pause()
        assert "6 newer below" in stage.lines()[17]


async def test_the_reason_of_a_rejection_goes_when_the_cursor_has_been_there() -> None:
    async with staged(model()) as (stage, pilot):
        stage.main.focus_pane(3)
        stage.main.move("last")
        await pilot.pause()
        assert any("201 not enough margin" in line for line in stage.lines())
        stage.main.move(-1)
        await pilot.pause()
        assert not any("201 not enough margin" in line for line in stage.lines())


async def test_a_click_on_a_row_selects_it() -> None:
    async with staged(model()) as (stage, pilot):
        await pilot.click(offset=(90, 4))
        await pilot.pause()
        assert (stage.main.pane, stage.main.selected_symbol) == ("positions", "MSFT")


async def test_a_position_that_goes_leaves_the_cursor_on_the_next() -> None:
    async with staged(model()) as (stage, _):
        stage.main.focus_pane(2)
        stage.main.move(1)
        stage.main.apply(
            stage.main.model.apply(Frame(positions=(position("AAPL", 1, "BARE"), position("ESZ6", 1, "BARE"))))
        )
        assert stage.main.selected_symbol == "ESZ6"


@pytest.mark.parametrize("size", SIZES)
async def test_a_message_is_read_whole_and_gives_its_lines_back(size: tuple[int, int]) -> None:
    names = ", ".join(f"META.{number} (META PLATFORMS INC, NASDAQ, USD)" for number in range(6))
    said = f"META can be {names}; name one of them."
    async with staged(model(), size) as (stage, pilot):
        before = stage.lines()
        stage.main.say(said, "warning")
        stage.main.keys([("F9", "HALT")])
        await pilot.pause()
        if size[1] > 15:
            assert said.replace(" ", "") in "".join(stage.lines()).replace(" ", "")
            assert stage.lines()[-1] == " F9 HALT"
        stage.main.say("short")
        await pilot.pause()
        assert stage.lines()[:-2] == before[:-2]


async def test_the_log_leaves_the_lines_of_strategies_out() -> None:
    async with staged(model()) as (stage, pilot):
        lines = (entry(5, "sma_cross: stays out", kind="STRAT"), entry(6, "AAPL above 190 · last 190.02", kind="ALERT"))
        stage.main.apply(stage.main.model.apply(Frame(log=lines)))
        await pilot.pause()
        assert any("stays out" in line for line in stage.lines())
        assert not stage.main.filter_log()
        await pilot.pause()
        assert not any("stays out" in line for line in stage.lines())
        assert any("AAPL above 190" in line for line in stage.lines())
        assert any("5 Log  without strategies" in line for line in stage.lines())
        assert stage.main.filter_log()
