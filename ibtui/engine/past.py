"""Past bars: asked of IB once for each symbol and length, carried on with the bars of live quotes."""

from __future__ import annotations

import asyncio

from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument
from ibtui.engine.bars import Bars
from ibtui.engine.session import Session

LONGEST = 5_000
"""Bars in one answer."""


class Past:
    """Keeps what IB answered; a later question is served from it, as long as live bars reach back to its end."""

    def __init__(self, session: Session, live: Bars) -> None:
        self._session = session
        self._live = live
        self._kept: dict[tuple[str, int], tuple[int, list[Bar]]] = {}
        self._asking: dict[tuple[str, int], asyncio.Lock] = {}

    async def bars(self, instrument: Instrument, seconds: int, count: int) -> tuple[Bar, ...]:
        """At most `count` bars of `seconds`, oldest first; raises what the session raises when IB has none."""
        count = max(1, min(count, LONGEST))
        key = (instrument.symbol, seconds)
        async with self._asking.setdefault(key, asyncio.Lock()):
            asked, kept = self._kept.get(key, (0, []))
            joined = _joined(kept, self._live.history(instrument.symbol, seconds, LONGEST), seconds)
            if asked < count or joined is None:
                kept = await self._session.history(instrument, bar=seconds, count=count)
                joined = _joined(kept, self._live.history(instrument.symbol, seconds, LONGEST), seconds) or kept
            # what is carried on is kept, since live bars are only held for some minutes
            self._kept[key] = (max(asked, count), joined[-LONGEST:])
            return tuple(joined[-count:])


def _joined(past: list[Bar], live: tuple[Bar, ...], seconds: int) -> list[Bar] | None:
    """Past bars with the live ones after them; None when there may be a gap in between.

    IB's last bar may have been running still, so a live bar of the same time replaces it.
    """
    if not past or not live or (live[0].time - past[-1].time).total_seconds() > seconds:
        return None
    return [bar for bar in past if bar.time < live[0].time] + list(live)
