"""What is told of companies and of the economy, drawn from the exchange's seed, and how it moves prices.

A company's headline moves its own part of its price in the minute that it falls into; figures of the economy, on fixed
days, move what all instruments share. History holds both: a past headline stands before its move. Everything is
invented, whatever company it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.exchange.moments import MINUTE, moment
from ibtui.exchange.randomness import stream

HOUR = 60
"""Minutes of one hour."""
SHARED = ("market", "oil")
"""The factors that figures of the economy move."""

_CHANCE = 0.07
"""Of a company's headline in any hour."""
_GOOD = (
    ("BRFUPDN", "{name} upgraded to Buy from Hold, target raised"),
    ("BRFG", "{name} raises its outlook for the quarter"),
    ("DJNL", "{name} wins a large order, people familiar say"),
    ("BRFG", "{name} announces a share repurchase"),
)
_BAD = (
    ("BRFUPDN", "{name} downgraded to Hold from Buy, target cut"),
    ("BRFG", "{name} lowers its outlook for the quarter"),
    ("DJNL", "{name} faces an inquiry, people familiar say"),
    ("BRFG", "{name} delays a product"),
)


class Story(NamedTuple):
    """A headline before it is told."""

    time: int
    provider: str
    text: str
    shock: float
    """Return of the factor that it moves, in that factor's daily volatilities."""


class Figure(NamedTuple):
    """A figure of the economy that comes out on fixed days."""

    factor: str
    hour: int
    minute: int
    """The minute of the hour, on a clock in New York."""
    text: str
    usual: float
    scatter: float
    sign: int
    """Of the factor's move when the figure exceeds what was forecast."""


PAYROLLS = Figure("market", 8, 30, "US nonfarm payrolls {actual:+.0f}K, forecast {forecast:+.0f}K", 170.0, 60.0, 1)
PRICES = Figure("market", 8, 30, "US consumer prices {actual:+.1f}% on year, forecast {forecast:+.1f}%", 2.8, 0.15, -1)
CLAIMS = Figure("market", 8, 30, "US jobless claims {actual:.0f}K, forecast {forecast:.0f}K", 225.0, 9.0, -1)
RATES = Figure("market", 14, 0, "Fed funds target upper bound {actual:.2f}%, forecast {forecast:.2f}%", 3.75, 0.06, -1)
OIL = Figure("oil", 10, 30, "US crude stocks {actual:+.1f}M barrels, forecast {forecast:+.1f}M", 0.5, 3.0, -1)
_RATE_MONTHS = (1, 3, 5, 6, 7, 9, 11, 12)
_WEIGHTS = {PAYROLLS: 0.5, PRICES: 0.5, RATES: 0.6, CLAIMS: 0.12, OIL: 0.45}
"""Typical size of the move, in the factor's daily volatilities."""


def figures(day: date) -> list[Figure]:
    """What comes out on a day.

    Payrolls on the first Friday, consumer prices on the second Wednesday, claims on Thursdays, oil stocks on
    Wednesdays, the Federal Reserve's rate on the third Wednesday of eight months. Holidays are left out of account.
    """
    weekday, week = day.weekday(), (day.day - 1) // 7
    due = []
    if weekday == 4 and week == 0:
        due.append(PAYROLLS)
    if weekday == 3:
        due.append(CLAIMS)
    if weekday == 2:
        due += [OIL, *([PRICES] if week == 1 else []), *([RATES] if week == 2 and day.month in _RATE_MONTHS else [])]
    return due


def stories(seed: int, name: str, number: int) -> list[Story]:
    """What is told in one hour since 1970 of a factor: a company by its symbol, or what all share; oldest first."""
    if name in SHARED:
        return sorted(_economy(seed, name, number))
    random = stream(seed, "news", name, number)
    if random.random() >= _CHANCE:
        return []
    good = random.random() < 0.5
    provider, text = random.choice(_GOOD if good else _BAD)
    shock = (0.15 + 0.25 * random.expovariate(1.0)) * (1 if good else -1)
    return [Story((number * HOUR + random.randrange(HOUR)) * MINUTE, provider, text, shock)]


def shocks(seed: int, name: str, number: int) -> dict[int, float]:
    """What headlines add to a factor's return, by minute of the hour."""
    added: dict[int, float] = {}
    for story in stories(seed, name, number) if name != "dollar" else ():
        minute = story.time // MINUTE - number * HOUR
        added[minute] = added.get(minute, 0.0) + story.shock
    return added


def _economy(seed: int, name: str, number: int) -> Iterator[Story]:
    begin = moment(number * HOUR * MINUTE).astimezone(NEW_YORK)
    for figure in figures(begin.date()):
        if figure.factor == name and figure.hour == begin.hour:
            random = stream(seed, "news", figure.text, number)
            surprise = max(min(random.gauss(0.0, 1.0), 3.0), -3.0)
            text = figure.text.format(actual=figure.usual + surprise * figure.scatter, forecast=figure.usual)
            shock = surprise * _WEIGHTS[figure] * figure.sign
            yield Story((number * HOUR + figure.minute) * MINUTE, "BRFG", text, shock)
