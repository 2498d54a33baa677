"""Many messages of IB alike are one line of the log, and none is lost in it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.event import BrokerSaid
from ibtui.engine.truth.log import Log
from ibtui.engine.truth.said import ALONE, LONGEST, QUIET, BrokerSayings
from tests.clocks import MORNING, ManualClock

NO_DATA = "Requested market data is not subscribed"


class Told:
    def __init__(self) -> None:
        self.clock = ManualClock(MORNING)
        self._log = Log(self.clock, lambda: None)
        self.said = BrokerSayings(self._log, self.clock)

    def hear(self, symbol: str = "", code: int = 354, text: str = NO_DATA) -> None:
        self.said.hear(BrokerSaid(code=code, text=text, symbol=symbol, level="error"))

    @property
    def lines(self) -> list[str]:
        return [entry.text for entry in self._log.after(0)[0]]


def test_what_many_instruments_are_refused_is_told_in_a_few_lines() -> None:
    told = Told()
    for number in range(100):
        told.hear(f"S{number}")
    told.said.pulse()
    assert told.lines == [f"S{number} {NO_DATA} (354)" for number in range(ALONE)]
    told.clock.advance(QUIET)
    told.said.pulse()
    assert len(told.lines) == ALONE + 1
    assert told.lines[-1].startswith(f"97 times more: {NO_DATA} (354): S3, S4, ")
    assert told.lines[-1].endswith(" and 57 others")


def test_what_never_ceases_is_told_now_and_then() -> None:
    told = Told()
    for _ in range(int(LONGEST) + 2):
        told.hear()
        told.clock.advance(1)
        told.said.pulse()
    assert any("times more" in line for line in told.lines)


def test_a_connection_that_ends_leaves_nothing_untold() -> None:
    told = Told()
    for _ in range(ALONE + 1):
        told.hear("AAPL")
    told.said.flush()
    told.said.flush()
    assert told.lines[ALONE:] == [f"1 times more: {NO_DATA} (354): AAPL"]


@given(st.lists(st.tuples(st.integers(200, 202), st.floats(0, 4)), max_size=60))
def test_every_message_is_counted_once(heard: list[tuple[int, float]]) -> None:
    told = Told()
    for code, pause in heard:
        told.hear(code=code)
        told.clock.advance(pause)
        told.said.pulse()
    told.said.flush()
    for code in (200, 201, 202):
        lines = [line for line in told.lines if f"({code})" in line]
        counts = [int(found[1]) if (found := re.match(r"(\d+) times more", line)) else 1 for line in lines]
        assert sum(counts) == sum(one == code for one, _ in heard)
