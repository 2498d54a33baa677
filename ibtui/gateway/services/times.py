"""Times as text: how TWS writes an instant, and the ways in which clients may write one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LOGIN_ZONE = "US/Eastern"
"""The zone this gateway is logged in with: what a client's time without a zone means."""

_TIME = re.compile(r"(\d{8})(?:(-|\s+)(\d{1,2}:\d{2}(?::\d{2})?))?(?:\s+(\S+))?")


def zoned(time: datetime, zone: str = LOGIN_ZONE) -> str:
    """The moment as TWS writes it with a zone: `20260413 15:27:04 US/Eastern`."""
    return f"{time.astimezone(ZoneInfo(zone)):%Y%m%d %H:%M:%S} {zone}"


def clock(time: datetime) -> str:
    """`15:27`, where TWS is logged in."""
    return f"{time.astimezone(ZoneInfo(LOGIN_ZONE)):%H:%M}"


def parse_time(text: str) -> datetime:
    """An instant, aware UTC, from `20260413 15:27:04 US/Eastern`, without the zone, or `20260413-15:27:04` in UTC.

    Raises ValueError for anything else and for a zone that is not known.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a time")
    day, separator, time, zone = match.groups()
    time = time or "00:00:00"
    if time.count(":") == 1:
        time += ":00"
    naive = datetime.strptime(f"{day} {time}", "%Y%m%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
    return naive.replace(tzinfo=_zone(zone, utc=separator == "-")).astimezone(UTC)


def _zone(name: str | None, *, utc: bool) -> ZoneInfo:
    if name is None:
        return ZoneInfo("UTC" if utc else LOGIN_ZONE)
    if not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name):
        raise ValueError(f"{name[:40]!r} is not a time zone")
    try:
        return ZoneInfo(name)
    except (KeyError, OSError):
        raise ValueError(f"{name!r} is not a time zone") from None
