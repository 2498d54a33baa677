"""A recording written, killed, gone on with and read back."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import ComboLeg, Terms
from ibtui.recording.folders import MANIFEST, file_name, is_recording, parse_name, read_manifest
from ibtui.recording.reading import FACTS, read_gaps, read_recording, recorded_symbols
from ibtui.recording.rows import KIND_OF, TABLES, Decision, Fact, Gap, read_rows, write_line
from ibtui.recording.signals import read_signals
from ibtui.recording.writer import KILLED, OFF, Writer

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
SECOND = timedelta(seconds=1)

YEAR = 365 * 86_400
TIMES = st.integers(20 * YEAR * 10**6, 130 * YEAR * 10**6).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
WORDS = TEXT.filter(bool)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
EXACT = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
QUOTES = st.builds(
    Quote,
    symbol=WORDS,
    **dict.fromkeys(("bid", "ask", "last", "bid_size", "ask_size", "last_size", "volume"), NUMBERS),
    **dict.fromkeys(("open", "high", "low", "close"), NUMBERS),
    kind=st.sampled_from(["real-time", "delayed", "frozen", "delayed-frozen"]),
    halted=st.booleans(),
)
FACT = st.one_of(
    QUOTES,
    st.builds(Bar, WORDS, TIMES, *[st.floats(0.01, 1e6)] * 5),
    st.builds(
        Signal, time=TIMES, kind=st.just("news"), symbol=TEXT, value=NUMBERS, expected=NUMBERS, text=TEXT,
        source=TEXT, due=st.none() | TIMES,
    ),
    st.builds(
        Order, ref=WORDS, terms=st.builds(
            Terms, symbol=WORDS, side=st.sampled_from(Side), quantity=EXACT, type=WORDS, limit_price=st.none() | EXACT,
            combo=st.just(()) | st.just((ComboLeg(symbol="A", side=Side.BUY, ratio=1),)),
        ),
        status=st.sampled_from(OrderStatus), filled=EXACT, average_price=NUMBERS,
        reason=TEXT, perm_id=st.none() | st.integers(1, 2**40), created=st.none() | TIMES, parent=st.none() | WORDS,
    ),
    st.builds(
        Fill, exec_id=WORDS, ref=TEXT, symbol=WORDS, side=st.sampled_from(Side), quantity=EXACT,
        price=st.floats(0, 1e6), time=TIMES, owner=WORDS, commission=NUMBERS, realized_pnl=NUMBERS,
    ),
    st.builds(Decision, strategy=WORDS, text=TEXT, bar=st.none() | TIMES),
    st.builds(Gap, begin=TIMES, end=st.none() | TIMES, symbol=TEXT, reason=TEXT),
)  # fmt: skip


@given(time=TIMES, fact=FACT)
def test_a_row_says_the_whole_fact(time: datetime, fact: Fact) -> None:
    kind = KIND_OF[type(fact)]
    line = write_line(TABLES[kind].write(time, fact))
    assert line.count("\n") == 1
    (back,) = read_rows(kind, iter([TABLES[kind].header[:-1], line[:-1]]))
    assert back.what == fact
    assert back.time == (fact.time if isinstance(fact, Bar) else time)


@given(symbol=WORDS.filter(lambda text: text not in (".", "..")))
def test_a_file_is_named_after_any_symbol(symbol: str) -> None:
    name = file_name("ticks", symbol)
    assert parse_name(name) == ("ticks", symbol)
    assert "/" not in name


def quote(symbol: str = "AAPL", last: float = 187.25) -> Quote:
    return Quote(symbol=symbol, bid=last - 0.01, ask=last + 0.01, last=last, volume=100.0)


def order() -> Order:
    return Order(
        ref="abc",
        terms=Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(5), type="MKT"),
        status=OrderStatus.PENDING,
    )


def recorded(
    root: Path, *, seconds: int = 5, begin: datetime = NOON, symbols: tuple[str, ...] = ("AAPL", "MSFT")
) -> Writer:
    """A writer that has flushed a quote of each symbol every second."""
    writer = Writer(root, "paper", symbols, begin)
    for second in range(seconds):
        for number, symbol in enumerate(symbols):
            writer.write(begin + second * SECOND, quote(symbol, 100.0 + second + number))
        writer.flush(begin + second * SECOND)
    return writer


def test_what_was_recorded_comes_back_in_its_order(tmp_path: Path) -> None:
    writer = recorded(tmp_path)
    later = NOON + 6 * SECOND
    facts: list[Fact] = [order(), Signal(time=NOON, kind="news", symbol="AAPL"), Decision(strategy="sma", text="buy")]
    times = [writer.write(later, fact) for fact in facts]
    writer.close(later)
    assert len(set(times)) == 3
    assert writer.day == tmp_path / "2026-03-02"
    rows = list(read_recording(tmp_path))
    assert [row.what for row in rows[-3:]] == facts
    assert [row.time for row in rows] == sorted({row.time for row in rows})
    assert [row.what.symbol for row in rows[:4] if isinstance(row.what, Quote)] == ["AAPL", "MSFT", "AAPL", "MSFT"]
    assert recorded_symbols(tmp_path) == ["AAPL", "MSFT"]
    assert read_manifest(writer.day).rows["ticks-AAPL.csv.gz"] == 5
    assert read_gaps(tmp_path) == []


def test_what_is_asked_for_is_what_comes(tmp_path: Path) -> None:
    writer = recorded(tmp_path)
    writer.write(NOON, Signal(time=NOON, kind="news"))
    writer.write(NOON, Signal(time=NOON, kind="news", symbol="MSFT"))
    writer.close(NOON + 9 * SECOND)
    apple = [row.what for row in read_recording(tmp_path, symbols=["aapl"])]
    assert len(apple) == 6
    assert {fact.symbol for fact in apple if isinstance(fact, (Quote, Signal))} == {"AAPL", ""}
    assert len(list(read_recording(tmp_path, kinds=["signals"]))) == 2
    between = [row.time for row in read_recording(tmp_path, start=NOON + SECOND, end=NOON + 3 * SECOND)]
    assert between
    assert all(NOON + SECOND <= time < NOON + 3 * SECOND for time in between)


def test_any_program_reads_the_files(tmp_path: Path) -> None:
    writer = recorded(tmp_path)
    with gzip.open(writer.day / "ticks-MSFT.csv.gz", "rt") as file:  # while it is being written
        rows = list(csv.DictReader(file))
    assert [float(row["last"]) for row in rows] == [101.0, 102.0, 103.0, 104.0, 105.0]
    assert rows[0]["time"] == "2026-03-02T17:00:00.000001Z"


def test_a_killed_writer_is_gone_on_with_and_the_span_is_marked(tmp_path: Path) -> None:
    recorded(tmp_path)  # never closed
    again = recorded(tmp_path, begin=NOON + 60 * SECOND)
    again.close(NOON + 70 * SECOND)
    (gap,) = read_gaps(tmp_path)
    assert gap.reason == KILLED
    assert NOON + 4 * SECOND <= gap.begin < NOON + 5 * SECOND
    assert gap.end == NOON + 60 * SECOND
    assert sum(isinstance(row.what, Quote) for row in read_recording(tmp_path)) == 20
    assert read_manifest(again.day).rows["ticks-AAPL.csv.gz"] == 10


def test_a_stopped_recording_says_so(tmp_path: Path) -> None:
    recorded(tmp_path).close(NOON + 5 * SECOND)
    recorded(tmp_path, begin=NOON + 60 * SECOND).close(NOON + 70 * SECOND)
    assert read_gaps(tmp_path) == [Gap(begin=NOON + 5 * SECOND, end=NOON + 60 * SECOND, reason=OFF)]


def test_a_recording_that_nobody_went_on_with_has_an_open_end(tmp_path: Path) -> None:
    recorded(tmp_path)
    (gap,) = read_gaps(tmp_path)
    assert gap.end is None


def test_a_file_that_lost_its_end_sets_the_mark_back(tmp_path: Path) -> None:
    day = recorded(tmp_path).day
    file = day / "ticks-AAPL.csv.gz"
    file.write_bytes(file.read_bytes()[:-50])
    again = Writer(tmp_path, "paper", ["AAPL"], NOON + 60 * SECOND)
    again.close(NOON + 61 * SECOND)
    (gap,) = read_gaps(tmp_path)
    kept = [row.time for row in read_recording(tmp_path, symbols=["AAPL"], kinds=["ticks"])]
    assert gap.begin == kept[-1] < NOON + 4 * SECOND
    assert gap.reason == KILLED


def test_a_power_cut_that_emptied_the_manifest_loses_no_rows(tmp_path: Path) -> None:
    day = recorded(tmp_path).day
    (day / MANIFEST).write_bytes(b"")
    assert len(list(read_recording(tmp_path))) == 10
    Writer(tmp_path, "paper", [], NOON + 60 * SECOND).close(NOON + 60 * SECOND)
    (gap,) = read_gaps(tmp_path)
    assert gap.reason == KILLED
    assert NOON + 4 * SECOND <= gap.begin < NOON + 5 * SECOND
    assert len(list(read_recording(tmp_path, kinds=["ticks"]))) == 10


def test_gaps_that_are_open_when_it_is_killed_are_told(tmp_path: Path) -> None:
    writer = recorded(tmp_path)
    writer.open_gap(Gap(begin=NOON + 3 * SECOND, reason="no session"))
    writer.flush(NOON + 9 * SECOND)
    Writer(tmp_path, "paper", [], NOON + 60 * SECOND).close(NOON + 60 * SECOND)
    first, second = read_gaps(tmp_path)
    assert (first.begin, first.end, first.reason) == (NOON + 3 * SECOND, NOON + 9 * SECOND, "no session")
    assert (second.begin, second.reason) == (NOON + 9 * SECOND, KILLED)


def test_midnight_in_new_york_begins_another_folder(tmp_path: Path) -> None:
    midnight = datetime(2026, 3, 3, 5, tzinfo=UTC)
    writer = Writer(tmp_path, "paper", ["AAPL"], midnight - 5 * SECOND)
    writer.open_gap(Gap(begin=midnight - 2 * SECOND, reason="no session"))
    for second in range(-5, 5):
        writer.write(midnight + second * SECOND, quote(last=100.0 + second))
    writer.close(midnight + 5 * SECOND)
    old, new = tmp_path / "2026-03-02", tmp_path / "2026-03-03"
    assert [len(list(read_recording(day, kinds=["ticks"]))) for day in (old, new)] == [5, 5]
    assert len(list(read_recording(tmp_path, kinds=["ticks"]))) == 10
    assert [(gap.begin - midnight, (gap.end or midnight) - midnight) for gap in read_gaps(tmp_path)] == [
        (-2 * SECOND, 0 * SECOND),
        (0 * SECOND, 5 * SECOND),
    ]


def test_a_sleeping_machine_leaves_a_mark(tmp_path: Path) -> None:
    writer = recorded(tmp_path)
    writer.flush(NOON + timedelta(hours=2))
    writer.close(NOON + timedelta(hours=2))
    (gap,) = read_gaps(tmp_path)
    assert gap.end == NOON + timedelta(hours=2)


def test_two_facts_of_one_moment_and_a_clock_that_goes_back_keep_their_order(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "paper", [], NOON)
    for step, last in ((0, 1.0), (0, 2.0), (-5, 3.0)):
        writer.write(NOON + step * SECOND, quote(last=last))
    writer.close(NOON + SECOND)
    rows = list(read_recording(tmp_path))
    assert [row.what.last for row in rows if isinstance(row.what, Quote)] == [1.0, 2.0, 3.0]
    assert len({row.time for row in rows}) == 3


@settings(max_examples=60, deadline=None)
@given(data=st.data(), facts=st.lists(FACT, min_size=1, max_size=12))
def test_cut_anywhere_it_reads_up_to_the_last_whole_row(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, facts: list[Fact]
) -> None:
    root = tmp_path_factory.mktemp("recording")
    writer = Writer(root, "paper", [], NOON)
    for number, fact in enumerate(facts):
        writer.write(NOON, fact)
        if number % 3 == 2:
            writer.flush(NOON)
    writer.flush(NOON)
    whole = {file: file.read_bytes() for file in writer.day.iterdir() if file.name != MANIFEST}
    before = {kind: [row.what for row in read_recording(root, kinds=[kind])] for kind in (*FACTS, "bars")}
    file = data.draw(st.sampled_from(sorted(whole)))
    file.write_bytes(whole[file][: data.draw(st.integers(0, len(whole[file])))])
    kind = (parse_name(file.name) or ("", ""))[0]
    left = [row.what for row in read_recording(root, kinds=[kind])]
    assert all(fact in before[kind] for fact in left)
    again = Writer(root, "paper", [], NOON + SECOND)
    again.close(NOON + SECOND)
    went_on = [row.what for row in read_recording(root, kinds=[kind])]
    assert went_on[: len(left)] == left if kind != "gaps" else all(fact in went_on for fact in left)
    for rest in set(FACTS) - {kind, "gaps"}:
        assert [row.what for row in read_recording(root, kinds=[rest])] == before[rest]


@given(kind=st.sampled_from(sorted(TABLES)), junk=st.text(max_size=200), facts=st.lists(QUOTES, max_size=2))
def test_lines_that_are_no_rows_end_a_file(kind: str, junk: str, facts: list[Quote]) -> None:
    table, ticks = TABLES[kind], TABLES["ticks"]
    assert list(read_rows(kind, iter(junk.split("\n")))) == []
    lines = [write_line(ticks.write(NOON, fact))[:-1] for fact in facts]
    found = list(read_rows("ticks", iter([ticks.header[:-1], *lines, "x" * 200_000, *lines])))
    assert [row.what for row in found] == facts
    assert len(list(read_rows(kind, iter([table.header[:-1], junk])))) <= 1


def test_what_is_no_recording_is_said(tmp_path: Path) -> None:
    assert not is_recording(tmp_path)
    with pytest.raises(IbtuiError, match="holds no recording"):
        list(read_recording(tmp_path))
    day = recorded(tmp_path).day
    assert is_recording(tmp_path)
    assert is_recording(day)
    (day / MANIFEST).write_bytes((day / MANIFEST).read_bytes().replace(b'"version":1', b'"version":2'))
    with pytest.raises(IbtuiError, match="later version"):
        list(read_recording(tmp_path))


def test_gaps_equal_but_for_their_end_are_one(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "paper", [], NOON)
    gap = Gap(begin=NOON, reason="no session")
    writer.open_gap(gap)
    writer.close_gap(gap, NOON + SECOND)
    writer.close(NOON + 2 * SECOND)
    assert read_gaps(tmp_path) == [replace(gap, end=NOON + SECOND)]


def test_signals_of_a_recording_are_those_of_a_file_when_they_became_known(tmp_path: Path) -> None:
    writer = recorded(tmp_path)
    said = Signal(time=NOON - timedelta(days=1), kind="prediction", symbol="AAPL", value=0.7, text="up, perhaps")
    known = writer.write(NOON + 6 * SECOND, said)
    writer.close(NOON + 7 * SECOND)
    assert read_signals(tmp_path) == [replace(said, time=known)]
