"""Depth of market, past ticks, histograms and scanners."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from ibtui.exchange import Exchange, Refused
from tests.exchange.floor import AAPL, START, Floor


def test_depth_begins_at_the_touch_and_goes_away_from_it(floor: Floor) -> None:
    bids, asks = floor.exchange.depth(AAPL, 5)
    tick = floor.exchange.tick(AAPL)
    assert (bids[0].price, bids[0].size, asks[0].price, asks[0].size) == (
        tick.bid,
        tick.bid_size,
        tick.ask,
        tick.ask_size,
    )
    assert [level.price for level in bids] == [100.00, 99.99, 99.98, 99.97, 99.96]
    assert [level.price for level in asks] == [100.01, 100.02, 100.03, 100.04, 100.05]
    assert all(level.maker for level in (*bids, *asks))


def test_depth_shows_what_an_order_has_left(floor: Floor) -> None:
    whole = floor.exchange.depth(AAPL).asks
    floor.place("BUY", 130)
    left = floor.exchange.depth(AAPL).asks
    assert left[0].price == whole[1].price
    assert left[0].size == whole[0].size + whole[1].size - 130


def test_past_ticks_are_the_trades_that_were_streamed() -> None:
    floor = Floor()
    floor.watch(AAPL)
    begin = floor.exchange.now
    floor.wait(minutes=2)
    streamed = [(tick.last, tick.last_size) for tick in floor.ticks(AAPL) if tick.traded]
    past = floor.exchange.ticks(AAPL, start=begin, count=1000, what="TRADES")
    assert [(tick.price, tick.size) for tick in past] == streamed
    first = floor.exchange.ticks(AAPL, start=begin, count=10, what="TRADES")
    assert first == past[: len(first)]
    assert 10 <= len(first) < 20
    last = floor.exchange.ticks(AAPL, end=floor.exchange.now, count=10, what="TRADES")
    assert last == past[-len(last) :]


def test_past_quotes_change_and_lie_around_their_middle() -> None:
    floor = Floor()
    floor.watch(AAPL)
    quotes = floor.exchange.ticks(AAPL, end=floor.exchange.now, count=50, what="BID_ASK")
    assert all(before[3:7] != after[3:7] for before, after in pairwise(quotes))
    assert all(quote.bid < quote.price < quote.ask for quote in quotes)
    with pytest.raises(ValueError, match="a start or an end"):
        floor.exchange.ticks(AAPL, count=1, what="TRADES")


def test_a_histogram_counts_every_share() -> None:
    floor = Floor()
    bars = floor.exchange.history(AAPL, end=START, seconds=3600, bar=60)
    rows = floor.exchange.histogram(AAPL, 3600)
    prices = [price for price, _ in rows]
    assert prices == sorted(set(prices))
    now = floor.exchange.ticks(AAPL, start=START, count=100, what="TRADES")
    assert sum(size for _, size in rows) == sum(bar.volume for bar in bars) + sum(tick.size for tick in now)


def test_history_reaches_back_to_its_head() -> None:
    exchange = Exchange(start=START)
    head = exchange.head_time(AAPL)
    assert timedelta(days=9 * 365) < START - head < timedelta(days=11 * 365)
    assert exchange.history(AAPL, end=head + timedelta(days=2), seconds=86400, bar=86400)
    assert not exchange.history(AAPL, end=head + timedelta(days=2), seconds=86400, bar=3600)
    assert exchange.history(AAPL, end=START - timedelta(days=29), seconds=86400, bar=3600)


def test_a_scan_ranks_what_it_finds() -> None:
    exchange = Exchange(start=START)
    gainers = [exchange.tick(item.instrument.con_id) for item in exchange.scan("TOP_PERC_GAIN", rows=10)]
    changes = [tick.last / tick.close for tick in gainers]
    assert len(changes) == 10
    assert changes == sorted(changes, reverse=True)
    losers = exchange.scan("TOP_PERC_LOSE", rows=10)
    assert exchange.tick(losers[0].instrument.con_id).last < exchange.tick(losers[0].instrument.con_id).close


def test_a_scan_keeps_to_its_place_and_limits() -> None:
    exchange = Exchange(start=START)
    european = exchange.scan("MOST_ACTIVE", location="STK.EU.IBIS", instrument="STOCK.EU")
    assert {item.instrument.primary_exchange for item in european} == {"IBIS"}
    cheap = exchange.scan("MOST_ACTIVE", below_price=30.0, above_price=10.0)
    assert all(10 <= exchange.tick(item.instrument.con_id).last <= 30 for item in cheap)
    assert cheap
    with pytest.raises(Refused) as refusal:
        exchange.scan("NO_SUCH_SCAN")
    assert refusal.value.code == 162


def test_a_scan_wakes_no_market() -> None:
    floor = Floor()
    floor.exchange.scan("MOST_ACTIVE")
    floor.wait(seconds=5)
    assert floor.reports == []
