"""The lane of everything that goes to IB, in a loop whose time jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.broker.transport.pacing import DATA_LIMIT, HEARTBEATS, LIMIT, Lane, Rank
from ibtui.domain.failure import IbtuiError
from tests.exits.jumping import run

IB = 50
"""Messages in any second that IB takes."""


class Sent:
    """What a lane let go, and when."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.times: list[float] = []

    def as_(self, name: str) -> Callable[[], None]:
        def send() -> None:
            self.names.append(name)
            self.times.append(asyncio.get_running_loop().time())

        return send

    def most_in_a_second(self) -> int:
        return max((sum(first <= time < first + 1.0 for time in self.times) for first in self.times), default=0)


def test_the_limit_holds_in_any_second_and_data_leaves_room() -> None:
    async def main() -> None:
        lane, data, cancels = Lane(), Sent(), Sent()
        for _ in range(200):
            lane.put(data.as_("data"))
        assert len(data.names) == DATA_LIMIT
        for _ in range(200):
            lane.put(cancels.as_("cancel"), Rank.CANCEL)
        assert len(cancels.names) == LIMIT - HEARTBEATS - DATA_LIMIT
        await asyncio.sleep(20)
        assert (len(data.names), len(cancels.names)) == (200, 200)
        data.times += cancels.times
        assert data.most_in_a_second() <= LIMIT - HEARTBEATS < IB

    run(main)


def test_cancels_go_before_orders_before_data_and_a_bracket_waits_whole() -> None:
    async def main() -> None:
        lane, sent = Lane(limit=5, data_limit=3), Sent()

        async def order(name: str, legs: int) -> None:
            async with lane.room(legs):
                for _ in range(legs):
                    sent.as_(name)()
                    lane.count()

        for _ in range(4):
            lane.put(sent.as_("first"), Rank.CANCEL)
        lane.put(sent.as_("data"))
        lane.put(sent.as_("person"), Rank.PERSON)
        orders = [asyncio.create_task(order("bracket", 3)), asyncio.create_task(order("order", 1))]
        await asyncio.sleep(0)
        lane.put(sent.as_("cancel"), Rank.CANCEL)
        assert lane.waiting == 5
        await asyncio.gather(*orders)
        await asyncio.sleep(5)
        assert sent.names[:8] == ["first"] * 4 + ["cancel"] + ["bracket"] * 3
        assert sorted(sent.names[8:]) == ["data", "order", "person"]  # all of them had room by then
        assert lane.waiting == 0

    run(main)


def test_room_that_is_held_is_kept_from_others_until_it_is_given_back() -> None:
    async def main() -> None:
        lane, sent = Lane(limit=3), Sent()
        async with lane.room(2):
            lane.put(sent.as_("cancel"), Rank.CANCEL)
            assert sent.names == []
            lane.count()  # a heartbeat has a message of its own
        assert sent.names == ["cancel"]

    run(main)


def test_a_caller_that_gives_up_gives_its_room_back() -> None:
    async def main() -> None:
        lane, sent = Lane(limit=2), Sent()

        async def order() -> None:
            async with lane.room(1):
                raise AssertionError("it was cancelled before")

        lane.put(sent.as_("first"), Rank.CANCEL)
        waiting = asyncio.create_task(order())
        await asyncio.sleep(0)
        assert lane._timer is not None
        asyncio.get_running_loop().call_at(lane._timer.when(), waiting.cancel)  # in the turn that gives it the room
        with pytest.raises(asyncio.CancelledError):
            await waiting
        lane.put(sent.as_("second"), Rank.CANCEL)
        assert sent.names == ["first", "second"]

    run(main)


def test_what_waits_when_the_connection_ends_is_told_so_and_never_written() -> None:
    async def main() -> None:
        told: list[int] = []
        lane, sent, lost = Lane(limit=2, told=told.append), Sent(), Sent()

        async def order() -> None:
            async with lane.room(1):
                sent.as_("order")()

        lane.put(sent.as_("first"), Rank.CANCEL)
        lane.put(sent.as_("cancel"), Rank.CANCEL, lost.as_("cancel"))
        lane.put(sent.as_("data"))
        waiting = asyncio.create_task(order())
        await asyncio.sleep(0)
        lane.clear()
        with pytest.raises(IbtuiError) as refused:
            await waiting
        assert refused.value.code == "not_connected"
        await asyncio.sleep(5)
        assert (sent.names, lost.names) == (["first"], ["cancel"])
        assert told == [1, 2, 0]

    run(main)


def test_after_error_100_nothing_goes_for_a_second() -> None:
    async def main() -> None:
        lane, sent = Lane(), Sent()
        loop = asyncio.get_running_loop()
        began = loop.time()
        lane.rest()
        lane.put(sent.as_("cancel"), Rank.CANCEL)
        assert sent.names == []
        await asyncio.sleep(3)
        assert sent.times[0] - began >= 1.0

    run(main)


@given(st.lists(st.tuples(st.sampled_from(list(Rank)), st.integers(1, 60), st.floats(0, 3)), max_size=12))
def test_whatever_is_asked_for_everything_goes_in_the_end_and_never_too_fast(
    asked: list[tuple[Rank, int, float]],
) -> None:
    async def main() -> None:
        lane, sent = Lane(), Sent()
        for rank, count, pause in asked:
            for _ in range(count):
                lane.put(sent.as_(rank.name), rank)
            await asyncio.sleep(pause)
        await asyncio.sleep(60)
        assert len(sent.names) == sum(count for _, count, _ in asked)
        assert sent.most_in_a_second() <= LIMIT - HEARTBEATS

    run(main)
