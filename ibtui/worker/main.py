"""The worker's life: bounded first, then load, run, end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from ibtui.domain.failure import IbtuiError
from ibtui.lifeline import end_with
from ibtui.link.worker import Begin, Finished, Load, Look, ReadSignals, ToWorker
from ibtui.worker import bounds, memory
from ibtui.worker.failed import failed
from ibtui.worker.live import Live
from ibtui.worker.load import describe_builtins, described, load, look
from ibtui.worker.output import Output
from ibtui.worker.pipe import Pipe


def main(fd: int) -> NoReturn:
    """Serve the engine on the inherited socket `fd` until it says Finish or goes away; never returns."""
    pipe = Pipe(fd)
    bounds.limit_process()
    end_with(fd)
    bounds.silence_descriptors()
    sys.stdout = sys.stderr = Output(pipe.say_line)
    code = 0
    try:
        _serve(pipe)
    except BaseException as error:
        pipe.send(failed(error))
        code = 1
    pipe.finish()
    # Threads that a strategy left behind do not keep the process.
    os._exit(code)


def _serve(pipe: Pipe) -> None:
    first = pipe.receive()
    most = memory.limit(first.memory * 1024**2 if isinstance(first, Load) else 0)
    try:
        _answer(pipe, first)
    except MemoryError as error:
        memory.allow_last_words()
        error.add_note(f"It may take {most // 1024**2:,} MiB; strategy_memory of its profile sets that.")
        raise


def _answer(pipe: Pipe, first: ToWorker) -> None:
    task = _TASKS.get(type(first))
    if task is None:
        raise IbtuiError("bad_message", "The engine did not begin with Load.")
    task(pipe, first)


def _look(pipe: Pipe, wanted: Look) -> None:
    for one in look(wanted):
        pipe.send(one)
    pipe.send(Finished())


def _load(pipe: Pipe, wanted: Load) -> None:
    if not wanted.name:
        for one in describe_builtins():
            pipe.send(one)
        pipe.send(Finished())
        return
    loaded = load(wanted)
    pipe.send(described(loaded))
    begin = pipe.receive()
    if isinstance(begin, Begin):
        Live(pipe, loaded.strategy, begin).run()
        pipe.send(Finished())


def _read(pipe: Pipe, wanted: ReadSignals) -> None:
    from ibtui.worker.read import read  # a strategy needs no reader of files

    for some in read(wanted):
        pipe.send(some)
    pipe.send(Finished())


_TASKS: dict[type, Callable[[Pipe, Any], None]] = {Look: _look, ReadSignals: _read, Load: _load}
"""What a worker is started for, by the first message to it."""
