"""First notice and delivery: the days as the exchange published them, and when a desk is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.calendar.new_york import is_trading_day
from ibtui.domain.instrument import Instrument
from ibtui.domain.reference.deliveries import (
    LAST_DAYS,
    NOTICES,
    WARNED,
    delivery_day,
    delivery_due,
)
from ibtui.domain.reference.futures import FUTURES


def future(symbol: str, expiry: str) -> Instrument:
    return Instrument(
        symbol=symbol, con_id=1, sec_type="FUT", root=symbol[:-2], exchange="CBOT", currency="USD", expiry=expiry
    )


@pytest.mark.parametrize(
    ("symbol", "expiry", "notice"),
    [
        ("ZNH6", "20260320", date(2026, 2, 27)),
        ("ZNM7", "20270621", date(2027, 5, 28)),  # 31 May is Memorial Day
        ("GCG6", "20260225", date(2026, 1, 30)),
        ("SIH4", "20240326", date(2024, 2, 29)),
        ("ZCZ5", "20251212", date(2025, 11, 28)),
        ("GCJ4", "20240426", date(2024, 3, 28)),  # Good Friday was the 29th
    ],
)
def test_first_notice_is_the_last_business_day_before_the_month(symbol: str, expiry: str, notice: date) -> None:
    found = delivery_day(future(symbol, expiry), long=True)
    assert found is not None
    assert (found.kind, found.day) == ("first_notice", notice)
    short = delivery_day(future(symbol, expiry), long=False)
    assert short is not None
    assert (short.kind, f"{short.day:%Y%m%d}") == ("last_day", expiry)


@pytest.mark.parametrize("long", [True, False])
def test_what_is_delivered_after_its_last_day_counts_by_that_day(long: bool) -> None:
    found = delivery_day(future("CLF6", "20251219"), long=long)
    assert found is not None
    assert (found.kind, found.day) == ("last_day", date(2025, 12, 19))


@pytest.mark.parametrize("symbol", ["ESH6", "MCLF6", "HEG6", "BTCF6", "QGF6"])
def test_what_settles_in_cash_is_never_delivered(symbol: str) -> None:
    assert delivery_day(future(symbol, "20260320"), long=True) is None


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 2, 19), None),
        (date(2026, 2, 20), "first notice on 2026-02-27, in 5 trading days"),
        (date(2026, 2, 22), "first notice on 2026-02-27, in 5 trading days"),
        (date(2026, 2, 26), "first notice on 2026-02-27, in 1 trading day"),
        (date(2026, 2, 27), "first notice is today"),
        (date(2026, 3, 2), "first notice was on 2026-02-27"),
    ],
)
def test_it_is_told_five_trading_days_ahead(today: date, words: str | None) -> None:
    found = delivery_due(future("ZNH6", "20260320"), long=True, today=today)
    assert (None if found is None else found.words(today)) == words


def test_every_root_that_is_delivered_is_one_that_the_reference_knows() -> None:
    assert set(FUTURES) >= NOTICES | LAST_DAYS
    assert not NOTICES & LAST_DAYS


@given(st.sampled_from(sorted(NOTICES)), st.dates(date(2020, 1, 10), date(2035, 12, 31)))
def test_first_notice_is_a_business_day_before_the_contract_month_and_nothing_lies_between(
    root: str, last: date
) -> None:
    found = delivery_day(future(f"{root}H6", f"{last:%Y%m%d}"), long=True)
    assert found is not None
    assert is_trading_day(found.day)
    assert found.day < last.replace(day=1)
    between = (last.replace(day=1) - found.day).days
    assert not any(is_trading_day(found.day + timedelta(days=number)) for number in range(1, between))
    assert found.left(found.day - timedelta(days=1)) == 1
    assert WARNED == 5
