"""What an engine is started with: its profile, its folders, and the time it goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from ibtui.broker.session import Session as BrokerSession
from ibtui.config import Folders, Profile
from ibtui.engine.steady_clock import SteadyClock


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One profile's engine, before anything of it runs."""

    name: str
    profile: Profile
    folders: Folders
    clock: SteadyClock
    strategies: Path
    """The folder of the user's own strategies."""
    demo: bool
    session_type: Callable[..., BrokerSession]

    @property
    def zone(self) -> ZoneInfo:
        """In which a person is told of times."""
        return ZoneInfo(self.profile.timezone)

    @property
    def calendars(self) -> tuple[Path, ...]:
        """The files of the economic calendars."""
        return tuple(Path(name).expanduser() for name in self.profile.calendars)

    @property
    def signal_files(self) -> tuple[Path, ...]:
        """The files whose new lines are signals."""
        return tuple(Path(name).expanduser() for name in self.profile.signal_files)

    def day_began(self) -> datetime:
        """The last midnight in the profile's zone, in UTC."""
        return datetime.combine(self.clock.now().astimezone(self.zone).date(), time(), self.zone).astimezone(UTC)
