"""Whoever says what stops cover of a position, or what exits trade beyond it, says the same of the same book."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ibtui.commands.command import Trade
from ibtui.domain import leaving
from ibtui.domain.cover import coverage, guarding, protection
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import FOREIGN, YOU, Order, OrderStatus, Side
from ibtui.domain.position import Position
from ibtui.domain.terms import OrderType, Terms, TimeCondition
from ibtui.engine.commands import plan
from ibtui.engine.commands.guarding import Guarded
from ibtui.engine.commands.wanted import InstrumentState, trade
from ibtui.engine.strategies.engine_host import StrategyHost
from ibtui.engine.strategies.standing import stop_words
from ibtui.link.messages import Frame
from ibtui.risk.adding import adding, adding_risk
from ibtui.terminal.model import Model
from ibtui.terminal.panes import header, positions
from ibtui.terminal.places.cancel import bared
from ibtui.terminal.ticket import estimate
from ibtui.terminal.ticket.model import Ticket
from tests.engine.state_bench import Bench, position, reconciled
from tests.exits.books import SYMBOL, Book, beyond, books, covered
from tests.flat_orders import altered, flat_order

AAPL = Instrument(symbol=SYMBOL, con_id=1, sec_type="STK", root=SYMBOL, exchange="SMART", currency="USD")

NONE = cast("Any", None)
"""A part of an engine that is not asked."""


def bench_of(book: Book) -> Bench:
    """An engine's records that were told the book."""
    bench = Bench()
    bench.apply(reconciled(), position(int(book.held)))
    for order in book.orders:
        bench.state.order(order)
    return bench


def shown(book: Book) -> Position | None:
    """How the engine shows it to every screen and script."""
    return next(iter(bench_of(book).state.positions.shown()), None)


def model_of(book: Book) -> Model:
    """A terminal that was shown the book."""
    model, position = Model(), shown(book)
    model.apply(Frame(snapshot=True, positions=() if position is None else (position,), orders=book.orders))
    return model


def word_of(book: Book) -> str:
    """The word for a book by what the market would do to it; a flat position without left-overs is not shown."""
    covers, over = covered(book), beyond(book)
    if book.held and not covers:
        return "BARE"
    if over:
        return "OVER"
    return "" if not book.held else "full" if covers >= abs(book.held) else "part"


@settings(max_examples=300)
@given(books())
def test_positions_say_what_the_market_would_do(book: Book) -> None:
    position = shown(book)
    assert ("" if position is None else position.cover) == word_of(book)


@given(books())
def test_the_figures_are_what_the_market_would_do(book: Book) -> None:
    found = coverage(book.held, book.orders)
    assert (found.covered, found.over) == (covered(book), beyond(book))
    assert found.bare == max(abs(book.held) - covered(book), Decimal(0))


@given(books())
def test_header_and_rows_say_what_positions_say(book: Book) -> None:
    model, word = model_of(book), word_of(book)
    assert bool(positions.bare(model)) == (word == "BARE")
    assert (SYMBOL in positions.over(model)) == bool(beyond(book))
    chips = " ".join(run.text for part in header.risk(model) for run in part.runs)
    assert (" 1 BARE " in chips, " 1 OVER " in chips) == (word == "BARE", bool(beyond(book)))
    orphans = positions.left_over(model)
    assert all(order.side.sign * book.held >= 0 for order in orphans)


_EXITS = st.sampled_from([(None, None), (None, Decimal(170)), (Decimal(210), Decimal(170)), (Decimal(210), None)])


@given(books(), st.sampled_from(Side), st.sampled_from([20, 60, 100, 250]), _EXITS)
def test_ticket_and_preview_say_what_positions_say_once_it_has_filled(
    book: Book, side: Side, quantity: int, prices: tuple[Decimal | None, Decimal | None]
) -> None:
    (target, stop), size = prices, Decimal(quantity)
    facts: dict[str, Any] = {"side": side, "quantity": size, "type": OrderType.MKT, "target": target}
    command = flat_order(Trade, facts | {"symbol": SYMBOL, "protect": stop})
    bought = trade(command, holding_of(book), lambda: "a" * 12)
    drawn = plan.draft(bought, None).plan
    found = estimate.afterwards(Ticket(instrument=AAPL, stop=stop, **facts), None, book.held, book.orders)
    assert found.bare == drawn.bare
    assert bool(found.over) == any("OVER" in text for text in drawn.warnings)
    after = filled(book, side, size, target, stop)
    assert found.bare == max(abs(after.held) - covered(after), Decimal(0))
    assume(all(order.side.sign * after.held < 0 for order in guarding(book.held, book.orders)))
    assert found.over == beyond(after)


def holding_of(book: Book) -> InstrumentState:
    return InstrumentState(instrument=AAPL, quote=None, held=book.held, orders=book.orders)


def filled(book: Book, side: Side, size: Decimal, target: Decimal | None, stop: Decimal | None) -> Book:
    """The book once an order has filled, with the children that it brought at work."""
    child = Order(
        ref="new-t",
        role="target",
        terms=Terms(
            symbol=SYMBOL, side=side.other, quantity=size, type="LMT", oca_group="ibtui-new", limit_price=target
        ),
        status=OrderStatus.WORKING,
    )
    own = [child] if target is not None else []
    if stop is not None:
        own.append(altered(child, ref="new-s", type="STP", role="stop", limit_price=None, stop_price=stop))
    return Book(book.held + side.sign * size, (*book.orders, *own))


@given(books(), st.data())
def test_a_cancel_says_what_positions_lose(book: Book, data: st.DataObject) -> None:
    going = data.draw(st.lists(st.sampled_from(book.orders), unique_by=lambda o: o.ref)) if book.orders else []
    refs = {order.ref for order in going}
    left = Book(book.held, tuple(order for order in book.orders if order.ref not in refs))
    more = min(covered(book), abs(book.held)) - min(covered(left), abs(book.held))
    said = " ".join(bared(model_of(book), going))
    assert said.startswith(f"{more} of {abs(book.held)} {SYMBOL} become BARE") if more > 0 else not said


@given(books())
def test_a_strategy_that_goes_and_a_guard_that_comes_count_as_positions_do(book: Book) -> None:
    parts = dict.fromkeys(("session", "desk", "watchlist", "past", "kept", "calendar", "notifier"), NONE)
    host = StrategyHost(state=bench_of(book).state, **parts)
    own, others = Book(book.held, book.of("mine")), [order for order in book.orders if order.owner != YOU]
    held = abs(book.held)
    assert host.covered(SYMBOL, owner="") == covered(book)
    elsewhere = Guarded(symbol=SYMBOL, held=book.held, mine=book.of(YOU), others=tuple(others)).elsewhere
    assert elsewhere == covered(Book(book.held, tuple(others)))
    if not held:
        return
    words, bare = stop_words("mine", SYMBOL, book.held, host), held - covered(own)
    if bare <= 0:
        assert words == ""
    elif covered(book) >= held:
        assert words == " without a stop of its own"
    else:
        assert words == (f", {bare} of it without a stop: BARE" if bare < held else " without a stop: BARE")


@given(books())
def test_neither_a_halt_nor_a_strategy_that_goes_leaves_anything_barer(book: Book) -> None:
    own = Book(book.held, book.of("mine"))
    for before, gone in (
        (book, adding(book.orders, book.held)),
        (own, adding_risk(own.orders, {SYMBOL: own.held})),
    ):
        refs = {order.ref for order in gone}
        left = Book(before.held, tuple(order for order in before.orders if order.ref not in refs))
        assert min(covered(left), abs(left.held)) >= min(covered(before), abs(before.held))


@given(books())
def test_a_close_takes_as_much_from_the_groups_of_stops_as_they_cover(book: Book) -> None:
    known = tuple(order for order in book.orders if order.status is not OrderStatus.PENDING)
    joined = (order for order in known if order.owner != FOREIGN and (order.oca_group or not order.protective))
    assert sum(leaving.guarded(book.held, known).values()) == covered(Book(book.held, tuple(joined)))
    parts = leaving.slices(book.held, abs(book.held), book.orders)
    assert sum((part.quantity for part in parts), Decimal(0)) == abs(book.held)


def _sell(ref: str, quantity: int, kind: str, **facts: Any) -> Order:
    """An exit of a long: `kind` is its role, and says its type."""
    price: dict[str, Any] = {"limit_price": Decimal(195)} if kind == "target" else {"stop_price": Decimal(180)}
    known = {"type": "LMT" if kind == "target" else "STP", "role": kind, "status": OrderStatus.WORKING}
    named = {"ref": ref, "symbol": SYMBOL, "side": Side.SELL, "quantity": Decimal(quantity)}
    return flat_order(Order, named | known | price | facts)


_HALF = Order(
    ref="e",
    terms=Terms(symbol=SYMBOL, side=Side.BUY, quantity=Decimal(100), type="LMT"),
    filled=Decimal(40),
    status=OrderStatus.PARTLY_FILLED,
)
_BRACKET = {"parent": "e", "oca_group": "ibtui-e"}


@pytest.mark.parametrize(
    ("held", "orders", "word", "bare", "over"),
    [
        pytest.param(100, [_sell("s", 60, "stop"), _sell("x", 60, "stop", oca_group="x")], "OVER", 0, 20, id="stops"),
        pytest.param(100, [_sell(r, 100, "stop", oca_group="g") for r in "ab"], "full", 0, 0, id="one group"),
        pytest.param(100, [_sell(r, 60, "stop", oca_group="g") for r in "ab"], "part", 40, 0, id="part of a group"),
        pytest.param(
            40, [_HALF, *(_sell(k, 100, k, **_BRACKET) for k in ("target", "stop"))], "full", 0, 0, id="half a bracket"
        ),
        pytest.param(60, [_sell("t", 100, "target"), _sell("s", 60, "stop")], "OVER", 0, 40, id="a large target"),
        pytest.param(
            0, [_sell(k, 100, k, oca_group="ibtui-e") for k in ("target", "stop")], "OVER", 0, 100, id="left over"
        ),
        pytest.param(100, [_sell("perm-1", 100, "entry", owner=FOREIGN)], "full", 0, 0, id="a stop of another program"),
        pytest.param(100, [_sell("s", 100, "stop", status=OrderStatus.UNKNOWN)], "BARE", 100, 0, id="UNKNOWN"),
    ],
)
def test_one_answer_for_one_book(held: int, orders: list[Order], word: str, bare: int, over: int) -> None:
    book = Book(Decimal(held), tuple(orders))
    position = shown(book)
    assert position is not None
    found = coverage(book.held, book.orders)
    assert position.cover == word
    assert (found.bare, found.over) == (Decimal(bare), Decimal(over))
    assert (covered(book) < abs(held), beyond(book)) == (bare > 0, Decimal(over))


def test_a_stop_that_also_waits_for_a_condition_covers_nothing_and_may_still_do_too_much() -> None:
    day = TimeCondition(time=datetime(2030, 1, 2, tzinfo=UTC), above=True)
    later = _sell("perm-1", 100, "entry", owner=FOREIGN).with_terms(conditions=(day,))
    book = Book(Decimal(100), (later,))
    position = shown(book)
    assert position is not None
    assert (position.cover, position.stop) == ("BARE", None)
    assert coverage(book.held, book.orders).bare == 100
    assert protection(book.held, book.orders) == 0
    both = coverage(book.held, (later, _sell("s", 100, "stop")))
    assert (both.word, both.covered, both.over) == ("OVER", Decimal(100), Decimal(100))


def test_a_stop_that_is_too_large_is_better_than_none() -> None:
    alone = _sell("s", 101, "entry")
    assert adding([alone], Decimal(100)) == []
    assert adding([_sell("x", 100, "stop"), alone], Decimal(100)) == [alone]
    assert adding_risk([alone], {SYMBOL: Decimal(100)}) == []
    assert adding_risk([_sell("x", 100, "stop"), alone], {SYMBOL: Decimal(100)}) == [alone]
    assert adding_risk([alone], {}) == [alone]
