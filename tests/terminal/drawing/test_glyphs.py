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
    ("environ", "assumed", "ascii_only"),
    [
        ({}, False, False),
        ({"LC_CTYPE": "C.UTF-8"}, True, False),
        ({"LANG": "en_US.UTF-8"}, False, False),
        ({"LANG": "de_DE.utf8"}, False, False),
        ({"LANG": "de_DE.UTF-8", "LC_CTYPE": "C.UTF-8"}, True, False),  # a locale that is not installed
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True, True),
        ({"LANG": "C"}, False, True),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, True, True),
        ({"LANG": "en_US.ISO-8859-1", "LC_CTYPE": "C.UTF-8"}, True, True),
        ({"LANG": "en_US.UTF-8", "IBTUI_ASCII": "1"}, False, True),
        ({"LANG": "C", "IBTUI_ASCII": "0"}, True, False),
    ],
)
def test_the_locale_or_a_wish_decides(environ: dict[str, str], assumed: bool, ascii_only: bool) -> None:
    assert glyphs.ascii_only(environ, assumed=assumed) is ascii_only


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
