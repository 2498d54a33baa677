"""Finding a profile and its running engine."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ibtui.cli import launch
from ibtui.config import Folders, Profile, folders, load

if TYPE_CHECKING:
    from ibtui.link.caller import Caller


def profile_of(name: str) -> tuple[Profile, Folders]:
    """A profile's settings and folders; raises IbtuiError `bad_config`."""
    return load().profile(name), folders(name)


def zone_of(name: str) -> tzinfo:
    """The zone in which a profile's times are shown to people."""
    return ZoneInfo(load().profile(name).timezone)


def caller(name: str, timeout: float = 10.0) -> Caller:
    """A conversation with the engine of a profile, which may take `timeout` seconds to answer.

    Raises IbtuiError `no_engine` when none runs.
    """
    from ibtui.link.caller import Caller

    _, state = profile_of(name)
    return Caller(launch.socket_of(name, state), timeout)
