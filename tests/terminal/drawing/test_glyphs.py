"""Signs for terminals that have no more than ASCII."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.terminal.drawing import glyphs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    glyphs.use_ascii(False)


@pytest.mark.parametrize(
    ("environ", "encoding", "ascii_only"),
    [
        ({}, "UTF-8", False),
        ({}, "utf8", False),
        ({}, "ANSI_X3.4-1968", True),
        ({}, "ISO-8859-1", True),
        ({}, "nonsense", True),
        ({"IBTUI_ASCII": "1"}, "UTF-8", True),
        ({"IBTUI_ASCII": "0"}, "ISO-8859-1", False),
    ],
)
def test_the_locale_or_a_wish_decides(environ: dict[str, str], encoding: str, ascii_only: bool) -> None:
    assert glyphs.ascii_only(environ, encoding) is ascii_only


def test_the_screen_s_own_signs_keep_their_meaning() -> None:
    glyphs.use_ascii(True)
    assert glyphs.show("−174.00 – ▲▼ ● ○ ┌└ SPXW…5950P ▁▃▅█") == "-174.00 - ^v * o /\\ SPXW~5950P _-=#"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_ascii_is_ascii_and_as_long(text: str) -> None:
    glyphs.use_ascii(True)
    shown = glyphs.show(text)
    assert shown.isascii()
    assert len(shown) == len(text)
    glyphs.use_ascii(False)
    assert glyphs.show(text) == text


def test_what_is_copied_has_a_minus_that_programs_read() -> None:
    assert float(glyphs.copied("−174.00")) == -174.0
