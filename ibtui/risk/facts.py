"""What the gate judges an order by: everything it needs, gathered at one moment."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.event import ConnectionState
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderIntent, Side
from ibtui.domain.quote import Quote

Code = Literal[
    "not_connected",
    "halted",
    "read_only",
    "bad_quantity",
    "too_large",
    "off_tick",
    "price_collar",
    "stale_quote",
    "duplicate",
    "too_many_orders",
    "bad_bracket",
    "would_increase",
    "untradeable",
]


class Refusal(Struct, frozen=True):
    """Why an order may not go out: a stable code, and a sentence that names the number and the limit."""

    code: Code
    sentence: str


class Recent(Struct, frozen=True):
    """An intent that passed the gate, and when, in monotonic seconds."""

    intent: OrderIntent
    passed: float


class Facts(Struct, frozen=True, kw_only=True):
    """The state of the world at the moment of the check; what is missing makes the gate refuse."""

    connection: ConnectionState
    halted: bool
    read_only: bool
    instrument: Instrument | None
    quote: Quote | None
    now: float
    """Monotonic seconds, of the same clock as `quote.received`."""
    held: Decimal | None
    """The position, signed; 0 when there is none, None when it is not known."""
    moved: Decimal = Decimal(0)
    """Signed fills so fresh that `held` may or may not count them yet."""
    orders: tuple[Order, ...] = ()
    """Orders of this instrument that may still trade, ours and others'."""
    recent: tuple[Recent, ...] = ()
    """Intents that lately passed, without the one being judged."""

    def reducible(self, side: Side) -> Decimal:
        """The quantity that `side` can trade and only reduce: exits and entries already out are taken off.

        Targets and protective stops are not: they guard the position until it is closed, and a close takes them back.
        """
        if self.held is None:
            return Decimal(0)
        sure = min(-side.sign * self.held, -side.sign * (self.held + self.moved))
        out = (o.remaining for o in self.orders if o.side is side and o.role in ("entry", "exit") and not o.protective)
        return max(sure - sum(out, Decimal(0)), Decimal(0))
