"""What an order asks for: one value, held by everything that stands for an order, and its flat form."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Self

from msgspec import Struct
from msgspec.structs import fields, replace

from ibtui.domain.text.sanitize import sanitize


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @property
    def other(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """The order types that this program sends; an order placed elsewhere may be of any other."""

    MKT = "MKT"
    LMT = "LMT"
    STP = "STP"


class TimeInForce(StrEnum):
    """How long the orders that this program sends work; an order placed elsewhere may have any other."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    """At once: what does not trade is cancelled."""
    MINUTES = "Minutes"
    """Five minutes; for coins."""


class ComboLeg(Struct, frozen=True, kw_only=True):
    """One instrument of a combo: what buying one combo trades of it; selling the combo trades the other side."""

    symbol: str
    side: Side
    ratio: int = 1


Join = Literal["and", "or"]
"""How a condition is joined to the next one."""


class PriceCondition(Struct, frozen=True, kw_only=True, tag_field="waits_for", tag="price"):
    """Waits until a market trades at a price or beyond it."""

    con_id: int
    exchange: str
    price: Decimal
    above: bool
    """At the price or above it, else at it or below."""
    method: int = 0
    """What counts as reaching the price, by IB's numbers of `Terms.trigger_method`."""
    join: Join = "and"


class TimeCondition(Struct, frozen=True, kw_only=True, tag_field="waits_for", tag="time"):
    """Waits until a moment, aware UTC, to the second."""

    time: datetime
    above: bool
    """From that moment on, else before it."""
    join: Join = "and"


class Terms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an order asks of the market, in the words of IB; what is None or empty is not asked for.

    Prices are in the instrument's currency. Whose order it is, what it is for and how it stands is no part of it.
    """

    symbol: str
    """For a combo the name of the combo."""
    side: Side
    quantity: Decimal
    """In shares, contracts, units of currency or whole combos; what has traded of it is included.

    With `cash` about what that buys, until the order has filled.
    """
    type: str
    """IB's order type, such as LMT or `STP LMT`; this program sends those of `OrderType`."""
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    """Where a stop becomes active; of a trailing stop where it stands now."""
    tif: str = TimeInForce.DAY
    """IB's time in force; this program sends those of `TimeInForce`."""
    oca_group: str = ""
    """Orders of one group cancel or reduce each other as they fill."""
    combo: tuple[ComboLeg, ...] = ()
    """What is traded together as one order; a price may then be zero or below."""
    outside_hours: bool = False
    """It may also trade before and after regular hours."""
    cash: Decimal | None = None
    """Money of the instrument's currency to spend, instead of a quantity: how coins are bought at market."""
    good_till: datetime | None = None
    """With the time in force GTD: when the order ends, aware UTC, to the second."""
    trail_amount: Decimal | None = None
    """How far behind the market a trailing stop follows, as a distance in price."""
    trail_percent: Decimal | None = None
    """The same distance in percent of the price, 1.5 for 1.5 %."""
    limit_offset: Decimal | None = None
    """How far from its stop price the limit of a trailing stop limit is."""
    trigger_price: Decimal | None = None
    """The price that an order `if touched` waits for."""
    trigger_method: int = 0
    """IB's number of what counts as reaching a stop or trigger price: 0 default, 1 double bid or ask, 2 last, 3 double
    last, 4 bid or ask, 7 last or bid or ask, 8 mid."""
    all_or_none: bool = False
    display_size: int | None = None
    """How much of an iceberg the market is shown."""
    algo: str = ""
    """IB's algorithm that works the order, such as `Adaptive`."""
    algo_parameters: tuple[tuple[str, str], ...] = ()
    """Name and value of each of its parameters, as IB writes them."""
    conditions: tuple[PriceCondition | TimeCondition, ...] = ()
    """What must be so before the order works."""

    @property
    def price(self) -> Decimal | None:
        """The first price that the order names: its limit, else its stop, else its trigger price."""
        prices = (self.limit_price, self.stop_price, self.trigger_price)
        return next((price for price in prices if price is not None), None)


class HasTerms(Struct, frozen=True, kw_only=True):
    """What stands for an order at some stage of its life; its terms can be read, not changed, as if they were its own.

    Fields that only the broker and the screen ask for are read through `terms`.
    """

    terms: Terms

    @property
    def symbol(self) -> str:
        return self.terms.symbol

    @property
    def side(self) -> Side:
        return self.terms.side

    @property
    def quantity(self) -> Decimal:
        return self.terms.quantity

    @property
    def type(self) -> str:
        return self.terms.type

    @property
    def limit_price(self) -> Decimal | None:
        return self.terms.limit_price

    @property
    def stop_price(self) -> Decimal | None:
        return self.terms.stop_price

    @property
    def trigger_price(self) -> Decimal | None:
        return self.terms.trigger_price

    @property
    def tif(self) -> str:
        return self.terms.tif

    @property
    def oca_group(self) -> str:
        return self.terms.oca_group

    @property
    def combo(self) -> tuple[ComboLeg, ...]:
        return self.terms.combo

    @property
    def outside_hours(self) -> bool:
        return self.terms.outside_hours

    @property
    def price(self) -> Decimal | None:
        return self.terms.price

    @property
    def cash(self) -> Decimal | None:
        return self.terms.cash

    def with_terms(self, **changes: Any) -> Self:
        """The same with other terms, by the names of the fields of `Terms`."""
        return replace(self, terms=replace(self.terms, **changes))


# the flat form: the terms' fields beside those of what holds them, as scripts and journals read and write them

_ALWAYS: dict[str, Any] = {
    "limit_price": None,
    "stop_price": None,
    "tif": TimeInForce.DAY,
    "oca_group": "",
    "combo": [],
    "outside_hours": False,
}
"""Terms that the flat form names even where they are not asked for."""
_NAMES = frozenset(field.name for field in fields(Terms))
_NEEDED = frozenset(field.name for field in fields(Terms) if field.required)
"""What only an order has all of."""
_NESTS = frozenset({dict, list, tuple})


def flat(tree: Any) -> Any:
    """The same JSON values with the terms of every order in them spread out beside its other fields.

    Terms that are not asked for are there too, as null or empty, as far as orders always had them.
    """
    if isinstance(tree, (list, tuple)):
        return [flat(value) for value in tree]
    if not isinstance(tree, dict):
        return tree
    spread = {name: flat(value) if type(value) in _NESTS else value for name, value in tree.items()}
    terms = spread.pop("terms", None)
    if isinstance(terms, dict):
        return spread | _ALWAYS | terms
    return spread if terms is None else spread | {"terms": terms}


def nested(tree: Any) -> Any:
    """JSON values in the flat form with the terms of every order in them as its field `terms`: `flat` turned round."""
    if isinstance(tree, (list, tuple)):
        return [nested(value) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if not tree.keys() >= _NEEDED:
        return {name: nested(value) if type(value) in _NESTS else value for name, value in tree.items()}
    record: dict[str, Any] = {"terms": {}}
    for name, value in tree.items():
        (record["terms"] if name in _NAMES else record)[name] = value
    return record


# what may be asked for today

_TYPES, _TIFS = frozenset(OrderType), frozenset(TimeInForce)
_SENT = frozenset({*_ALWAYS, "cash"})
_ROOM = {field.name: field.default for field in fields(Terms) if not field.required and field.name not in _SENT}


def unsendable(terms: Terms) -> str:
    """Why this program cannot send an order with these terms, one sentence; "" for terms that it sends."""
    if terms.type not in _TYPES:
        return f"An order of type {sanitize(terms.type, 16)} cannot be sent from here; place it in TWS."
    if terms.tif not in _TIFS:
        return f"A time in force of {sanitize(terms.tif, 8)} cannot be sent from here; place the order in TWS."
    asked = next((name for name, default in _ROOM.items() if getattr(terms, name) != default), "")
    return f"{asked.replace('_', ' ').capitalize()} cannot be sent from here; place the order in TWS." if asked else ""


def unaskable(terms: Terms) -> str:
    """The same of an order that a caller or a strategy asks for: which group it joins the engine alone says."""
    if terms.oca_group or terms.outside_hours:
        return "Only a close joins a group or trades outside regular hours."
    return unsendable(terms)
