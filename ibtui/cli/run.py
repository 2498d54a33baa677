"""`ibtui run`: one strategy in the foreground, without a terminal."""

from __future__ import annotations

import signal
import sys
from collections import deque
from typing import TYPE_CHECKING, Any

import click

from ibtui.cli import launch
from ibtui.cli.engines import profile_of
from ibtui.cli.options import PROFILE
from ibtui.cli.output import print_json
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from ibtui.link.messages import Frame

WAIT = 20.0
"""Seconds to wait until a session that was just opened is ready."""


@click.command()
@click.argument("name")
@click.option("--param", multiple=True, metavar="NAME=VALUE", help="A parameter. May be repeated.")
@click.option("--shadow", is_flag=True, help="Decide and send nothing.")
@click.option(
    "--on-stop",
    type=click.Choice(["keep", "close", "hand"]),
    default="keep",
    show_default=True,
    help="What becomes of its position when this ends.",
)
@PROFILE
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def run(name: str, param: tuple[str, ...], shadow: bool, on_stop: str, profile: str, as_json: bool) -> int:
    """Run a strategy in the foreground: its decisions, orders and fills are printed; Ctrl-C switches it off.

    Starts the profile's engine if none runs, and leaves it running. The strategy is one of the built-in ones or a file
    of your strategies folder; NAME.LABEL is a run of its own. `ibtui strategies show NAME` explains its parameters.

    \b
    ibtui run sma_cross --param symbol=MSFT --shadow
    ibtui run dip --profile paper --on-stop close
    ibtui run sma_cross --profile demo --json | jq 'select(.event == "fill")'
    """
    from ibtui.cli.past import parse_parameters
    from ibtui.commands.command import Start

    command = Start(strategy=name, parameters=parse_parameters(param), shadow=shadow)
    _, state = profile_of(profile)
    socket = launch.ensure(profile, state, ["engine", "--profile", profile], lambda: None)
    signal.signal(signal.SIGTERM, _interrupt)
    started = _started(socket, command)
    _say({"event": "started", "text": started}, as_json)
    try:
        ended = _watch(socket, _name_of(started, name), as_json)
    except KeyboardInterrupt:
        ended = ""
        _say({"event": "stopped", "text": _stopped(socket, _name_of(started, name), on_stop)}, as_json)
    if ended:
        raise IbtuiError("strategy_failed", ended)
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _started(socket: Path, command: Any) -> str:
    """Start it as soon as the session is ready; the engine's sentence."""
    import time

    from ibtui.link.caller import Caller
    from ibtui.link.messages import Do, Outcome

    deadline = time.monotonic() + WAIT
    while True:
        try:
            with Caller(socket, 60.0) as engine:
                answer = engine.ask(Do(command=command))
        except IbtuiError as error:
            if error.code != "not_active" or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            assert isinstance(answer, Outcome)
            return answer.message


def _name_of(started: str, name: str) -> str:
    """An execution algorithm got a label of its own: guard.AAPL."""
    first = started.partition(" ")[0]
    return first if first.partition(".")[0] == name.partition(".")[0] else name


def _stopped(socket: Path, name: str, then: str) -> str:
    from ibtui.commands.command import Stop
    from ibtui.link.caller import Caller
    from ibtui.link.messages import Do, Outcome

    with Caller(socket, 60.0) as engine:
        answer = engine.ask(Do(command=Stop(strategy=name, then=then)))  # type: ignore[arg-type]
    assert isinstance(answer, Outcome)
    return answer.message


def _watch(socket: Path, name: str, as_json: bool) -> str:
    """Print what happens to it until it is off; why it failed, or nothing."""
    from ibtui.link.caller import Caller

    shown = PrintedRun(name)
    with Caller(socket) as engine:
        for frame in engine.listen():
            for line in shown.lines(frame):
                _say(line, as_json)
            if shown.over:
                return shown.failure
    return ""


_ORDER = ("ref", "symbol", "side", "quantity", "type", "limit_price", "stop_price", "status", "filled", "reason")
_FILL = ("ref", "symbol", "side", "quantity", "price", "time", "commission", "commission_currency")


class PrintedRun:
    """What was printed of one run, so that each thing is printed once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._decisions: deque[str] = deque(maxlen=20)
        """Those that led to an order are in the log as well."""
        self._state = ("", "")
        self.over = False
        self.failure = ""

    def lines(self, frame: Frame) -> Iterator[dict[str, Any]]:
        """New facts of a frame."""
        for one in frame.strategies or ():
            if one.name == self._name:
                yield from self._status(one)
        if not frame.snapshot:
            yield from self._orders(frame)
            for entry in frame.log:
                text = entry.text.partition(": ")[2]
                if entry.kind == "STRAT" and entry.text.startswith(f"{self._name}: ") and text not in self._decisions:
                    yield {"event": "log", "time": entry.time, "text": text}

    def _orders(self, frame: Frame) -> Iterator[dict[str, Any]]:
        for order in frame.orders:
            if order.owner == self._name:
                yield {"event": "order"} | {name: getattr(order, name) for name in _ORDER}
        for fill in frame.fills:
            if fill.owner == self._name:
                yield {"event": "fill"} | {name: getattr(fill, name) for name in _FILL}

    def _status(self, one: Any) -> Iterator[dict[str, Any]]:
        if (one.state, one.reason) != self._state and one.state not in ("off", "failed"):
            self._state = (one.state, one.reason)
            yield {"event": "state", "state": one.state, "reason": one.reason}
        if one.decision and one.decision not in list(self._decisions)[-1:]:
            self._decisions.append(one.decision)
            yield {"event": "decision", "time": one.decided, "text": one.decision}
        if one.state in ("off", "failed"):
            self.over = True
            self.failure = one.reason if one.state == "failed" else ""


def _say(line: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(line)
        return
    words = {
        "order": "{side} {quantity:f} {symbol} {type} {status} {reason}",
        "fill": "FILL {side} {quantity:f} {symbol} at {price:g}",
        "state": "{state} {reason}",
    }.get(str(line["event"]), "{text}")
    click.echo(words.format(**line).rstrip())
    sys.stdout.flush()
