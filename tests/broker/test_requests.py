"""Questions and answers."""

from __future__ import annotations

import asyncio

import pytest

from ibtui.broker.transport.requests import RequestError, Requests
from ibtui.domain.failure import IbtuiError


async def test_answers_are_gathered_until_the_end() -> None:
    requests = Requests()

    def answer() -> None:
        requests.add("names", "a")
        requests.add("names", "b")
        requests.end("names")
        requests.end("names")

    assert await requests.ask("names", answer, 5) == ["a", "b"]


async def test_an_answer_without_end_times_out_and_a_late_one_is_dropped() -> None:
    requests = Requests()
    with pytest.raises(TimeoutError):
        await requests.ask(7, lambda: requests.add(7, "a"), 0.01)
    requests.add(7, "late")
    requests.end(7)
    assert requests.fail(7, 200, "late")  # nobody else is to be told of it
    assert not requests.fail(6, 200, "of no question")


async def test_an_error_fails_its_question_alone() -> None:
    requests = Requests()
    other = asyncio.create_task(requests.ask(8, lambda: None, 5))
    await asyncio.sleep(0)

    def refuse() -> None:
        assert requests.fail(7, 200, "no such thing")

    with pytest.raises(RequestError, match="no such thing") as caught:
        await requests.ask(7, refuse, 5)
    assert caught.value.code == 200
    requests.end(8)
    assert await other == []


async def test_a_named_question_is_asked_once_at_a_time() -> None:
    requests = Requests()
    asked: asyncio.Queue[int] = asyncio.Queue()
    first = asyncio.create_task(requests.ask("names", lambda: asked.put_nowait(1), 5))
    second = asyncio.create_task(requests.ask("names", lambda: asked.put_nowait(2), 5))
    assert await asked.get() == 1
    requests.end("names")
    assert asked.empty()
    await first
    assert await asked.get() == 2
    requests.end("names")
    await second


async def test_closing_fails_everything() -> None:
    requests = Requests()
    with pytest.raises(IbtuiError, match="ended"):
        await requests.ask("names", requests.close, 5)
    with pytest.raises(IbtuiError, match="ended"):
        await requests.ask(3, requests.close, 5)


async def test_whoever_gives_up_as_the_answer_comes_has_given_up() -> None:
    """A session that is being closed would otherwise go on with its next question, and never end."""
    requests = Requests()
    asking = asyncio.create_task(requests.ask(7, lambda: None, 5))
    await asyncio.sleep(0)
    requests.end(7)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
