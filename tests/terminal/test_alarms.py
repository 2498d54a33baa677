"""What comes to the alert line, what leaves it again, and when the bell rings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from ibtui.domain.hold import HeldInstrument
from ibtui.domain.order import OrderStatus
from ibtui.domain.position import Position
from ibtui.link.messages import Frame, LogEntry
from ibtui.terminal.alarms import Alarm, Alarms, Ringing
from ibtui.terminal.model import Model
from ibtui.terminal.panes.keyline import alert
from tests.terminal.scripted import NOW, SESSION, STRATEGY, order, snapshot


class Told:
    """A model and what is to be said of it."""

    def __init__(self) -> None:
        self.model = Model()
        self.alarms = Alarms()
        self.take(snapshot(positions=(), orders=(), log=()))

    def take(self, frame: Frame, lost: str | None = None) -> list[str]:
        seen = self.model.seen
        self.model.apply(frame)
        return [alarm.text for alarm in self.alarms.take(self.model, frame, seen, lost)]

    @property
    def front(self) -> str:
        return self.alarms.front.text if self.alarms.front else ""


def entry(seq: int, kind: str, text: str) -> LogEntry:
    return LogEntry(seq=seq, time=NOW, kind=kind, text=text)  # type: ignore[arg-type]


BARE = Frame(positions=(Position(symbol="AAPL", quantity=Decimal(100), cover="BARE"),))
OVER = Frame(positions=(Position(symbol="AAPL", quantity=Decimal(100), cover="OVER"),))
HELD = HeldInstrument(symbol="AAPL", reason="IB counts 60, our books 100", since=NOW)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (Frame(orders=(order("a", status=OrderStatus.UNKNOWN),)), "BUY 200 NVDA LMT 181.90 UNKNOWN: do not resend"),
        (Frame(orders=(order("a", status=OrderStatus.REJECTED, reason="201 margin"),)), "rejected: 201 margin"),
        (BARE, "AAPL BARE"),
        (OVER, "AAPL OVER"),
        (Frame(session=replace(SESSION, holds=(HELD,))), "AAPL is HELD: IB counts 60, our books 100"),
        (Frame(session=replace(SESSION, state="disconnected", reason="IB does not answer.")), "IB does not answer."),
        (Frame(session=replace(SESSION, halted=NOW)), "HALTED"),
        (Frame(strategies=(replace(STRATEGY, state="failed", reason="division by zero"),)), "sma_cross failed: div"),
        (Frame(log=(entry(1, "ALERT", "AAPL above 190"),)), "AAPL above 190"),
        (Frame(log=(entry(1, "ERROR", "the journal cannot be written"),)), "the journal cannot be written"),
    ],
)
def test_the_world_s_news_come_to_the_alert_line_once(frame: Frame, words: str) -> None:
    told = Told()
    assert len(new := told.take(frame)) == 1
    assert words in new[0]
    assert words in told.front
    assert told.take(Frame()) == []
    assert told.alarms.done() is not None
    assert told.front == ""


def test_an_error_in_the_log_is_not_said_beside_what_says_the_same() -> None:
    told = Told()
    rejected = order("a", status=OrderStatus.REJECTED, reason="201 margin")
    assert len(told.take(Frame(orders=(rejected,), log=(entry(1, "ERROR", "BUY 200 NVDA rejected: 201 margin"),)))) == 1


def test_what_is_over_leaves_by_itself_and_what_was_put_aside_comes_back_only_anew() -> None:
    told = Told()
    told.take(BARE)
    told.take(Frame(positions=()))
    assert told.front == ""
    told.take(BARE)
    told.alarms.done()
    assert told.take(BARE) == []
    assert told.front == ""
    told.take(Frame(positions=()))
    assert told.take(BARE) != []
    assert "BARE" in told.front


def test_the_worst_is_in_front_and_among_equals_the_newest() -> None:
    told = Told()
    told.take(Frame(log=(entry(1, "ALERT", "one"),)))
    told.take(Frame(log=(entry(2, "ALERT", "two"),)))
    assert told.front == "two"
    told.take(BARE)
    assert "BARE" in told.front
    told.take(Frame(orders=(order("a", status=OrderStatus.UNKNOWN),)))
    assert "UNKNOWN" in told.front
    assert told.alarms.waiting == 3
    told.take(Frame(), lost="The engine does not answer.")
    assert told.front == "The engine does not answer."


def test_the_bell_rings_once_in_two_seconds_for_what_it_is_set_to() -> None:
    fired, bare = Alarm("alert", "1", "AAPL above 190"), Alarm("bare", "AAPL", "AAPL BARE")
    ringing = Ringing("all")
    ringing.hear([bare])
    assert ringing.rings(1.0)
    ringing.hear([fired, fired])
    assert not ringing.rings(2.9)
    assert ringing.rings(3.0)
    assert not ringing.rings(9.0)
    for bell, rings in (("alerts", True), ("off", False)):
        ringing = Ringing(bell)  # type: ignore[arg-type]
        ringing.hear([bare])
        assert not ringing.rings(1.0)
        ringing.hear([fired])
        assert ringing.rings(1.0) is rings


def test_a_long_text_takes_the_room_of_the_keys_before_it_is_cut() -> None:
    ways = (("!", "go"), ("Esc", "done"))
    short = "".join(run.text for run in alert("AAPL BARE", "warning", 2, ways, 74).runs)
    assert short.startswith("  !  AAPL BARE")
    assert short.endswith("+2  ! go  Esc done  ")
    words = "MSFT is HELD: IB counts 60, our books say 100 shares"
    long = "".join(run.text for run in alert(words, "warning", 2, ways, 74).runs)
    assert words in long
    assert "+2" in long
    assert len(long) == 74
