"""When to ask for an instrument's past bars: soon for what is looked at, seldom for the rest."""

from __future__ import annotations

from collections.abc import Iterable

PACE = 0.3
"""Seconds that lie between two questions for bars."""
SELECTED, OTHERS, AGAIN = 60.0, 300.0, 30.0
"""Seconds until bars are asked for again: of the selected instrument, of another one, after a failure.

IB allows 60 history requests in ten minutes: one instrument a minute and twenty every five minutes make 50.
"""


class BarSchedule:
    """Which instrument is due; times are monotonic seconds."""

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}
        self._failed: set[str] = set()

    def due(self, symbols: Iterable[str], selected: str | None, now: float) -> str | None:
        """The instrument to ask about now, the selected one first; None when none is due."""
        wanted = ([selected] if selected else []) + [symbol for symbol in symbols if symbol != selected]
        return next((symbol for symbol in wanted if self._ripe(symbol, symbol == selected, now)), None)

    def asked(self, symbol: str, now: float) -> None:
        """Note that the question for the bars of a symbol went out."""
        self._asked[symbol] = now
        self._failed.discard(symbol)

    def failed(self, symbol: str) -> None:
        """Note that no bars came for a symbol: it is asked about later."""
        self._failed.add(symbol)

    def forget(self) -> None:
        """A new engine, or a link that was broken: everything is due again."""
        self._asked.clear()
        self._failed.clear()

    def _ripe(self, symbol: str, selected: bool, now: float) -> bool:
        asked = self._asked.get(symbol)
        if asked is None:
            return True
        return now - asked >= (AGAIN if symbol in self._failed else SELECTED if selected else OTHERS)
