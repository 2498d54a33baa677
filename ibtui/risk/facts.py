"""What the gate judges an order by: everything it needs, gathered at one moment."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from ibtui.domain.event import ConnectionState
from ibtui.domain.hold import HeldInstrument
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderIntent, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import ComboLeg
from ibtui.risk.options import Stake


class Recent(Struct, frozen=True):
    """An intent that passed the gate, and when, in monotonic seconds."""

    intent: OrderIntent
    passed: float


class Part(Struct, frozen=True, kw_only=True):
    """One leg of a combo, with what is known of its instrument."""

    leg: ComboLeg
    instrument: Instrument
    held: Decimal | None
    moved: Decimal = Decimal(0)
    orders: tuple[Order, ...] = ()

    def trades(self, intent: OrderIntent) -> tuple[Side, Decimal]:
        """What the intent trades of it."""
        side = self.leg.side if intent.side is Side.BUY else self.leg.side.other
        return side, intent.quantity * self.leg.ratio


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
    closes_own: bool = False
    """A strategy's exit that can only reduce what this strategy holds itself, whatever it does to the account's."""
    holds: tuple[HeldInstrument, ...] = ()
    """Of the instruments it trades, those that are held."""
    orders: tuple[Order, ...] = ()
    """Orders of this instrument that may still trade, ours and others'."""
    sent: int = 0
    """Orders and changes that were written within the last second."""
    equity: float | None = None
    """The account's net liquidation; None while it is not known."""
    rate: float = 1.0
    """What one of the instrument's currency is in the account's; not a number while that is not known."""
    currency: str = ""
    """The account's, which limits are in; empty while IB has not told it."""
    recent: tuple[Recent, ...] = ()
    """Intents that lately passed, without the one being judged."""
    parts: tuple[Part, ...] = ()
    """Of a combo, its legs; `quote` is then the market of the whole, which may be below zero."""
    gross: float = 0.0
    """Of a combo, what its legs cost together at the middle of their markets, signs aside."""
    stakes: tuple[Stake, ...] = ()
    """Of an option or a combo, and of what may cover options: what the account holds of the same underlying, less what
    entries and exits that are out already would sell of it."""

    def reducible(self, side: Side) -> Decimal:
        """The quantity that `side` can trade and only reduce: exits and entries already out are taken off.

        Targets and protective stops are not: they guard the position until it is closed, and a close takes them back.
        Orders that are UNKNOWN are not either: `ibtui.risk.doubt` asks a person about them.
        """
        return reducible(side, self.held, self.moved, self.orders)


def reducible(side: Side, held: Decimal | None, moved: Decimal, orders: tuple[Order, ...]) -> Decimal:
    """The quantity that `side` can trade and only reduce, as `Facts.reducible` says."""
    if held is None:
        return Decimal(0)
    sure = min(-side.sign * held, -side.sign * (held + moved))
    if sure <= 0:  # nothing to reduce, as for most entries: no need to go through what is out
        return Decimal(0)
    out = (o.remaining for o in orders if o.side is side and _leaves(o))
    return max(sure - sum(out, Decimal(0)), Decimal(0))


def _leaves(order: Order) -> bool:
    return order.role in ("entry", "exit") and not order.protective and order.status is not OrderStatus.UNKNOWN
