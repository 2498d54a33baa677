"""Holds on their own: each change is kept and told, a hold by orders ends with the last of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from ibtui.domain.hold import HeldInstrument
from ibtui.engine.truth.holds import Holds
from ibtui.engine.truth.log import Log
from tests.clocks import MORNING, ManualClock
from tests.engine.truth.kept import Kept


class Stage:
    """Holds over kept latches, with a clock to turn, the log's words and the symbols that were told."""

    def __init__(self, kept: Kept) -> None:
        self.clock = ManualClock(MORNING)
        self.log = Log(self.clock, lambda: None)
        self.holds = Holds(self.clock, self.log)
        self.told: list[str] = []
        self.holds.listeners.append(self.told.append)
        self.holds.keep(kept)

    @property
    def said(self) -> list[str]:
        return [line.text for line in self.log.after(0)[0]]


def test_a_hold_keeps_its_time_and_takes_newer_figures() -> None:
    stage = Stage(Kept())
    stage.holds.hold("AAPL", "IB counts 60, our books 100", expected=Decimal(100), counted=Decimal(60))
    stage.clock.advance(60)
    stage.holds.hold("AAPL", "IB counts 50, our books 100", expected=Decimal(100), counted=Decimal(50))
    held = stage.holds.held("AAPL")
    assert held == HeldInstrument(
        symbol="AAPL",
        reason="IB counts 50, our books 100",
        since=MORNING,
        expected=Decimal(100),
        counted=Decimal(50),
    )
    assert stage.told == ["AAPL", "AAPL"]
    assert all("`accept AAPL`" in line for line in stage.said)


def test_it_outlives_the_engine_and_an_ended_one_does_not() -> None:
    kept = Kept()
    first = Stage(kept)
    first.holds.hold("AAPL", "a reason", counted=Decimal(60))
    first.holds.hold("MSFT", "another")
    first.holds.end("MSFT", "accepted by hand")
    again = Stage(kept)
    assert again.holds.all() == first.holds.all()
    assert [held.symbol for held in again.holds.all()] == ["AAPL"]
    assert "AAPL is still HELD: a reason" in again.said[0]


def test_a_hold_by_orders_ends_with_the_last_of_them() -> None:
    stage = Stage(Kept())
    for ref in ("a", "b"):
        stage.holds.hold("AAPL", "outcome unknown", order=ref)
    stage.holds.settled("AAPL", "a", "found")
    assert stage.holds.held("AAPL") is not None
    stage.holds.settled("AAPL", "b", "its fills are known")
    assert stage.holds.held("AAPL") is None
    assert stage.said[-1] == "AAPL is no longer held: its fills are known"


def test_what_says_nothing_new_tells_nobody() -> None:
    stage = Stage(Kept())
    stage.holds.hold("AAPL", "a reason", counted=Decimal(60))
    stage.clock.advance(timedelta(minutes=1).total_seconds())
    stage.holds.hold("AAPL", "a reason", counted=Decimal(60))
    stage.holds.recount("AAPL", Decimal(60))
    stage.holds.recount("MSFT", Decimal(1))
    stage.holds.end("MSFT", "it was not held")
    assert (stage.told, len(stage.said)) == (["AAPL"], 1)
