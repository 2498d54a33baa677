"""What a market fills: bid and ask, the last trade, what just came and what waited."""

from __future__ import annotations

import pytest

from ibtui.domain.order import Side
from ibtui.strategies.author.asking import asked
from ibtui.strategies.paper.on_quotes import PaperQuote, at_quote
from ibtui.strategies.paper.working import Working
from tests.strategies.paper.desk import Counting

MARKET = PaperQuote(99.0, 101.0, 100.0)


def order(signed: float, *, limit: float | None = None, stop: float | None = None, waited: bool = False) -> Working:
    made = Working.of("p", asked("A", Side.BUY if signed > 0 else Side.SELL, abs(signed), limit, stop))
    made.seen = waited
    return made


@pytest.mark.parametrize(
    ("found", "price"),
    [
        (order(1), 101.0),
        (order(-1), 99.0),
        (order(1, limit=100), None),
        (order(1, limit=102), 101.0),
        (order(1, limit=102, waited=True), 102.0),
        (order(-1, limit=98), 99.0),
        (order(-1, limit=98, waited=True), 98.0),
        (order(1, stop=100), 101.0),
        (order(1, stop=100.5), None),
        (order(-1, stop=100), 99.0),
        (order(-1, stop=99.5), None),
    ],
)
def test_what_a_market_fills(found: Working, price: float | None) -> None:
    assert at_quote(found, MARKET) == price


def test_a_trade_through_its_price_fills_a_limit_that_waited() -> None:
    traded = MARKET._replace(traded=True)
    assert at_quote(order(1, limit=100.5, waited=True), traded) == 100.5
    assert at_quote(order(1, limit=100, waited=True), traded) is None, "others may stand before it"
    assert at_quote(order(1, limit=100.5), traded) is None
    assert at_quote(order(1, limit=99.5, waited=True), traded) is None


def test_where_only_trades_are_known_the_last_is_both_sides() -> None:
    assert at_quote(order(1), PaperQuote(last=50.0)) == 50
    assert at_quote(order(1), PaperQuote(bid=49.0)) is None
    assert at_quote(order(-1, stop=51), PaperQuote(last=50.0)) == 50


def test_a_stop_without_trades_is_set_off_by_the_near_side() -> None:
    assert at_quote(order(1, stop=100), PaperQuote(99.0, 101.0)) is None
    assert at_quote(order(1, stop=99), PaperQuote(99.0, 101.0)) == 101


def test_a_stop_that_was_set_off_waits_for_its_far_side() -> None:
    stop = order(1, stop=100)
    assert at_quote(stop, PaperQuote(bid=99.0, last=100.0)) is None
    assert at_quote(stop, PaperQuote(98.0, 98.5, 98.0)) == 98.5


def test_for_what_a_fill_arms_the_fill_was_the_last_trade() -> None:
    desk = Counting()
    desk.ask(10, sl=100, tp=120)
    desk.book.on_quote("A", MARKET)
    assert desk.traded_ == [("entry", 10, 101)]
    desk.book.on_quote("A", MARKET)
    assert desk.traded_[1:] == [("stop", -10, 99)]
    assert desk.working() == []


def test_ticks_fill_as_a_market_of_one_price() -> None:
    desk = Counting()
    desk.ask(10, limit=99, tp=101)
    for price in (100.0, 99.5, 98.9, 100.9, 101.5):
        desk.book.on_quote("A", PaperQuote(last=price, traded=True))
    assert desk.traded_ == [("entry", 10, 99), ("target", -10, 101)]
