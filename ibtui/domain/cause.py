"""Why a position changed although no order of ours did it: the causes that a desk names, each as one sentence."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from msgspec import Struct

from ibtui.domain.signal import Signal, signal
from ibtui.domain.words import quantity_words

CauseKind = Literal["expiry", "exercise", "assignment", "split", "dividend", "liquidation"]
"""What happened; live and over the past these are the words, also as the kind of a strategy's event."""
CAUSES: tuple[CauseKind, ...] = get_args(CauseKind)
SOURCE = "IB"
"""Who said what the event of a cause says."""


class Cause(Struct, frozen=True, kw_only=True):
    """One change of a position and what made it."""

    kind: CauseKind
    symbol: str
    before: Decimal
    """Signed, in the units that were held then."""
    after: Decimal
    words: str
    """What happened, a clause without a full stop: `split 4 for 1`, `expired on 2026-11-20`."""
    time: datetime
    """When it became known, aware UTC."""

    @property
    def sentence(self) -> str:
        """`AAPL 100 -> 400: split 4 for 1`."""
        return f"{self.symbol} {quantity_words(self.before)} -> {quantity_words(self.after)}: {self.words}"

    @property
    def event(self) -> Signal:
        """The same as an event for strategies and recordings; its value is by how much the position changed."""
        moved = float(self.after - self.before)
        return signal(self.time, self.kind, self.symbol, moved, text=self.sentence, source=SOURCE)
