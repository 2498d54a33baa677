from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar
from ibtui.strategies.author.indicators import PerSymbol, Sma

CENTS = st.lists(st.integers(100, 130), min_size=1, max_size=80)
"""Few different prices, so that averages tie often."""


def bar(close: float, symbol: str = "SPY") -> Bar:
    return Bar(symbol, datetime(2026, 11, 23, tzinfo=UTC), close, close, close, close)


def averages(cents: list[int], length: int) -> list[Fraction | None]:
    """The oracle: whole numbers, added anew for every bar."""
    return [
        Fraction(sum(cents[end - length : end]), length * 100) if end >= length else None
        for end in range(1, len(cents) + 1)
    ]


@given(CENTS, st.integers(1, 12))
def test_an_average_is_the_exact_one_rounded_once(cents: list[int], length: int) -> None:
    sma = Sma(length)
    for price, expected in zip(cents, averages(cents, length), strict=True):
        sma.update(bar(price / 100))
        assert sma.value == (None if expected is None else expected.numerator / expected.denominator)


@given(CENTS, st.integers(1, 6), st.integers(1, 12))
def test_crossings_are_those_of_exact_arithmetic_ties_included(cents: list[int], fast: int, slow: int) -> None:
    one, other = Sma(fast), Sma(slow)
    before: tuple[Fraction | None, Fraction | None] = (None, None)
    for price, *now in zip(cents, averages(cents, fast), averages(cents, slow), strict=True):
        one.update(bar(price / 100))
        other.update(bar(price / 100))
        (f, s), (f0, s0) = now, before
        known = f is not None and s is not None and f0 is not None and s0 is not None
        above = known and f > s and f0 <= s0  # type: ignore[operator]
        below = known and f < s and f0 >= s0  # type: ignore[operator]
        assert (one.crossed_above(other), one.crossed_below(other)) == (above, below)
        before = (f, s)


def test_a_long_run_does_not_drift() -> None:
    sma = Sma(3)
    for price in [0.1, 0.2, 0.3] * 20_000 + [1e6, 1e-6, 0.1, 0.2, 0.3]:
        sma.update(bar(price))
    assert sma.value == 0.2


def test_symbols_do_not_share_an_average() -> None:
    both = PerSymbol(lambda: Sma(1))
    both["AAPL"].update(bar(1.0, "AAPL"))
    both["MSFT"].update(bar(2.0, "MSFT"))
    assert (both["AAPL"].value, both["MSFT"].value, both["NVDA"].value) == (1.0, 2.0, None)


def test_an_average_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="length of 1 or more"):
        Sma(0)
