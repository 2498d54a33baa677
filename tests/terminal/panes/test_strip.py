"""The selected instrument's strip and its chart."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.account import Account
from ibtui.domain.bar import Bar
from ibtui.link.messages import Frame
from ibtui.terminal.drawing.canvas import length
from ibtui.terminal.drawing.chart import buckets, chart, heights
from ibtui.terminal.panes.strip import InstrumentStrip, day_line, held_line, name_line, spread_ticks
from tests.terminal.sample import ZONE, ago, instrument, minutes, model, position, quote, session, text_of


def written(runs: tuple[object, ...]) -> str:
    return "".join(run.text for run in runs)  # type: ignore[attr-defined]


def test_what_it_is() -> None:
    assert written(name_line(model(), "AAPL")) == " AAPL  Apple Inc · NASDAQ · USD · tick 0.01"
    assert written(name_line(model(), "ESZ6")) == " ESZ6  SMART · USD · tick 0.25 · ×50"
    assert written(name_line(model(), "NEW")) == " NEW"


def test_its_day_leaves_out_what_is_unknown() -> None:
    known = quote("AAPL", open=None, low=None)
    assert written(day_line(known, instrument("AAPL"))) == " high 188.42  prev 186.92  spread 1 tick"
    assert day_line(None, None) == ()


def test_the_spread_is_in_ticks() -> None:
    assert spread_ticks(quote("ESZ6", bid=6712.0, ask=6712.5), instrument("ESZ6")) == 2
    assert spread_ticks(quote("AAPL", bid=None), instrument("AAPL")) is None


def test_what_is_held() -> None:
    held = written(held_line(model(), "AAPL"))
    assert held == " AAPL hold +100 at 187.25 +17.00   stop 180.00   target 195.00   full"
    assert "stop none" in written(held_line(model(), "ESZ6"))
    assert written(held_line(model(Frame(positions=())), "AAPL")).startswith(" AAPL  Apple Inc")
    abroad = Frame(account=Account(id="DU1", currency="EUR"))
    assert " at 187.25 $+17.00 " in written(held_line(model(abroad), "AAPL"))
    over = model(Frame(positions=(position("AAPL", 0, "OVER"),)))
    assert written(held_line(over, "AAPL")) == " AAPL  flat, exits left over: OVER"


REASON = "Nothing listens on 127.0.0.1:4002; start TWS or IB Gateway and enable its API socket. Trying again in 1.9 s."


def brief(*frames: Frame, width: int = 80) -> str:
    strip = InstrumentStrip(model(*frames))
    strip.brief = True
    strip.show("AAPL", (), ZONE)
    return "\n".join(map(text_of, strip.draw(width, 3)))


def test_never_connected_says_why_and_what_to_do_at_80_columns() -> None:
    never = session(state="disconnected", reason=REASON, positions_known=False)
    shown = brief(Frame(session=never))
    assert " ".join(shown.split()[1:]) == REASON
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "AAPL" not in shown


def test_a_lost_link_says_why_beside_what_is_held() -> None:
    shown = brief(Frame(session=session(state="disconnected", reason=REASON, halted=ago(5))))
    assert "stop 180.00" in shown
    assert "Nothing listens on 127.0.0.1:4002; start TWS" in shown


def test_while_connected_the_strip_shows_the_day() -> None:
    assert "spread 1 tick" in brief(Frame(session=session(reason="a strategy file is broken")))


def test_a_chart_has_its_prices_and_times() -> None:
    drawn = [text_of(line) for line in chart(minutes(), 187.42, 2, ZONE, 85, 8)]
    assert len(drawn) == 9
    assert drawn[0].endswith("    187.42")
    assert drawn[-2].endswith("    186.23")
    assert drawn[-1].startswith(" 13:42")
    assert drawn[-1].split()[1:] == ["14:00", "14:30", "15:00", "15:30"]
    assert drawn[-2][1:5] == "▁▂▃▄"
    assert drawn[0][60] == "█"


def test_the_last_price_is_the_bright_column() -> None:
    lowest = chart(minutes(), 150.0, 2, ZONE, 85, 8)[7]
    assert [run.text.strip() for run in lowest.runs if run.role == "bright"] == ["▁", "150.00"]


def test_without_bars_there_is_no_chart() -> None:
    assert chart([], 1.0, 2, ZONE, 85, 8) == []


PRICES = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=500)


@given(PRICES, st.integers(30, 200), st.integers(1, 20))
def test_a_chart_never_leaves_its_place(prices: list[float], width: int, rows: int) -> None:
    bars = [Bar("X", ago(60 * (len(prices) - index)), p, p, p, p) for index, p in enumerate(prices)]
    drawn = chart(bars, prices[-1], 2, ZONE, width, rows)
    assert len(drawn) == rows + 1
    assert all(length(line.runs) <= width for line in drawn)


@given(PRICES, st.integers(1, 20))
def test_higher_is_taller(prices: list[float], rows: int) -> None:
    tall = heights(prices, rows)
    assert all(1 <= height <= rows * 8 for height in tall)
    for one, other in itertools.pairwise(prices):
        if one >= other:
            assert tall[prices.index(one)] >= tall[prices.index(other)]


@given(st.integers(1, 1000), st.integers(1, 200))
def test_buckets_cover_every_bar(count: int, columns: int) -> None:
    bars = minutes(count=count)
    merged = buckets(bars, columns)
    assert len(merged) <= columns
    assert merged[0][0] == bars[0]
    assert merged[-1][1] == bars[-1].close
