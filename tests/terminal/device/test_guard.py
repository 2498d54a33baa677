"""Typed after it was seen: the state machine that decides which Enter sends, under a clock of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.terminal.device import guard as rules
from ibtui.terminal.device.guard import FAST, SLOW, TypingGuard, answers_itself, multiplexed_rate


def _painted(*, multiplexed: bool = False) -> tuple[TypingGuard, tuple[int, int] | None]:
    guard = TypingGuard(answers_itself=multiplexed, seed=1)
    guard.key(0.0, 0.0)
    return guard, guard.paint(1.0, 24, 80)


def _enter(guard: TypingGuard, at: float, lag: float = 0.0) -> str | None:
    guard.key(at, at + lag)
    return guard.refuses(at + lag)


def test_enter_counts_after_the_terminal_s_answer() -> None:
    guard, asked = _painted()
    assert asked is not None
    guard.answer(*asked)
    assert _enter(guard, 1.05) is None


def test_enter_before_the_answer_does_not_count() -> None:
    guard, _ = _painted()
    assert "had not reached the screen" in (_enter(guard, 1.05) or "")


def test_only_the_asked_position_is_an_answer() -> None:
    guard, asked = _painted()
    assert asked is not None
    guard.answer(asked[0], asked[1] + 1)
    guard.answer(1, 2)
    assert _enter(guard, 1.05)


def test_the_position_is_never_in_the_row_where_shift_f3_looks_like_an_answer() -> None:
    guard = TypingGuard(answers_itself=False, seed=3)
    asked = [guard.paint(float(i), 24, 80) for i in range(500)]
    assert all(position and 2 <= position[0] <= 24 and 1 <= position[1] <= 80 for position in asked)
    assert len(set(asked)) > 300


def test_an_answer_to_an_earlier_preview_does_not_count_for_this_one() -> None:
    guard, first = _painted()
    assert first is not None
    second = guard.paint(2.0, 24, 80)
    assert second != first
    guard.answer(*first)
    assert _enter(guard, 2.1)


def test_an_answer_nobody_waits_for_changes_nothing() -> None:
    guard, asked = _painted()
    assert asked is not None
    guard.hide()
    guard.answer(*asked)
    assert _enter(guard, 9.0)


@pytest.mark.parametrize(("at", "counts"), [(1.3, False), (1.49, False), (1.55, True), (9.0, True)])
def test_a_multiplexer_is_not_asked_and_time_decides(at: float, counts: bool) -> None:
    guard, asked = _painted(multiplexed=True)
    assert asked is None
    assert (_enter(guard, at) is None) is counts


def test_in_a_multiplexer_enter_needs_quiet_before_it() -> None:
    guard, _ = _painted(multiplexed=True)
    assert _enter(guard, 1.4)
    assert "just shown" in (_enter(guard, 1.65) or "")
    assert _enter(guard, 2.0) is None


@pytest.mark.parametrize("answers", [True, False])
def test_a_preview_whose_answer_does_not_come_never_counts(answers: bool) -> None:
    """A frozen link; whether the terminal answered at the start, or nothing is known of it yet."""
    guard = TypingGuard(answers_itself=False, seed=1)
    if answers:
        asked = guard.start(0.0, 24, 80)
        assert asked is not None
        guard.answer(*asked)
    guard.key(0.5, 0.5)
    guard.paint(1.0, 24, 80)
    assert not guard.by_time
    for at in (1.6, 4.0, 10.0, 60.0):
        assert "had not reached the screen" in (_enter(guard, at) or "")


def _silent() -> TypingGuard:
    guard = TypingGuard(answers_itself=False, seed=1)
    guard.start(0.0, 24, 80)
    guard.key(rules.SILENT_AFTER, rules.SILENT_AFTER)
    return guard


def test_a_terminal_is_known_as_silent_without_another_key() -> None:
    guard = TypingGuard(answers_itself=False, seed=1)
    guard.start(0.0, 24, 80)
    guard.key(0.5, 0.5)
    assert not guard.by_time
    guard.beat(rules.SILENT_AFTER)
    assert guard.by_time


def test_where_the_question_of_the_start_stays_open_although_keys_came_time_decides() -> None:
    guard = _silent()
    assert guard.by_time
    guard.paint(3.0, 24, 80)
    assert "just shown" in (_enter(guard, 3.4) or "")
    assert _enter(guard, 3.9) is None


def test_without_a_key_nobody_knows_whether_the_terminal_answers() -> None:
    guard = TypingGuard(answers_itself=False, seed=1)
    guard.start(0.0, 24, 80)
    guard.beat(60.0)
    assert not guard.by_time


def test_an_answer_however_late_ends_the_rule_of_time() -> None:
    guard = TypingGuard(answers_itself=False, seed=1)
    asked = guard.start(0.0, 24, 80)
    assert asked is not None
    guard.key(0.5, 0.5)
    guard.key(5.0, 5.0)
    assert guard.by_time
    guard.answer(*asked)
    assert not guard.by_time
    guard.paint(6.0, 24, 80)
    assert _enter(guard, 16.0)


def test_an_answer_to_a_preview_that_is_gone_shows_that_the_terminal_answers() -> None:
    guard = _silent()
    asked = guard.paint(3.0, 24, 80)
    assert asked is not None
    guard.hide()
    guard.answer(*asked)
    assert not guard.by_time


def test_a_preview_is_asked_about_again_and_any_answer_to_it_counts() -> None:
    guard, first = _painted()
    assert first is not None
    assert guard.again(1.9, 24, 80) is None
    second = guard.again(2.1, 24, 80)
    assert second is not None
    assert guard.again(2.2, 24, 80) is None
    guard.answer(*first)
    assert guard.again(9.0, 24, 80) is None
    assert _enter(guard, 2.5) is None


def test_nothing_is_asked_again_without_a_preview() -> None:
    guard, _ = _painted()
    guard.hide()
    assert guard.again(9.0, 24, 80) is None


def test_an_enter_of_the_same_burst_as_other_keys_never_counts() -> None:
    guard, asked = _painted()
    assert asked is not None
    guard.answer(*asked)
    guard.key(2.0, 2.0)
    assert "burst" in (_enter(guard, 2.001) or "")


def test_keys_read_while_the_program_stood_still_never_count() -> None:
    guard, asked = _painted()
    assert asked is not None
    guard.answer(*asked)
    assert "fallen behind" in (_enter(guard, 2.0, lag=0.4) or "")


def test_keys_that_wait_in_the_device_of_a_stopped_program_never_count() -> None:
    guard, asked = _painted()
    assert asked is not None
    guard.answer(*asked)
    guard.beat(1.1)
    assert "fallen behind" in (_enter(guard, 11.0) or "")
    guard.beat(11.05)
    assert _enter(guard, 11.1)
    assert _enter(guard, 11.5) is None


def test_a_flood_of_keys_locks_sending_for_a_second() -> None:
    guard, asked = _painted()
    assert asked is not None
    guard.answer(*asked)
    for i in range(16):
        guard.key(2.0 + i * 0.003, 2.0 + i * 0.003)
    assert "locked" in (_enter(guard, 2.9) or "")
    assert _enter(guard, 3.1) is None


def test_a_line_of_text_may_come_fast() -> None:
    guard, asked = _painted()
    for i in range(30):
        guard.key(2.0 + i * 0.001, 2.0, text=True)
    assert asked is not None
    guard.answer(*asked)
    assert _enter(guard, 2.5) is None


KEYS = st.one_of(
    st.tuples(st.just("key"), st.floats(0, 0.8)),
    st.tuples(st.just("enter"), st.floats(0, 0.8)),
    st.tuples(st.just("paint"), st.floats(0, 0.8)),
    st.tuples(st.just("answer"), st.floats(0, 0.8)),
    st.tuples(st.just("hide"), st.floats(0, 0.1)),
    st.tuples(st.just("late"), st.floats(0, 0.8)),
    st.tuples(st.just("again"), st.floats(0, 3.0)),
)
STARTS = st.sampled_from(["multiplexed", "answered", "open"])


@given(STARTS, st.lists(KEYS, max_size=40))
def test_no_enter_counts_that_could_have_been_typed_unseen(start: str, steps: list[tuple[str, float]]) -> None:
    guard = TypingGuard(answers_itself=start == "multiplexed", seed=5)
    first = guard.start(0.0, 24, 80)
    if first is not None and start == "answered":
        guard.answer(*first)
    typed, ever = False, start != "open"
    now, last_key = 0.0, float("-inf")
    painted: float | None = None
    asked: tuple[int, int] | None = None
    answered = False
    for what, pause in steps:
        now += pause
        if what == "paint":
            asked, painted, answered = guard.paint(now, 24, 80), now, False
        elif what == "hide":
            guard.hide()
            painted, asked, answered = None, None, False
        elif what == "again":
            asked = guard.again(now, 24, 80) or asked
        elif what == "answer" and asked is not None:
            guard.answer(*asked)
            answered = ever = True
        elif what in ("key", "enter", "late"):
            lag = 0.3 if what == "late" else 0.0
            guard.key(now, now + lag)
            typed = True
            if what != "key" and guard.refuses(now + lag) is None:
                assert not lag
                assert painted is not None
                assert now - last_key >= rules.BURST
                by_time = start == "multiplexed" or (typed and not ever and now >= rules.SILENT_AFTER)
                timely = now - painted >= rules.AFTER_PAINT and now - last_key >= rules.QUIET
                assert answered or (by_time and timely)
            last_key = now


def test_multiplexers_are_known_by_their_environment() -> None:
    assert answers_itself({"TMUX": "/tmp/tmux-0/default,1,0"}, parent=1)
    assert answers_itself({"STY": "1.tty"}, parent=1)
    assert answers_itself({"TERM": "tmux-256color"}, parent=1)
    assert answers_itself({"TERM": "screen"}, parent=1)
    assert not answers_itself({"TERM": "xterm-256color"}, parent=1)


def test_the_screen_is_written_slowly_only_where_it_comes_by_ssh() -> None:
    assert multiplexed_rate({"TMUX": "x", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, 1) == SLOW
    assert multiplexed_rate({"TMUX": "x"}, 1) == FAST
