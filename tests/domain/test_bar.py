"""Bar lengths as people write them."""

from __future__ import annotations

import pytest

from ibtui.domain.bar import bar_seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("5 min", 300), ("1H", 3600), ("1 day", 86400), ("30 secs", 30)]
)
def test_lengths(text: str, seconds: int) -> None:
    assert bar_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "5", "min", "2 days", "-1s", "1 month", "５min", "1,5min"])
def test_nonsense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="for example"):
        bar_seconds(text)
