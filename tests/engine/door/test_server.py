"""The engine's socket: who may talk, how much, and what a client that stops reading costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
from bisect import bisect
from pathlib import Path

import pytest

from ibtui.commands.command import Cancel, Halt
from ibtui.commands.grammar import parse
from ibtui.config import Folders
from ibtui.domain.failure import IbtuiError
from ibtui.engine.door import conversation
from ibtui.engine.door.quota import OPEN, PER_SECOND, Quota
from ibtui.engine.lock import Lock, socket_path
from ibtui.link.codec import encode
from ibtui.link.greeting import hello
from ibtui.link.messages import (
    Ask,
    Bars,
    Do,
    Found,
    GetBars,
    GetRecording,
    GetStatus,
    Next,
    Request,
    Search,
    Send,
    Shutdown,
    Subscribe,
)
from tests.clocks import MORNING, PATIENCE, ManualClock
from tests.engine.door.raw import Raw, raw
from tests.engine.markets import CALM, bought, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def test_files_and_socket_are_this_users_alone(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        state = tmp_path / "paper"
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        for name in ("journal.sqlite", "engine.lock", "engine.json", "engine.sock"):
            assert stat.S_IMODE((state / name).stat().st_mode) & 0o077 == 0, name
        facts = json.loads((state / "engine.json").read_bytes())
        assert (facts["pid"], facts["socket"], facts["demo"]) == (os.getpid(), str(engine.socket), False)
        assert {"program", "version", "started"} <= facts.keys()
    assert not (state / "engine.json").exists()
    assert not (state / "engine.sock").exists()


async def test_another_users_client_is_left_without_an_answer(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        mine = os.getuid()
        with pytest.MonkeyPatch.context() as somebody:
            somebody.setattr(os, "getuid", lambda: mine + 1)
            client = await raw(engine, greet=False)
            client.writer.write(encode(hello("terminal")))
            with contextlib.suppress(ConnectionError):
                assert await client.read() == {}
        assert engine.engine.parts.clients.count == 1
        client.writer.close()


CALLS = """
import socket, subprocess, sys
from ibtui.strategies import Strategy, param

HELLO = '{"is":"hello","version":1,"program":"x","pid":1,"role":"command"}' + chr(10)
CALL = (
    "import socket; s = socket.socket(socket.AF_UNIX); s.connect(PATH); s.sendall(HELLO.encode()); "
    "print(s.makefile().readline().strip())"
)


class Calls(Strategy):
    symbol: str = param("AAPL", kind="symbol")

    def on_start(self):
        code = CALL.replace("PATH", repr(PATH)).replace("HELLO", repr(HELLO))
        {how}
"""


@pytest.mark.parametrize(
    "how",
    [
        "exec(code)",
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)",
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, process_group=0).stdout)",
    ],
    ids=["itself", "its child", "a child in a group of its own"],
)
async def test_a_strategy_that_finds_the_socket_is_refused_there(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "strategies"
    folder.mkdir()
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        (folder / "calls.py").write_text(f"PATH = {str(engine.socket)!r}\n" + CALLS.replace("{how}", how))
        await engine.do("start calls")
        await engine.until(lambda _: engine.logged("calls: {"))
        [answer] = [entry.text for entry in engine.log if "calls: {" in entry.text]
        assert "it asks for orders in its hooks" in answer
        await engine.said("Refused on the engine's socket")
        assert engine.engine.parts.clients.count == 1


async def test_what_a_worker_is_given_does_not_tell_where_the_engine_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "strategies"
    folder.mkdir()
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "IBTUI_SOCKET", "OLDPWD"):
        monkeypatch.setenv(name, str(tmp_path))
    (folder / "looks.py").write_text(
        "import os, sys\nfrom ibtui.strategies import Strategy, param\n"
        "class Looks(Strategy):\n"
        "    symbol: str = param('AAPL', kind='symbol')\n"
        "    def on_start(self):\n"
        "        print('sees', sorted(os.environ), len(sys.argv), os.getcwd())\n"
    )
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await engine.do("start looks")
        await engine.until(lambda _: engine.logged("looks: sees"))
        [seen] = [entry.text for entry in engine.log if "looks: sees" in entry.text]
        assert str(tmp_path) not in seen
        assert not [name for name in ("XDG_S", "XDG_CO", "XDG_R", "IBTUI", "OLDPWD") if name in seen]


async def test_a_client_that_asks_and_never_reads_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "TO_CLIENT_LIMIT", 100_000)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        client = await raw(engine)
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for number in range(300):
            client.writer.write(encode(Request(id=number, ask=GetStatus())))
            await engine.status()
        assert engine.engine.parts.clients.count == 1
        assert (await engine.status()).state == "active"
        client.writer.close()


async def test_one_frame_for_each_next(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        client = await raw(engine)
        client.writer.write(encode(Subscribe()))
        client.writer.write(encode(Next()))
        first = await client.read()
        assert first["snapshot"]
        assert first["session"]["state"] == "active"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.readline(), 0.5)
        client.writer.write(encode(Next()))
        second = await client.read()
        assert not second.get("snapshot")
        assert second["quotes"]
        assert not second.get("instruments")
        client.writer.close()


async def test_no_frame_goes_out_before_the_first_next(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        client = await raw(engine)
        client.writer.write(encode(Subscribe()))
        client.writer.write(encode(Request(id=1, ask=GetStatus())))
        assert (await client.read())["is"] == "reply"
        client.writer.write(encode(Next()))
        assert (await client.read())["snapshot"]
        client.writer.close()


async def test_eight_clients_and_one_that_never_reads(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        stalled = await raw(engine)
        stalled.writer.write(encode(Subscribe()))
        stalled.writer.write(encode(Next()))
        others = []
        for _ in range(7):
            other = Driver(engine.engine, engine.socket)
            await other.attach()
            others.append(other)
        outcome = await engine.do("buy 100 AAPL market")
        for other in others:
            await other.order(outcome.orders[0].ref, lambda o: o.status == "filled")
        assert len(engine.engine.parts.clients._open) == 9
        for one in engine.engine.parts.clients._open:
            assert isinstance(one, conversation.Conversation)
            assert one.writer.transport.get_write_buffer_size() < 1_000_000
        assert (await stalled.read())["snapshot"]
        for other in others:
            await other.client.close()
        stalled.writer.close()
        await engine.until(lambda s: len(engine.engine.parts.clients._open) == 1)


async def test_log_lines_that_were_missed_are_sent_and_lost_ones_are_marked(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        log = engine.engine.parts.state.log
        seen = log.last
        log.say("INFO", "one more")
        client = await raw(engine)
        client.writer.write(encode(Subscribe(after=seen)) + encode(Next()))
        frame = await client.read()
        assert [line["text"] for line in frame["log"]] == ["one more"]
        for number in range(5_100):
            log.say("INFO", f"line {number}")
        client.writer.write(encode(Next()))
        frame = await client.read()
        assert frame["gap"]
        assert len(frame["log"]) == 5_000
        client.writer.close()


@pytest.mark.parametrize(
    "line",
    [b"not json\n", b"{}\n", b'{"is":"hello","program":"x","pid":1,"role":"terminal"}\n', b"x" * 70_000 + b"\n"],
)
async def test_a_client_that_breaks_the_protocol_is_told_and_left(tmp_path: Path, line: bytes) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        client = await raw(engine)
        client.writer.write(line)
        failure = await client.read()
        assert (failure["is"], failure["code"], failure["id"]) == ("failure", "bad_message", None)
        assert await client.read() == {}
        assert (await engine.status()).state == "active"
        client.writer.close()


async def test_a_client_of_another_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        client = await raw(engine, greet=False)
        client.writer.write(b'{"is":"hello","version":99,"program":"x","pid":1,"role":"terminal"}\n')
        failure = await client.read()
        assert failure["code"] == "engine_version"
        assert "99" in failure["message"]
        client.writer.close()


async def test_a_token_sends_once_and_only_for_who_asked(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        plan = await engine.preview("buy 100 AAPL @ 187.00")
        assert plan.sentence == "BUY 100 AAPL at 187.00 limit, day"
        assert plan.effect_sentence == "OPENS a long of 100"
        other = Driver(engine.engine, engine.socket)
        await other.attach()
        with pytest.raises(IbtuiError) as stolen:
            await other.send(plan.token)
        assert stolen.value.code == "token_expired"
        await other.client.close()
        assert (await engine.send(plan.token)).answered
        with pytest.raises(IbtuiError) as twice:
            await engine.send(plan.token)
        assert twice.value.code == "token_used"


async def test_a_token_dies_when_the_market_leaves_its_collar(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.until(lambda s: any(q.ask == 187.42 for q in s.quotes))
        plan = await engine.preview("buy 100 AAPL market")
        hold(gateway, 187.80, 187.85)
        await engine.until(lambda s: any(q.ask == 187.85 for q in s.quotes))
        with pytest.raises(IbtuiError) as moved:
            await engine.send(plan.token)
        assert moved.value.code == "price_moved"


async def test_a_token_dies_with_the_connection(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        plan = await engine.preview("buy 100 AAPL @ 187.00")
        epoch = engine.engine.parts.session.epoch
        gateway.faults.drop()
        await engine.until(lambda s: s.state == "active" and engine.engine.parts.session.epoch > epoch)
        with pytest.raises(IbtuiError) as reconnected:
            await engine.send(plan.token)
        assert reconnected.value.code == "reconnected"


async def test_a_token_dies_with_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibtui.engine.commands.plan.SECONDS", 0.0)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        plan = await engine.preview("buy 100 AAPL @ 187.00")
        with pytest.raises(IbtuiError) as expired:
            await engine.ask(Send(token=plan.token))
        assert expired.value.code == "token_expired"


async def test_search_and_bars(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        found = await engine.ask(Search(pattern="MSFT"))
        assert isinstance(found, Found)
        assert "MSFT" in {match.symbol for match in found.matches}
        for count in (30, 20, 60):
            bars = await engine.ask(GetBars(symbol="AAPL", seconds=60, count=count))
            assert isinstance(bars, Bars)
            times = [bar.time for bar in bars.bars]
            assert len(times) == count
            assert times == sorted(set(times))


async def test_a_shutdown_says_what_stays_behind(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL @ 186.00")
        client = await raw(engine)
        client.writer.write(encode(Request(id=7, ask=Shutdown())))
        reply = await client.read()
        assert reply["id"] == 7
        assert "1 order of ours stays" in reply["answer"]["message"]
        await asyncio.wait_for(engine.engine.run_until_ended(), PATIENCE)
        await engine.engine.stop()
        assert await client.read() == {}
        client.writer.close()
        await asyncio.wait_for(engine.lost.wait(), PATIENCE)
        assert len(gateway.backend.exchange.orders()) == 1


async def test_a_command_is_answered_while_the_broker_is_silent(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await bought(engine)
        gateway.faults.freeze()
        waiting = asyncio.ensure_future(engine.do("buy 100 AAPL @ 187.00"))
        assert (await engine.status()).positions
        gateway.faults.thaw()
        assert (await waiting).answered


async def test_preview_of_what_needs_none_is_refused(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        with pytest.raises(IbtuiError) as refused:
            await engine.preview("halt")
        assert refused.value.code == "bad_command"
        assert parse("halt") is not None


def test_a_long_socket_path_moves_to_a_private_folder(tmp_path: Path) -> None:
    deep = Folders(tmp_path / ("x" * 90) / "paper")
    path = socket_path(deep)
    assert len(os.fsencode(path)) <= 100
    assert path.parent.name == f"ibtui-{os.getuid()}"
    lock = Lock(deep)
    lock.take()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    lock.release()


def test_a_socket_left_by_a_killed_engine_is_removed(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "paper")
    folders.state.mkdir()
    left = folders.state / "engine.sock"
    left.touch()
    lock = Lock(folders)
    lock.take()
    assert not left.exists()
    with pytest.raises(IbtuiError) as running:
        Lock(folders).take()
    assert running.value.code == "engine_running"
    lock.release()
    again = Lock(folders)
    again.take()
    again.release()


@pytest.mark.parametrize("quantity", ["1e999999", "1e-999999", "-5", '"100"', '"NaN"'])
async def test_a_hostile_number_over_the_link_is_refused_at_once(tmp_path: Path, quantity: str) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        command = {"do": "trade", "terms": {"side": "BUY", "quantity": 0, "symbol": "AAPL", "type": "MKT"}}
        for ask in ("preview", "do"):
            client = await raw(engine)
            request = json.dumps({"is": "request", "id": 1, "ask": {"ask": ask, "command": command}})
            client.writer.write(request.replace('"quantity": 0', f'"quantity": {quantity}').encode() + b"\n")
            failure = await client.read()
            assert failure["code"] in ("bad_quantity", "bad_message")
            assert len(failure["message"]) < 300
            client.writer.close()


# one client that asks too much


async def flood(client: Raw, count: int, ask: Ask) -> None:
    """So many requests in one piece."""
    client.writer.write(b"".join(encode(Request(id=number, ask=ask)) for number in range(count)))


async def test_a_flood_is_refused_one_by_one_and_the_others_have_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibtui.engine.door.conversation.PAUSED_AFTER", 10_000)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        client = await raw(engine)
        await flood(client, 2_000, GetRecording())
        await engine.status()
        assert client.reader._buffer.count(b"\n") < 500  # type: ignore[attr-defined]
        answers = [await client.read() for _ in range(2_000)]
        assert sorted(answer["id"] for answer in answers) == list(range(2_000))
        refused = [answer for answer in answers if answer["is"] == "failure"]
        assert {answer["code"] for answer in refused} == {"too_many_requests"}
        assert len(refused) > 500
        client.writer.close()


async def test_a_flood_never_keeps_a_cancel_or_a_halt_from_being_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        order = (await engine.do("buy 10 AAPL @ 186.00")).orders[0]
        with monkeypatch.context() as strict:
            strict.setattr("ibtui.engine.door.quota.PER_SECOND", 1)
            client = await raw(engine)
            await flood(client, 50, GetRecording())
            await flood(client, 1, Do(command=Cancel(target=order.ref)))
            await flood(client, 1, Do(command=Halt()))
            answers = [await client.read() for _ in range(52)]
        assert sum(answer["is"] == "failure" for answer in answers) > 40
        outcomes = [answer["answer"] for answer in answers if answer.get("answer", {}).get("answer") == "outcome"]
        assert len(outcomes) == 2
        assert "halted" in outcomes[1]["message"]
        await engine.order(order.ref, lambda order: order.status == "cancelled")
        client.writer.close()


async def test_who_is_refused_again_and_again_is_not_read_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibtui.engine.door.conversation.PAUSED_AFTER", 10)
    monkeypatch.setattr("ibtui.engine.door.conversation.PAUSE", 3600.0)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        client = await raw(engine)
        await flood(client, 2_000, GetRecording())
        refused = 0
        while refused < 10:
            refused += (await client.read())["is"] == "failure"
        for _ in range(50):
            await engine.status()
        assert client.reader._buffer.count(b'"failure"') == 0  # type: ignore[attr-defined]
        client.writer.close()


async def test_who_floods_and_never_reads_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibtui.engine.door.conversation.UNREAD", 10_000)
    monkeypatch.setattr("ibtui.engine.door.conversation.PAUSE", 0.0)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        client = await raw(engine)
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await flood(client, 20_000, GetRecording())
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(client.writer.wait_closed(), PATIENCE)
        await engine.status()


def test_a_quota_fills_again_with_time_and_with_answers() -> None:
    clock = ManualClock(MORNING)
    quota = Quota(clock.monotonic)

    def taken(most: int) -> int:
        for number in range(most):
            try:
                quota.take(GetStatus())
            except IbtuiError:
                return number
        return most

    assert taken(1_000) == OPEN
    quota.answered()
    assert taken(1_000) == 1
    for _ in range(OPEN):
        quota.answered()
    while taken(1):
        quota.answered()
    clock.advance(0.9)
    assert taken(1) == 0
    quota.take(Do(command=Halt()))
    quota.take(Do(command=Cancel(target="all")))
    clock.advance(0.1)
    assert taken(1) == 1


def test_a_quota_takes_no_more_in_any_second_than_it_says() -> None:
    clock = ManualClock(MORNING)
    quota = Quota(clock.monotonic)
    taken: list[float] = []
    for _ in range(4 * PER_SECOND):
        with contextlib.suppress(IbtuiError):
            quota.take(GetStatus())
            quota.answered()
            taken.append(clock.monotonic())
        clock.advance(0.000_75)
    assert max(bisect(taken, time) - bisect(taken, time - 1.0) for time in taken) == PER_SECOND
