"""Times as files write them, read into aware UTC as cheaply as millions of rows want."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
"""Of times that do not say theirs."""
DAYS = 500
"""Days that are remembered at once: a file of forty years takes no more memory than one of two."""
MOST = 100_000
"""Times of day that are remembered: more than a day has seconds."""
_EPOCHS = ((1e18, 1e9), (1e15, 1e6), (1e12, 1e3), (0.0, 1.0))
"""From which number on a count since 1970 is in nano-, micro- and milliseconds."""


def reader(sample: str, zone: tzinfo = ZONE) -> Callable[[str], datetime]:
    """What reads times written like `sample`: ISO 8601, `YYYYMMDD`, `YYYYMMDD HH:MM[:SS]`, or a count since 1970.

    The reader raises ValueError for text of another form, and so does this for a sample of none of them.
    """
    text = sample.strip()
    if text.replace(".", "", 1).isdigit() and len(text.partition(".")[0]) != 8:
        since_1970(text)
        return since_1970
    _parsed(text)
    return _Zoned(zone)


def since_1970(text: str) -> datetime:
    """A count of seconds, milli-, micro- or nanoseconds."""
    number = float(text)
    unit = next((unit for least, unit in _EPOCHS if number >= least), 1.0)
    return datetime.fromtimestamp(number / unit, UTC)


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        # datetime.fromisoformat takes 20260302T0930 but neither a blank after eight digits nor a lone Z with a blank
        return datetime.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}" if text[:8].isdigit() else text.strip())


class _Zoned:
    """Reads local times; a day is looked up once unless the clocks change on it, and so is a time of day.

    For `2026-03-02 09:30:00` that leaves two look-ups and a sum, a third of the time of reading the text.

    A file that goes on through the hour that spring leaves out (made up, or written in another zone's winter time) is
    read with the winter's offset from there on, so that its times keep their order.
    """

    __slots__ = ("_again", "_days", "_fixed", "_newest", "_offsets", "_times", "_zone")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._offsets: dict[date, timedelta | None] = {}
        self._days: dict[str, datetime] = {}
        """Midnight in UTC of `2026-03-02`."""
        self._times: dict[str, timedelta] = {}
        """Since midnight, of ` 09:30:00`, the text behind the day with what parts them."""
        self._fixed: timedelta | None = None
        self._newest: datetime | None = None
        """Local, on a day on which the clocks change."""
        self._again = False
        """In the hour that autumn has twice, the second time."""

    def __call__(self, text: str) -> datetime:
        try:
            return self._days[text[:10]] + self._times[text[10:]]
        except KeyError:
            return self._read(text)

    def _read(self, text: str) -> datetime:
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            local = _parsed(text)
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        day = local.date()
        try:
            offset = self._offsets[day]
        except KeyError:
            offset = self._offsets[day] = self._whole_day(day)
        if offset is None:
            offset = self._changing(local)
        elif text[4:5] == "-" == text[7:8]:
            self._remember(text, local, offset)
        return (local - offset).replace(tzinfo=UTC)

    def _remember(self, text: str, local: datetime, offset: timedelta) -> None:
        midnight = datetime.combine(local.date(), time())
        if len(self._times) > MOST:
            self._times.clear()
        if len(self._days) > DAYS:
            self._days.clear()
            self._offsets.clear()
        self._days[text[:10]] = (midnight - offset).replace(tzinfo=UTC)
        self._times[text[10:]] = local - midnight

    def _whole_day(self, day: date) -> timedelta | None:
        if self._fixed is not None:
            return self._fixed
        midnight = datetime.combine(day, time(), self._zone)
        first, last = midnight.utcoffset(), (midnight + timedelta(days=1)).utcoffset()
        return first if first == last else None

    def _changing(self, local: datetime) -> timedelta:
        """The offset at a time of a day on which the clocks change."""
        aware = local.replace(tzinfo=self._zone)
        early, late = aware.utcoffset() or _NONE, aware.replace(fold=1).utcoffset() or _NONE
        if early < late:
            self._fixed = early
            self._offsets = {local.date(): early}
            self._days.clear()
            return early
        self._again = early > late and (self._again or (self._newest is not None and local < self._newest))
        self._newest = local
        return late if self._again else early


_NONE = timedelta(0)
