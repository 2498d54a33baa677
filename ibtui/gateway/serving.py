"""Serving: a gateway in the foreground, made from its options, until it is told to end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ibtui.domain.calendar.clock import SystemClock
from ibtui.domain.failure import IbtuiError
from ibtui.exchange.exchange import Exchange
from ibtui.gateway.control import ControlSocket
from ibtui.gateway.running.json_log import JsonLog
from ibtui.gateway.running.limits import NO_LIMITS
from ibtui.gateway.running.registry import Registry
from ibtui.gateway.running.replays import read_replay
from ibtui.gateway.running.saving import only_user
from ibtui.gateway.running.state import load
from ibtui.gateway.running.stepping import STEPPED_START, RunningTime, Stepped
from ibtui.gateway.server import Gateway


class ServeOptions(Struct, frozen=True, kw_only=True):
    """How a gateway is to be; the defaults are those of the command line but for the port."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 picks a free one."""
    seed: int = 7
    start: datetime | None = None
    """When the exchange's time begins, aware; by default where a replay does, else `STEPPED_START` or now."""
    replay: tuple[str, ...] = ()
    """CSV or Parquet files with bars or ticks that drive their instruments, or folders of recordings."""
    instruments: Mapping[str, str] = {}
    """What symbols of a replay are that no table knows: lines of `ibtui.domain.reference.line` by symbol or root."""
    accounts: tuple[str, ...] = ("DU1234567",)
    """Each as `DU1234567`, or with its currency and kind as `DU7654321:EUR:cash`."""
    cash: float = 1_000_000.0
    """What each account begins with, in its currency."""
    speed: float = 1.0
    """How many simulated seconds pass in one second."""
    step: bool = False
    """Time moves only by the control socket."""
    pacing: bool = False
    """Hold clients to IB's rates."""
    read_only: bool = False
    master_client: int | None = None
    """The id of the client that hears of everybody's orders and executions."""
    control: str | None = None
    """A TCP port (0 picks a free one) or the path of a Unix socket; None for no control socket."""
    json_log: bool = False
    """Write every message to standard output, after the lines that say where the gateway listens."""
    stress: float = 0.0
    """Messages a second that quotes are made to have; 0 leaves them to the market."""
    hours: Literal["always", "real"] = "always"
    """Markets never close, or keep their exchange's hours and holidays, with auctions and gaps between sessions."""
    state: str | None = None
    """A file to go on from, and to keep the state in. What it holds goes before seed, accounts, cash, start and hours.

    Time goes on from where it stood, or with neither a start nor a replay nor steps, from now.
    """


@asynccontextmanager
async def running(options: ServeOptions) -> AsyncIterator[tuple[Gateway, ControlSocket | None]]:
    """A started gateway and its control socket.

    Raises IbtuiError: `port_in_use` or `cannot_listen`; `usage` for an account's terms; `replay_file`, `replay_parquet`
    or `replay_empty` for files that cannot be replayed, `no_file` or `bad_data` for folders; `state_file` for a state
    that is none, is in use, or cannot be written.
    """
    with only_user(Path(options.state)) if options.state is not None else nullcontext():
        gateway = _gateway(options)
        await gateway.start()
        try:
            async with (
                ControlSocket(gateway, options.control) if options.control is not None else nullcontext() as control
            ):
                yield gateway, control
        finally:
            await gateway.stop()


def _gateway(options: ServeOptions) -> Gateway:
    exchange, registry = _exchange(options)
    gateway = Gateway(
        exchange,
        registry,
        host=options.host,
        port=options.port,
        simulated_time=Stepped() if options.step else RunningTime(options.speed),
        read_only=options.read_only,
        pacing=options.pacing,
        log=JsonLog(sys.stdout.buffer, lambda: exchange.now) if options.json_log else None,
        stress=options.stress,
        state=Path(options.state).resolve() if options.state is not None else None,
    )
    gateway.backend.master = options.master_client
    if not options.pacing:
        gateway.backend.limits = NO_LIMITS
    return gateway


def _exchange(options: ServeOptions) -> tuple[Exchange, Registry]:
    """The exchange that a state file holds, brought to the present, or a new one."""
    replay = read_replay(map(Path, options.replay), options.instruments) if options.replay else None
    now = None if options.start is not None or replay is not None or options.step else SystemClock().now()
    if options.state is not None and os.path.exists(options.state):
        exchange, registry = load(Path(options.state), replay=replay)
        exchange.advance(max(now or exchange.now, exchange.now))
        return exchange, registry
    start = options.start or now or (STEPPED_START if replay is None else None)
    try:
        exchange = Exchange(
            seed=options.seed,
            start=start,
            accounts=options.accounts,
            cash=options.cash,
            replay=replay,
            always_open=options.hours == "always",
        )
    except ValueError as error:
        raise IbtuiError("usage", f"{error}.") from None
    return exchange, Registry()


async def serve(options: ServeOptions, say: Callable[[str], None]) -> None:
    """Say `ready HOST:PORT`, then `control ADDRESS` and its `token TOKEN` if there are any, and serve until a signal.

    Raises IbtuiError as `running` does.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with running(options) as (gateway, control):
        say(f"ready {options.host}:{gateway.port}")
        if control is not None:
            say(f"control {control.address}")
            if control.token:
                say(f"token {control.token}")
        await ended.wait()
