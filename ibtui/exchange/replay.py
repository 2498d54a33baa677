"""Past data that drives markets instead of the seed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ibtui.domain.failure import IbtuiError
from ibtui.domain.past import SECOND, Series
from ibtui.domain.reference.reference import Reference

SHIPPED = Reference()


class Replay:
    """Bars or ticks by symbol, in the order of time."""

    def __init__(self, series: Mapping[str, Series], reference: Reference = SHIPPED) -> None:
        """`reference` says what symbols are that the exchange does not list itself.

        Raises IbtuiError `replay_empty` for nothing to replay.
        """
        self.reference = reference
        self.series = {symbol: rows for symbol, rows in series.items() if rows}
        if not self.series:
            raise IbtuiError("replay_empty", "There is nothing to replay; give a file with at least one row.")

    @property
    def start(self) -> datetime:
        """The first moment of all, aware UTC."""
        first = min(rows[0].time for rows in self.series.values())
        return datetime.fromtimestamp(first // SECOND, UTC)
