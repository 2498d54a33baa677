"""Running an engine or a gateway in the foreground."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import click

from ibtui.config import Folders, Profile


def engine(name: str, profile: Profile, folders: Folders) -> None:
    """Serve a profile until it is stopped."""
    from ibtui.engine.engine import serve

    asyncio.run(serve(name, profile, folders, ready=_ready))


def _ready(socket: Path) -> None:
    click.echo(f"ready {socket}")


def gateway(host: str, port: int, seed: int, accounts: tuple[str, ...], tied: bool) -> None:
    """Serve the offline gateway until it is stopped, or while standard input stays open if `tied`."""
    asyncio.run(_gateway(host, port, seed, accounts, tied))


async def _gateway(host: str, port: int, seed: int, accounts: tuple[str, ...], tied: bool) -> None:
    from ibtui.gateway.server import serve

    if tied:
        await asyncio.get_running_loop().connect_read_pipe(_EndWithInput, sys.stdin)
    await serve(host=host, port=port, seed=seed, accounts=accounts)


class _EndWithInput(asyncio.Protocol):
    """Ends this process when standard input closes: the one who started it is gone."""

    def connection_lost(self, error: Exception | None) -> None:
        signal.raise_signal(signal.SIGTERM)
