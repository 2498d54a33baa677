"""What is offered for a name that does not exist."""

from __future__ import annotations

import pytest

from ibtui.domain.text.naming import LISTED, meant, nearest

NAMES = ["sma_cross", "breakout", "guard", "twap", "vwap"]


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("sma", ["sma_cross"]),
        ("cross", ["sma_cross"]),
        ("sma_cros", ["sma_cross"]),
        ("wap", ["twap", "vwap"]),
        ("GUARD", ["guard"]),
        ("g", ["guard"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_names_near_a_word(word: str, names: list[str]) -> None:
    assert nearest(word, NAMES) == names


def test_one_sentence_says_what_to_write() -> None:
    assert meant("sma", NAMES, "start {}") == "did you mean 'sma_cross'? Write `start sma_cross`."
    assert meant("wap", NAMES) == "did you mean 'twap' or 'vwap'?"
    assert meant("zzz", NAMES) == "there are sma_cross, breakout, guard, twap, vwap."
    assert meant("zzz", []) == "there are none."
    assert meant("-", [f"n{number}" for number in range(LISTED + 2)]).endswith("n11 and 2 more.")
