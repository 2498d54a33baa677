from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar
from ibtui.domain.bar_builder import KEPT
from ibtui.domain.calendar.clock import SystemClock
from ibtui.domain.quote import Quote
from ibtui.engine.market.bars import LiveBars
from tests.clocks import PATIENCE, ManualClock

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


class House:
    """Bars on a clock that stands still, and what its watchers were told."""

    def __init__(self, start: datetime = START) -> None:
        self.clock = ManualClock(start)
        self.bars = LiveBars(self.clock)
        self.told: list[tuple[Bar, ...]] = []

    def trade(
        self,
        last: float | None,
        volume: float | None = None,
        symbol: str = "AAPL",
        bid: float | None = None,
        ask: float | None = None,
    ) -> None:
        self.bars.on_quote(Quote(symbol=symbol, last=last, volume=volume, bid=bid, ask=ask))

    def pass_to(self, seconds: float) -> None:
        """Move to so many seconds after the start and close what has ended."""
        self.clock.advance((START - self.clock.now()).total_seconds() + seconds)
        self.bars.flush()


def figures(bars: tuple[Bar, ...]) -> list[tuple[float, ...]]:
    return [((b.time - START).total_seconds(), b.open, b.high, b.low, b.close, b.volume) for b in bars]


def test_a_second_of_trades_is_one_bar() -> None:
    house = House()
    house.trade(10.0, 1_000)
    for price, volume in ((11.0, 1_100), (9.0, 1_150), (10.5, 1_150)):
        house.trade(price, volume)
    assert house.bars.history("AAPL", 1, 10) == (), "the running bar is not history"
    house.pass_to(1)
    assert figures(house.bars.history("AAPL", 1, 10)) == [(0, 11, 11, 9, 10.5, 150)]


def test_the_first_quote_is_no_trade_and_neither_is_a_moving_spread() -> None:
    house = House()
    house.trade(10.0, 1_000)
    house.trade(10.0, 1_000, bid=9.9, ask=10.1)
    house.trade(10.0, 1_000, bid=9.8, ask=10.1)
    house.pass_to(5)
    assert house.bars.history("AAPL", 1, 10) == ()


async def test_a_bar_is_told_before_the_first_quote_that_comes_after_it() -> None:
    """As a recording plays them: whoever hears of both decides in the same order, however late the timer is."""
    house = House()
    house.bars.watch(1, house.told.append)
    for price, volume in ((10.0, 1_000), (11.0, 1_100)):
        house.trade(price, volume)
    house.clock.advance(1.001)
    house.trade(12.0, 1_200)
    assert [figures(bars) for bars in house.told] == [[(0, 11, 11, 11, 11, 100)]]
    house.pass_to(1.03)
    assert len(house.told) == 1


def test_a_trade_at_the_same_price_shows_by_its_volume() -> None:
    house = House()
    house.trade(10.0, 1_000)
    house.trade(10.0, 1_200)
    house.pass_to(1)
    assert figures(house.bars.history("AAPL", 1, 10)) == [(0, 10, 10, 10, 10, 200)]


def test_volume_that_starts_again_for_a_new_session_is_not_negative() -> None:
    house = House()
    house.trade(10.0, 1_000_000)
    house.trade(11.0, 50)
    house.pass_to(1)
    assert figures(house.bars.history("AAPL", 1, 10)) == [(0, 11, 11, 11, 11, 0)]


def test_a_currency_has_bars_of_its_middle() -> None:
    house = House()
    for bid in (1.0850, 1.0852, 1.0848):
        house.trade(None, symbol="EUR.USD", bid=bid, ask=bid + 0.0002)
    house.pass_to(1)
    [bar] = house.bars.history("EUR.USD", 1, 10)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == pytest.approx((1.0853, 1.0853, 1.0849, 1.0849, 0))


def test_middles_from_before_the_first_trade_make_no_bar() -> None:
    house = House()
    house.trade(None, bid=5.0, ask=6.0)
    house.trade(None, bid=50.0, ask=60.0)
    house.trade(10.0)
    house.trade(None, bid=1.0, ask=2.0)
    house.trade(10.5)
    house.pass_to(1)
    assert figures(house.bars.history("AAPL", 1, 10)) == [(0, 10.5, 10.5, 10.5, 10.5, 0)]


def test_a_quote_without_a_price_is_no_trade() -> None:
    house = House()
    house.trade(None)
    house.trade(None, bid=5.0)
    house.pass_to(1)
    assert house.bars.history("AAPL", 1, 10) == ()


async def test_a_watcher_gets_the_symbols_of_one_close_time_together_in_a_fixed_order() -> None:
    house = House()
    unwatch = house.bars.watch(5, house.told.append)
    for symbol in ("MSFT", "AAPL", "NVDA"):
        house.trade(10.0, symbol=symbol)
    house.pass_to(1)
    for symbol in ("AAPL", "MSFT"):
        house.trade(11.0, symbol=symbol)
    house.pass_to(3)
    house.trade(12.0, symbol="AAPL")
    house.pass_to(4)
    assert house.told == []
    house.pass_to(5)
    [bars] = house.told
    assert [(bar.symbol, bar.open, bar.close) for bar in bars] == [("MSFT", 11.0, 11.0), ("AAPL", 11.0, 12.0)]
    house.pass_to(20)
    assert len(house.told) == 1, "an interval without a trade has no bar"
    unwatch()
    unwatch()


async def test_intervals_that_ended_while_nobody_looked_come_one_by_one() -> None:
    house = House()
    house.bars.watch(1, house.told.append)
    house.trade(10.0)
    for second, price in enumerate((11.0, 12.0, 13.0)):
        house.clock.advance(second + 0.5 - (house.clock.now() - START).total_seconds())
        house.trade(price)
    house.pass_to(9)
    assert [figures(bars)[0][:2] for bars in house.told] == [(0, 11), (1, 12), (2, 13)]


async def test_a_bar_that_began_before_the_symbol_was_seen_is_left_out() -> None:
    house = House(START + timedelta(seconds=20))
    house.trade(10.0)
    house.trade(11.0)
    house.bars.watch(60, house.told.append)
    house.pass_to(60)
    house.trade(12.0)
    house.pass_to(120)
    assert [figures(bars) for bars in house.told] == [[(60, 12, 12, 12, 12, 0)]]
    assert figures(house.bars.history("AAPL", 60, 10)) == [(60, 12, 12, 12, 12, 0)]


async def test_a_watch_that_begins_within_an_interval_still_gets_it_whole() -> None:
    house = House()
    house.trade(10.0)
    house.pass_to(10)
    house.trade(15.0)
    house.pass_to(30)
    house.bars.watch(60, house.told.append)
    house.trade(12.0)
    house.pass_to(60)
    assert [figures(bars) for bars in house.told] == [[(0, 15, 15, 12, 12, 0)]]


async def test_one_watcher_may_leave_in_its_own_call() -> None:
    house = House()

    def once(bars: tuple[Bar, ...]) -> None:
        house.told.append(bars)
        leave()

    leave = house.bars.watch(1, once)
    house.bars.watch(1, house.told.append)
    house.trade(10.0)
    house.trade(11.0)
    house.pass_to(1)
    house.trade(12.0)
    house.pass_to(2)
    assert len(house.told) == 3


async def test_on_the_real_clock_a_watcher_is_woken_without_another_quote() -> None:
    bars = LiveBars(SystemClock())
    told: asyncio.Future[tuple[Bar, ...]] = asyncio.get_running_loop().create_future()
    unwatch = bars.watch(1, lambda closed: None if told.done() else told.set_result(closed))
    bars.on_quote(Quote(symbol="AAPL", last=10.0))
    bars.on_quote(Quote(symbol="AAPL", last=11.0))
    [bar] = await asyncio.wait_for(told, PATIENCE)
    unwatch()
    assert (bar.symbol, bar.open, bar.time.microsecond) == ("AAPL", 11.0, 0)
    assert bar.time + timedelta(seconds=1) <= datetime.now(UTC)


def test_the_ring_forgets_the_oldest_and_never_shows_half_an_interval() -> None:
    house = House()
    house.trade(1.0)
    for second in range(KEPT + 95):
        house.trade(float(second + 2))
        house.pass_to(second + 1)
    assert len(house.bars.history("AAPL", 1, 10_000)) == KEPT
    minutes = figures(house.bars.history("AAPL", 60, 10_000))
    assert [minute[0] for minute in minutes] == [120 + 60 * n for n in range(9)]
    assert minutes[0][1:5] == (122, 181, 122, 181)
    assert figures(house.bars.history("AAPL", 60, 2)) == minutes[-2:]


MOVES = st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from(["A", "B"]), st.integers(1, 9)), max_size=60)


@given(MOVES, st.sampled_from([1, 2, 5, 7]))
def test_bars_equal_the_trades_sorted_into_intervals(moves: list[tuple[int, str, int]], seconds: int) -> None:
    async def watched() -> list[tuple[Bar, ...]]:
        house = House()
        for symbol in ("A", "B"):
            house.trade(0.5, symbol=symbol)
        unwatch = house.bars.watch(seconds, house.told.append)
        expected: dict[int, dict[str, list[float]]] = {}
        last, now = {"A": 0.5, "B": 0.5}, 0
        for step, symbol, price in moves:
            now += step
            house.pass_to(now / 1000)
            house.trade(float(price), symbol=symbol)
            if price != last[symbol]:
                last[symbol] = price
                epoch = int(START.timestamp()) + now // 1000
                expected.setdefault(epoch - epoch % seconds, {}).setdefault(symbol, []).append(float(price))
        house.pass_to(now / 1000 + 2 * seconds)
        unwatch()
        since = START.timestamp()
        whole = {start: prices for start, prices in expected.items() if start >= since}
        assert [
            [(int(bar.time.timestamp()), bar.symbol, bar.open, bar.high, bar.low, bar.close) for bar in bars]
            for bars in house.told
        ] == [
            [
                (start, symbol, traded[0], max(traded), min(traded), traded[-1])
                for symbol, traded in sorted(whole[start].items())
            ]
            for start in sorted(whole)
        ]
        return house.told

    asyncio.run(watched())
