"""Starts of calendar entries: a moment, a local time in a zone of the file or of the world, or a whole day."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from msgspec import Struct

from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.failure import IbtuiError

_STAMP = re.compile(r"(\d{8})(?:T(\d{2})(\d{2})(\d{2})?(Z?))?", re.ASCII)


class EntryStart(Struct, frozen=True):
    """When an entry begins, as its calendar's wall shows it."""

    local: datetime
    """Without zone; midnight for a whole day."""
    zone: tzinfo
    whole_day: bool = False
    floating: bool = False
    """Whether it says no zone, so that it is meant wherever it is read."""

    @property
    def moment(self) -> datetime:
        """Aware UTC; a whole day begins at midnight of New York, a time that spring leaves out an hour later."""
        return self.local.replace(tzinfo=NEW_YORK if self.whole_day else self.zone).astimezone(UTC)

    def seen_from(self, zone: tzinfo) -> datetime:
        """What the wall shows in another zone; what says no zone means the wall it is compared with."""
        if self.whole_day or self.floating or self.zone is zone:
            return self.local
        return self.local.replace(tzinfo=self.zone).astimezone(zone).replace(tzinfo=None)


class Zones:
    """The zones of a calendar: those of the world by name, its own definitions, Windows names."""

    def __init__(self, own: str, defined: dict[str, list[str]]) -> None:
        self._defined = defined
        self._known: dict[str, tzinfo] = {}
        self.floating = self._world(own) or NEW_YORK
        """Of times without a zone: the calendar's (X-WR-TIMEZONE), else New York's."""

    def named(self, name: str) -> tzinfo:
        """Raises IbtuiError `bad_signal` for a name that nothing knows."""
        if name not in self._known:
            found = self._world(name) or self._own(name) or self._world(_windows(name))
            if found is None:
                raise IbtuiError("bad_signal", f"its time zone {name[:40]!r} is not known")
            self._known[name] = found
        return self._known[name]

    def _world(self, name: str) -> tzinfo | None:
        """`America/New_York`, also at the end of a path of another program's."""
        parts = [part for part in name.strip().split("/") if part]
        for begin in range(len(parts)):
            try:
                return ZoneInfo("/".join(parts[begin:]))
            except Exception:  # a name may be anything, a path and a folder included
                continue
        return None

    def _own(self, name: str) -> tzinfo | None:
        lines = self._defined.get(name)
        if lines is None:
            return None
        rules = [line for line in lines if line.upper().startswith("RRULE")]
        if any("FREQ=YEARLY" not in rule.upper() for rule in rules):
            raise IbtuiError("bad_signal", f"its time zone {name[:40]!r} has a rule that is none of years")
        from dateutil.tz import tzical

        found: tzinfo | None = tzical(io.StringIO("\n".join(lines) + "\n")).get(name)
        return found


def _windows(name: str) -> str:
    """The world's name for a zone of Windows; empty for none."""
    try:
        from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON
    except ImportError:
        return ""
    return str(WINDOWS_TO_OLSON.get(name, ""))


def starts(text: str, parameters: dict[str, str], zones: Zones) -> list[EntryStart]:
    """The starts that a property lists (of a period its begin); raises IbtuiError `bad_signal`."""
    return [_start(one.strip().partition("/")[0], parameters, zones) for one in text.split(",") if one.strip()]


def _start(text: str, parameters: dict[str, str], zones: Zones) -> EntryStart:
    found = _STAMP.fullmatch(text)
    if found is None:
        raise IbtuiError("bad_signal", f"{text[:30]!r} is not a time of a calendar")
    try:
        day = datetime.strptime(found[1], "%Y%m%d")  # noqa: DTZ007 (the wall's time; its zone is beside it)
        if found[2] is None:
            return EntryStart(day, zones.floating, whole_day=True)
        # A leap second is none on a wall.
        local = datetime.combine(day, time(int(found[2]), int(found[3]), min(int(found[4] or 0), 59)))
    except ValueError:
        raise IbtuiError("bad_signal", f"{text[:30]!r} is not a time of a calendar") from None
    if found[5]:
        return EntryStart(local, UTC)
    name = parameters.get("TZID", "")
    return EntryStart(local, zones.named(name)) if name else EntryStart(local, zones.floating, floating=True)
