from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ibtui.worker.output import LINES_AT_ONCE, LINES_PER_SECOND, LONGEST_LINE, Output


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_whole_lines_are_said_and_the_rest_when_it_is_finished() -> None:
    said: list[str] = []
    output = Output(said.append, Time())
    print("one", 1, file=output)
    print("two", end="", file=output)
    assert said == ["one 1"]
    print("!", file=output)
    print("half", end="", file=output)
    output.finish()
    assert said == ["one 1", "two!", "half"]


def test_blank_lines_are_not_said() -> None:
    said: list[str] = []
    print("\n \n\n", file=Output(said.append, Time()))
    assert said == []


def test_a_long_line_is_cut_and_what_was_cut_is_counted() -> None:
    said: list[str] = []
    output = Output(said.append, Time())
    output.write("x" * 1_000_000)
    output.finish()
    assert len(said) == 1
    assert said[0].startswith("x" * LONGEST_LINE + " (and ")
    assert f"{1_000_000 - LONGEST_LINE:,} characters" in said[0]


def test_a_flood_is_cut_to_what_a_person_can_read_and_time_gives_more() -> None:
    said: list[str] = []
    time = Time()
    output = Output(said.append, time)
    for _ in range(10_000):
        output.write("line\n")
    assert len(said) == LINES_AT_ONCE
    time.now += 2.0
    output.write("later\n")
    lost = (10_000 - LINES_AT_ONCE) * 5
    assert said[-1] == f"later (and {lost:,} characters that were too many to keep)"
    for _ in range(10_000):
        output.write("line\n")
    assert len(said) == LINES_AT_ONCE + 2 * LINES_PER_SECOND


@given(st.lists(st.text(alphabet="ab\n", max_size=40), max_size=20))
def test_nothing_is_lost_below_the_bounds_however_it_is_cut(pieces: list[str]) -> None:
    said: list[str] = []
    time = Time()
    output = Output(said.append, time)
    for piece in pieces:
        time.now += 100.0
        assert output.write(piece) == len(piece)
    output.finish()
    assert said == [line for line in "".join(pieces).split("\n") if line]
