"""How much of the best of many tries is luck: the deflated Sharpe ratio.

Of N tries without any skill the best still shows some Sharpe ratio. Bailey and Lopez de Prado, "The Deflated Sharpe
Ratio" (Journal of Portfolio Management 40-5, 2014):

    SR0 = sqrt(V) x ((1 - g) x Z(1 - 1/N) + g x Z(1 - 1/(N e)))
    DSR = Phi( (SR - SR0) x sqrt(T - 1) / sqrt(1 - skew x SR + (kurtosis - 1) / 4 x SR^2) )

with SR of the best try's daily returns (not of a year), V the variance of the tries' ratios, g Euler's constant, Z the
inverse of the normal distribution Phi, and T the number of days. Tries that are alike count as N, so that it errs on
the careful side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from statistics import NormalDist, fmean, pvariance, stdev

from msgspec import Struct

from ibtui.backtest.result import Result
from ibtui.backtest.statistics import daily_returns

EULER = 0.5772156649015329
BELIEVABLE = 0.95
"""Probability below which a result is not to be told from luck."""
_MOST = 12
"""Digits after the point, at most: a float has no more."""
_NORMAL = NormalDist()


class Moments(Struct, frozen=True, kw_only=True):
    """Of daily returns; a Sharpe ratio of a day, None without a spread."""

    days: int = 0
    sharpe: float | None = None
    skew: float = 0.0
    kurtosis: float = 3.0
    """3 for a normal distribution."""


def moments(result: Result) -> Moments:
    """Sharpe ratio, skewness and kurtosis of the daily returns of a run."""
    return moments_of(daily_returns(chain((result.settings.cash,), result.day_equity)))


def moments_of(returns: Sequence[float]) -> Moments:
    """Of returns, by population for the third and fourth moment."""
    if len(returns) < 3 or stdev(returns) < 1e-15:
        return Moments(days=len(returns))
    mean = fmean(returns)
    spread = math.sqrt(pvariance(returns, mean))
    scaled = [(one - mean) / spread for one in returns]
    return Moments(
        days=len(returns),
        sharpe=mean / stdev(returns),
        skew=fmean([one**3 for one in scaled]),
        kurtosis=fmean([one**4 for one in scaled]),
    )


def expected_best(sharpes: Sequence[float]) -> float:
    """The best daily Sharpe ratio that so many tries without skill would show."""
    count = len(sharpes)
    if count < 2:
        return 0.0
    high, higher = _NORMAL.inv_cdf(1 - 1 / count), _NORMAL.inv_cdf(1 - 1 / (count * math.e))
    return stdev(sharpes) * ((1 - EULER) * high + EULER * higher)


def deflated_sharpe(best: Moments, sharpes: Sequence[float]) -> float | None:
    """The probability that the best try is better than the best of so many lucky ones; None when nothing tells."""
    if best.sharpe is None or best.days < 3:
        return None
    under = 1 - best.skew * best.sharpe + (best.kurtosis - 1) / 4 * best.sharpe**2
    if under <= 0:
        return None
    return _NORMAL.cdf((best.sharpe - expected_best(sharpes)) * math.sqrt(best.days - 1) / math.sqrt(under))


def percent(probability: float) -> str:
    """A probability in percent, with as many digits as tell on which side of BELIEVABLE it lies: 94.97 %, 95.0 %."""
    digits = 1
    while digits < _MOST and (round(probability, digits + 2) < BELIEVABLE) != (probability < BELIEVABLE):
        digits += 1
    return f"{100 * probability:.{digits}f} %"
