"""Columns that never move and rows that always fill them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.order import OrderStatus, Side
from ibtui.link.messages import Frame
from ibtui.link.status import StrategyStatus
from ibtui.terminal.drawing.canvas import Run, fit, length
from ibtui.terminal.drawing.table import (
    NOTE_LINES,
    Cell,
    Column,
    Note,
    Row,
    fit_columns,
    grown,
    heading,
    lines,
    under_cursor,
)
from ibtui.terminal.panes import log, orders, positions, strategies, watchlist
from tests.terminal.sample import NOW, ZONE, entry, instrument, model, order, position, quote, text_of

TABLES = {
    "watchlist": watchlist.COLUMNS,
    "positions": positions.COLUMNS,
    "orders": orders.COLUMNS,
    "strategies": strategies.COLUMNS,
}


def total(columns: tuple[Column, ...], width: int) -> int:
    return 1 + sum(columns[index].gap + columns[index].width for index in fit_columns(columns, width))


def titles(columns: tuple[Column, ...], width: int) -> list[str]:
    return [columns[index].title for index in fit_columns(columns, width)]


@pytest.mark.parametrize(
    ("name", "width", "cells"),
    [
        ("watchlist", 85, 85), ("watchlist", 84, 78), ("watchlist", 78, 78), ("watchlist", 77, 66),
        ("watchlist", 66, 66), ("positions", 74, 73), ("orders", 85, 84), ("orders", 80, 80), ("strategies", 74, 73),
    ],
)  # fmt: skip
def test_widths_are_those_of_the_drawing(name: str, width: int, cells: int) -> None:
    assert total(TABLES[name], width) == cells


def test_columns_give_way_in_their_order() -> None:
    assert "Today" not in titles(watchlist.COLUMNS, 84)
    assert "Size" not in titles(watchlist.COLUMNS, 70)
    assert "Pos" in titles(watchlist.COLUMNS, 66)
    assert "TIF" not in titles(orders.COLUMNS, 80)


def test_columns_join_when_there_is_room() -> None:
    assert titles(watchlist.COLUMNS, 120)[-3:] == ["Chg", "High", "Low"]
    assert titles(positions.COLUMNS, 120)[-3:] == ["Target", "Value", "% NLV"]


@pytest.mark.parametrize("name", list(TABLES))
@given(width=st.integers(60, 250))
def test_nothing_is_wider_than_its_pane(name: str, width: int) -> None:
    assert total(TABLES[name], width) <= width


NUMBERS = st.none() | st.floats(-1e12, 1e12)
QUANTITIES = st.decimals(Decimal("-1e10"), Decimal("1e10"), places=4)


def check(row: Row, columns: tuple[Column, ...], width: int) -> None:
    """The row and its cursor are exactly as wide as the heading, and no cell was cut."""
    assert len(row.cells) == len(columns)
    shown = fit_columns(columns, width)
    first, *_ = lines(row, columns, shown, width)
    assert length(first.runs) == length(heading(columns, shown, width).runs)
    assert length(under_cursor(first, "cursor", columns, shown).runs) == length(first.runs)
    for index in shown:
        assert len(row.cells[index].text) <= max(columns[index].width, columns[index].most), columns[index].title


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, QUANTITIES, st.sampled_from(["AAPL", "EUR.USD", "SPXW261218P5950P"]))
def test_no_market_moves_a_column(
    bid: float | None, ask: float | None, last: float | None, size: float | None, held: Decimal, symbol: str
) -> None:
    wild = quote(symbol, bid=bid, ask=ask, last=last, bid_size=size, volume=size, open=bid, high=ask, close=last)
    known = model(
        Frame(
            quotes=(wild,),
            instruments=(instrument(symbol),),
            watchlist=(symbol,),
            positions=(position(symbol, held, "OVER", stop=bid, unrealized_pnl=last, day_pnl=ask, market_price=bid),),
        )
    )
    check(watchlist.row(known, symbol, 1, "▁▂▃▄▅▆", 1.0), watchlist.COLUMNS, 250)
    for row in (*positions.rows(known), *positions.totals(known)):
        check(row, positions.COLUMNS, 250)


@given(QUANTITIES.map(abs), QUANTITIES, st.sampled_from(list(OrderStatus)), st.text("abcXYZ_", min_size=1, max_size=32))
def test_no_order_moves_a_column(quantity: Decimal, price: Decimal, status: OrderStatus, owner: str) -> None:
    placed = order(
        "w", "SPXW261218P5950P", status, quantity=quantity, filled=quantity, limit_price=price, owner=owner,
        type="TRAILLIMIT", tif="GTD1", side=Side.SELL,
    )  # fmt: skip
    known = model(Frame(orders=(placed, order("v", parent="w")), quotes=(quote("SPXW261218P5950P"),)))
    over = [orders.done_row(known, one, ZONE, False) for one in orders.done(known)]
    for row in (*orders.live_rows(known, ZONE, NOW), *over):
        check(row, orders.COLUMNS, 85)


@given(QUANTITIES, NUMBERS, st.integers(0, 99_999), st.sampled_from(["off", "running", "failed", "starting"]))
def test_no_strategy_moves_a_column(held: Decimal, pnl: float | None, fills: int, state: str) -> None:
    strategy = StrategyStatus(
        name="a_very_long_name_of_a_strategy",
        state=state,  # type: ignore[arg-type]
        symbol="SPXW261218P5950P",
        position=held,
        pnl=pnl,
        trades=fills,
        limit_left=held,
    )
    for row in strategies.rows(model(Frame(strategies=(strategy,))), ZONE, NOW):
        check(row, strategies.COLUMNS, 74)


def test_a_long_log_line_wraps_under_a_hanging_indent() -> None:
    row = log.row(entry(1, "one two three four five six seven eight"), ZONE)
    shown = lines(row, log.COLUMNS, fit_columns(log.COLUMNS, 40), 40)
    assert [text_of(line).rstrip() for line in shown] == [
        " 15:40:28 ORDER one two three four five",
        "                six seven eight",
    ]


def test_a_note_is_whole_up_to_six_lines() -> None:
    row = Row("k", (Cell("x"),), (Note("word " * 100),))
    shown = lines(row, (Column("A", 5),), (0,), 40)
    assert len(shown) == 1 + NOTE_LINES
    assert text_of(shown[-1]).endswith("…")
    assert all(length(line.runs) <= 40 for line in shown[1:])


@given(st.text(), st.integers(1, 20), st.booleans())
def test_fitted_text_has_exactly_its_width(text: str, width: int, right: bool) -> None:
    fitted = fit("".join(char for char in text if char.isprintable()), width, right)
    assert length([Run(fitted)]) == width


def test_a_column_grows_for_what_must_not_be_cut_and_no_further() -> None:
    columns = (Column("Qty", 6, right=True, most=14), Column("Last", 9, right=True))
    rows = [Row("BTC.USD", (Cell("+0.00025289"), Cell("88,400.25"))), Row("AAPL", (Cell("+100"), Cell("187.42")))]
    assert [column.width for column in grown(columns, rows)] == [11, 9]
    assert [column.width for column in grown(columns, [*rows, Row("X", (Cell("+" * 20), Cell("1")))])] == [14, 9]
    assert grown(columns, rows[1:]) == columns
