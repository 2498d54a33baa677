"""Every field table is written and read back, at every server version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.gateway.services.handshake import NEWEST, OLDEST
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values, decode, encode
from ibtui.gateway.wire.contracts import MARKET_RULE
from ibtui.gateway.wire.fields import Choice, Each, Field, Item, Layout, SinceVersion, When
from ibtui.gateway.wire.framing import split
from ibtui.gateway.wire.values import INTEGER_MAX, FieldKind, MalformedError, read, write

LAYOUTS = [*requests.SUPPORTED, *responses.ALL]
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\"), max_size=12)
VALUES: dict[FieldKind, st.SearchStrategy[Any]] = {
    FieldKind.TEXT: ASCII,
    FieldKind.INTEGER: st.integers(-(2**31), 2**31 - 2),
    FieldKind.FLAG: st.booleans(),
    FieldKind.NUMBER: st.floats(-1e15, 1e15, allow_subnormal=False).filter(
        lambda value: value == 0 or abs(value) > 1e-20
    ),
    FieldKind.DECIMAL: st.decimals(-(10**12), 10**12, places=6),
    FieldKind.SIZE: st.integers(0, 10**9).map(Decimal),
}


def test_ids_are_used_once() -> None:
    assert len(requests.BY_ID) == len(requests.SUPPORTED) + len(requests.UNSUPPORTED)
    assert len(responses.BY_ID) == len(responses.ALL)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@given(data=st.data(), version=st.integers(OLDEST, NEWEST))
@settings(max_examples=15, deadline=None)
def test_round_trip(layout: Layout, data: st.DataObject, version: int) -> None:
    values: Values = {}
    fill(layout.items, data, version, values)
    payload = encode(layout, values, version)
    assert payload.isascii()
    fields = split(payload)
    assert fields[0] == str(layout.id)
    assert decode(layout, fields[1:], version) == values


def fill(items: tuple[Item, ...], data: st.DataObject, version: int, values: Values) -> None:
    """Draw a value for every field that this version has, following the table's own conditions."""
    for item in items:
        match item:
            case Field(name=name, since=since, until=until) if since <= version < until and name not in values:
                values[name] = data.draw(drawn(item), label=name)
            case When(name=name, test=test, items=inner) if test(values.get(name)):
                fill(inner, data, version, values)
            case Choice(name=name, options=options):
                values[name] = data.draw(st.sampled_from(sorted(options)))
                fill(options[values[name]], data, version, values)
            case SinceVersion(version=since, items=inner) if version >= since:
                fill(inner, data, version, values)
            case Each(name=name, items=inner):
                values[name] = [{} for _ in range(data.draw(st.integers(0, 2), label=name))]
                for row in values[name]:
                    fill(inner, data, version, row)
            case _:
                pass


def drawn(field: Field) -> st.SearchStrategy[Any]:
    """Values of a field, None among them where it may be unset; never the text that means unset."""
    known = {"secType": st.sampled_from(["STK", "BAG"]), "exchange": st.sampled_from(["SMART", "IBKRATS"])}
    known["orderType"] = st.sampled_from(["LMT", "PEG BENCH", "PEG BEST", "PEG MID"])
    strategy = known.get(field.name, VALUES[field.kind])
    if field.unset is None:
        return strategy
    return st.none() | strategy.filter(lambda value: write(field.kind, value, NEWEST) != field.unset)


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1_000", " 5", "٣", "0x10", "1e-999", "1,5", "--1", "5 "])
@pytest.mark.parametrize("kind", [FieldKind.NUMBER, FieldKind.DECIMAL, FieldKind.SIZE, FieldKind.INTEGER])
def test_what_is_no_number_is_refused(kind: FieldKind, text: str) -> None:
    with pytest.raises(MalformedError):
        read(kind, text)


@pytest.mark.parametrize("text", ["1.7976931348623157E308", "1.7976931348623157e+308", ""])
def test_largest_double_is_unset(text: str) -> None:
    assert read(FieldKind.NUMBER, text) is None
    assert read(FieldKind.DECIMAL, text) is None


def test_numbers_have_no_exponent() -> None:
    assert write(FieldKind.NUMBER, 1e-7, 176) == "0.0000001"
    assert write(FieldKind.NUMBER, 1.5e17, 176) == "150000000000000000"
    assert write(FieldKind.DECIMAL, Decimal("1E+3"), 176) == "1000"


def test_infinite_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        write(FieldKind.NUMBER, float("inf"), 176)


def test_sizes_are_whole_for_old_clients() -> None:
    assert write(FieldKind.SIZE, 100.5, 157) == "100"
    assert write(FieldKind.SIZE, 100.5, 176) == "100.5"
    assert write(FieldKind.SIZE, 100.0, 176) == "100"


def test_text_goes_out_as_ascii_without_backslash_or_nul() -> None:
    assert write(FieldKind.TEXT, "Zürich \\ \0\n東", 176) == "Z\\xfcrich /   \\u6771"


def test_fields_too_many_are_refused() -> None:
    with pytest.raises(MalformedError, match="1 fields too many"):
        decode(requests.CANCEL_ORDER, ["1", "7", "", "surplus"], 176)


def test_message_cut_short_keeps_what_was_read() -> None:
    with pytest.raises(MalformedError) as caught:
        decode(requests.REQ_MKT_DATA, ["11", "42", "1"], 176)
    assert caught.value.values["reqId"] == 42


@pytest.mark.parametrize("count", ["-1", "99999999999", INTEGER_MAX])
def test_count_beyond_the_message_is_refused(count: str) -> None:
    with pytest.raises(MalformedError):
        decode(MARKET_RULE, ["26", count, "0", "0.01"], 176)
