"""A request without an answer may have been carried out: it does not fail like one that was never asked."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.link.caller import Caller
from ibtui.link.client import Client
from ibtui.link.codec import encode
from ibtui.link.messages import Ask, Do, GetStatus, Hello, Preview, Search, Send, Shutdown
from tests.clocks import PATIENCE
from tests.commands.lines import LINES

HARMLESS = ("watch", "unwatch", "approve", "alert", "alerts", "unalert", "forget", "since")
MOVING: list[Ask] = [
    Send(token="t"),
    *(Do(command=parse(line), wait=True) for verb, line in LINES.items() if verb not in HARMLESS),
]
ASKING: list[Ask] = [
    GetStatus(),
    Search(pattern="x"),
    Shutdown(),
    Preview(command=parse("buy 1 AAPL market")),
    *(Do(command=parse(LINES[verb])) for verb in HARMLESS),
]


@contextmanager
def engine_that(path: Path, hangs_up: bool, first: Callable[[], object] = lambda: None) -> Iterator[None]:
    """A socket that greets, reads one request, and hangs up or stays silent, once `first` is done."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        done = threading.Event()

        def talk() -> None:
            peer, _ = listener.accept()
            with peer, peer.makefile("rb") as lines:
                lines.readline()
                peer.sendall(encode(Hello(program="test", pid=1, role="engine", profile="paper")))
                while b'"request"' not in lines.readline():
                    pass
                first()
                if not hangs_up:
                    done.wait(10)

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


@contextmanager
def greeted_by(path: Path, hangs_up: bool) -> Iterator[Caller]:
    """A caller that was greeted, however long that took; only one who stays silent is not waited for."""
    with closing(Caller(path, timeout=PATIENCE)) as caller:
        if not hangs_up:
            caller._socket.settimeout(0.1)
        yield caller


@pytest.mark.parametrize("hangs_up", [True, False])
@pytest.mark.parametrize("ask", MOVING, ids=repr)
def test_what_can_move_money_may_have_been_done(tmp_path: Path, ask: Ask, hangs_up: bool) -> None:
    with (
        engine_that(tmp_path / "s", hangs_up),
        greeted_by(tmp_path / "s", hangs_up) as caller,
        pytest.raises(IbtuiError) as caught,
    ):
        caller.ask(ask)
    assert caught.value.code == "unanswered"
    assert "the order may be working" in caught.value.message
    assert "--id" in caught.value.message


@pytest.mark.parametrize(("hangs_up", "code"), [(True, "no_engine"), (False, "timeout")])
@pytest.mark.parametrize("ask", ASKING, ids=repr)
def test_what_moves_nothing_was_not_done(tmp_path: Path, ask: Ask, hangs_up: bool, code: str) -> None:
    with (
        engine_that(tmp_path / "s", hangs_up),
        greeted_by(tmp_path / "s", hangs_up) as caller,
        pytest.raises(IbtuiError) as caught,
    ):
        caller.ask(ask)
    assert caught.value.code == code


def test_what_was_never_written_was_not_done(tmp_path: Path) -> None:
    with engine_that(tmp_path / "s", hangs_up=True), closing(Caller(tmp_path / "s", timeout=PATIENCE)) as caller:
        with pytest.raises(IbtuiError):
            caller.ask(GetStatus())
        with pytest.raises(IbtuiError) as caught:
            caller.ask(MOVING[0])
    assert caught.value.code == "no_engine"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """The interrupt is not ignored, as it is where the suite runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("ask", [MOVING[1], GetStatus()], ids=repr)
def test_who_stops_waiting_is_told_that_it_may_be_done(tmp_path: Path, ask: Ask) -> None:
    main = threading.main_thread().ident
    assert main is not None
    with (
        engine_that(tmp_path / "s", False, lambda: signal.pthread_kill(main, signal.SIGINT)),
        closing(Caller(tmp_path / "s", timeout=PATIENCE)) as caller,
        pytest.raises(IbtuiError if ask in MOVING else KeyboardInterrupt) as caught,
    ):
        caller.ask(ask)
    if isinstance(caught.value, IbtuiError):
        assert caught.value.code == "unanswered"
        assert caught.value.message.startswith("You stopped waiting after it was asked: the order may be working.")


def test_with_an_id_it_is_said_to_ask_again(tmp_path: Path) -> None:
    ask = Do(command=parse("buy 1 AAPL market"), id="one")
    with (
        engine_that(tmp_path / "s", hangs_up=True),
        closing(Caller(tmp_path / "s", timeout=PATIENCE)) as caller,
        pytest.raises(IbtuiError, match="Ask again with the same --id, one: it is sent once"),
    ):
        caller.ask(ask)


@pytest.mark.parametrize("hangs_up", [True, False])
@pytest.mark.parametrize("ask", [MOVING[0], MOVING[1]], ids=repr)
async def test_the_lasting_client_tells_the_same(tmp_path: Path, ask: Ask, hangs_up: bool) -> None:
    with engine_that(tmp_path / "s", hangs_up):
        client = Client(lambda frame: None, lambda reason: None)
        await client.connect(tmp_path / "s")
        with pytest.raises(IbtuiError) as caught:
            await client.ask(ask, within=0.1 if not hangs_up else PATIENCE)
        assert caught.value.code == "unanswered"
        await client.close()
    with pytest.raises(IbtuiError) as unattached:
        await client.ask(ask)
    assert unattached.value.code == "no_engine"
