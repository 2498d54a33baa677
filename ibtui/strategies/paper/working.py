"""One order of the book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ibtui.domain.combo import combo_legs
from ibtui.domain.money import exact
from ibtui.domain.order import Role
from ibtui.domain.terms import Side, Terms, TimeInForce

Kind = Literal["MKT", "LMT", "STP"]
_EPOCH = datetime.min.replace(tzinfo=UTC)


NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Working:
    """One order as the book keeps it; `sign` is 1 for a buy, -1 for a sale."""

    ref: str
    symbol: str
    sign: int
    quantity: float
    kind: Kind
    price: float
    """Limit or stop; 0 for a market order."""
    role: Role = "entry"
    children: tuple[Working, ...] = ()
    """Target and stop that its fill arms."""
    group: str = ""
    """Of orders with one group only one can fill."""
    parent: str = ""
    waits: bool = False
    """Whether it still waits for the fill of its parent."""
    seen: bool = False
    """A bar or a market has met it."""
    triggered: bool = False
    """A stop that a market has set off."""
    since: datetime = _EPOCH
    """When it was asked for, where a bar that is met may have begun before."""
    ends: datetime = NEVER
    """When it is over, if it is good for a session alone."""
    overnight: bool = False
    """Good until it is cancelled: it guards a position, or takes its profit."""
    legs: tuple[tuple[str, int], ...] = ()
    """Of a combo, by symbol and signed ratio; its price may be zero or below, and it has no children."""

    @classmethod
    def of(cls, ref: str, terms: Terms) -> Working:
        """The entry that these terms ask for, of one of the types above."""
        kind: Kind = terms.type  # type: ignore[assignment]
        price = {"LMT": terms.limit_price, "STP": terms.stop_price}.get(kind)
        return cls(ref, terms.symbol, terms.side.sign, float(terms.quantity), kind, float(price or 0))

    def terms(self, tif: str = TimeInForce.DAY) -> Terms:
        """What it asks for, with the time in force that an engine would choose."""
        price = exact(self.price)
        return Terms(
            symbol=self.symbol,
            side=Side.BUY if self.sign > 0 else Side.SELL,
            quantity=exact(self.quantity),
            type=self.kind,
            limit_price=price if self.kind == "LMT" else None,
            stop_price=price if self.kind == "STP" else None,
            tif=tif,
            oca_group=self.group,
            combo=combo_legs(self.legs) if self.legs else (),
        )

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that it would trade."""
        return tuple(symbol for symbol, _ in self.legs) or (self.symbol,)

    def guards(self, held: float) -> bool:
        """Whether it is a stop or a target at work in a group, against a position that is held."""
        protects = self.kind == "STP" or self.role == "target"
        return protects and bool(self.group) and not self.waits and self.sign * held < 0
