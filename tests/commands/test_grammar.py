"""The grammar reads what traders type, and refuses the rest with the right form."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ibtui.commands.command import Cancel, Close, Flatten, Halt, Resume, Start, Stop, Trade, Unwatch, Watch
from ibtui.commands.grammar import USAGE, parse
from ibtui.commands.written import written
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Side
from ibtui.domain.terms import OrderType, Terms, TimeInForce
from tests.commands.lines import LINES

READ = [
    ("halt", Halt()),
    ("resume", Resume()),
    ("cancel all", Cancel(target="all")),
    ("cancel abcd2345", Cancel(target="abcd2345")),
    ("flatten ALL", Flatten(target="all")),
    ("flatten ESZ6", Flatten(target="ESZ6")),
    ("close aapl", Close(symbol="AAPL")),
    ("close aapl outside", Close(symbol="AAPL", outside=True)),
    ("close aapl 50 @ 190 outside", Close(symbol="AAPL", quantity=Decimal(50), limit_price=Decimal(190), outside=True)),
    ("flatten all OUTSIDE", Flatten(target="all", outside=True)),
    ("close aapl 50 @ 190", Close(symbol="AAPL", quantity=Decimal(50), limit_price=Decimal(190))),
    ("watch aapl eur.usd", Watch(symbols=("AAPL", "EUR.USD"))),
    ("unwatch aapl", Unwatch(symbols=("AAPL",))),
    (
        "start chase replacing ABCD side=sell",
        Start(strategy="chase", parameters={"side": "sell"}, replaces="abcd"),
    ),
    ("start sma_cross fast=5 symbol=MSFT", Start(strategy="sma_cross", parameters={"fast": "5", "symbol": "MSFT"})),
    ("stop sma_cross", Stop(strategy="sma_cross")),
]


@pytest.mark.parametrize(("text", "command"), READ)
def test_commands(text: str, command: object) -> None:
    assert parse(text) == command


def test_a_limit_order() -> None:
    assert parse("buy 100 AAPL @ 187.25") == Trade(
        terms=Terms(
            side=Side.BUY, quantity=Decimal(100), symbol="AAPL", type=OrderType.LMT, limit_price=Decimal("187.25")
        )
    )


@pytest.mark.parametrize("symbol", ["AAPL261218C00190000", "aapl 261218c00190000", "AAPL  261218C00190000"])
def test_an_option_is_written_with_or_without_blanks(symbol: str) -> None:
    trade = parse(f"sell 1 {symbol} @ 4.05")
    assert isinstance(trade, Trade)
    assert (trade.symbol, trade.limit_price) == ("AAPL261218C00190000", Decimal("4.05"))
    assert parse(f"watch MSFT {symbol} EUR.USD") == Watch(symbols=("MSFT", "AAPL261218C00190000", "EUR.USD"))


def test_at_market_is_market() -> None:
    assert parse("buy 1 AAPL @ market") == parse("buy 1 AAPL market")
    assert parse("sell 1 AAPL @ stop 180") == parse("sell 1 AAPL stop 180")


def test_a_bracket() -> None:
    trade = parse("buy 200 MSFT @402.10 tp 410 sl 398 gtc")
    assert isinstance(trade, Trade)
    assert (trade.target, trade.protect, trade.tif) == (Decimal(410), Decimal(398), TimeInForce.GTC)


def test_market_and_stop_orders() -> None:
    sell = parse("sell 50 msft market")
    assert isinstance(sell, Trade)
    assert (sell.side, sell.type, sell.limit_price) == (Side.SELL, OrderType.MKT, None)
    stop = parse("sell 50 MSFT stop 398")
    assert isinstance(stop, Trade)
    assert (stop.type, stop.stop_price) == (OrderType.STP, Decimal(398))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "command is missing"),
        ("byu 1 AAPL market", "did you mean 'buy'"),
        ("buy AAPL 100 market", "quantity must be a positive number"),
        ("buy -5 AAPL market", "quantity must be a positive number"),
        ("buy 0 AAPL market", "more than 0"),
        ("buy 1e9 AAPL market", "positive number, not '1e9'; write 1000000000."),
        ("buy 1,5 AAPL market", "The quantity must be a positive number, not '1,5'; write 1.5."),
        ("sell 10 AAPL @ 190,50", "The limit price must be a number, not '190,50'; write 190.50."),
        ("buy 2 AAPL stop 190,5", "The stop price must be a number, not '190,5'; write 190.5."),
        ("buy 3 AAPL market tp 195,5", "The target price must be a number, not '195,5'; write 195.5."),
        ("buy 3 AAPL market sl 1.195,5", "The stop-loss price must be a number, not '1.195,5'; write 1195.5."),
        ("close AAPL 0,5", "The quantity must be a positive number, not '0,5'; write 0.5."),
        ("close AAPL @ 190,50", "limit price must be a number"),
        ("alert AAPL above 190,50", "The price must be a number, not '190,50'; write 190.50."),
        ("buy nan AAPL market", "positive number"),
        ("buy １００ AAPL market", "positive number"),
        ("buy 100 AAPL", "at what price"),
        ("buy 100 AAPL @", "limit price is missing"),
        ("buy 100 AAPL @ 187 market", "second time"),
        ("buy 100 AAPL market market", "second time"),
        ("buy 100 A;B market", "not a symbol"),
        ("halt now", "one word too many"),
        ("start sma_cross fast", "name=value"),
        ("start chase replacing", "ref of the order"),
        ("start chase shadow replacing abcd", "shadow sends nothing"),
        ("start ../evil", "strategy's name"),
        ("cancel", "missing"),
    ],
)
def test_mistakes_are_named(text: str, says: str) -> None:
    with pytest.raises(IbtuiError, match=says) as caught:
        parse(text)
    assert caught.value.code == "bad_command"


def test_a_line_of_each_command_is_read() -> None:
    assert [parse(line) for line in LINES.values()]
    assert LINES.keys() == USAGE.keys()


def test_every_command_has_a_usage_that_starts_with_its_word() -> None:
    assert all(usage.split()[0] == word for word, usage in USAGE.items())


@example("SE")
@given(st.text(max_size=500))
def test_any_text_is_a_command_or_one_sentence(text: str) -> None:
    error = None
    try:
        parse(text)
    except IbtuiError as caught:
        error = caught
    assert error is None or (error.code == "bad_command" and error.message.endswith((".", "?")))


def test_thousands_are_read_as_the_screen_shows_them() -> None:
    trade = parse("buy 1,250 SPY @ 19,050.25")
    assert isinstance(trade, Trade)
    assert (trade.quantity, trade.limit_price) == (Decimal(1250), Decimal("19050.25"))


@given(
    st.decimals(min_value="0.000001", max_value=10**7, places=6),
    st.decimals(min_value="0.01", max_value=10**6, places=2),
)
def test_numbers_are_read_exactly(quantity: Decimal, price: Decimal) -> None:
    trade = parse(f"sell {quantity:f} SPY @ {price:f}")
    assert isinstance(trade, Trade)
    assert (trade.quantity, trade.limit_price) == (quantity, price)


def test_prices_are_taken_at_zero_below_and_in_32nds() -> None:
    order = parse("buy 1 CLK0 @ -37.63 tp -30 sl -40")
    assert isinstance(order, Trade)
    assert (order.terms.limit_price, order.target, order.protect) == (Decimal("-37.63"), Decimal(-30), Decimal(-40))
    note = parse("sell 1 ZNH6 stop 112'165")
    assert isinstance(note, Trade)
    assert note.terms.stop_price == Decimal("112.515625")


def test_money_stands_for_a_quantity() -> None:
    order = parse("buy 500 usd of btc.usd @ market ioc")
    assert isinstance(order, Trade)
    assert (order.terms.cash, order.terms.quantity, order.paid_in, order.symbol) == (
        Decimal(500),
        Decimal(0),
        "USD",
        "BTC.USD",
    )
    assert order.terms.tif == TimeInForce.IOC
    assert parse(written(order)) == order
