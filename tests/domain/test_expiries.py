"""Fridays on which contracts expire: the same to the backtest's chain, the gateway's options and its futures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from ibtui.domain.calendar.expiries import gas_expiry, gold_expiry, oil_expiry, quarterly, vix_expiry
from ibtui.domain.calendar.holidays import american
from ibtui.domain.calendar.new_york import add_months, is_trading_day, monthly_expiry, third_friday, trading_day
from ibtui.domain.options.model import fridays
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.listed.chains import WEEKS

SPY = 756733
MONTHS = [date(year, month, 1) for year in range(2020, 2031) for month in range(1, 13)]
CLOSED = {
    date(2022, 4, 15): date(2022, 4, 14),
    date(2025, 4, 18): date(2025, 4, 17),
    date(2026, 6, 19): date(2026, 6, 18),
    date(2027, 6, 18): date(2027, 6, 17),
    date(2030, 4, 19): date(2030, 4, 18),
}
"""Third Fridays without a session, Good Friday and Juneteenth, and the day on which their contracts end."""


def ended(today: date) -> set[date]:
    """What futures of the quarter listed on a day end on."""
    return {last for _, last in quarterly(today, 1)}


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_monthly_contracts_end_on_the_last_trading_day_up_to_the_third_friday(month: date) -> None:
    friday, expiry = third_friday(month), monthly_expiry(month)
    assert (friday.weekday(), (friday.day - 1) // 7, friday.month) == (4, 2, month.month)
    assert expiry == CLOSED.get(friday, friday)
    assert is_trading_day(expiry)


@pytest.mark.parametrize("listed", [fridays, ended], ids=["the model's options", "the gateway's futures"])
@pytest.mark.parametrize("month", [month for month in MONTHS if month.month % 3 == 0], ids=str)
def test_every_user_ends_the_quarter_on_that_day(listed: Callable[[date], Iterable[date]], month: date) -> None:
    found = set(listed(month))
    assert monthly_expiry(month) in found
    assert found.isdisjoint(american(month.year) | american(month.year + 1))


@pytest.mark.parametrize("friday", [*CLOSED, date(2026, 12, 25), date(2027, 1, 1)], ids=str)
def test_weekly_options_move_before_a_holiday_as_well(friday: date) -> None:
    found = fridays(friday - timedelta(days=20))
    assert friday not in found
    assert trading_day(friday) in found


def test_the_june_contract_of_2026_ends_before_a_holiday() -> None:
    """The third Friday of that June is Juneteenth: ESM6 is 20260618."""
    assert quarterly(date(2026, 5, 4), 1) == [(date(2026, 6, 1), date(2026, 6, 18))]


@pytest.mark.parametrize(
    ("rule", "month", "last"),
    [
        (oil_expiry, "2025-01", "2024-12-19"),
        (oil_expiry, "2025-02", "2025-01-21"),
        (oil_expiry, "2025-07", "2025-06-20"),
        (oil_expiry, "2026-01", "2025-12-19"),
        (oil_expiry, "2026-02", "2026-01-20"),
        (oil_expiry, "2020-05", "2020-04-21"),
        (gas_expiry, "2025-01", "2024-12-27"),
        (gas_expiry, "2025-02", "2025-01-29"),
        (gas_expiry, "2025-06", "2025-05-28"),
        (gas_expiry, "2025-12", "2025-11-25"),
        (gas_expiry, "2026-01", "2025-12-29"),
        (gold_expiry, "2024-12", "2024-12-27"),
        (gold_expiry, "2025-12", "2025-12-29"),
        (gold_expiry, "2026-02", "2026-02-25"),
        (vix_expiry, "2024-12", "2024-12-18"),
        (vix_expiry, "2025-03", "2025-03-18"),
        (vix_expiry, "2025-06", "2025-06-18"),
        (vix_expiry, "2026-01", "2026-01-21"),
        (vix_expiry, "2026-05", "2026-05-19"),
    ],
)  # fmt: skip
def test_futures_end_by_the_rule_of_their_exchange_with_holidays(
    rule: Callable[[date], date], month: str, last: str
) -> None:
    """By hand from what is published; VIX in March 2025 and May 2026 a month before a Friday that is a holiday."""
    assert rule(date.fromisoformat(f"{month}-01")) == date.fromisoformat(last)


@pytest.mark.parametrize("month", MONTHS, ids=str)
@pytest.mark.parametrize("rule", [oil_expiry, gas_expiry, gold_expiry, vix_expiry])
def test_nothing_ends_on_a_day_without_trading(rule: Callable[[date], date], month: date) -> None:
    assert is_trading_day(rule(month))


@pytest.mark.parametrize("month", range(1, 13))
def test_options_are_listed_thirty_months_ahead(month: int) -> None:
    day = date(2026, month, 20)
    exchange = Exchange(start=datetime(2026, month, 20, 15, tzinfo=UTC))
    furthest = max(exchange.option_parameters(SPY)[0].expirations)
    assert furthest >= f"{add_months(day, 30):%Y%m}20"


@pytest.mark.parametrize("day", [date(2026, 4, 1), date(2026, 6, 1), date(2025, 4, 1), date(2022, 4, 15)], ids=str)
def test_the_gateway_lists_the_options_that_the_model_has(day: date) -> None:
    exchange = Exchange(start=datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
    listed = exchange.option_parameters(SPY)[0].expirations
    weeks = {f"{expiry:%Y%m%d}" for expiry in fridays(day) if expiry < day + timedelta(weeks=WEEKS - 1)}
    months = {f"{monthly_expiry(add_months(day, ahead)):%Y%m%d}" for ahead in range(1, 24)}
    assert weeks | months <= set(listed)
    assert {f"{friday:%Y%m%d}" for friday in CLOSED}.isdisjoint(listed)
