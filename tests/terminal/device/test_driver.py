"""What comes in from the device, before it becomes keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ibtui.terminal.device.driver import PasteLimit

START, END = PasteLimit.START, PasteLimit.END


def _through(*pieces: str) -> str:
    limit = PasteLimit()
    return "".join(limit(piece) for piece in pieces)


def test_a_short_paste_is_left_alone() -> None:
    text = f"ab{START}buy 100 AAPL\r{END}cd"
    assert _through(text) == text
    assert _through(*text) == text


def test_a_huge_paste_is_cut_and_what_follows_is_kept() -> None:
    pieces = [f"a{START}", *["x" * 4000] * 2500, f"{END}b"]
    out = _through(*pieces)
    assert out == f"a{START}{'x' * PasteLimit.LIMIT}{END}b"


@given(st.lists(st.sampled_from(["a", "\x1b", "[", "20", "0~", "1~", START, END, "xyz", "x" * 5000]), max_size=30))
def test_keys_outside_of_pastes_are_never_lost(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole, split = _through(text), _through(*text)
    assert whole.count(START) == split.count(START)
    outside = _outside(text)
    assert _outside(whole) == _outside(split) == outside


def _outside(text: str) -> str:
    kept, inside = [], False
    while text:
        mark = END if inside else START
        before, found, text = text.partition(mark)
        if not inside:
            kept.append(before)
        inside = inside != bool(found)
    return "|".join(kept)
