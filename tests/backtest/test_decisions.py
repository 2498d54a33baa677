"""The decision log: every order once, with its own reason, in the order in which they were asked for."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.backtest import decisions
from ibtui.backtest.decision_lines import COLUMNS, line, row, write_lines
from ibtui.backtest.decisions import DecisionLog, Explained, follow
from ibtui.domain.bar import Bar
from ibtui.strategies import Strategy
from tests.backtest.past import OPENED

MINUTE = timedelta(minutes=1)
LATER = OPENED + MINUTE


def log_of_two() -> DecisionLog:
    log = DecisionLog()
    log.asked("b1", "A", "BUY 100 A at market", OPENED)
    log.asked("b2", "A", "SELL 100 A at 9.00 stop", OPENED, reason="with b1")
    log.hook_ended(("fast {:.2f} above slow", (12.345,)))
    log.said(OPENED, "hello\x1b[2J")
    log.became("b1", LATER, "filled 100 at 10.02", "filled")
    return log


def test_an_order_has_its_reason_and_its_end_and_keeps_its_place() -> None:
    bought, stop, said = log_of_two()
    assert (bought.ref, bought.reason, bought.end) == ("b1", "fast 12.35 above slow", "filled")
    assert [(one.time, one.text) for one in bought.became] == [(LATER, "filled 100 at 10.02")]
    assert (stop.reason, stop.end, stop.became) == ("with b1", "working", ())
    assert (said.text, said.ref, said.end) == ("hello[2J", "", "")


def test_an_order_that_ends_in_the_hook_that_asked_for_it_has_a_reason_all_the_same() -> None:
    log = DecisionLog()
    log.asked("b1", "A", "BUY 100 A at market", OPENED)
    log.became("b1", OPENED, "refused: too large", "refused")
    log.hook_ended(("wants it", ()))
    (record,) = log
    assert (record.reason, record.end) == ("wants it", "refused")


def test_lines_for_a_person() -> None:
    assert [line(record) for record in log_of_two()] == [
        "2026-03-02 14:30:00 UTC  b1  BUY 100 A at market | fast 12.35 above slow | "
        "2026-03-02 14:31:00 UTC filled 100 at 10.02",
        "2026-03-02 14:30:00 UTC  b2  SELL 100 A at 9.00 stop | with b1 | still working at the end",
        "2026-03-02 14:30:00 UTC  log  hello[2J",
    ]


def test_lines_for_a_program() -> None:
    out = io.BytesIO()
    write_lines(log_of_two(), out, as_json=True)
    bought, stop, said = map(json.loads, out.getvalue().splitlines())
    assert bought["became"] == [{"time": "2026-03-02T14:31:00Z", "text": "filled 100 at 10.02"}]
    assert stop["end"] == "working"
    assert said == {"time": "2026-03-02T14:30:00Z", "text": "hello[2J"}


def test_rows_of_a_table() -> None:
    bought, stop, said = (dict(zip(COLUMNS, row(record), strict=True)) for record in log_of_two())
    assert (bought["end"], bought["ended"]) == ("filled", "2026-03-02T14:31:00+00:00")
    assert (stop["end"], stop["ended"]) == ("working", "")
    assert (said["order"], said["end"]) == ("", "log")


@given(st.lists(st.tuples(st.sampled_from(("ask", "end", "say", "hook")), st.integers(0, 9)), max_size=60))
def test_every_record_is_told_once_and_in_order_on_disk_or_not(steps: list[tuple[str, int]]) -> None:
    log, wanted, working = DecisionLog(), [], []
    for number, (step, which) in enumerate(steps):
        if step == "ask":
            log.asked(f"b{number}", "A", "BUY 1 A at market", OPENED)
            working.append(f"b{number}")
            wanted.append(f"b{number}")
        elif step == "say":
            log.said(OPENED, f"line {number}")
            wanted.append(f"line {number}")
        elif step == "hook":
            log.hook_ended(None)
        elif working:
            log.became(working.pop(which % len(working)), LATER, "cancelled", "cancelled")
    log.hook_ended(None)
    for _ in range(2):
        assert [record.ref or record.text for record in log] == wanted
        assert [record.ref for record in log if record.end == "working"] == [ref for ref in wanted if ref in working]
    assert len(log) == len(wanted)


def test_many_records_go_to_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "IN_MEMORY", 100)
    log = DecisionLog()
    for number in range(200):
        log.asked(f"b{number}", "A", "BUY 1 A at market", OPENED, reason="because")
        log.became(f"b{number}", LATER, "filled 1 at 2", "filled")
    assert log._file._rolled  # type: ignore[attr-defined]
    assert [record.ref for record in log] == [f"b{number}" for number in range(200)]


# whose reason


class Speaker(Strategy):
    """Asks and explains by a script: `a` asks for an order, a digit explains it."""

    script = ""

    def on_bar(self, bar: Bar) -> None:
        for word in self.script:
            if word.isdigit():
                self.explained = (word, ())
            else:
                self.log_of.asked(f"{bar.symbol}{word}", bar.symbol, "BUY 1", bar.time)

    def start(self, script: str) -> DecisionLog:
        self.script, self.explained = script, ("", ())
        self.log_of = DecisionLog()
        follow(self, self.log_of, lambda: self.explained)
        return self.log_of

    explained: Explained
    log_of: DecisionLog


def bar(symbol: str) -> Bar:
    return Bar(symbol, datetime(2026, 3, 2, tzinfo=UTC), 1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("script", "reasons"),
    [("a1", {"a": "1"}), ("1a", {"a": "1"}), ("1a2b3", {"a": "3", "b": "3"}), ("ab", {"a": "", "b": ""})],
)
def test_a_reason_is_what_the_same_hook_explained_last(script: str, reasons: dict[str, str]) -> None:
    speaker = Speaker()
    log = speaker.start(script)
    speaker.on_bar(bar("A"))
    assert {record.ref[1:]: record.reason for record in log} == reasons


def test_a_reason_of_an_earlier_hook_is_none_of_a_later_one() -> None:
    speaker = Speaker()
    log = speaker.start("a1")
    speaker.on_bar(bar("A"))
    speaker.script = "a"
    speaker.on_bar(bar("B"))
    assert [(record.ref, record.reason) for record in log] == [("Aa", "1"), ("Ba", "")]


def test_what_a_schedule_calls_between_two_hooks_has_its_own_reason() -> None:
    speaker = Speaker()
    log = speaker.start("1")
    speaker.on_bar(bar("A"))
    log.asked("timed", "A", "SELL 1", OPENED)
    speaker.explained = ("the day ends", ())
    speaker.on_bar(bar("A"))
    assert [(record.ref, record.reason) for record in log] == [("timed", "the day ends")]
