"""Options priced by a model where there is no market for them: the chain and the value that a backtest works with.

Nothing here is a market: there is one volatility for every strike and every expiry, no jump before an event, no early
exercise. Results of strategies that trade options over the past by it say so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import get_args

from ibtui.domain.calendar.new_york import add_months, exchange_day, friday_from, third_friday, trading_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import exact
from ibtui.domain.options.chain import Chain, ChainOption, OptionName, expires_at, first_after
from ibtui.domain.options.pricing import OptionTerms, Right, figures, value

RATE = 0.04
"""A year's interest where nothing else is said."""
STRIKES = 15
"""Strikes of a chain, on each side of the money about half."""
REACH = 2.0
"""How far the strikes reach from the money, in standard deviations until expiry."""
HALF_SPREAD = 0.01
"""Of the price; half the spread is at least one cent."""
_STEPS = (0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0)
_YEAR = timedelta(days=365)
_WEEKS, _MONTHS = 8, 24

Expiries = Callable[[date], Iterable[date]]
"""The days on which options expire, as listed on a day."""
Strikes = Callable[[float, float], Iterable[float]]
"""The strikes around a price, as far as a distance from it."""


def fridays(today: date) -> tuple[date, ...]:
    """Weekly expiries for eight weeks and monthly ones, third Fridays, for two years, soonest first.

    What would expire on a holiday expires on the last trading day before it.
    """
    weeks = {friday_from(today) + timedelta(weeks=week) for week in range(_WEEKS)}
    months = {third_friday(add_months(today, ahead)) for ahead in range(_MONTHS + 1)}
    days = {trading_day(friday) for friday in weeks | months}
    return tuple(sorted(day for day in days if day >= today))


def round_strikes(spot: float, reach: float) -> tuple[float, ...]:
    """About `STRIKES` multiples of a step that strikes are listed in, between `spot - reach` and `spot + reach`."""
    wanted = 2 * reach / STRIKES
    step = next((step for step in _STEPS if step >= wanted), _STEPS[-1])
    first, last = math.ceil((spot - reach) / step), math.floor((spot + reach) / step)
    middle = round(spot / step)
    numbers = {*range(first, last + 1), middle - 1, middle, middle + 1}
    return tuple(number * step for number in sorted(numbers) if number > 0)


def model_chain(
    underlying: str,
    spot: float,
    now: datetime,
    volatility: float,
    *,
    days: float | None = None,
    rate: float = RATE,
    dividend: float = 0.0,
    multiplier: float = 100.0,
    half_spread: float = HALF_SPREAD,
    expiries: Expiries = fridays,
    strikes: Strikes = round_strikes,
) -> Chain:
    """The chain of one expiry as a live market would be asked for it, priced by Black-Scholes at one volatility.

    The expiry is the first at least `days` away; without `days` the first after today. Bid and ask lie `half_spread`
    of the price, at least a cent, around the model's price, on whole cents; there are no trades and no open interest.
    Raises IbtuiError `no_option` when there is no such expiry, ValueError when spot or volatility is not positive.
    """
    if not (0 < spot < math.inf and 0 < volatility < math.inf):
        raise ValueError(f"a model needs a positive price and volatility, not {spot!r} and {volatility!r}")
    day = first_after(expiries(exchange_day(now)), now, 1 if days is None else days)
    if day is None:
        raise IbtuiError("no_option", f"No option of {underlying} expires {days:g} days away or later.")
    years = years_left(day, now)
    reach = REACH * volatility * math.sqrt(years) * spot
    terms = (
        OptionTerms(right, strike, years, rate, dividend)
        for strike in strikes(spot, reach)
        for right in get_args(Right)
    )
    options = tuple(_priced(underlying, day, one, spot, volatility, half_spread) for one in terms)
    return Chain(underlying=underlying, spot=spot, time=now, multiplier=multiplier, options=options)


def option_instrument(chain: Chain, option: ChainOption) -> Instrument:
    """An option of a model's chain as far as its chain describes it; IB has given it no contract id."""
    return Instrument(
        symbol=option.symbol,
        con_id=0,
        sec_type="OPT",
        root=chain.underlying,
        exchange="SMART",
        currency="USD",
        expiry=f"{option.expiry:%Y%m%d}",
        strike=exact(option.strike),
        right=option.right,
        multiplier=exact(chain.multiplier),
    )


def model_value(
    option: OptionName, spot: float, now: datetime, volatility: float, rate: float = RATE, dividend: float = 0.0
) -> float:
    """What an option is worth at `now` by the same model, per unit; from its expiry on what exercise brings."""
    strike = float(option.strike)
    if now >= expires_at(option.expiry):
        return max(spot - strike if option.right == "C" else strike - spot, 0.0)
    return value(OptionTerms(option.right, strike, years_left(option.expiry, now), rate, dividend), spot, volatility)


def years_left(expiry: date, now: datetime) -> float:
    """Years of 365 days until an option expires, at least a minute."""
    return max(expires_at(expiry) - now, timedelta(minutes=1)) / _YEAR


def _priced(
    underlying: str, day: date, terms: OptionTerms, spot: float, volatility: float, half_spread: float
) -> ChainOption:
    root = "".join(letter for letter in underlying if letter.isalnum())[:6]
    name = OptionName(root=root, expiry=day, right=terms.right, strike=exact(terms.strike))
    found = figures(terms, spot, volatility)
    worth = found.option_price or 0.0
    half = max(worth * half_spread, 0.01)
    return ChainOption(
        symbol=name.symbol,
        expiry=day,
        strike=terms.strike,
        right=terms.right,
        bid=max(math.floor(round((worth - half) * 100, 6)) / 100, 0.0),
        ask=math.ceil(round((worth + half) * 100, 6)) / 100,
        delta=found.delta,
        gamma=found.gamma,
        vega=found.vega,
        theta=found.theta,
        implied_volatility=volatility,
    )
