"""Running an engine or a gateway in the foreground."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ibtui.config import Folders, Profile, prepare


def engine(name: str, profile: Profile, folders: Folders) -> None:
    """Serve a profile until it is stopped."""
    from ibtui.engine.engine import serve

    prepare(folders.state)
    asyncio.run(serve(name, profile, folders, ready=_ready))


def _ready(socket: Path) -> None:
    click.echo(f"ready {socket}")


def gateway(options: Mapping[str, Any], tied: bool) -> None:
    """Serve the offline gateway until it is stopped, or while standard input stays open if `tied`.

    `options` are the fields of `ibtui.gateway.serving.ServeOptions`.
    """
    asyncio.run(_gateway(options, tied))


async def _gateway(options: Mapping[str, Any], tied: bool) -> None:
    from ibtui.gateway.serving import ServeOptions, serve

    if tied:
        await asyncio.get_running_loop().connect_read_pipe(_EndWithInput, sys.stdin)
    await serve(ServeOptions(**options), click.echo)


class _EndWithInput(asyncio.Protocol):
    """Ends this process when standard input closes: the one who started it is gone."""

    def connection_lost(self, error: Exception | None) -> None:
        signal.raise_signal(signal.SIGTERM)
