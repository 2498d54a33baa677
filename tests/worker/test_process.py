"""A worker as its engine sees it: a real process at the other end of a real socketpair."""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import ibtui
from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.link.codec import encode, from_worker
from ibtui.link.worker import (
    BarClosed,
    Begin,
    Decided,
    Described,
    Drawn,
    Failed,
    Finish,
    Finished,
    FromWorker,
    Load,
    Look,
    OrderRequest,
    Past,
    Ping,
    Pong,
    QuoteMoved,
    Said,
    ShadowFilled,
    ShadowOrders,
    Started,
    ToWorker,
)
from ibtui.strategies.builtin.names import BUILTIN
from tests.clocks import PATIENCE

HOUSE = str(Path(ibtui.__file__).parent.parent)
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SPY = Instrument(symbol="SPY", con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")


class Worker:
    """Blocking talk with one worker."""

    def __init__(self, process: subprocess.Popen[bytes], ours: socket.socket) -> None:
        self.process = process
        self.socket = ours
        self._lines = ours.makefile("rb")

    def say(self, *messages: ToWorker) -> None:
        for message in messages:
            self.socket.sendall(encode(message))

    def hear(self) -> FromWorker | None:
        line = self._lines.readline()
        return from_worker(line) if line else None

    def ended(self) -> int:
        """Its exit code, once it has said its last word."""
        assert self.hear() is None
        self.socket.shutdown(socket.SHUT_WR)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def worker() -> Iterator[Worker]:
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ibtui.worker", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": HOUSE},
            cwd="/",
        )
    talk = Worker(process, ours)
    try:
        yield talk
    finally:
        process.kill()
        process.wait(PATIENCE)
        talk._lines.close()
        ours.close()


def begin(**parameters: str) -> Begin:
    return Begin(parameters=parameters, position={}, orders=(), equity=1.0)


def bar(second: int, close: float) -> Bar:
    return Bar("SPY", START + timedelta(seconds=second), close, close, close, close)


def test_without_a_name_every_built_in_is_described() -> None:
    with worker() as it:
        it.say(Load(name=""))
        for name in BUILTIN:
            described = it.hear()
            assert isinstance(described, Described)
            assert described.name == name
            assert len(described.sha256) == 64
        assert isinstance(it.hear(), Finished)
        assert it.ended() == 0


def test_a_whole_run_from_load_to_finish() -> None:
    with worker() as it:
        it.say(Load(name="sma_cross"))
        assert isinstance(it.hear(), Described)
        it.say(begin(fast="1", slow="2", bar="1s", stop="0"))
        assert it.hear() == Started(warmup=2, bar_seconds=1, symbols=("SPY",))
        it.say(Past(instruments=(SPY,), bars=(bar(0, 10), bar(1, 9))))
        past = it.hear()
        assert isinstance(past, Decided)
        assert (past.time, past.text, past.warming) == (
            START + timedelta(seconds=2),
            "knows 2 past bars · waits for the next",
            False,
        )
        it.say(BarClosed(bars=(bar(2, 12),), equity=5.0), Ping())
        wish, said, decided, pong = it.hear(), it.hear(), it.hear(), it.hear()
        assert isinstance(wish, OrderRequest)
        assert (wish.symbol, wish.quantity, wish.protect) == ("SPY", Decimal(100), None)
        assert isinstance(decided, Decided)
        assert decided.text == "fast 12.00 crossed above slow 10.50 · buys 100"
        assert said == Said(text=decided.text)
        assert pong == Pong()
        it.say(Finish())
        assert isinstance(it.hear(), Finished)
        assert it.ended() == 0


def test_a_shadow_decides_and_sends_nothing() -> None:
    with worker() as it:
        it.say(Load(name="sma_cross"))
        it.hear()
        it.say(Begin(parameters={"fast": "1", "slow": "2"}, position={}, orders=(), equity=None, shadow=True))
        it.hear()
        it.say(Past(instruments=(SPY,), bars=(bar(0, 10), bar(1, 9))))
        it.hear()
        it.say(BarClosed(bars=(bar(2, 12),)))
        assert it.hear() == Drawn(text="would BUY 100 SPY at market")
        said, decided, work = it.hear(), it.hear(), it.hear()
        assert isinstance(decided, Decided)
        assert decided.text.endswith("buys 100")
        assert said == Said(text=decided.text)
        assert isinstance(work, ShadowOrders)
        assert [(order.side, order.quantity, order.type, order.tif) for order in work.orders] == [
            ("BUY", Decimal(100), "MKT", "DAY")
        ]
        it.say(BarClosed(bars=(bar(3, 13),)))
        assert it.hear() == Drawn(text="would have traded BUY 100 SPY at 13 · would hold 100")
        filled = it.hear()
        assert isinstance(filled, ShadowFilled)
        assert (filled.fill.price, filled.position) == (13, Decimal(100))
        assert isinstance(it.hear(), Decided)
        assert it.hear() == ShadowOrders(orders=())


def test_quotes_and_equity_reach_the_hooks_in_order(tmp_path: Path) -> None:
    file = tmp_path / "watcher.py"
    file.write_text(
        "from ibtui.strategies import Strategy, param\n"
        "class Watcher(Strategy):\n"
        "    symbol: str = param('SPY', kind='symbol')\n"
        "    def on_quote(self, quote): print('quote', quote.last, end='')\n"
        "    def on_bars(self, bars): print(len(bars), 'bar', self.equity, self.held, self.position('SPY'))\n"
        "    def on_stop(self): print('bye')\n"
    )
    with worker() as it:
        it.say(Load(name="watcher", file=str(file)))
        assert isinstance(it.hear(), Described)
        it.say(Begin(parameters={}, position={"SPY": Decimal(-3)}, orders=(), equity=None))
        assert it.hear() == Started(warmup=0, bar_seconds=60, symbols=("SPY",))
        it.say(Past(instruments=(SPY,), bars=()))
        assert isinstance(it.hear(), Decided)
        it.say(QuoteMoved(quote=Quote(symbol="SPY", last=5.5)), BarClosed(bars=(bar(0, 1),), equity=7.0), Finish())
        assert it.hear() == Said(text="quote 5.5")
        assert it.hear() == Said(text="1 bar 7.0 ('SPY',) -3.0")
        assert isinstance(it.hear(), Decided)
        assert it.hear() == Said(text="bye")


def test_another_file_than_the_approved_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from ibtui.strategies import Strategy\nclass Mine(Strategy): ...\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    with worker() as it:
        it.say(Load(name="mine", file=str(file), sha256=digest))
        assert isinstance(it.hear(), Described)
    with worker() as it:
        it.say(Load(name="mine", file=str(file), sha256="0" * 64))
        refused = it.hear()
        assert isinstance(refused, Failed)
        assert refused.code == "changed_file"


def test_helpers_run_from_the_bytes_that_were_approved_and_nothing_else_beside_them_does(tmp_path: Path) -> None:
    file, helper, other = (tmp_path / name for name in ("mine.py", "_helper.py", "other.py"))
    mark = tmp_path / "mark"
    helper.write_text("WORD = 'approved'\n")
    other.write_text(f"open({str(mark)!r}, 'w')\n")
    file.write_text(
        "import os, sys, importlib\n"
        "from ibtui.strategies import Strategy, param\n"
        "sys.path.insert(0, os.path.dirname(__file__))\n"
        f"open({str(helper)!r}, 'w').write('WORD = \"replaced\"')\n"
        "import _helper\n"
        "class Mine(Strategy):\n"
        "    symbol: str = param('SPY', kind='symbol')\n"
        "    def on_start(self):\n"
        "        print(_helper.WORD, _helper.__file__)\n"
        "        importlib.import_module('oth' + 'er')\n"
    )
    with worker() as it:
        it.say(Look(files={"mine": str(file)}))
        seen = it.hear()
        assert isinstance(seen, Described)
    with worker() as it:
        it.say(Load(name="mine", file=str(file), sha256=seen.sha256))
        assert isinstance(it.hear(), Described)
        it.say(begin())
        assert it.hear() == Said(text=f"approved {helper}")
        failed = it.hear()
        assert isinstance(failed, Failed)
        assert "other lies beside the strategy and is no part of what was approved" in failed.message
    assert not mark.exists()


def test_a_failure_names_the_authors_line_and_carries_the_end_of_the_traceback(tmp_path: Path) -> None:
    (tmp_path / "deep.py").write_text("import json\n\n\ndef load():\n    return json.loads('{')\n\nload()\n")
    with worker() as it:
        it.say(Load(name="deep", file=str(tmp_path / "deep.py")))
        failed = it.hear()
        assert isinstance(failed, Failed)
        assert failed.message.startswith("deep.py line 5, in load: JSONDecodeError: ")
        assert failed.trace.splitlines()[-1].startswith("json.decoder.JSONDecodeError")
        it.ended()


def test_its_last_words_arrive_even_if_it_left_messages_unread(tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text("raise RuntimeError('last words')\n")
    with worker() as it:
        it.say(Load(name="dies", file=str(tmp_path / "dies.py")), *[Ping()] * 2_000)
        select.select([it.socket], [], [], PATIENCE)
        it.say(*[Ping()] * 2_000)
        failed = it.hear()
        assert isinstance(failed, Failed)
        assert failed.message == "dies.py line 1: RuntimeError: last words."
        it.ended()


def test_it_imports_neither_the_client_library_nor_a_terminal() -> None:
    code = (
        "import sys, ibtui.worker.main; "
        "print([m for m in ('ib_insync', 'textual', 'asyncio', 'numpy', 'pandas', 'ibtui.broker', 'ibtui.engine') "
        "if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": HOUSE}
    )
    assert run.stdout.strip() == "[]"


def test_it_ends_when_its_engine_closes_the_pipe() -> None:
    with worker() as it:
        it.say(Load(name="sma_cross"))
        it.hear()
        it.socket.shutdown(socket.SHUT_RDWR)
        assert it.process.wait(PATIENCE) == 0


ENGINE = """
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
process = subprocess.Popen([sys.executable, "-P", "-m", "ibtui.worker", str(theirs.fileno())],
                           pass_fds=(theirs.fileno(),), start_new_session=True)
theirs.close()
ours.sendall(os.environb[b"LOAD"])
print(process.pid, flush=True)
while True:
    ours.recv(1024)
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a foreign process by its descriptor")
def test_it_does_not_outlive_a_killed_engine_even_in_a_loop(tmp_path: Path) -> None:
    marker = tmp_path / "looping"
    (tmp_path / "loops.py").write_text(f"open({str(marker)!r}, 'w').close()\nwhile True: pass\n")
    os.mkfifo(marker)
    load = encode(Load(name="loops", file=str(tmp_path / "loops.py"))).decode()
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE], stdout=subprocess.PIPE, env={**os.environ, "LOAD": load, "PYTHONPATH": HOUSE}
    )
    assert engine.stdout is not None
    pid = int(engine.stdout.readline())
    watched = os.pidfd_open(pid)
    # Opening a named pipe waits for the other side: from here on the worker is in its loop.
    marker.open().close()
    engine.kill()
    engine.wait(PATIENCE)
    engine.stdout.close()
    assert select.select([watched], [], [], PATIENCE)[0], "the worker outlived its engine"
    os.close(watched)


def test_the_engines_clock_calls_where_no_bar_closes(tmp_path: Path) -> None:
    file = tmp_path / "timed.py"
    file.write_text(
        "from ibtui.strategies import Strategy, param\n"
        "class Timed(Strategy):\n"
        "    symbol: str = param('SPY', kind='symbol')\n"
        "    bar: str = param('1d', kind='bar')\n"
        "    def on_start(self): self.at('close-10m', self.act)\n"
        "    def act(self, bars): self.buy('SPY', 5)\n"
    )
    due = datetime(2026, 11, 27, 17, 50, tzinfo=UTC)  # ten minutes before an early close
    with worker() as it:
        it.say(Load(name="timed", file=str(file)))
        assert isinstance(it.hear(), Described)
        it.say(Begin(parameters={}, position={}, orders=(), equity=None))
        assert isinstance(it.hear(), Started)
        it.say(Past(instruments=(SPY,), bars=(), time=due - timedelta(minutes=5)))
        assert isinstance(it.hear(), Decided)
        it.say(Ping(time=due - timedelta(seconds=1)))
        assert it.hear() == Pong()
        it.say(Ping(time=due))
        wish, decided, pong = it.hear(), it.hear(), it.hear()
        assert isinstance(wish, OrderRequest)
        assert (wish.symbol, wish.quantity) == ("SPY", Decimal(5))
        assert isinstance(decided, Decided)
        assert pong == Pong()
        it.say(Ping(time=due + timedelta(seconds=1)))
        assert it.hear() == Pong()
