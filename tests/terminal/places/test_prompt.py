"""The line of text and what the `:` line understands of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.terminal.places.line import LONGEST, TextLine
from ibtui.terminal.places.prompt import understanding
from ibtui.terminal.places.startline import edited, prefilled
from tests.terminal.scripted import STRATEGY


def _typed(line: TextLine, *keys: str) -> str:
    for key in keys:
        assert line.press(key, key if len(key) == 1 else "")
    return line.text


def test_typing_and_erasing() -> None:
    assert _typed(TextLine(), *"buy", "backspace", "y") == "buy"
    assert _typed(TextLine("100"), "left", "left", "5") == "1500"
    assert _typed(TextLine("100"), "home", "delete", "2") == "200"
    assert _typed(TextLine("buy 100 AAPL"), "ctrl+w") == "buy 100 "
    assert _typed(TextLine("buy 100"), "left", "ctrl+u") == "0"


def test_a_key_that_types_nothing_is_left_alone() -> None:
    line = TextLine("x")
    assert not line.press("f5")
    assert not line.press("ctrl+t", "\x14")
    assert line.text == "x"


def test_history_goes_back_and_returns_to_what_was_being_typed() -> None:
    history: list[str] = []
    for text in ("watch A", "watch B", "watch B", "  "):
        TextLine(text, history).keep()
    assert history == ["watch A", "watch B"]
    line = TextLine("", history)
    _typed(line, *"ha")
    assert [_typed(line, "up"), _typed(line, "up"), _typed(line, "up")] == ["watch B", "watch A", "watch A"]
    assert [_typed(line, "down"), _typed(line, "down")] == ["watch B", "ha"]


def test_a_paste_is_one_line_of_plain_text() -> None:
    line = TextLine("buy ")
    assert line.paste("100\x1b[2J\r\nAAPL\u202e") is None
    assert line.text == "buy 100[2J AAPL"
    assert "not taken" in (line.paste("x" * 1025) or "")


@given(st.lists(st.sampled_from(["left", "right", "home", "end", "backspace", "delete", "up", "down", "a", "ctrl+w"])))
def test_the_cursor_never_leaves_the_line(keys: list[str]) -> None:
    line = TextLine("buy 100", ["watch AAPL", "q"])
    for key in keys:
        line.press(key, key if len(key) == 1 else "")
        assert 0 <= line.cursor <= len(line.text) <= LONGEST
        shown = edited(line, 20, " :")
        assert sum(len(run.text) for run in shown.runs) <= 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("buy 100 AAPL @ 187.25", "BUY 100 AAPL at 187.25 limit, day"),
        ("buy 200 MSFT @ 402.10 tp 410 sl 398 gtc", "BUY 200 MSFT at 402.1 limit, good till cancelled, target 410"),
        ("sell 5 ESZ6 stop 6700", "SELL 5 ESZ6 at 6700 stop, day"),
        ("cancel all", "cancel all"),
        ("start sma_cross fast=5", "start sma_cross fast=5"),
        ("watch AAPL MSFT", "watch AAPL MSFT"),
        ("status", "host, port"),
        ("buy 100", "The symbol is missing; write buy"),
        ("bye", "did you mean 'buy'"),
        ("", "buy 100 AAPL @ 187.25"),
    ],
)
def test_what_a_line_is_understood_as(text: str, words: str) -> None:
    assert words in understanding(text)


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused_in_words(text: str) -> None:
    assert understanding(text)


def test_a_start_line_has_every_parameter_and_the_selected_symbol() -> None:
    assert prefilled(STRATEGY, "ESZ6") == "start sma_cross symbol=ESZ6 fast=3 slow=8 bar=1s"
    assert prefilled(STRATEGY, None) == "start sma_cross fast=3 slow=8 bar=1s"
