"""Past bars: asked of IB once for each symbol and length, carried on with the bars of live quotes."""

from __future__ import annotations

import asyncio

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.cutting import HOUR
from ibtui.domain.instrument import Instrument
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.market.kept_bars import KeptBars
from ibtui.engine.session import SessionPort

LONGEST = 5_000
"""The most bars that one answer holds."""


class PastBarCache:
    """Keeps what IB answered; a later question is served from it, as long as live bars reach back to its end."""

    def __init__(self, session: SessionPort, live: LiveBars, clock: Clock, kept: KeptBars | None = None) -> None:
        """From an hour on bars are those that are `kept` up to date by IB."""
        self._session = session
        self._live = live
        self._clock = clock
        self._long = kept
        self._kept: dict[tuple[str, int], tuple[int, list[Bar]]] = {}
        """By symbol and length: how many bars were asked for, and those that had ended."""
        self._asking: dict[tuple[str, int], asyncio.Lock] = {}

    async def bars(self, instrument: Instrument, seconds: int, count: int) -> tuple[Bar, ...]:
        """At most `count` bars of `seconds`, oldest first, the running one last.

        Raises what the session raises when IB has none.
        """
        count = max(1, min(count, LONGEST))
        if self._long is not None and seconds >= HOUR:
            return await self._long.bars(instrument, seconds, count)
        symbol, key = instrument.symbol, (instrument.symbol, seconds)
        async with self._asking.setdefault(key, asyncio.Lock()):
            asked, kept = self._kept.get(key, (0, []))
            ended = joined(kept, self._live.history(symbol, seconds, LONGEST), seconds)
            if asked < count or ended is None:
                return tuple(await self._ask(instrument, seconds, count))
            self._kept[key] = (asked, ended[-LONGEST:])  # live bars are only held for some minutes
            running = _running(self._live.history(symbol, 1, seconds), seconds)
            return tuple([*ended, *(bar for bar in running if bar.time > ended[-1].time)][-count:])

    async def _ask(self, instrument: Instrument, seconds: int, count: int) -> list[Bar]:
        bars = await self._session.history(instrument, bar=seconds, count=count)
        now = self._clock.now()
        ended = [bar for bar in bars if (now - bar.time).total_seconds() >= seconds]
        self._kept[instrument.symbol, seconds] = (count, ended)
        return bars


def joined(past: list[Bar], live: tuple[Bar, ...], seconds: int) -> list[Bar] | None:
    """Past bars with the live ones after them; None when there may be a gap in between."""
    if not past or not live or (live[0].time - past[-1].time).total_seconds() > seconds:
        return None
    return [bar for bar in past if bar.time < live[0].time] + list(live)


def _running(ones: tuple[Bar, ...], seconds: int) -> list[Bar]:
    """The bar that the newest one-second bars are making; none when there are none."""
    if not ones:
        return []
    start = ones[-1].time.timestamp() // seconds * seconds
    parts = [bar for bar in ones if bar.time.timestamp() >= start]
    first = parts[0]
    return [
        first._replace(
            time=first.time.fromtimestamp(start, first.time.tzinfo),
            high=max(bar.high for bar in parts),
            low=min(bar.low for bar in parts),
            close=parts[-1].close,
            volume=sum(bar.volume for bar in parts),
        )
    ]
