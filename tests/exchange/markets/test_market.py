"""Prices that look like a market."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from math import log
from statistics import correlation, fmean, pstdev

import pytest

from ibtui.exchange import Refused
from ibtui.exchange.told.reports import HistoryBar, Tick
from tests.exchange.floor import AAPL, EURUSD, KO, MSFT, SPX, START, Floor

TRADED = (AAPL, MSFT, KO, EURUSD)


@pytest.fixture(scope="module")
def minute() -> Floor:
    """One minute of every market."""
    floor = Floor()
    floor.watch()
    floor.wait(seconds=60)
    return floor


@pytest.fixture(scope="module")
def week() -> dict[int, list[HistoryBar]]:
    """Five days of minutes."""
    exchange = Floor().exchange
    return {con_id: exchange.history(con_id, end=exchange.now, seconds=5 * 86400, bar=60) for con_id in TRADED}


def returns(bars: list[HistoryBar]) -> list[float]:
    return [log(after.close / before.close) for before, after in pairwise(bars)]


def test_every_market_ticks_within_the_first_seconds() -> None:
    floor = Floor()
    floor.watch()
    floor.wait(seconds=10)
    assert {tick.con_id for tick in floor.heard(Tick)} == {item.instrument.con_id for item in floor.exchange.listings}


def test_markets_change_a_few_times_a_second(minute: Floor) -> None:
    assert 2 * 60 <= len(minute.ticks(AAPL)) <= 8 * 60
    assert 60 <= len(minute.ticks(KO)) < len(minute.ticks(AAPL))


def test_a_book_is_never_crossed_and_lies_on_the_grid(minute: Floor) -> None:
    for listing in minute.exchange.listings:
        if not listing.tradable:
            continue
        tick = float(listing.instrument.tick)
        for change in minute.ticks(listing.instrument.con_id):
            assert 0 < change.bid < change.ask
            assert min(change.bid_size, change.ask_size) > 0
            for price in (change.bid, change.ask, change.last):
                assert abs(price / tick - round(price / tick)) < 1e-6


def test_trades_happen_at_the_bid_or_the_ask_and_move_the_volume(minute: Floor) -> None:
    ticks = minute.ticks(AAPL)
    trades = [(before, after) for before, after in pairwise(ticks) if after.traded]
    assert len(trades) > 30
    assert all(after.last in (after.bid, after.ask) for _, after in trades)
    assert all(after.volume == before.volume + after.last_size for before, after in trades)
    quiet = [(before, after) for before, after in pairwise(ticks) if not after.traded]
    assert all((after.last, after.volume) == (before.last, before.volume) for before, after in quiet)


def test_session_figures_hold_every_trade(minute: Floor) -> None:
    ticks = minute.ticks(AAPL)
    assert all(tick.low <= tick.last <= tick.high and tick.low <= tick.open <= tick.high for tick in ticks)
    assert {tick.open for tick in ticks} == {ticks[0].open}


def test_prices_begin_where_the_catalogue_says() -> None:
    exchange = Floor().exchange
    assert exchange.tick(AAPL).last == 187.42
    assert exchange.tick(EURUSD).last == 1.085


def test_an_index_has_no_quotes(minute: Floor) -> None:
    assert {(tick.bid, tick.ask, tick.bid_size) for tick in minute.ticks(SPX)} == {(-1.0, -1.0, 0.0)}


def test_an_unknown_contract_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        Floor().exchange.tick(1)
    assert refusal.value.code == 200


def test_volatility_is_plausible(week: dict[int, list[HistoryBar]]) -> None:
    daily = {con_id: pstdev(returns(bars)) * 1440**0.5 for con_id, bars in week.items()}
    assert 0.008 < daily[AAPL] < 0.025
    assert 0.002 < daily[EURUSD] < 0.008
    assert daily[KO] < daily[AAPL]


def test_volatility_comes_in_clusters(week: dict[int, list[HistoryBar]]) -> None:
    sizes = [abs(move) for move in returns(week[AAPL])]
    near = correlation(sizes[:-5], sizes[5:])
    moves = returns(week[AAPL])
    assert near > 0.03
    assert abs(correlation(moves[:-1], moves[1:])) < 0.05


def test_stocks_move_with_the_market(week: dict[int, list[HistoryBar]]) -> None:
    apple, microsoft, euro = returns(week[AAPL]), returns(week[MSFT]), returns(week[EURUSD])
    assert correlation(apple, microsoft) > 0.3
    assert abs(correlation(apple, euro)) < 0.1


def test_spreads_wander_and_come_back(minute: Floor) -> None:
    spreads = [round((tick.ask - tick.bid) * 100) for tick in minute.ticks(AAPL)]
    assert min(spreads) == 1
    assert 1 < max(spreads) <= 4
    assert fmean(spreads) < 3


def test_set_price_moves_the_market_and_it_goes_on_from_there() -> None:
    floor = Floor()
    floor.exchange.set_price(AAPL, 250.0)
    tick = floor.ticks(AAPL)[-1]
    assert (tick.last, tick.bid, tick.ask, tick.traded) == (250.0, 250.0, 250.01, True)
    floor.wait(minutes=5)
    assert 245 < floor.exchange.tick(AAPL).last < 255
    assert len({tick.last for tick in floor.ticks(AAPL)}) > 3


def test_a_held_book_stands_still_until_released() -> None:
    floor = Floor()
    floor.watch(AAPL)
    floor.wait(seconds=1)
    floor.hold(150.00, 150.02)
    floor.reports.clear()
    floor.wait(minutes=10)
    assert floor.ticks(AAPL) == []
    floor.exchange.release(AAPL)
    floor.wait(seconds=5)
    assert all(abs(tick.bid - 150) < 1 for tick in floor.ticks(AAPL))
    assert len(floor.ticks(AAPL)) > 5


def test_time_does_not_go_back() -> None:
    exchange = Floor().exchange
    with pytest.raises(ValueError, match="already"):
        exchange.advance(START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="zone"):
        exchange.advance(START.replace(tzinfo=None) + timedelta(seconds=1))


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
def test_only_a_price_can_be_set(price: float) -> None:
    with pytest.raises(ValueError, match="not a price"):
        Floor().exchange.set_price(AAPL, price)


def test_a_book_cannot_be_crossed_by_hand() -> None:
    with pytest.raises(ValueError, match="bid below the ask"):
        Floor().hold(100.0, 100.0)
