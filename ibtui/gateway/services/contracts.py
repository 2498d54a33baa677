"""Contracts: which listing a description means, contract details, symbol search, option chains, price grids."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from ibtui.domain.calendar.hours import COIN_HOURS, MarketHours, sessions
from ibtui.domain.instrument import Instrument
from ibtui.exchange.listed.chains import OptionParameters
from ibtui.exchange.listed.instruments import BondTerms, Leg, Listing, Listings
from ibtui.exchange.markets.combos import combo
from ibtui.gateway import refusals
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import contracts as wire
from ibtui.gateway.wire import market, requests, responses
from ibtui.gateway.wire.codec import Values

CONTINUOUS = ("CONTFUT", "FUT+CONTFUT")
"""Security types that mean the front month of a future, and for the second the others too."""
DAYS_SHOWN = 7
"""Days of trading hours in contract details."""

_SEC_TYPES = frozenset(
    ("STK", "OPT", "FUT", "CONTFUT", "FUT+CONTFUT", "IND", "FOP", "CASH", "BAG", "WAR", "BOND", "CMDTY")
) | frozenset(("NEWS", "FUND", "CFD", "CRYPTO", "IOPT", "EC"))
_WITH_MULTIPLIER = ("FUT", "OPT", "FOP")
SMART_LETTERS = (
    ("AMEX", "A"), ("ARCA", "P"), ("BATS", "Z"), ("BEX", "B"), ("BYX", "Y"), ("CHX", "M"), ("DRCTEDGE", "K"),
    ("EDGEA", "J"), ("IEX", "V"), ("MEMX", "U"), ("NASDAQ", "Q"), ("NYSE", "N"), ("PSX", "X"),
)  # fmt: skip
"""Exchanges behind SMART and the letters that the tape writes for them."""


def search(listings: Listings, contract: Values) -> list[Listing]:
    """Every listing that a description fits, which may be incomplete; raises Refused where IB calls it invalid."""
    con_id, symbol, local = contract["conId"], contract["symbol"], contract["localSymbol"]
    sec_id = contract.get("secId", "")
    if not (con_id or sec_id) and contract["secType"] not in _SEC_TYPES:
        raise refusals.validation("Please enter a valid security type")
    if not (con_id or sec_id or symbol or local):
        raise refusals.validation("Please enter a local symbol or a symbol")
    found = listings.find(
        root=symbol,
        sec_type="FUT" if contract["secType"] in CONTINUOUS else contract["secType"],
        exchange=contract["exchange"],
        currency=contract["currency"],
        expiry=contract["lastTradeDateOrContractMonth"],
        local_symbol=local,
        con_id=con_id,
        primary_exchange=contract["primaryExchange"],
        trading_class=contract["tradingClass"],
        strike=contract["strike"] or 0.0,
        right=contract["right"].strip("?0"),
    )
    if contract["secType"] == "CONTFUT":
        found = found[:1]
    found = [listing for listing in found if _multiplier_fits(contract["multiplier"], listing.instrument)]
    return [listing for listing in found if sec_id in _identifiers(listing).values()] if sec_id else found


def resolve(listings: Listings, contract: Values) -> Listing:
    """The one listing that a description means; raises Refused when that is none or several."""
    if not contract["exchange"]:
        raise refusals.validation("Missing exchange")
    if contract["secType"] == "BAG":
        return _combination(listings, contract.get("comboLegs", []))
    by_name = not (contract["conId"] or contract["localSymbol"])
    if by_name and not contract["currency"] and contract["secType"] in ("STK", "CASH"):
        raise refusals.validation("Please enter a valid currency")
    found = search(listings, contract)
    if not found:
        raise refusals.no_definition()
    if len(found) > 1:
        raise refusals.ambiguous()
    return found[0]


def _combination(listings: Listings, legs: list[Values]) -> Listing:
    """The combination of legs as a request names them; raises Refused."""
    if any(leg["action"] not in ("BUY", "SELL") for leg in legs):
        raise refusals.validation("A leg's action is BUY or SELL")
    return combo(listings, [Leg(leg["conId"], leg["ratio"], 1 if leg["action"] == "BUY" else -1) for leg in legs])


def contract_fields(instrument: Instrument, exchange: str = "") -> dict[str, Any]:
    """An instrument as messages describe it, at `exchange` or where its orders go."""
    return {
        "conId": instrument.con_id,
        "symbol": instrument.root,
        "secType": instrument.sec_type,
        "lastTradeDateOrContractMonth": instrument.expiry,
        "strike": float(instrument.strike),
        "right": instrument.right,
        "multiplier": multiplier_text(instrument),
        "exchange": exchange or instrument.exchange,
        "primaryExchange": instrument.primary_exchange,
        "currency": instrument.currency,
        "localSymbol": instrument.local_symbol,
        "tradingClass": instrument.trading_class,
    }


def held_at(instrument: Instrument) -> dict[str, Any]:
    """An instrument as positions describe it: at its primary exchange, which is where no order is routed."""
    return contract_fields(instrument, instrument.primary_exchange)


def multiplier_text(instrument: Instrument) -> str:
    """The multiplier, empty where IB leaves it out."""
    return format(instrument.multiplier.normalize(), "f") if instrument.sec_type in _WITH_MULTIPLIER else ""


def _multiplier_fits(wanted: str, instrument: Instrument) -> bool:
    return not wanted or wanted == (multiplier_text(instrument) or "1")


def _identifiers(listing: Listing) -> dict[str, str]:
    """ISIN and CUSIP, where it has them."""
    found = {"ISIN": listing.isin, "CUSIP": listing.bond.cusip if listing.bond else ""}
    return {tag: value for tag, value in found.items() if value}


class ContractsService(Service):
    """Details of contracts for one client."""

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_CONTRACT_DETAILS.id: self._details,
            requests.REQ_MATCHING_SYMBOLS.id: self._matching,
            requests.REQ_MARKET_RULE.id: self._market_rule,
            requests.REQ_SEC_DEF_OPT_PARAMS.id: self._option_parameters,
            market.REQ_SMART_COMPONENTS.id: self._smart_components,
        }

    def _details(self, request: Values) -> None:
        found = search(self.backend.exchange.listings, request)
        if not found:
            raise refusals.no_definition()
        now = self.backend.exchange.now
        for listing in found:
            fields = details_fields(listing, request["exchange"], now, always_open=self.backend.exchange.always_open)
            if listing.bond is not None:
                self.client.send(
                    wire.BOND_CONTRACT_DETAILS, reqId=request["reqId"], **_bond_fields(listing.bond, fields)
                )
                continue
            if request["secType"] != "CONTFUT":
                self.client.send(wire.CONTRACT_DETAILS, reqId=request["reqId"], **fields)
            if request["secType"] in CONTINUOUS and listing is found[0]:
                self.client.send(wire.CONTRACT_DETAILS, reqId=request["reqId"], **fields | {"secType": "CONTFUT"})
        self.client.send(wire.CONTRACT_DETAILS_END, reqId=request["reqId"])

    def _matching(self, request: Values) -> None:
        found = self.backend.exchange.listings.matching(request["pattern"]) if request["pattern"] else []
        self.client.send(
            wire.SYMBOL_SAMPLES,
            reqId=request["reqId"],
            samples=[self._sample(listing) for listing in found[:16]],
        )

    def _sample(self, listing: Listing) -> dict[str, Any]:
        instrument = listing.instrument
        chain = self.backend.exchange.option_parameters(instrument.con_id)
        return {
            "conId": instrument.con_id,
            "symbol": instrument.root,
            "secType": instrument.sec_type,
            "primaryExchange": instrument.primary_exchange or instrument.exchange,
            "currency": instrument.currency,
            "derivativeSecTypes": [{"secType": "OPT"}] if chain and instrument.sec_type == "STK" else [],
            "description": instrument.name,
        }

    def _market_rule(self, request: Values) -> None:
        rule = request["marketRuleId"]
        bands = self.backend.exchange.market_rule(rule)
        if not bands:
            raise refusals.validation(f"market rule {rule} is not known")
        steps = [{"lowEdge": float(band.low_edge), "increment": band.increment} for band in bands]
        self.client.send(wire.MARKET_RULE, marketRuleId=rule, priceIncrements=steps)

    def _option_parameters(self, request: Values) -> None:
        """Nothing but the end where an underlying has no options, or its id and symbol do not belong together."""
        number, exchange = request["reqId"], request["futFopExchange"]
        listing = self.backend.exchange.listings.by_con_id(request["underlyingConId"])
        if listing is not None and listing.instrument.root == request["underlyingSymbol"]:
            for found in self.backend.exchange.option_parameters(request["underlyingConId"]):
                if exchange in ("", found.exchange):
                    self._send_parameters(number, found)
        self.client.send(responses.SEC_DEF_OPT_PARAMS_END, reqId=number)

    def _send_parameters(self, number: int, found: OptionParameters) -> None:
        self.client.send(
            wire.SEC_DEF_OPT_PARAMS,
            reqId=number,
            exchange=found.exchange,
            underlyingConId=found.under_con_id,
            tradingClass=found.trading_class,
            multiplier=found.multiplier,
            expirations=[{"expiration": expiration} for expiration in found.expirations],
            strikes=[{"strike": strike} for strike in found.strikes],
        )

    def _smart_components(self, request: Values) -> None:
        """One set for every map, as the exchanges behind SMART are the same for all American stocks."""
        components = [
            {"bitNumber": bit, "exchange": exchange, "exchangeLetter": letter}
            for bit, (exchange, letter) in enumerate(SMART_LETTERS)
        ]
        self.client.send(market.SMART_COMPONENTS, reqId=request["reqId"], components=components)


def details_fields(listing: Listing, exchange: str, now: datetime, *, always_open: bool) -> dict[str, Any]:
    """Contract details but for the request's number; trading hours are those of `now` and the next days.

    Where markets are `always_open` they say so.
    """
    instrument = listing.instrument
    today = now.astimezone(ZoneInfo(listing.time_zone)).date()
    hours = COIN_HOURS._replace(zone=listing.time_zone) if always_open else listing.hours
    rules = ",".join(str(listing.market_rule) for _ in listing.valid_exchanges.split(","))
    return contract_fields(instrument, exchange) | {
        "marketName": instrument.trading_class,
        "minTick": instrument.tick,
        "orderTypes": listing.order_types,
        "validExchanges": listing.valid_exchanges,
        "underConId": listing.under_con_id,
        "underSymbol": listing.under_symbol,
        "underSecType": listing.under_sec_type,
        "longName": instrument.name,
        "contractMonth": listing.contract_month,
        "industry": listing.industry,
        "category": listing.category,
        "subcategory": listing.subcategory,
        "timeZoneId": listing.time_zone,
        "tradingHours": hours_text(hours, today, listing.time_zone, regular=False),
        "liquidHours": hours_text(hours, today, listing.time_zone, regular=True),
        "secIdList": [{"tag": tag, "value": value} for tag, value in _identifiers(listing).items()],
        "marketRuleIds": rules,
        "realExpirationDate": instrument.expiry,
        "stockType": listing.stock_type,
        "minSize": instrument.lot,
        "sizeIncrement": instrument.lot,
        "suggestedSizeIncrement": instrument.lot,
    }


@lru_cache(maxsize=256)
def hours_text(hours: MarketHours, first: date, zone: str, *, regular: bool) -> str:
    """The sessions of a week as IB writes them: `20260408:0400-20260408:2000;20260411:CLOSED`."""
    texts = []
    for day, session in sessions(hours, first, DAYS_SHOWN, regular=regular):
        if session is None:
            texts.append(f"{day:%Y%m%d}:CLOSED")
        else:
            begin, end = (time.astimezone(ZoneInfo(zone)) for time in (session.begin, session.end))
            texts.append(f"{begin:%Y%m%d:%H%M}-{end:%Y%m%d:%H%M}")
    return ";".join(texts)


def _bond_fields(bond: BondTerms, fields: dict[str, Any]) -> dict[str, Any]:
    """A bond's own fields, and of the common ones those that its message has."""
    return fields | {
        "cusip": bond.cusip,
        "coupon": round(bond.coupon),
        "maturity": fields["realExpirationDate"],
        "issueDate": bond.issued,
        "ratings": bond.ratings,
        "bondType": bond.kind,
        "couponType": "FIXED",
        "descAppend": fields["longName"],
    }
