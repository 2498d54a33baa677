"""Scanners: what may be asked for, as XML, and the ranked rows of a scan, afresh every half minute."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import inf
from typing import Any, NamedTuple
from xml.etree import ElementTree

from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.markets.scanner import CODES
from ibtui.exchange.told.reports import Tick
from ibtui.gateway import refusals
from ibtui.gateway.services.contracts import contract_fields
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import research
from ibtui.gateway.wire.codec import Values

EVERY = 30
"""Seconds between two answers to one subscription."""
MOST_ROWS = 50

INSTRUMENTS = (
    ("US Stocks", "STK", "STK.US", ("STK.US.MAJOR", "STK.US.MINOR", "STK.NASDAQ", "STK.NYSE", "STK.AMEX", "STK.ARCA")),
    ("US Equity ETFs", "ETF.EQ.US", "ETF.EQ.US", ()),
    ("US Futures", "FUT.US", "FUT.US", ("FUT.CME", "FUT.NYMEX", "FUT.COMEX")),
    ("US Indexes", "IND.US", "IND.US", ()),
    ("Europe Stocks", "STOCK.EU", "STK.EU", ("STK.EU.IBIS", "STK.EU.SBF", "STK.EU.LSE", "STK.EU.AEB")),
)
"""Name, type, location and the locations below it."""
FILTERS = ("priceAbove", "priceBelow", "volumeAbove", "changePercAbove", "changePercBelow")
"""Filter options that work; others are taken and leave rows as they are."""


class ScanSubscription(NamedTuple):
    """One subscription to a scan: what it looks for, and how many rows it tells at the most."""

    code: str
    location: str
    instrument: str
    rows: int
    stock_type: str
    price_above: float
    price_below: float
    volume_above: int
    change_above: float
    """Percent since the last close."""
    change_below: float


class Scanners(Service):
    """Runs scans for one client, each afresh every half minute."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._scans: dict[int, ScanSubscription] = {}
        self._seconds = 0

    def handlers(self) -> Mapping[int, Handler]:
        return {
            research.REQ_SCANNER_PARAMETERS.id: self._parameters,
            research.REQ_SCANNER_SUBSCRIPTION.id: self._subscribe,
            research.CANCEL_SCANNER_SUBSCRIPTION.id: self._cancel,
        }

    def each_second(self) -> None:
        self._seconds += 1
        if self._seconds % EVERY == 0:
            for number, scan in self._scans.items():
                self._send(number, self._found(scan))

    def _parameters(self, _: Values) -> None:
        self.client.send(research.SCANNER_PARAMETERS, xml=parameters())

    def _subscribe(self, request: Values) -> None:
        number, scan = request["reqId"], _scan(request)
        if number in self._scans:
            raise refusals.processing("Duplicate ticker id")
        if len(self._scans) >= self.backend.limits.scanners:
            raise refusals.history("Max number of scanner subscriptions has been reached")
        found = self._found(scan)
        self._scans[number] = scan
        if not found:
            refused = refusals.no_items()
            self.client.error(number, refused.code, refused.text)
        self._send(number, found)

    def _cancel(self, request: Values) -> None:
        """TWS confirms by an error."""
        number = request["reqId"]
        if self._scans.pop(number, None) is None:
            raise refusals.unknown_scanner(number)
        raise refusals.history(f"API scanner subscription cancelled: {number}")

    def _found(self, scan: ScanSubscription) -> list[Listing]:
        found = self.backend.exchange.scan(
            scan.code,
            location=scan.location,
            instrument=scan.instrument,
            above_price=scan.price_above,
            below_price=scan.price_below,
            above_volume=scan.volume_above,
            rows=MOST_ROWS,
        )
        return [listing for listing in found if self._passes(scan, listing)][: scan.rows]

    def _passes(self, scan: ScanSubscription, listing: Listing) -> bool:
        if scan.stock_type == "ETF" and listing.stock_type != "ETF":
            return False
        if scan.stock_type in ("STOCK", "CORP") and listing.stock_type == "ETF":
            return False
        if (scan.change_above, scan.change_below) == (-inf, inf):
            return True
        return scan.change_above <= change(self.backend.exchange.tick(listing.instrument.con_id)) <= scan.change_below

    def _send(self, number: int, found: list[Listing]) -> None:
        rows = [_row(rank, listing) for rank, listing in enumerate(found)]
        self.client.send(research.SCANNER_DATA, reqId=number, rows=rows)


def change(tick: Tick) -> float:
    """Percent since the last close."""
    return (tick.last / tick.close - 1) * 100 if tick.close else 0.0


@cache
def parameters() -> str:
    """What scanners take, in the shape of IB's document: instruments, locations, scan codes, filters."""
    root = ElementTree.Element("ScanParameterResponse")
    _add_instruments(ElementTree.SubElement(root, "InstrumentList", varName="instrumentList"))
    _add_locations(ElementTree.SubElement(root, "LocationTree", varName="locationTree"))
    _add_codes(ElementTree.SubElement(root, "ScanTypeList", varName="scanTypeList"))
    _add_filters(ElementTree.SubElement(root, "FilterList", varName="filterList"))
    return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(root, encoding="unicode")


def _add_instruments(parent: ElementTree.Element) -> None:
    for name, kind, _, _ in INSTRUMENTS:
        instrument = ElementTree.SubElement(parent, "Instrument")
        ElementTree.SubElement(instrument, "name").text = name
        ElementTree.SubElement(instrument, "type").text = kind
        ElementTree.SubElement(instrument, "filters").text = ",".join(FILTERS)


def _add_locations(parent: ElementTree.Element) -> None:
    for name, kind, code, below in INSTRUMENTS:
        location = _location(parent, name, code, kind)
        tree = ElementTree.SubElement(location, "LocationTree")
        for inner in below:
            _location(tree, inner.rpartition(".")[2], inner, kind)


def _location(parent: ElementTree.Element, name: str, code: str, kind: str) -> ElementTree.Element:
    location = ElementTree.SubElement(parent, "Location")
    ElementTree.SubElement(location, "displayName").text = name
    ElementTree.SubElement(location, "locationCode").text = code
    ElementTree.SubElement(location, "instruments").text = kind
    return location


def _add_codes(parent: ElementTree.Element) -> None:
    kinds = ",".join(kind for _, kind, _, _ in INSTRUMENTS)
    for code in sorted(CODES):
        scan = ElementTree.SubElement(parent, "ScanType")
        ElementTree.SubElement(scan, "displayName").text = code.replace("_", " ").title()
        ElementTree.SubElement(scan, "scanCode").text = code
        ElementTree.SubElement(scan, "instruments").text = kinds


def _add_filters(parent: ElementTree.Element) -> None:
    for name in FILTERS:
        simple = ElementTree.SubElement(parent, "SimpleFilter")
        ElementTree.SubElement(simple, "id").text = name.upper()
        field = ElementTree.SubElement(simple, "AbstractField", type="scanner.filter.DoubleField")
        ElementTree.SubElement(field, "code").text = name


def _scan(request: Values) -> ScanSubscription:
    options = _tags(request["scannerSubscriptionFilterOptions"])
    rows = request["numberOfRows"]
    return ScanSubscription(
        code=request["scanCode"],
        location=request["locationCode"],
        instrument=request["instrument"],
        rows=MOST_ROWS if rows is None or rows < 1 else min(rows, MOST_ROWS),
        stock_type=request["stockTypeFilter"].upper(),
        price_above=max(request["abovePrice"] or 0.0, options.get("priceAbove", 0.0)),
        price_below=min(request["belowPrice"] or inf, options.get("priceBelow", inf)),
        volume_above=max(request["aboveVolume"] or 0, int(options.get("volumeAbove", 0.0))),
        change_above=options.get("changePercAbove", -inf),
        change_below=options.get("changePercBelow", inf),
    )


def _tags(text: str) -> dict[str, float]:
    """The filters of `tag=value;tag=value;` that work here; raises Refused for one that is no number."""
    pairs = (pair.partition("=") for pair in text.split(";") if pair)
    found = {tag.strip(): value for tag, _, value in pairs if tag.strip() in FILTERS}
    try:
        return {tag: _finite(value) for tag, value in found.items()}
    except ValueError:
        raise refusals.validation(f"Invalid scanner filter options {text!r}") from None


def _finite(text: str) -> float:
    value = float(text)
    if not abs(value) < inf:
        raise ValueError(text)
    return value


def _row(rank: int, listing: Listing) -> dict[str, Any]:
    fields = contract_fields(listing.instrument)
    return fields | {"rank": rank, "marketName": listing.instrument.trading_class}
