"""Contracts: which listing a description means, contract details, symbol search, price grids."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ibtui.domain.instrument import Instrument
from ibtui.exchange.instruments import Listing, Listings
from ibtui.gateway import refusals
from ibtui.gateway.service import Handler, Service
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.contracts import CONTRACT_DETAILS, CONTRACT_DETAILS_END, MARKET_RULE, SYMBOL_SAMPLES

_SEC_TYPES = frozenset(
    ("STK", "OPT", "FUT", "CONTFUT", "FUT+CONTFUT", "IND", "FOP", "CASH", "BAG", "WAR", "BOND", "CMDTY")
) | frozenset(("NEWS", "FUND", "CFD", "CRYPTO", "IOPT", "EC"))


def search(listings: Listings, contract: Values) -> list[Listing]:
    """Every listing that a description fits, which may be incomplete; raises Refused where IB calls it invalid."""
    con_id, symbol, local = contract["conId"], contract["symbol"], contract["localSymbol"]
    sec_id = contract.get("secId", "")
    if not (con_id or sec_id) and contract["secType"] not in _SEC_TYPES:
        raise refusals.validation("Please enter a valid security type")
    if not (con_id or sec_id or symbol or local):
        raise refusals.validation("Please enter a local symbol or a symbol")
    if contract["strike"] or contract["right"] not in ("", "?", "0"):
        return []
    found = listings.find(
        root=symbol,
        sec_type=contract["secType"],
        exchange=contract["exchange"],
        currency=contract["currency"],
        expiry=contract["lastTradeDateOrContractMonth"],
        local_symbol=local,
        con_id=con_id,
        primary_exchange=contract["primaryExchange"],
        trading_class=contract["tradingClass"],
    )
    found = [listing for listing in found if _multiplier_fits(contract["multiplier"], listing.instrument)]
    return [listing for listing in found if listing.isin == sec_id] if sec_id else found


def resolve(listings: Listings, contract: Values) -> Listing:
    """The one listing that a description means; raises Refused when that is none or several."""
    if not contract["exchange"]:
        raise refusals.validation("Missing exchange")
    by_name = not (contract["conId"] or contract["localSymbol"])
    if by_name and not contract["currency"] and contract["secType"] in ("STK", "CASH"):
        raise refusals.validation("Please enter a valid currency")
    found = search(listings, contract)
    if not found:
        raise refusals.no_definition()
    if len(found) > 1:
        raise refusals.ambiguous()
    return found[0]


def contract_fields(instrument: Instrument, exchange: str = "") -> dict[str, Any]:
    """An instrument as messages describe it, at `exchange` or where its orders go."""
    return {
        "conId": instrument.con_id,
        "symbol": instrument.root,
        "secType": instrument.sec_type,
        "lastTradeDateOrContractMonth": instrument.expiry,
        "right": "",
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
    return format(instrument.multiplier.normalize(), "f") if instrument.sec_type in ("FUT", "OPT", "FOP") else ""


def _multiplier_fits(wanted: str, instrument: Instrument) -> bool:
    return not wanted or wanted == (multiplier_text(instrument) or "1")


class Contracts(Service):
    """Details of contracts for one client."""

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_CONTRACT_DETAILS.id: self._details,
            requests.REQ_MATCHING_SYMBOLS.id: self._matching,
            requests.REQ_MARKET_RULE.id: self._market_rule,
            requests.REQ_SEC_DEF_OPT_PARAMS.id: self._option_parameters,
            requests.REQ_MKT_DEPTH_EXCHANGES.id: self._depth_exchanges,
            requests.REQ_NEWS_PROVIDERS.id: self._news_providers,
        }

    def _details(self, request: Values) -> None:
        found = search(self.backend.exchange.listings, request)
        if not found:
            raise refusals.no_definition()
        for listing in found:
            self.client.send(
                CONTRACT_DETAILS,
                reqId=request["reqId"],
                **details_fields(listing, request["exchange"], self.backend.exchange.now),
            )
        self.client.send(CONTRACT_DETAILS_END, reqId=request["reqId"])

    def _matching(self, request: Values) -> None:
        found = self.backend.exchange.listings.matching(request["pattern"]) if request["pattern"] else []
        self.client.send(
            SYMBOL_SAMPLES,
            reqId=request["reqId"],
            samples=[_sample(listing) for listing in found[:16]],
        )

    def _market_rule(self, request: Values) -> None:
        rule = request["marketRuleId"]
        for listing in self.backend.exchange.listings:
            if listing.market_rule == rule:
                step = {"lowEdge": 0.0, "increment": listing.instrument.tick}
                self.client.send(MARKET_RULE, marketRuleId=rule, priceIncrements=[step])
                return
        raise refusals.validation(f"market rule {rule} is not known")

    def _option_parameters(self, request: Values) -> None:
        """Nothing is listed that has options."""
        self.client.send(responses.SEC_DEF_OPT_PARAMS_END, reqId=request["reqId"])

    def _depth_exchanges(self, _: Values) -> None:
        """No exchange shows its depth here."""
        self.client.send(responses.MKT_DEPTH_EXCHANGES, exchanges=[])

    def _news_providers(self, _: Values) -> None:
        self.client.send(responses.NEWS_PROVIDERS, providers=[])


def details_fields(listing: Listing, exchange: str, now: datetime) -> dict[str, Any]:
    """Contract details but for the request's number; trading hours are those of `now` and the next days."""
    instrument = listing.instrument
    hours = _hours(listing, now)
    rules = ",".join(str(listing.market_rule) for _ in listing.valid_exchanges.split(","))
    return contract_fields(instrument, exchange) | {
        "marketName": listing.market_name,
        "minTick": instrument.tick,
        "orderTypes": listing.order_types,
        "validExchanges": listing.valid_exchanges,
        "underConId": listing.under_con_id,
        "underSymbol": listing.under_symbol,
        "underSecType": listing.under_sec_type,
        "longName": listing.long_name,
        "contractMonth": listing.contract_month,
        "industry": listing.industry,
        "category": listing.category,
        "subcategory": listing.subcategory,
        "timeZoneId": listing.time_zone,
        "tradingHours": hours,
        "liquidHours": hours,
        "secIdList": [{"tag": "ISIN", "value": listing.isin}] if listing.isin else [],
        "marketRuleIds": rules,
        "realExpirationDate": instrument.expiry,
        "stockType": listing.stock_type,
        "minSize": instrument.lot,
        "sizeIncrement": instrument.lot,
        "suggestedSizeIncrement": instrument.lot,
    }


def _hours(listing: Listing, now: datetime) -> str:
    """Open round the clock for the week to come, which is what the exchange is, in the instrument's zone."""
    today = now.astimezone(ZoneInfo(listing.time_zone)).date()
    days = [today + timedelta(days=number) for number in range(7)]
    return ";".join(f"{day:%Y%m%d}:0000-{day:%Y%m%d}:2359" for day in days)


def _sample(listing: Listing) -> dict[str, Any]:
    instrument = listing.instrument
    return {
        "conId": instrument.con_id,
        "symbol": instrument.root,
        "secType": instrument.sec_type,
        "primaryExchange": instrument.primary_exchange or instrument.exchange,
        "currency": instrument.currency,
        "derivativeSecTypes": [],
        "description": listing.long_name,
    }
