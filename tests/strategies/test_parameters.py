from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.failure import IbtuiError
from ibtui.strategies import Strategy, param
from ibtui.strategies.author.parameters import bar_length, describe, traded, values


class Base(Strategy):
    symbol: str = param("SPY", kind="symbol")
    fast: int = param(3, 1, 200)


class Example(Base):
    stop: float = param(1.0, 0, 20)
    bar: str = param("1s", kind="bar")
    loud: bool = param(False)
    note: str = param("")
    fast: int = param(5, 2, 100)


def test_parameters_are_described_in_the_order_they_are_written_inherited_ones_first() -> None:
    shown = [(p.name, p.kind, p.typed, p.low, p.high) for p in describe(Example)]
    assert shown == [
        ("symbol", "symbol", "SPY", None, None),
        ("fast", "int", "5", 2, 100),
        ("stop", "float", "1.0", 0, 20),
        ("bar", "bar", "1s", None, None),
        ("loud", "flag", "off", None, None),
        ("note", "text", "", None, None),
    ]


def test_typed_values_replace_defaults() -> None:
    typed = {"fast": "7", "stop": ".5", "bar": "5min", "loud": "on", "symbol": "eur.usd", "note": "hello"}
    assert values(Example, typed) == {
        "symbol": "EUR.USD",
        "fast": 7,
        "stop": 0.5,
        "bar": "5min",
        "loud": True,
        "note": "hello",
    }


def test_without_a_run_an_instance_reads_the_default() -> None:
    assert (Example().fast, Example().loud) == (5, False)


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("fast", "101", "fast must be a whole number from 2 to 100, not '101'."),
        ("fast", "1", "fast must be a whole number from 2 to 100, not '1'."),
        ("fast", "5.0", "fast must be a whole number from 2 to 100, not '5.0'."),
        ("fast", "1_0", "fast must be a whole number from 2 to 100, not '1_0'; write 10."),
        ("fast", "１０", "fast must be a whole number from 2 to 100, not '１０'; write 10."),
        ("fast", "9" * 400, f"fast must be a whole number from 2 to 100, not '{'9' * 20}'."),
        ("fast", "1,5", "fast must be a whole number from 2 to 100, not '1,5'."),
        ("stop", "1,5", "stop must be a number from 0 to 20, not '1,5'; write 1.5."),
        ("stop", "1,000", "stop must be a number from 0 to 20, not '1,000'; write 1000."),
        ("stop", "1e1", "stop must be a number from 0 to 20, not '1e1'; write 10."),
        ("stop", "1_0", "stop must be a number from 0 to 20, not '1_0'; write 10."),
        ("stop", "１", "stop must be a number from 0 to 20, not '１'; write 1."),
        ("stop", "nan", "stop must be a number from 0 to 20, not 'nan'."),
        ("stop", "inf", "stop must be a number from 0 to 20, not 'inf'."),
        ("stop", "1e99", "stop must be a number from 0 to 20, not '1e99'."),
        ("stop", "-0.01", "stop must be a number from 0 to 20, not '-0.01'."),
        ("bar", "0s", "bar must be a bar length such as 1s, 5min, 1h or 1d, not '0s'."),
        ("loud", "perhaps", "loud must be on or off, not 'perhaps'."),
        ("symbol", "A B C", "symbol must be a symbol such as AAPL or EUR.USD, not 'A B C'."),
        ("note", "\x1b[2J", "note must be at most 80 printable characters, not '\\x1b[2J'."),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(name: str, typed: str, sentence: str) -> None:
    with pytest.raises(IbtuiError) as caught:
        values(Example, {name: typed})
    assert (caught.value.code, caught.value.message) == ("bad_parameter", sentence)


def test_an_unknown_name_gets_the_nearest_one_and_the_list() -> None:
    with pytest.raises(IbtuiError) as caught:
        values(Example, {"fsat": "5"})
    assert caught.value.message == (
        "There is no parameter 'fsat': did you mean 'fast'? It takes symbol, fast, stop, bar, loud, note."
    )


@given(st.floats(0, 20, allow_subnormal=False).filter(lambda value: value == 0 or value > 1e-6))
def test_a_default_is_shown_as_it_is_typed(default: float) -> None:
    shown: Any = param(round(default, 9), 0, 20)
    assert shown.parse(shown.typed) == shown.default


def test_a_default_outside_its_bounds_is_the_authors_mistake() -> None:
    with pytest.raises(IbtuiError, match=r"The default must be a whole number from 5 to 9, not '3'\."):
        param(3, 5, 9)


@given(st.text(max_size=30) | st.floats().map(str) | st.integers(-5, 30).map(str))
def test_any_text_gives_a_value_within_bounds_or_a_sentence(typed: str) -> None:
    with contextlib.suppress(IbtuiError):
        chosen = values(Example, {"stop": typed})["stop"]
        assert isinstance(chosen, float)
        assert 0 <= chosen <= 20


class Kinds(Strategy):
    """Every kind that says what it trades and when."""

    first: str = param("SPY", kind="symbol")
    others: tuple[str, ...] = param(("AAPL", "MSFT"))
    bar: str = param("5min", kind="bar")
    until: str = param("15:50", kind="time")
    side: str = param("both", choices=("both", "long", "short"))
    most: int = param(3, 1, 9, changeable=True)


def test_the_kind_follows_from_the_default_and_choices_and_changeable_are_told() -> None:
    shown = [(p.name, p.kind, p.typed, p.choices, p.changeable) for p in describe(Kinds)]
    assert shown == [
        ("first", "symbol", "SPY", (), False),
        ("others", "symbols", "AAPL,MSFT", (), False),
        ("bar", "bar", "5min", (), False),
        ("until", "time", "15:50", (), False),
        ("side", "text", "both", ("both", "long", "short"), False),
        ("most", "int", "3", (), True),
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("aapl, msft ,nvda", ("AAPL", "MSFT", "NVDA")),
        ("AAPL,AAPL,aapl", ("AAPL",)),
        (",AAPL,,", ("AAPL",)),
        ("", ()),
        ("EUR.USD,ESZ6", ("EUR.USD", "ESZ6")),
    ],
)
def test_symbols_are_names_apart_by_commas_each_once(typed: str, expected: tuple[str, ...]) -> None:
    assert values(Kinds, {"others": typed})["others"] == expected


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("others", "AAPL,A B C", "others must be a symbol such as AAPL or EUR.USD, not 'A B C'."),
        ("until", "24:00", "until must be a time such as 15:50, open+5m or close-10m, not '24:00'."),
        ("until", "close+", "until must be a time such as 15:50, open+5m or close-10m, not 'close+'."),
        ("until", "15:5", "until must be a time such as 15:50, open+5m or close-10m, not '15:5'."),
        ("side", "up", "side must be one of both, long, short, not 'up'."),
        ("side", "Long", "side must be one of both, long, short, not 'Long'."),
        ("bar", "2d", "bar must be a bar length such as 1s, 5min, 1h or 1d, not '2d'."),
    ],
)
def test_lists_times_and_choices_that_do_not_fit(name: str, typed: str, sentence: str) -> None:
    with pytest.raises(IbtuiError) as caught:
        values(Kinds, {name: typed})
    assert caught.value.message == sentence


def test_a_default_that_is_not_among_its_choices_is_the_authors_mistake() -> None:
    with pytest.raises(IbtuiError, match="must be one of a, b"):
        param("c", choices=("a", "b"))


def test_what_it_trades_are_its_symbols_in_order_each_once() -> None:
    assert traded(Kinds, values(Kinds, {})) == ("SPY", "AAPL", "MSFT")
    assert traded(Kinds, values(Kinds, {"first": "MSFT", "others": "IBM,MSFT"})) == ("MSFT", "IBM")
    assert traded(Strategy, {}) == ()


def test_the_length_of_its_bars_is_what_it_says_or_a_minute() -> None:
    assert bar_length(Kinds, values(Kinds, {})) == 300
    assert bar_length(Kinds, values(Kinds, {"bar": "1 h"})) == 3600
    assert bar_length(Strategy, {}) == 60


@given(st.text(max_size=12) | st.times().map(lambda time: f"{time:%H:%M}"))
def test_any_time_is_one_of_a_day_or_a_sentence(typed: str) -> None:
    with contextlib.suppress(IbtuiError):
        hours, minutes = str(values(Kinds, {"until": typed})["until"]).split(":")
        assert (len(hours), len(minutes)) == (2, 2)
        assert int(hours) < 24
        assert int(minutes) < 60


@pytest.mark.parametrize(
    ("typed", "value"),
    [("9:30", "09:30"), ("15:50", "15:50"), ("Close-10m", "close-10m"), ("open+90m", "open+90m"), ("open", "open")],
)
def test_a_time_of_day_may_be_one_of_the_session(typed: str, value: str) -> None:
    assert values(Kinds, {"until": typed})["until"] == value
