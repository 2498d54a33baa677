"""The demo's one process: an engine, with the offline gateway as its child, both gone together."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import click
import msgspec

from ibtui.cli.furnish import furnish
from ibtui.config import Folders, Profile, prepare
from ibtui.domain.failure import IbtuiError
from ibtui.engine.engine import serve as serve_engine

NAME = "demo"
GATEWAY_SECONDS = 10.0


def serve(profile: Profile, folders: Folders, seed: int) -> None:
    """Run gateway and engine until stopped; prints `ready SOCKET` once the demo is connected and furnished."""
    with _alone(folders):
        asyncio.run(_serve(profile, folders, seed))


@contextmanager
def _alone(folders: Folders) -> Iterator[None]:
    """Hold the demo's own lock, and begin with an empty state: a seeded gateway reissues execution ids."""
    prepare(folders.state)
    with (folders.state.parent / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IbtuiError("engine_running", "The demo runs already; `ibtui demo` attaches to it.") from None
        for entry in folders.state.iterdir():
            if entry != folders.log:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        yield


async def _serve(profile: Profile, folders: Folders, seed: int) -> None:
    furnishing: list[asyncio.Task[None]] = []

    def ready(socket: Path) -> None:
        furnishing.append(asyncio.create_task(_furnish(socket)))

    async with _gateway(folders, seed) as (host, port):
        profile = msgspec.structs.replace(profile, host=host, port=port)
        try:
            await serve_engine(NAME, profile, folders, demo=True, ready=ready)
        finally:
            for task in furnishing:
                task.cancel()


async def _furnish(socket: Path) -> None:
    try:
        await furnish(socket)
    except IbtuiError as error:
        click.echo(f"ibtui: the demo's first orders were not placed: {error.message}", err=True)
    click.echo(f"ready {socket}")


@asynccontextmanager
async def _gateway(folders: Folders, seed: int) -> AsyncIterator[tuple[str, int]]:
    """The gateway as a child that ends when our end of its standard input closes, however we end."""
    with (folders.state / "gateway.log").open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "ibtui", "gateway", "--port", "0", "--seed", str(seed), "--tied"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(GATEWAY_SECONDS):
            line = (await process.stdout.readline()).decode()
        if not line.startswith("ready "):
            raise IbtuiError("start_failed", f"The offline gateway did not start; see {folders.state / 'gateway.log'}.")
        host, _, port = line.split()[1].rpartition(":")
        yield host, int(port)
    except TimeoutError:
        raise IbtuiError("start_failed", "The offline gateway did not start in time.") from None
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(3):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
