"""What each pane says about the model."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.account import Account
from ibtui.domain.currency import NO_RATES, ExchangeRates
from ibtui.domain.hold import HeldInstrument
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import OrderStatus, Side
from ibtui.domain.terms import ComboLeg
from ibtui.link.messages import Frame
from ibtui.link.status import ShadowBook, StrategyStatus
from ibtui.terminal.drawing.table import Row
from ibtui.terminal.model import Model
from ibtui.terminal.panes import log, orders, positions, strategies, watchlist
from ibtui.terminal.panes.pane import Moment
from ibtui.terminal.places.details import instrument_facts
from tests.flat_orders import altered
from tests.terminal.sample import NOW, PRICES, ZONE, ago, child, entry, minutes, model, order, position, quote, session

MOMENT = Moment(NOW, 1.0, ZONE)


def texts(row: Row) -> list[str]:
    return [cell.text for cell in row.cells]


def cell(row: Row, columns: tuple[object, ...], title: str) -> str:
    index = next(index for index, column in enumerate(columns) if column.title == title)  # type: ignore[attr-defined]
    return row.cells[index].text


# watchlist


def test_a_market_reads_as_drawn() -> None:
    row = watchlist.row(model(), "AAPL", 0, "▃▅", 1.0)
    assert texts(row)[:12] == [
        "AAPL", "", "+100", "", "187.42", "+0.27", "300", "187.41", "187.42", "200", "12.3M", "▃▅",
    ]  # fmt: skip


def test_what_is_unknown_is_a_dash_and_never_zero() -> None:
    row = watchlist.row(model(Frame(watchlist=("NEW",))), "NEW", 0, "", 1.0)
    assert [cell(row, watchlist.COLUMNS, title) for title in ("Last", "Chg%", "Bid", "Ask", "Vol")] == ["–"] * 5


@pytest.mark.parametrize(
    ("facts", "sign"),
    [
        ({}, ""),
        ({"kind": "delayed"}, "d"),
        ({"kind": "frozen"}, "z"),
        ({"kind": "delayed-frozen"}, "z"),
        ({"received": 1.0}, "!"),
        ({"halted": True, "kind": "delayed", "received": 1.0}, "H"),
    ],
)
def test_the_flag_says_the_worst_of_a_market(facts: dict[str, object], sign: str) -> None:
    assert watchlist.flag(quote("AAPL", None, **({"received": 99.0} | facts)), 100.0).text == sign


def test_a_last_that_moved_is_marked_for_a_second() -> None:
    ticks = watchlist.Ticks()
    ticks.observe([quote("AAPL", 10.0), quote("MSFT", 10.0)], 0.0)
    ticks.observe([quote("AAPL", 10.1), quote("MSFT", 9.9)], 5.0)
    assert [ticks.direction(symbol, 5.9) for symbol in ("AAPL", "MSFT", "NVDA")] == [1, -1, 0]
    assert ticks.direction("AAPL", 6.0) == 0


def test_a_repeated_last_is_no_move() -> None:
    ticks = watchlist.Ticks()
    for now in (0.0, 1.0, 2.0):
        ticks.observe([quote("AAPL", 10.0)], now)
    assert ticks.direction("AAPL", 2.0) == 0


def test_a_day_that_rises_is_a_rising_sparkline() -> None:
    assert watchlist.sparkline(minutes()) == "▁▂▄▅▇█"
    assert watchlist.sparkline(minutes(count=2)[-1:]) == "▁▁▁▁▁▁"
    assert watchlist.sparkline([]) == ""


def test_the_watchlist_s_news_is_its_worst_market() -> None:
    halted = Frame(quotes=(quote("TSLA", halted=True), quote("AAPL", kind="delayed")))
    assert watchlist.news(model(halted), 1.0) == ("TSLA halted", "down")
    assert watchlist.news(model(), 1.0) == ("", "dim")
    assert watchlist.news(model(), 1000.0) == (f"{len(PRICES)} stale", "warning")


# positions


def test_positions_end_in_their_total() -> None:
    assert [row.cells[0].text for row in positions.rows(model())] == ["AAPL", "MSFT", "ESZ6"]
    (total,) = positions.totals(model())
    assert cell(total, positions.COLUMNS, "Unreal") == "+51.00"
    assert not total.selectable


def test_a_total_with_an_unknown_part_is_unknown() -> None:
    known = model(Frame(positions=(position("AAPL", 1, "full", 1.0), position("MSFT", 1, "BARE", unrealized_pnl=None))))
    assert cell(positions.totals(known)[0], positions.COLUMNS, "Unreal") == "–"


YEN = Instrument(symbol="USD.JPY", con_id=1, sec_type="CASH", root="USD", exchange="IDEALPRO", currency="JPY")


def in_yen(rates: ExchangeRates) -> Model:
    """3,000 USD.JPY at 154.6 in an account of a million dollars."""
    held = position("USD.JPY", 3_000, "BARE", None, market_price=154.6, unrealized_pnl=-1_546.0, day_pnl=463.8)
    account = Account(id="DU1", currency="USD", net_liquidation=1e6, rates=rates)
    return model(Frame(account=account, instruments=(YEN,), positions=(held,)))


def test_money_of_another_currency_is_a_share_of_the_account_by_its_rate() -> None:
    known = in_yen(NO_RATES.learn("USD", "JPY", 154.6))
    row = positions.rows(known)[0]
    shown = [cell(row, positions.COLUMNS, title) for title in ("Unreal", "Day", "Value", "% NLV")]
    assert shown == ["¥−1546.00", "¥+463.80", "¥463,800", "+0.30"]
    total = positions.totals(known)[0]
    assert [cell(total, positions.COLUMNS, title) for title in ("Unreal", "Day")] == ["−10.00", "+3.00"]


def test_an_unknown_rate_is_no_share() -> None:
    known = in_yen(NO_RATES)
    assert cell(positions.rows(known)[0], positions.COLUMNS, "% NLV") == "?"
    assert cell(positions.totals(known)[0], positions.COLUMNS, "Unreal") == "–"


@pytest.mark.parametrize("currency", ["EUR", "GBP", "JPY", "CHF", "USD"])
@given(amount=st.floats(-1e12, 1e12))
def test_a_currency_moves_no_column(currency: str, amount: float) -> None:
    held = position("USD.JPY", 3_000, "BARE", None, market_price=154.6, unrealized_pnl=amount, day_pnl=amount)
    account = Account(id="DU1", currency="SEK", net_liquidation=1e6)
    known = model(Frame(account=account, instruments=(replace(YEN, currency=currency),), positions=(held,)))
    row = positions.rows(known)[0]
    for one, column in zip(row.cells, positions.COLUMNS, strict=True):
        assert len(one.text) <= column.width


@pytest.mark.parametrize(
    ("cover", "stop", "shown"),
    [("full", 180.0, ["180.00", "full"]), ("BARE", None, ["none", "BARE"]), ("OVER", 180.0, ["180.00", "OVER"])],
)
def test_the_stop_and_what_it_covers(cover: str, stop: float | None, shown: list[str]) -> None:
    row = positions.rows(model(Frame(positions=(position("AAPL", 100, cover, stop),))))[0]  # type: ignore[arg-type]
    assert [cell(row, positions.COLUMNS, title) for title in ("Stop", "Cov")] == shown


def test_a_future_that_is_about_to_be_delivered_is_marked_and_told() -> None:
    gold = Instrument(
        symbol="GCZ6", con_id=9, sec_type="FUT", root="GC", exchange="COMEX", currency="USD", expiry="20261229"
    )
    known = model(Frame(instruments=(gold,), positions=(position("GCZ6", 1, "full", 1900.0),)))
    for today, label, news in (
        (date(2026, 11, 19), "GCZ6", ""),
        (date(2026, 11, 24), "GCZ6 !", "GCZ6 first notice on 2026-11-30, in 3 trading days"),
    ):
        known.names.today = today
        (row,) = positions.rows(known)
        assert row.cells[0].text == label
        assert positions.news(known)[0] == news
    facts = dict(instrument_facts(gold, known.positions["GCZ6"], date(2026, 11, 24)))
    assert facts["delivered"].startswith("first notice on 2026-11-30, in 3 trading days; from then on a long")
    assert dict(instrument_facts(gold))["delivered"] == "first notice on 2026-11-30"
    assert "delivered" not in dict(instrument_facts(known.instruments["ESZ6"]))


def test_the_worst_of_the_positions_is_told() -> None:
    assert positions.news(model()) == ("ESZ6 has no stop", "warning")
    two = Frame(positions=(position("AAPL", 1, "BARE"), position("MSFT", 1, "BARE")))
    assert positions.news(model(two))[0] == "2 have no stop"
    assert positions.news(model(Frame(positions=())))[0] == ""


def test_a_held_instrument_is_marked_and_what_ib_does_not_list_is_doubted() -> None:
    holds = (HeldInstrument(symbol="AAPL", reason="IB lists none of it, our books 100", since=ago(9)),)
    known = model(Frame(session=session(holds=holds), positions=(position("AAPL", 100, "full", 180.0, doubted=True),)))
    (row,) = positions.rows(known)
    assert [cell(row, positions.COLUMNS, title) for title in ("Qty", "Cov")] == ["+100?", "HELD"]
    assert positions.news(known) == ("AAPL is HELD: IB's count is not ours", "warning")


def test_a_flat_position_is_not_shown() -> None:
    assert positions.rows(model(Frame(positions=(position("AAPL", 0, "BARE"),)))) == []


FLAT = position("TSLA", 0, "OVER")
LEFT_OVER = Frame(
    positions=(FLAT, position("AAPL", 100, "full", 180.0, unrealized_pnl=5.0)),
    orders=(order("left", "TSLA", side=Side.SELL, role="stop", type="STP", quantity=Decimal(100)),),
)


def test_exits_of_a_flat_position_have_a_row_of_their_own() -> None:
    rows = positions.rows(model(LEFT_OVER))
    assert [row.cells[0].text for row in rows] == ["TSLA", "AAPL"]
    assert [cell(rows[0], positions.COLUMNS, title) for title in ("Qty", "Cov")] == ["0", "OVER"]
    assert cell(positions.totals(model(LEFT_OVER))[0], positions.COLUMNS, "Unreal") == "+5.00"
    assert positions.totals(model(Frame(positions=(FLAT,)))) == []
    assert positions.news(model(LEFT_OVER))[0] == "TSLA exits exceed the position"
    assert [row.cells[0].text for row in positions.rows(model(Frame(positions=(FLAT,))))] == ["TSLA"]


def test_an_exit_that_closes_nothing_is_marked() -> None:
    known = model(LEFT_OVER)
    (row,) = [row for row in orders.live_rows(known, ZONE, NOW) if row.key == "left"]
    assert "OVER: nothing to close, it would open a short" in row.notes[0].text
    wrong = altered(known.orders["left"], ref="wrong", symbol="AAPL", side=Side.BUY)
    known.apply(Frame(orders=(wrong,)))
    (row,) = [row for row in orders.live_rows(known, ZONE, NOW) if row.key == "wrong"]
    assert "it would enlarge a long" in row.notes[0].text
    assert positions.over(known) == ["TSLA", "AAPL"]


def test_nothing_is_left_over_of_what_is_not_known_to_be_flat() -> None:
    assert positions.over(model(Frame(positions=(), orders=LEFT_OVER.orders))) == []


# orders


def test_a_bracket_is_drawn_as_a_tree() -> None:
    known = model(
        Frame(
            orders=(
                order("p", "MSFT"),
                child("p-t", "p", "target", "410", symbol="MSFT", status=OrderStatus.WAITING),
                child("p-s", "p", "stop", "398", symbol="MSFT", status=OrderStatus.WAITING),
            )
        )
    )
    sides = {row.key: row.cells[0].text for row in orders.live_rows(known, ZONE, NOW)}
    assert [sides[ref] for ref in ("p", "p-t", "p-s")] == ["┌BUY", "├SELL", "└SELL"]
    assert [sides[ref] for ref in ("b-t", "b-s", "n")] == ["┌SELL", "└SELL", "BUY"]


def test_what_can_cost_money_is_on_top_and_the_newest_of_a_kind_first() -> None:
    known = model(
        Frame(
            positions=(FLAT, position("AAPL", 100, "full", 180.0)),
            orders=(
                *LEFT_OVER.orders,
                order("new"),
                child("late-s", "late", "stop", "1", status=OrderStatus.UNKNOWN),
                order("late"),
            ),
        )
    )
    pane = orders.OrdersPane()
    pane.show(known, MOMENT)
    keys = [row.key for row in pane.rows]
    assert keys[:2] == ["late", "late-s"], "a family stands together where its worst member belongs"
    assert keys[2:6] == ["u", "left", "new", "b-t"]
    assert keys[-3:] == ["divider done today", "b", "r"]


def test_running_strategies_stand_before_failed_changed_and_off_ones() -> None:
    made = [
        StrategyStatus(name="off", state="off"),
        StrategyStatus(name="changed", state="off", approved=False),
        StrategyStatus(name="broken", state="failed"),
        StrategyStatus(name="drawn", state="shadow"),
        StrategyStatus(name="held", state="paused"),
    ]
    shown = strategies.rows(model(Frame(strategies=tuple(made))), ZONE, NOW)
    assert [row.key for row in shown] == ["drawn", "held", "broken", "changed", "off"]


def test_children_stand_below_their_parent_whenever_they_came() -> None:
    known = model(Frame(orders=(child("q-s", "q", "stop", "1"), order("other"), order("q"))))
    refs = [row.key for row in orders.live_rows(known, ZONE, NOW)]
    assert refs.index("q-s") == refs.index("q") + 1


@pytest.mark.parametrize(
    ("placed", "away"),
    [
        (order("x", "NVDA", limit_price=Decimal("181.90")), "−0.41"),
        (child("x", "y", "target", "195"), "+7.58"),
        (child("x", "y", "stop", "180"), "−7.42"),
        (order("x", type="MKT", limit_price=None), ""),
        (order("x", "NEW"), ""),
    ],
)
def test_away_is_signed_from_the_market(placed: object, away: str) -> None:
    rows = orders.live_rows(model(Frame(orders=(placed,))), ZONE, NOW)  # type: ignore[arg-type]
    assert cell(next(row for row in rows if row.key == "x"), orders.COLUMNS, "Away") == away


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (OrderStatus.PENDING, "sending"), (OrderStatus.WORKING, "working"), (OrderStatus.WAITING, "waiting"),
        (OrderStatus.PARTLY_FILLED, "partly"), (OrderStatus.FILLED, "filled"), (OrderStatus.CANCELLED, "cancelled"),
        (OrderStatus.REJECTED, "rejected"), (OrderStatus.UNKNOWN, "UNKNOWN"),
    ],
)  # fmt: skip
def test_states_have_the_screen_s_words(status: OrderStatus, word: str) -> None:
    assert cell(orders.done_row(model(), order("x", status=status), ZONE, False), orders.COLUMNS, "State") == word


def test_an_unknown_order_says_not_to_send_it_again() -> None:
    rows = {row.key: row for row in orders.live_rows(model(), ZONE, NOW)}
    assert rows["u"].notes[0].text == "no answer from IB since 15:41:55 · asking · do not resend"


def test_done_orders_are_the_newest_first_with_their_time() -> None:
    known = model(Frame(orders=(order("z", status=OrderStatus.CANCELLED, changed=ago(1)),)))
    assert [one.ref for one in orders.done(known)] == ["z", "b", "r"]
    assert cell(orders.done_row(known, known.orders["r"], ZONE, False), orders.COLUMNS, "Age") == "15:38"


def test_a_reason_is_shown_until_it_was_read() -> None:
    known = model()
    pane = orders.OrdersPane()
    pane.show(known, MOMENT)
    assert {row.key: row.notes for row in pane.rows}["r"][0].text == "201 not enough margin"
    assert pane.news == ("1 UNKNOWN", "warning")
    pane.leave("r", known)
    pane.show(known, MOMENT)
    assert {row.key: row.notes for row in pane.rows}["r"] == ()
    assert orders.news(known, {"r"}) == ("1 UNKNOWN", "warning")


def test_a_reason_of_a_live_order_is_never_read_away() -> None:
    known = model()
    pane = orders.OrdersPane()
    pane.leave("u", known)
    pane.show(known, MOMENT)
    assert {row.key: row.notes for row in pane.rows}["u"]


def test_a_done_order_that_changes_is_shown_anew() -> None:
    known = model()
    pane = orders.OrdersPane()
    pane.show(known, MOMENT)
    known.apply(Frame(orders=(order("b", status=OrderStatus.FILLED, filled=Decimal(90)),)))
    pane.show(known, MOMENT)
    assert cell({row.key: row for row in pane.rows}["b"], orders.COLUMNS, "Filled") == "90"


def test_rejections_are_news_until_read() -> None:
    known = model(Frame(orders=(order("u", status=OrderStatus.CANCELLED),)))
    assert orders.news(known, ()) == ("XOM rejected", "down")
    assert orders.news(known, {"r"})[0] == ""
    assert orders.summary(known) == "3 working · 3 done today"


# strategies


def test_a_running_strategy_shows_what_it_decided() -> None:
    first, second = strategies.rows(model(), ZONE, NOW)
    assert texts(first) == ["●", "sma_cross", "running", "+200 MSFT", "3", "+12.40", "800 sh"]
    assert first.notes[0].text == "15:41:58 fast 402.18 above slow 402.05 · holds · next bar 0:04"
    assert texts(second)[:4] == ["○", "breakout", "off", ""]


def test_a_shadow_shows_how_many_of_its_orders_would_work() -> None:
    book = ShadowBook(orders=(order("a"), order("b")))
    shadow = StrategyStatus(
        name="x", state="shadow", symbol="AAPL", position=Decimal(100), pnl=3.0, trades=1, drawn=("would BUY",)
    )
    for one, said in ((replace(shadow, shadow=book), "would BUY · 2 orders would work"), (shadow, "would BUY")):
        (row,) = strategies.rows(model(Frame(strategies=(one,))), ZONE, NOW)
        assert texts(row)[2:6] == ["SHADOW", "+100 AAPL", "1", "+3.00"]
        assert row.notes[0].text == said


def test_a_failed_strategy_says_why() -> None:
    failed = StrategyStatus(name="x", state="failed", reason="it raised KeyError")
    known = model(Frame(strategies=(failed,)))
    row = strategies.rows(known, ZONE, NOW)[0]
    assert (row.notes[0].text, row.notes[0].role) == ("it raised KeyError", "down")
    assert strategies.news(known) == ("x failed", "down")


def test_a_strategy_switched_off_still_shows_what_it_holds() -> None:
    off = StrategyStatus(name="x", state="off", symbol="AAPL", position=Decimal(-5), pnl=-2.0, trades=1)
    assert texts(strategies.rows(model(Frame(strategies=(off,))), ZONE, NOW)[0])[3:6] == ["−5 AAPL", "1", "−2.00"]


# log


def test_kinds_have_their_colours() -> None:
    roles = {kind: log.row(entry(1, kind=kind), ZONE).cells[2].role for kind in ("ERROR", "DATA", "FILL", "ORDER")}
    assert roles == {"ERROR": "down", "DATA": "warning", "FILL": "bright", "ORDER": "normal"}


# options and combos


def test_a_combo_that_works_is_named_in_full_below_its_row() -> None:
    name = "AAPL 18DEC26 C190+P190"
    legs = (
        ComboLeg(symbol="AAPL261218C00190000", side=Side.BUY),
        ComboLeg(symbol="AAPL261218P00190000", side=Side.BUY),
    )
    known = model(Frame(orders=(order("k", name, combo=legs, limit_price=Decimal("-0.05")),)))
    row = next(row for row in orders.live_rows(known, ZONE, NOW) if row.key == "k")
    assert [note.text for note in row.notes] == [name]
    assert cell(row, orders.COLUMNS, "Price") == "−0.05"
    done = order("k", name, OrderStatus.FILLED, combo=legs)
    assert orders.done_row(known, done, ZONE, False).notes == ()


def option(expiry: str, strike: str, right: str, root: str = "AAPL") -> Instrument:
    symbol = f"{root}{expiry[2:]}{right}{int(Decimal(strike) * 1000):08}"
    return Instrument(
        symbol=symbol, con_id=int(Decimal(strike) * 10), sec_type="OPT", root=root, exchange="SMART", currency="USD",
        expiry=expiry, strike=Decimal(strike), right=right, multiplier=Decimal(100),  # type: ignore[arg-type]
    )  # fmt: skip


CALLS = (option("20261218", "190", "C"), option("20261224", "190", "C"), option("20271217", "190", "C"))
PUT = option("20261218", "187.5", "P")


def test_options_stand_below_their_underlying_and_none_reads_like_another() -> None:
    held = [position(item.symbol, -1, "BARE") for item in (*CALLS[::-1], PUT)]
    known = model(
        Frame(instruments=(*CALLS, PUT)),
        Frame(positions=(*held, position("AAPL", 100, "full"), position("MSFT", 1, "full"))),
    )
    known.names.today = NOW.date()
    shown = [cell(row, positions.COLUMNS, "Symbol") for row in positions.rows(known)]
    assert shown == ["AAPL", "└18Dec187.5P", "└18Dec190C", "└24Dec190C", "└Dec27190C", "MSFT"]
    alone = model(Frame(instruments=CALLS), Frame(positions=(position(CALLS[0].symbol, 1, "BARE"),)))
    alone.names.today = NOW.date()
    heading, row = positions.rows(alone)
    assert (heading.cells[0].text, heading.selectable, row.cells[0].text) == ("AAPL", False, "└18Dec190C")


def test_options_are_told_apart_in_orders_and_in_the_watchlist() -> None:
    symbols = [item.symbol for item in CALLS]
    known = model(
        Frame(instruments=CALLS, watchlist=("AAPL", "MSFT", *symbols), orders=tuple(order(s, s) for s in symbols))
    )
    known.names.today = NOW.date()
    rows = {row.key: row for row in orders.live_rows(known, ZONE, NOW)}
    assert [cell(rows[s], orders.COLUMNS, "Symbol") for s in symbols] == [
        "AAPL 18Dec190C", "AAPL 24Dec190C", "AAPL Dec27190C",
    ]  # fmt: skip
    pane = watchlist.WatchlistPane()
    pane.show(known, MOMENT)
    assert [row.cells[0].text for row in pane.rows] == ["AAPL", "└18Dec190C", "└24Dec190C", "└Dec27190C", "MSFT"]


def test_every_state_of_an_order_has_a_word_that_fits_its_column() -> None:
    width = next(column.width for column in orders.COLUMNS if column.title == "State")
    assert set(orders._STATES) == set(OrderStatus)
    assert all(len(word) <= width for word, _ in orders._STATES.values())
