"""What an engine is started with: its profile, its folders, and the time it goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ibtui.broker.session import Session as BrokerSession
from ibtui.config import Folders, Profile
from ibtui.domain.calendar.new_york import day_began
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
        """When the day of profit and of limits began: New York's, wherever the screen is read; in UTC."""
        return day_began(self.clock.now())
