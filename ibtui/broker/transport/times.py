"""Reads the times that IB writes, in any of its formats, without ever failing."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ibtui.domain.calendar.new_york import midnight
from ibtui.domain.calendar.trading_hours import zone_of

_FORMAT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(-|\s+)(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:\s+(\S.*))?")


def exec_time(text: str, now: datetime) -> datetime:
    """The moment of an execution, aware UTC.

    Formats: seconds since the epoch; `YYYYMMDD-HH:MM:SS` (UTC); `YYYYMMDD HH:MM:SS Zone`; without a zone, or with one
    that nobody knows, the zone of this machine. Text that is no time at all gives `now`: a fill with a doubtful time
    is worth more than no fill.
    """
    return written_time(text) or now


def written_time(text: str) -> datetime | None:
    """The moment that a text in one of these formats says, aware UTC; None for any other text."""
    text = text.strip()
    try:
        if text.isdigit() and len(text) > 8:
            return datetime.fromtimestamp(int(text), UTC)
        match = _FORMAT.fullmatch(text)
        return None if match is None else _written(match)
    except (ValueError, OverflowError, OSError):
        return None


def _written(match: re.Match[str]) -> datetime:
    year, month, day, separator, hour, minute, second, zone = match.groups()
    local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second))  # noqa: DTZ001
    if separator == "-" and zone is None:
        return local.replace(tzinfo=UTC)
    return _in_zone(local, zone).astimezone(UTC)


def bar_time(text: str) -> datetime:
    """The start of a bar, aware UTC: seconds since the epoch, or a day `YYYYMMDD` (its midnight in New York)."""
    if len(text) == 8:
        return midnight(datetime.strptime(text, "%Y%m%d").date())  # noqa: DTZ007
    return datetime.fromtimestamp(int(text), UTC)


def _in_zone(local: datetime, zone: str | None) -> datetime:
    """A time in a zone by name; one that nobody knows is read as this machine's."""
    found = zone_of(zone) if zone is not None else None
    return local.astimezone() if found is None else local.replace(tzinfo=found)
