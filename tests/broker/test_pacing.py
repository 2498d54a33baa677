"""The lane of data requests."""

from __future__ import annotations

import asyncio

from ibtui.broker.pacing import Lane


async def test_the_limit_holds_in_any_second() -> None:
    lane = Lane(limit=5)
    times: list[float] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def send() -> None:
        times.append(loop.time())
        if len(times) == 12:
            done.set()

    for _ in range(12):
        lane.put(send)
    assert len(times) == 5
    await asyncio.wait_for(done.wait(), 10)
    for first, sixth in zip(times, times[5:], strict=False):
        assert sixth - first >= 0.99


async def test_what_a_person_waits_for_goes_first() -> None:
    lane = Lane(limit=1)
    sent: list[str] = []
    done = asyncio.Event()
    lane.put(lambda: sent.append("first"))
    lane.put(lambda: sent.append("bulk"))

    def send() -> None:
        sent.append("person")
        done.set()

    lane.put(send, bulk=False)
    await asyncio.wait_for(done.wait(), 10)
    assert sent == ["first", "person"]
    lane.clear()


async def test_orders_take_their_share() -> None:
    lane = Lane(limit=3)
    sent: list[int] = []
    lane.count()
    lane.count()
    for number in range(3):
        lane.put(lambda number=number: sent.append(number))  # type: ignore[misc]
    assert sent == [0]
    lane.clear()


async def test_cleared_requests_are_never_sent() -> None:
    lane = Lane(limit=1)
    sent: list[int] = []
    lane.put(lambda: sent.append(1))
    lane.put(lambda: sent.append(2))
    lane.clear()
    lane.put(lambda: sent.append(3))
    assert sent == [1]
    lane.clear()
