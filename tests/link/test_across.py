"""One version apart: what a new client says to the engine of 0.1.0, and what it does not ask."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ibtui.commands.command import Command
from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.link.caller import Caller
from ibtui.link.client import Client
from ibtui.link.codec import encode
from ibtui.link.messages import (
    Answer,
    Ask,
    Check,
    Do,
    Ended,
    Failure,
    GetBars,
    GetRecording,
    GetStatus,
    Outcome,
    Plan,
    Preview,
    Search,
    Send,
    Shutdown,
)  # fmt: skip
from ibtui.link.status import Status
from tests.earlier import TALKS, talk
from tests.earlier_engine import RecordedEngine, recorded_engine
from tests.earlier_reader import misread


async def by_command(socket: Path, question: Ask) -> Answer:
    """What the blocking client of the command line hears."""

    def call() -> Answer:
        with Caller(socket) as caller:
            return caller.ask(question)

    return await asyncio.to_thread(call)


async def by_terminal(socket: Path, question: Ask) -> Answer:
    """What the lasting client of the terminal hears."""
    client = Client(lambda frame: None, lambda reason: None)
    try:
        await client.connect(socket)
        return await client.ask(question)
    finally:
        await client.close()


async def ask(socket: Path, question: Ask) -> Answer:
    """What both hear."""
    answer = await by_command(socket, question)
    assert await by_terminal(socket, question) == answer
    return answer


async def refusal(socket: Path, question: Ask) -> IbtuiError:
    """Why both are refused."""
    with pytest.raises(IbtuiError) as refused:
        await by_command(socket, question)
    with pytest.raises(IbtuiError) as again:
        await by_terminal(socket, question)
    assert (again.value.code, again.value.message) == (refused.value.code, refused.value.message)
    return refused.value


def said(talked: str, kind: str) -> Any:
    """The last answer of that kind in a recorded conversation."""
    return [line.data["answer"] for line in talk(talked) if line.data.get("answer", {}).get("answer") == kind][-1]


def test_the_recordings_are_what_their_own_schema_says() -> None:
    known = ("hello", "request", "reply", "failure", "subscribe", "next")
    lines = [line for name in TALKS for line in talk(name) if line.data["is"] in known]
    assert len(lines) > 60
    assert [wrong for line in lines for wrong in misread(line.by, line.data)] == []
    status = {**lines[1].data, "is": "reply", "id": 1, "answer": said("status", "status")}
    status["answer"]["orders"][0]["status"] = "resting"
    del status["answer"]["orders"][1]["limit_price"]
    status["answer"]["halted"] = "no"
    assert len(misread("engine", status)) == 3


async def test_the_status_of_the_version_before_is_read(tmp_path: Path) -> None:
    async with recorded_engine(tmp_path / "engine.sock") as engine:
        answer = await ask(tmp_path / "engine.sock", GetStatus())
        assert isinstance(answer, Status)
        before = said("status", "status")
        assert [(order.ref, order.status, order.owner) for order in answer.orders] == [
            (order["ref"], order["status"], order["owner"]) for order in before["orders"]
        ]
        assert [hello["version"] for hello in engine.greeted] == [2, 1, 2, 1]
        assert {hello["role"] for hello in engine.greeted if hello["version"] == 1} == {"command"}


LINES = ("halt", "cancel all", "cancel AAPL", "flatten all", "flatten MSFT outside", "stop all", "stop rests close")


@pytest.mark.parametrize("line", LINES)
async def test_what_stops_or_takes_back_reaches_it(tmp_path: Path, line: str) -> None:
    async with recorded_engine(tmp_path / "engine.sock") as engine:
        answer = await ask(tmp_path / "engine.sock", Do(command=parse(line), wait=True))
        assert isinstance(answer, Outcome)
        assert answer.message
        assert [asked["command"]["do"] for asked in engine.asked] == [line.split()[0]] * 2


async def test_what_would_be_done_is_shown_before(tmp_path: Path) -> None:
    async with recorded_engine(tmp_path / "engine.sock") as engine:
        plan = await ask(tmp_path / "engine.sock", Preview(command=parse("flatten all")))
        assert isinstance(plan, Plan)
        assert plan.sentence == "SELL 100 AAPL at market, day"
        sent = await ask(tmp_path / "engine.sock", Send(token=plan.token, wait=True))
        assert isinstance(sent, Outcome)
        assert isinstance(await ask(tmp_path / "engine.sock", Check(command=parse("cancel all"))), Outcome)
        assert engine.asked[2]["token"] == plan.token


async def test_it_is_ended(tmp_path: Path) -> None:
    async with recorded_engine(tmp_path / "engine.sock"):
        answer = await ask(tmp_path / "engine.sock", Shutdown())
        assert answer == Ended(message="The engine has ended; no order of ours works at IB.")


def commands(*lines: str) -> list[Command]:
    return [parse(line) for line in lines]


ORDERS = commands("buy 1 AAPL market", "close AAPL", "resume", "watch NVDA", "start sma_cross", "accept NVDA")


@pytest.mark.parametrize(
    "question",
    [
        *(Do(command=command) for command in ORDERS),
        Preview(command=ORDERS[0]),
        Check(command=ORDERS[1]),
        GetBars(symbol="AAPL"),
        Search(pattern="A"),
        GetRecording(),
    ],
)
async def test_nothing_else_is_even_asked(tmp_path: Path, question: Ask) -> None:
    async with recorded_engine(tmp_path / "engine.sock") as engine:
        refused = await refusal(tmp_path / "engine.sock", question)
        assert refused.code == "engine_version"
        assert refused.message == (
            "Engine 0.1.0 is of the version before: only status, halt, cancel, flatten and stop work with it; "
            "`ibtui stop --profile paper` and start again."
        )
        assert engine.asked == []


async def test_its_frames_are_not_asked_for(tmp_path: Path) -> None:
    async with recorded_engine(tmp_path / "engine.sock") as engine:

        def listen() -> None:
            with Caller(tmp_path / "engine.sock") as caller:
                next(caller.listen())

        with pytest.raises(IbtuiError) as refused:
            await asyncio.to_thread(listen)
        assert refused.value.code == "engine_version"
        assert engine.asked == []


async def test_an_engine_of_neither_version_is_refused_with_its_own_words(tmp_path: Path) -> None:
    class Other(RecordedEngine):
        def _take(self, message: Any, writer: asyncio.StreamWriter) -> bool:
            words = f"This engine speaks version 9 of the protocol and the client {message['version']}."
            writer.write(encode(Failure(id=None, code="engine_version", message=words)))
            return False

    async with recorded_engine(tmp_path / "engine.sock", Other()):
        refused = await refusal(tmp_path / "engine.sock", GetStatus())
        assert (refused.code, "9 of the protocol and the client 2" in refused.message) == ("engine_version", True)
