"""Times as files write them, read into aware UTC as cheaply as millions of rows want."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ibtui.domain.calendar.new_york import NEW_YORK

MIXED = "some times say their zone and some do not"
_EPOCHS = ((1e18, 1e9), (1e15, 1e6), (1e12, 1e3), (0.0, 1.0))
"""From which number on a count since 1970 is in nano-, micro- and milliseconds."""


def reader(sample: str, zone: tzinfo = NEW_YORK) -> Callable[[str], datetime]:
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
    """Reads local times, or times that say their zone; raises ValueError where a file mixes the two.

    What the first ten characters say (a day) and what the rest says are each looked up once. A file that goes on
    through the hour that spring leaves out (made up, or written in another zone's winter time) is read with the
    winter's offset from there on, so that its times keep their order.
    """

    __slots__ = ("_again", "_aware", "_begins", "_clocks", "_fixed", "_newest", "_offsets", "_zone")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._begins: dict[str, datetime] = {}
        """Aware begin of a day on which the clocks do not change."""
        self._clocks: dict[str, timedelta] = {}
        """Since the begin of a day."""
        self._aware: bool | None = None
        """Whether the times say their zone."""
        self._offsets: dict[date, timedelta | None] = {}
        self._fixed: timedelta | None = None
        self._newest: datetime | None = None
        """Local, on a day on which the clocks change."""
        self._again = False
        """In the hour that autumn has twice, the second time."""

    def __call__(self, text: str) -> datetime:
        try:
            return self._begins[text[:10]] + self._clocks[text[10:]]
        except KeyError:
            return self._learn(text)

    def _learn(self, text: str) -> datetime:
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            local = _parsed(text)
        aware = local.tzinfo is not None
        if self._aware is not None and self._aware != aware:
            raise ValueError(MIXED)
        self._aware = aware
        if aware:
            moment = local.astimezone(UTC)
            begin = datetime.combine(local.date(), time(), UTC)
        else:
            offset = self._offset(local.date())
            if offset is None:
                return (local - self._changing(local)).replace(tzinfo=UTC)
            moment = (local - offset).replace(tzinfo=UTC)
            begin = datetime.combine(local.date(), time(), UTC) - offset
        if len(self._begins) >= DAYS:
            self._begins.clear()
            self._offsets.clear()
        if text[4:5] == "-" == text[7:8] and len(self._clocks) < CLOCKS:
            self._begins[text[:10]] = begin
            self._clocks[text[10:]] = moment - begin
        return moment

    def _offset(self, day: date) -> timedelta | None:
        """Of a whole day; None when the clocks change on it."""
        if self._fixed is not None:
            return self._fixed
        if day not in self._offsets:
            midnight = datetime.combine(day, time(), self._zone)
            first, last = midnight.utcoffset(), (midnight + timedelta(days=1)).utcoffset()
            self._offsets[day] = first if first == last else None
        return self._offsets[day]

    def _changing(self, local: datetime) -> timedelta:
        """The offset at a time of a day on which the clocks change."""
        aware = local.replace(tzinfo=self._zone)
        early, late = aware.utcoffset() or _NONE, aware.replace(fold=1).utcoffset() or _NONE
        if early < late:
            self._fixed = early
            self._begins.clear()
            return early
        self._again = early > late and (self._again or (self._newest is not None and local < self._newest))
        self._newest = local
        return late if self._again else early


DAYS = 500
"""Days that are remembered at once: a file of a century takes no more memory than one of two years."""
CLOCKS = 24_000
"""Times of day that are remembered: as many as a stock exchange is open for seconds."""
_NONE = timedelta(0)
