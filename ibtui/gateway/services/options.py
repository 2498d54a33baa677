"""Options: what price a volatility means and what volatility a price means, and exercise."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ibtui.domain.options.pricing import OptionFigures
from ibtui.gateway import refusals
from ibtui.gateway.services.contracts import resolve
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import market, requests
from ibtui.gateway.wire.codec import Values

BID, ASK, LAST, MODEL = 10, 11, 12, 13
CUSTOM = 53
"""The tick type of an answer to a calculation."""
_OPTIONS = ("OPT", "FOP")


class OptionsService(Service):
    """Option calculations for one client."""

    def handlers(self) -> Mapping[int, Handler]:
        return {
            market.CALCULATE_IMPLIED_VOLATILITY.id: self._implied_volatility,
            market.CALCULATE_OPTION_PRICE.id: self._price,
            market.CANCEL_CALCULATE_IMPLIED_VOLATILITY.id: self._cancelled,
            market.CANCEL_CALCULATE_OPTION_PRICE.id: self._cancelled,
            requests.EXERCISE_OPTIONS.id: self._exercise,
        }

    def _exercise(self, request: Values) -> None:
        """Answered by the positions that change, or an error."""
        if self.backend.read_only:
            raise refusals.read_only()
        option, exchange = self._option(request), self.backend.exchange
        account, quantity = request["account"] or exchange.accounts[0], Decimal(request["exerciseQuantity"])
        match request["exerciseAction"]:
            case 1:
                exchange.exercise(account, option, quantity, override=request["override"])
            case 2:
                exchange.lapse(account, option, quantity)
            case _:
                raise refusals.validation("The exercise action is 1 to exercise or 2 to lapse")

    def _implied_volatility(self, request: Values) -> None:
        price, under = _positive(request, "optionPrice"), _positive(request, "underPrice")
        figures = self.backend.exchange.implied_volatility(self._option(request), price, under)
        if figures.iv is None:
            raise refusals.processing("The implied volatility cannot be calculated for this option price")
        self._send(request, figures)

    def _price(self, request: Values) -> None:
        volatility, under = _positive(request, "volatility"), _positive(request, "underPrice")
        self._send(request, self.backend.exchange.option_price(self._option(request), volatility, under))

    def _option(self, request: Values) -> int:
        listing = resolve(self.backend.exchange.listings, {"primaryExchange": ""} | request)
        if listing.instrument.sec_type not in _OPTIONS:
            raise refusals.validation("Please choose an option contract")
        return listing.instrument.con_id

    def _send(self, request: Values, figures: OptionFigures) -> None:
        self.client.send(
            market.TICK_OPTION_COMPUTATION, reqId=request["reqId"], tickType=CUSTOM, **computation(figures)
        )

    def _cancelled(self, _: Values) -> None:
        """A calculation is answered at once, so nothing is left to cancel, and TWS says nothing to that."""


def computation(figures: OptionFigures) -> dict[str, Any]:
    """An option's figures under the names of the message."""
    return {
        "impliedVol": figures.iv,
        "delta": figures.delta,
        "optPrice": figures.option_price,
        "pvDividend": figures.pv_dividend,
        "gamma": figures.gamma,
        "vega": figures.vega,
        "theta": figures.theta,
        "undPrice": figures.underlying_price,
    }


def _positive(request: Values, name: str) -> float:
    value = request[name]
    if value is None or value <= 0:
        raise refusals.validation(f"Invalid {name}; it must be above zero")
    return float(value)
