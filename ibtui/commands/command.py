"""Commands: what a person, a script or a key asks the engine to do, as values."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from ibtui.domain.order import OrderType, Side, TimeInForce


class Trade(Struct, frozen=True, kw_only=True, tag_field="do", tag="trade"):
    """`buy 100 AAPL @ 187.25 tp 195 sl 180 gtc`: an order, or a bracket where tp or sl is given."""

    side: Side
    quantity: Decimal
    symbol: str
    type: OrderType
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    target: Decimal | None = None
    protect: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY


class Close(Struct, frozen=True, kw_only=True, tag_field="do", tag="close"):
    """`close AAPL`: a market order against the position; `quantity` closes a part, `limit_price` makes it a limit."""

    symbol: str
    quantity: Decimal | None = None
    limit_price: Decimal | None = None


class Flatten(Struct, frozen=True, kw_only=True, tag_field="do", tag="flatten"):
    """`flatten AAPL`, `flatten all`: cancel the orders of the symbol, then close its position at market."""

    target: str


class Cancel(Struct, frozen=True, kw_only=True, tag_field="do", tag="cancel"):
    """`cancel REF`, `cancel AAPL`, `cancel all`."""

    target: str


class Watch(Struct, frozen=True, kw_only=True, tag_field="do", tag="watch"):
    """`watch AAPL MSFT`: add to the watchlist and stream quotes."""

    symbols: tuple[str, ...]


class Unwatch(Struct, frozen=True, kw_only=True, tag_field="do", tag="unwatch"):
    """`unwatch AAPL`: take off the watchlist."""

    symbols: tuple[str, ...]


class Start(Struct, frozen=True, kw_only=True, tag_field="do", tag="start"):
    """`start sma_cross symbol=MSFT fast=5`: run a strategy with these parameters, values as typed."""

    strategy: str
    parameters: dict[str, str] = {}


class Stop(Struct, frozen=True, kw_only=True, tag_field="do", tag="stop"):
    """`stop sma_cross`, `stop all`: stop it now; its entries are cancelled, its protective stops stay."""

    strategy: str


class Alert(Struct, frozen=True, kw_only=True, tag_field="do", tag="alert"):
    """`alert AAPL above 190`: tell once when the market gets there."""

    symbol: str
    above: bool
    price: Decimal


class Unalert(Struct, frozen=True, kw_only=True, tag_field="do", tag="unalert"):
    """`unalert 3`, `unalert AAPL`, `unalert all`."""

    target: str


class Halt(Struct, frozen=True, kw_only=True, tag_field="do", tag="halt"):
    """`halt`: stop strategies, cancel every entry; exits and protective stops stay."""


class Resume(Struct, frozen=True, kw_only=True, tag_field="do", tag="resume"):
    """`resume`: leave the halt."""


Command = Trade | Close | Flatten | Cancel | Watch | Unwatch | Start | Stop | Alert | Unalert | Halt | Resume

NEEDS_PREVIEW = (Trade, Close, Flatten)
"""Commands that send new orders: shown before they are sent."""
