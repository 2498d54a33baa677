"""What an option is worth: Black-76 on the forward price, its sensitivities, and the volatility that a price implies.

The offline exchange prices its options by it, and so does a backtest. Stock options are priced as European ones on the
forward `spot * exp((rate - dividend) * years)`, which for them is Black-Scholes with a dividend yield; the right to
exercise early is left out. Source of the formulas: F. Black, The Pricing of Commodity Contracts, 1976. Volatility and
rates are a year's, 0.2 is 20 %.
"""

from __future__ import annotations

from math import erfc, exp, isfinite, log, pi, sqrt
from typing import Literal, NamedTuple

from msgspec import Struct

Right = Literal["C", "P"]

LEAST_VOLATILITY, MOST_VOLATILITY = 0.001, 10.0
_STEPS = 100
_EXACT = 1e-12
"""Relative change of a step at which the search ends."""
_ROOT_HALF = sqrt(0.5)


class OptionFigures(Struct, frozen=True, kw_only=True):
    """One option at one moment, in the terms of IB's option computation; None is what cannot be computed."""

    iv: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    """Change of the price for one point (0.01) of volatility."""
    theta: float | None
    """Change of the price in one calendar day."""
    option_price: float | None
    underlying_price: float | None
    pv_dividend: float | None
    """Present value of the dividends expected until expiry, for one unit of the underlying."""


class OptionTerms(NamedTuple):
    """What one option's value depends on besides its underlying's price and its volatility."""

    right: Right
    strike: float
    years: float
    """Time to expiry, above zero."""
    rate: float
    dividend: float
    """Continuous yield of the underlying; for a future the rate itself, which makes its price the forward."""


def value(terms: OptionTerms, under: float, volatility: float) -> float:
    """What an option is worth; rises with volatility, and with the underlying's price for a call."""
    right, strike, years, rate, dividend = terms
    forward, deviation = under * exp((rate - dividend) * years), volatility * sqrt(years)
    distance = log(forward / strike) / deviation + deviation / 2
    if right == "C":
        worth = forward * _normal(distance) - strike * _normal(distance - deviation)
    else:
        worth = strike * _normal(deviation - distance) - forward * _normal(-distance)
    return exp(-rate * years) * max(worth, 0.0)


def figures(terms: OptionTerms, under: float, volatility: float) -> OptionFigures:
    """The value of an option and how it moves with price, volatility and time."""
    right, strike, years, rate, dividend = terms
    deviation, growth = volatility * sqrt(years), exp(-dividend * years)
    distance = (log(under / strike) + (rate - dividend) * years) / deviation + deviation / 2
    density = exp(-distance * distance / 2) / sqrt(2 * pi)
    worth, sign = value(terms, under, volatility), 1 if right == "C" else -1
    share = growth * _normal(sign * distance)
    financed = strike * exp(-rate * years) * _normal(sign * (distance - deviation))
    decay = -under * growth * density * volatility / (2 * sqrt(years))
    return OptionFigures(
        iv=volatility,
        delta=sign * share,
        gamma=growth * density / (under * deviation),
        vega=under * growth * density * sqrt(years) / 100,
        theta=(decay + sign * (dividend * under * share - rate * financed)) / 365,
        option_price=worth,
        underlying_price=under,
        pv_dividend=0.0 if dividend == rate else under * (1 - growth),
    )


def implied_volatility(terms: OptionTerms, under: float, price: float) -> float | None:
    """The volatility at which an option is worth `price`; None when there is none from 0.1 % to 1,000 %.

    Newton's steps, begun where the value's slope is steepest and from where they cannot overshoot twice (S. Manaster
    and G. Koehler, The Calculation of Implied Variances from the Black-Scholes Model, 1982); a step that leaves the
    bracket halves it instead.
    """
    low, high = LEAST_VOLATILITY, MOST_VOLATILITY
    if not (isfinite(price) and isfinite(under) and under > 0):
        return None
    if not value(terms, under, low) <= price <= value(terms, under, high):
        return None
    guess = min(max(_steepest(terms, under), low), high)
    for _ in range(_STEPS):
        gap = value(terms, under, guess) - price
        low, high = (guess, high) if gap < 0 else (low, guess)
        slope = _slope(terms, under, guess)
        better = guess - gap / slope if slope > 0 else low
        if not low < better < high:
            better = (low + high) / 2
        if abs(better - guess) <= _EXACT * guess:
            return better
        guess = better
    return guess


def _steepest(terms: OptionTerms, under: float) -> float:
    """The volatility at which the value rises fastest."""
    moneyness = log(under / terms.strike) + (terms.rate - terms.dividend) * terms.years
    return sqrt(2 * abs(moneyness) / terms.years)


def _slope(terms: OptionTerms, under: float, volatility: float) -> float:
    """Change of the value for a volatility higher by 1."""
    _, strike, years, rate, dividend = terms
    deviation = volatility * sqrt(years)
    distance = (log(under / strike) + (rate - dividend) * years) / deviation + deviation / 2
    return under * exp(-dividend * years - distance * distance / 2) * sqrt(years / (2 * pi))


def _normal(distance: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * erfc(-distance * _ROOT_HALF)
