"""Orders in markets that keep their trading hours: Tuesday, 24 November 2026, in New York."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from ibtui.exchange import Exchange
from ibtui.exchange.saved import Saved
from ibtui.exchange.terms.algos import Algo
from ibtui.exchange.told.reports import Execution, OrderReport, Report
from tests.exchange.floor import AAPL, ticket

NIGHT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
EARLY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OPEN = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
CLOSE = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Day:
    """An exchange that keeps hours, and what was told of it."""

    def __init__(self, start: datetime) -> None:
        self.exchange, self.reports = Exchange(start=start, always_open=False), list[Report]()
        self.exchange.listen(self.reports.append)

    def place(self, side: str, quantity: int, **terms: object) -> int:
        return self.exchange.place(ticket(side, quantity, **terms))  # type: ignore[arg-type]

    def to(self, time: datetime) -> None:
        self.exchange.advance(time)

    def order(self, perm_id: int) -> OrderReport:
        report = self.exchange.order(perm_id)
        assert report is not None
        return report

    def states(self, *perm_ids: int) -> list[str]:
        return [self.order(perm_id).state for perm_id in perm_ids]

    def fills(self, perm_id: int) -> list[Execution]:
        return [report for report in self.reports if isinstance(report, Execution) and report.perm_id == perm_id]


def test_an_order_placed_at_night_says_when_it_will_work() -> None:
    day = Day(NIGHT)
    day.place("BUY", 100)
    (told,) = [report for report in day.reports if isinstance(report, OrderReport)]
    assert (told.state, told.code) == ("PreSubmitted", 399)
    assert told.reason == (
        "Order Message:\nBUY 100 AAPL NASDAQ\n"
        "Warning: Your order will not be placed at the exchange until 2026-11-24 09:30:00 US/Eastern."
    )


def test_regular_orders_wait_for_the_bell_and_others_do_not() -> None:
    day = Day(NIGHT)
    regular, outside = day.place("BUY", 50), day.place("BUY", 50, outside_rth=True)
    day.to(EARLY + MINUTE)
    assert day.states(regular, outside) == ["PreSubmitted", "Filled"]
    day.to(OPEN - timedelta(seconds=1))
    assert day.states(regular) == ["PreSubmitted"]
    day.to(OPEN + MINUTE)
    assert day.states(regular) == ["Filled"]
    assert EARLY <= day.fills(outside)[0].time < EARLY + MINUTE
    assert OPEN <= day.fills(regular)[0].time < OPEN + MINUTE


def test_day_orders_end_with_their_own_session_and_others_come_back() -> None:
    day = Day(OPEN + MINUTE)
    low = {"limit": "10"}
    regular, outside = day.place("BUY", 100, **low), day.place("BUY", 100, **low, outside_rth=True)
    kept = day.place("BUY", 100, **low, tif="GTC")
    day.to(CLOSE + MINUTE)
    assert day.states(regular, outside, kept) == ["Cancelled", "Submitted", "PreSubmitted"]
    assert day.order(regular).time == CLOSE
    day.to(LATE + MINUTE)
    assert (day.states(outside, kept), day.order(outside).time) == (["Cancelled", "PreSubmitted"], LATE)
    day.to(OPEN + timedelta(days=1, minutes=1))
    assert day.states(kept) == ["Submitted"]


def test_auctions_are_those_of_regular_hours() -> None:
    day = Day(EARLY + MINUTE)
    opening, closing = day.place("BUY", 700, tif="OPG"), day.place("SELL", 700, type="MOC")
    day.to(OPEN - timedelta(seconds=1))
    assert day.states(opening, closing) == ["PreSubmitted", "PreSubmitted"]
    day.to(OPEN + MINUTE)
    (fill,) = day.fills(opening)
    (bar, *_) = day.exchange.history(AAPL, end=OPEN + MINUTE, seconds=60, bar=60)
    assert fill.price == bar.open
    day.to(CLOSE + MINUTE)
    (fill,) = day.fills(closing)
    last = day.exchange.history(AAPL, end=CLOSE, seconds=60, bar=60)[-1]
    assert (fill.price, fill.time) == (last.close, CLOSE)


def test_a_stop_is_not_triggered_outside_its_hours() -> None:
    day = Day(EARLY + MINUTE)
    price = day.exchange.tick(AAPL).last
    regular, outside = (
        day.place("SELL", 10, stop=f"{price - 5:.2f}", outside_rth=outside, tif="GTC") for outside in (False, True)
    )
    day.exchange.set_price(AAPL, price - 6)
    assert day.states(regular, outside) == ["PreSubmitted", "Filled"]
    day.to(OPEN + MINUTE)
    assert day.states(regular) == ["Filled"]


def test_hours_may_be_changed_while_an_order_waits() -> None:
    day = Day(EARLY + MINUTE)
    order = day.place("BUY", 10, limit="10")
    wider = msgspec.structs.replace(day.order(order).ticket, outside_rth=True)
    day.exchange.modify(order, wider)
    assert day.states(order) == ["Submitted"]
    day.exchange.modify(order, msgspec.structs.replace(wider, outside_rth=False))
    assert day.states(order) == ["PreSubmitted"]


def test_an_algorithm_ends_with_the_session() -> None:
    day = Day(CLOSE - 10 * MINUTE)
    order = day.place("SELL", 600, algo=Algo(name="Twap"))
    day.to(CLOSE)
    assert day.states(order) == ["Filled"]
    times = [fill.time for fill in day.fills(order)]
    assert times[0] < CLOSE - 9 * MINUTE
    assert times[-1] > CLOSE - 2 * MINUTE


@pytest.mark.parametrize("start", [EARLY - 5 * MINUTE, OPEN - 5 * MINUTE, CLOSE - 5 * MINUTE, LATE - 5 * MINUTE])
def test_steps_and_restarts_change_nothing(start: datetime) -> None:
    def play(steps: int, restart: bool) -> list[object]:
        day = Day(start)
        price = Decimal(f"{day.exchange.tick(AAPL).last:.2f}")
        for outside in (False, True):
            day.place("BUY", 300, limit=f"{price + 1}", tif="GTC", outside_rth=outside)
            day.place("SELL", 200, type="TRAIL", trail_amount=Decimal("0.05"), outside_rth=outside)
        day.place("BUY", 500, type="MOC")
        day.place("SELL", 500, tif="OPG")
        for _ in range(steps):
            if restart:
                saved = msgspec.json.decode(msgspec.json.encode(day.exchange.snapshot()), type=Saved)
                day.exchange = Exchange.restore(saved)
                day.exchange.listen(day.reports.append)
            day.to(day.exchange.now + 12 * MINUTE / steps)
        return [report for report in day.reports if isinstance(report, OrderReport | Execution)]

    assert play(1, False) == play(12, False) == play(3, True)


ES = "ESZ6"


def future(day: Day) -> int:
    return day.exchange.listings.find(local_symbol=ES)[0].instrument.con_id


def test_a_future_trades_in_all_its_sessions_and_waits_for_its_daily_break_to_end() -> None:
    night = Day(NIGHT)
    market = night.place("BUY", 1, con_id=future(night))
    night.to(NIGHT + MINUTE)
    assert night.states(market) == ["Filled"]
    pause = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # half past four in Chicago
    rest = Day(pause)
    waiting = rest.place("BUY", 1, con_id=future(rest))
    (told,) = [report for report in rest.reports if isinstance(report, OrderReport)]
    assert (told.state, told.code) == ("PreSubmitted", 399)
    assert "until 2026-11-24 17:00:00 US/Central" in told.reason
    rest.to(pause + timedelta(minutes=31))
    assert rest.states(waiting) == ["Filled"]


def test_a_stop_of_a_future_keeps_the_liquid_hours() -> None:
    night = Day(NIGHT)
    price = night.exchange.tick(future(night)).last
    stop = night.place("SELL", 1, con_id=future(night), stop=f"{price - 5:.2f}", tif="GTC")
    night.exchange.set_price(future(night), price - 6)
    assert night.states(stop) == ["PreSubmitted"]


def test_a_half_day_ends_at_one_and_a_weekend_follows() -> None:
    friday = Day(datetime(2026, 11, 27, 18, 30, tzinfo=UTC))
    order = friday.place("BUY", 100)
    (told,) = [report for report in friday.reports if isinstance(report, OrderReport)]
    assert (told.state, told.code) == ("PreSubmitted", 399)
    assert "until 2026-11-30 09:30:00 US/Eastern" in told.reason
    outside = friday.place("BUY", 100, outside_rth=True, limit="400")
    friday.to(datetime(2026, 11, 27, 18, 31, tzinfo=UTC))
    assert friday.states(order, outside) == ["PreSubmitted", "Filled"]
    friday.to(datetime(2026, 11, 29, 18, 0, tzinfo=UTC))
    assert friday.states(order) == ["PreSubmitted"]


def test_an_order_joins_a_group_at_work_by_its_name_and_account() -> None:
    day = Day(OPEN + MINUTE)
    day.place("BUY", 100)
    day.to(OPEN + 2 * MINUTE)
    low = f"{day.exchange.tick(AAPL).last - 5:.2f}"
    group = {"oca_group": "g", "oca_type": 2}
    stop, other = day.place("SELL", 100, stop=low, tif="GTC", **group), day.place("SELL", 100, stop=low, tif="GTC")
    close = day.place("SELL", 100, **group)
    day.to(OPEN + 3 * MINUTE)
    assert day.states(close, stop, other) == ["Filled", "Cancelled", "PreSubmitted"]


def test_a_group_that_has_filled_takes_no_order_any_more() -> None:
    day = Day(OPEN + MINUTE)
    group = {"oca_group": "g", "oca_type": 2}
    first = day.place("BUY", 100, **group)
    day.to(OPEN + 2 * MINUTE)
    late = day.place("SELL", 100, **group)
    assert day.states(first, late) == ["Filled", "Inactive"]
    assert day.order(late).code == 201
