"""Requests as a client that wants nothing special fills them."""

from __future__ import annotations

from typing import Any

from ibtui.exchange.listed.instruments import Listing
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Field, Item, Layout, SinceVersion, When
from ibtui.gateway.wire.values import FieldKind
from tests.gateway.raw import AAPL

BLANK: dict[FieldKind, Any] = {
    FieldKind.TEXT: "",
    FieldKind.INTEGER: 0,
    FieldKind.FLAG: False,
    FieldKind.NUMBER: 0.0,
    FieldKind.DECIMAL: 0,
    FieldKind.SIZE: 0,
}


def filled(layout: Layout, number: int = 42, /, **values: Any) -> Values:
    """Every field that the message has at the newest version, AAPL where it names a contract."""
    blank: Values = {"reqId": number, "strike": None}
    for item in layout.items:
        blank |= _blank(item)
    contract = AAPL if {"conId", "localSymbol", "tradingClass"} <= blank.keys() else {}
    return blank | {"reqId": number} | contract | values


def _blank(item: Item) -> Values:
    match item:
        case Field(name=name, kind=kind, unset=unset):
            return {name: None if unset is not None else BLANK[kind]}
        case SinceVersion(items=inner):
            return {name: value for item in inner for name, value in _blank(item).items()}
        case When():
            return {}
        case _:
            return {}


def named(listing: Listing) -> Values:
    """A request's contract fields for a listing."""
    instrument = listing.instrument
    return {
        "conId": instrument.con_id,
        "symbol": "",
        "secType": instrument.sec_type,
        "exchange": instrument.exchange,
        "currency": "",
    }
