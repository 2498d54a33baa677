"""Clients of before version 100: fields without frames, and messages whose end only their table tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.gateway.server import Gateway
from ibtui.gateway.wire import legacy_requests, requests
from ibtui.gateway.wire.fields import Each, Item, SinceVersion, When
from ibtui.gateway.wire.framing import UnframedError
from ibtui.gateway.wire.legacy import Legacy
from tests.clocks import PATIENCE
from tests.gateway.raw import started_client
from tests.gateways import running_gateway

CLIENT_ID = ["7"]
TIME = ["49", "1"]
DETAILS = ["9", "7", "42", "0", "AAPL", "STK", "", "0.0", "", "", "SMART", "USD", "", "", "0", "", ""]
BAG = ["1", "10", "43", "0", "A", "BAG", "", "0.0", "", "", "SMART", "", "USD", "", ""]
LEGS = ["2", "1", "1", "BUY", "SMART", "2", "1", "SELL", "SMART"]


def stream(*messages: list[str]) -> bytes:
    return "".join(f"{field}\0" for message in messages for field in message).encode()


def order(strategy: list[str]) -> list[str]:
    """A placeOrder of a hundred AAPL at 180, which ends with its algorithmic strategy and the what-if flag."""
    terms = ["BUY", "100", "LMT", "180.0", "", "DAY", "", "", "O", "0", "", "1", "0", *["0"] * 5, "0"]
    contract = ["0", "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", "", ""]
    after = ["", "0", "", "", "", "", "", "", "0", "", "-1", "0", "", "", "0", "", "", "0", "0", *[""] * 7, "0"]
    last = ["", "", "", "", "0", "", "", "", "", "", "", "", "", "", "", "0", "", "", "0", "0"]
    return ["3", "41", "5", *contract, *terms, *after, *last, *strategy, "0"]


@given(st.data())
def test_messages_in_any_pieces(data: st.DataObject) -> None:
    sent = stream(
        CLIENT_ID, TIME, [*BAG, *LEGS, "0", "233", "0"], order(["Adaptive", "1", "adaptivePriority", "Normal"]), TIME
    )
    legacy, seen = Legacy(), []
    while sent:
        cut = data.draw(st.integers(1, len(sent)))
        seen += list(legacy.read(sent[:cut]))
        sent = sent[cut:]
    start, _, quotes, placed, last = seen
    assert start.values["clientId"] == 7
    assert [leg["conId"] for leg in quotes.values["comboLegs"]] == [1, 2]
    assert quotes.values["genericTickList"] == "233"
    assert placed.values["algoParams"] == [{"tag": "adaptivePriority", "value": "Normal"}]
    assert not placed.values["whatIf"]
    assert last.layout.name == "reqCurrentTime"


def test_what_came_later_is_as_if_left_empty() -> None:
    (_, placed) = Legacy().read(stream(CLIENT_ID, order([""])))
    assert placed.values["modelCode"] == ""
    assert placed.values["cashQty"] is None
    assert placed.values["conditions"] == []
    assert placed.values["usePriceMgmtAlgo"] is False


@pytest.mark.parametrize(
    "rubbish",
    [["9999"], ["x"], ["49", "1", ""], ["71", "2", "1", ""], ["9", "7", "forty-two", *DETAILS[3:]]],
    ids=lambda fields: "-".join(fields[:3]),
)
def test_what_cannot_be_measured_ends_the_stream(rubbish: list[str]) -> None:
    with pytest.raises(UnframedError):
        list(Legacy().read(stream(CLIENT_ID, rubbish, TIME)))


def test_endless_message_ends_the_stream() -> None:
    legs = ["100000", *["1"] * 5000]
    with pytest.raises(UnframedError, match="fields"):
        list(Legacy().read(stream(CLIENT_ID, [*BAG, *legs])))


@pytest.mark.parametrize("number", sorted(legacy_requests.BY_ID))
def test_every_request_has_an_end(number: int) -> None:
    layout = legacy_requests.BY_ID[number]
    reader = Legacy()
    (_,) = reader.read(stream(CLIENT_ID))
    (seen,) = _first(reader, number)
    assert seen == layout.name


def test_names_are_those_of_today() -> None:
    """A handler looks for a field by its name, whichever table it was read by."""
    for number, layout in legacy_requests.BY_ID.items():
        assert _names(layout.items) <= _names(requests.BY_ID[number].items), layout.name


def _names(items: tuple[Item, ...]) -> set[str]:
    found = {name for item in items if (name := getattr(item, "name", ""))}
    for item in items:
        if isinstance(item, When | Each | SinceVersion):
            found |= _names(item.items)
    return found


def _first(reader: Legacy, number: int) -> Iterator[str]:
    """Empty fields up to the end of one message."""
    found = list(reader.read(stream([str(number)])))
    while not found:
        found = list(reader.read(b"\0"))
    return (request.layout.name for request in found)


@asynccontextmanager
async def old_client(gateway: Gateway) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection past the answer to its greeting, its client id not sent yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"62\0")
    version = await asyncio.wait_for(reader.readuntil(b"\0"), PATIENCE)
    assert version == b"69\0"
    assert (await asyncio.wait_for(reader.readuntil(b"\0"), PATIENCE)).endswith(b" UTC\0")
    try:
        yield reader, writer
    finally:
        writer.close()


async def test_greeting_and_error_of_a_stream_that_cannot_go_on() -> None:
    async with (
        running_gateway() as gateway,
        started_client(gateway, 1) as good,
        old_client(gateway) as (reader, writer),
    ):
        writer.write(stream(CLIENT_ID, ["9999"]))
        seen = (await asyncio.wait_for(reader.read(), PATIENCE)).decode().split("\0")
        assert seen[:6] == ["15", "1", "DU1234567", "9", "1", "1"]
        assert seen[-5:-2] == ["2", "-1", "320"]
        good.send_fields(*TIME)
        await good.one("currentTime")


async def test_client_id_in_use() -> None:
    async with running_gateway() as gateway, started_client(gateway, 7), old_client(gateway) as (reader, writer):
        writer.write(stream(CLIENT_ID))
        seen = (await asyncio.wait_for(reader.read(), PATIENCE)).decode().split("\0")
        assert seen[:4] == ["4", "2", "-1", "326"]


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.tuples(
                st.sampled_from(sorted(legacy_requests.BY_ID)),
                st.lists(st.sampled_from(["", "0", "1", "-1", "AAPL", "STK", "SMART", "1e9"]), max_size=100),
            ).map(lambda pair: stream([str(pair[0]), *pair[1]])),
        ),
        max_size=12,
    )
)
@settings(max_examples=15, deadline=None)
def test_rubbish_touches_nobody_else(rubbish: list[bytes]) -> None:
    async def scenario() -> None:
        async with running_gateway() as gateway, started_client(gateway, 1) as good, old_client(gateway) as (_, writer):
            writer.write(stream(CLIENT_ID))
            for piece in rubbish:
                writer.write(piece)
            good.send_fields(*TIME)
            await good.one("currentTime")

    asyncio.run(scenario())
