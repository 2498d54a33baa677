"""Running an engine or a gateway in the foreground."""

from __future__ import annotations

import asyncio
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
    from ibtui.gateway.server import serve

    asyncio.run(serve(host=host, port=port, seed=seed, accounts=accounts, tied=tied))
