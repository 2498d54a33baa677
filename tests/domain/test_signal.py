"""Signals: what comes from outside is checked and sanitized before a strategy sees it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import signal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_release_knows_its_surprise() -> None:
    release = signal(NOON, "economic", value=0.4, expected=0.25, text="CPI m/m")
    assert release.surprise == pytest.approx(0.15)


def test_a_prediction_without_an_expectation_has_no_surprise() -> None:
    assert signal(NOON, "prediction", "aapl", 0.7).surprise is None


def test_symbols_are_upper_case_and_text_is_one_harmless_line() -> None:
    made = signal(NOON, "news", "aapl", text="a\x1b[31mb\nc")
    assert (made.symbol, made.text) == ("AAPL", "a[31mb c")


@pytest.mark.parametrize(
    ("kind", "value", "time"),
    [
        ("", 1.0, NOON),
        ("News", 1.0, NOON),
        ("news", float("nan"), NOON),
        ("news", 1.0, NOON.replace(tzinfo=None)),
        ("news", 1.0, NOON.replace(year=1)),
        ("news", 1.0, NOON.replace(year=9999)),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(kind: str, value: float, time: datetime) -> None:
    with pytest.raises(IbtuiError) as error:
        signal(time, kind, value=value)
    assert error.value.code == "bad_signal"
    assert error.value.message.endswith(".")
