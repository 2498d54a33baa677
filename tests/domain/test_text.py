"""No text from outside can move the cursor, hide or reorder."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.text.sanitize import sanitize


@given(st.text(max_size=400), st.integers(1, 80))
def test_nothing_dangerous_is_left(text: str, limit: int) -> None:
    clean = sanitize(text, limit)
    assert len(clean) <= limit
    assert "\n" not in clean
    for char in clean:
        assert unicodedata.category(char) not in ("Cc", "Cs"), repr(char)
        assert char not in "\u202a\u202b\u202d\u202e\u2066\u200b\ufeff"


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = sanitize(text)
    assert sanitize(once) == once


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\x1b]52;c;ZXZpbA==\x1b\\Apple", "]52;c;ZXZpbA==\\Apple"),
        ("buy\u202etfel", "buytfel"),
        ("two\n\tlines", "two lines"),
        ("\x9b31mred", "31mred"),
        ("z" + "\u0301" * 9, "ź\u0301\u0301"),
    ],
)
def test_known_attacks(raw: str, clean: str) -> None:
    assert sanitize(raw) == clean


def test_lines_are_kept_where_asked() -> None:
    assert sanitize("a\nb", lines=True) == "a\nb"
