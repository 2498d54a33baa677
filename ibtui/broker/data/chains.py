"""Option chains: which options an underlying has, and a short look at the market of those near the money."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from msgspec import Struct

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.data.quotes import QuoteLine, Quotes
from ibtui.broker.transport.requests import RequestError
from ibtui.broker.transport.wire import Wire
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.chain import Chain, ChainOption, first_after
from ibtui.domain.options.model import REACH, years_left

MOST_STRIKES = 20
"""Strikes of one chain, each of which takes two of an account's market data lines."""
LEAST_STRIKES = 5
LOOK = 2.5
"""Seconds to wait for the market of a chain's options."""
FIRST_LOOK = 1.0
"""Of them for the options at the money, whose volatility says how far the strikes must reach."""
VOLATILITY = 0.30
"""A year's, where the options at the money do not tell."""


class QualifiedChain(Struct, frozen=True, kw_only=True):
    """A chain, and its options as they are traded."""

    chain: Chain
    instruments: tuple[Instrument, ...]


class _Class(NamedTuple):
    """One row of IB's answer: what can be combined under a trading class at an exchange."""

    exchange: str
    under_con_id: str
    trading_class: str
    multiplier: str
    expirations: Sequence[str]
    strikes: Sequence[float]


class ChainQueries:
    """Asks for one chain at a time, so that never more than `2 * MOST_STRIKES` lines are borrowed.

    Which options there are is asked once a day; prices and figures each time.
    """

    def __init__(self, wire: Wire, contracts: Contracts, quotes: Quotes, clock: Clock, seconds: float) -> None:
        self._wire = wire
        self._contracts = contracts
        self._quotes = quotes
        self._clock = clock
        self._seconds = seconds
        self._day: date | None = None
        self._classes: dict[int, list[_Class]] = {}
        self._options: dict[tuple[int, date], list[Instrument]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def chain(self, under: Instrument, spot: float, days: float | None, strikes: int) -> QualifiedChain:
        """The options of the first expiry at least `days` away; see Session.chain."""
        async with self._one_at_a_time:
            now = self._clock.now()
            self._forget_yesterday(exchange_day(now))
            expiry = first_after(await self._expiries(under), now, 1 if days is None else days)
            if expiry is None:
                raise IbtuiError("no_option", f"IB lists no options of {under.symbol} that expire then or later.")
            options = await self._expiring(under, expiry)
            lines = await self._look(options, spot, years_left(expiry, now), min(strikes, MOST_STRIKES))
            return _listed(under, spot, now, lines)

    def _forget_yesterday(self, today: date) -> None:
        if self._day != today:
            self._day = today
            self._classes.clear()
            self._options.clear()

    # which options there are

    async def _expiries(self, under: Instrument) -> list[date]:
        if under.con_id not in self._classes:
            self._classes[under.con_id] = await self._ask_classes(under)
        return [_day(text) for row in self._classes[under.con_id] for text in row.expirations]

    async def _ask_classes(self, under: Instrument) -> list[_Class]:
        """At the exchange where orders go; without answers there IB knows no options of it."""
        futures = under.sec_type == "FUT"
        place = under.exchange if futures else ""
        try:
            answers = await self._wire.ask(
                "reqSecDefOptParams", under.root, place, under.sec_type, under.con_id, seconds=self._seconds
            )
        except RequestError as error:
            raise IbtuiError("no_option", f"IB gives no options of {under.symbol}: {error.text}") from None
        rows = [_Class(*answer) for answer in answers]
        return [row for row in rows if row.exchange == (place or "SMART")]

    async def _expiring(self, under: Instrument, expiry: date) -> list[Instrument]:
        """Every option of one expiry, of the trading class named like the underlying where there are several."""
        key = under.con_id, expiry
        if key not in self._options:
            rows = [row for row in self._classes[under.con_id] if f"{expiry:%Y%m%d}" in row.expirations]
            row = min(rows, key=lambda row: (row.trading_class != under.root, row.trading_class))
            self._options[key] = await self._contracts.listed(
                secType="FOP" if under.sec_type == "FUT" else "OPT",
                symbol=under.root,
                lastTradeDateOrContractMonth=f"{expiry:%Y%m%d}",
                exchange=row.exchange,
                currency=under.currency,
                tradingClass=row.trading_class,
                multiplier=row.multiplier,
            )
        if not self._options[key]:
            del self._options[key]
            raise IbtuiError("no_option", f"IB describes no option of {under.symbol} that expires on {expiry}.")
        return self._options[key]

    # their market

    async def _look(self, options: list[Instrument], spot: float, years: float, count: int) -> list[QuoteLine]:
        """Borrow lines of the options near the money until their market has come, and give them back."""
        moved = asyncio.Event()
        lines: dict[str, QuoteLine] = {}
        end = self._clock.monotonic() + LOOK

        def borrow(wanted: Sequence[float]) -> None:
            for option in options:
                if float(option.strike) in wanted and option.symbol not in lines:
                    lines[option.symbol] = self._quotes.borrow(option, moved.set)

        strikes = sorted({float(option.strike) for option in options})
        try:
            borrow(near(strikes, spot, 0.0, 1))
            await self._until(moved, lines, end - LOOK + FIRST_LOOK)
            reach = REACH * _volatility(lines) * math.sqrt(years) * spot
            borrow(near(strikes, spot, reach, count))
            await self._until(moved, lines, end)
        finally:
            for line in lines.values():
                self._quotes.give_back(line)
        if not any(line.fields or line.figures for line in lines.values()):
            trouble = next((line.trouble for line in lines.values() if line.trouble), "no price came")
            raise IbtuiError("no_answer", f"IB shows no market of these options: {trouble}")
        return list(lines.values())

    async def _until(self, moved: asyncio.Event, lines: dict[str, QuoteLine], end: float) -> None:
        """Wait until every line has told what it will, or until `end`, or until the connection is gone."""
        while not all(_told(line) for line in lines.values()):
            moved.clear()
            if not self._wire.connected:
                raise IbtuiError("not_connected", "The connection to IB ended before it answered; try again.")
            try:
                async with asyncio.timeout(end - self._clock.monotonic()):
                    await moved.wait()
            except TimeoutError:
                return


def near(strikes: Sequence[float], spot: float, reach: float, count: int) -> tuple[float, ...]:
    """At most `count` of the sorted strikes, evenly spread over `spot - reach` to `spot + reach` and with the nearest.

    Where fewer than `LEAST_STRIKES` lie so near, the nearest ones are taken, as far as `count` allows.
    """
    middle = min(range(len(strikes)), key=lambda index: (abs(strikes[index] - spot), strikes[index]))
    inside = [index for index, strike in enumerate(strikes) if abs(strike - spot) <= reach]
    if len(inside) < min(LEAST_STRIKES, count):
        by_distance = sorted(range(len(strikes)), key=lambda index: (abs(index - middle), index))
        inside = sorted(by_distance[: min(LEAST_STRIKES, count)])
    stride = math.ceil(len(inside) / count)
    spread = [index for index in inside if (index - middle) % stride == 0]
    nearest = sorted(spread, key=lambda index: (abs(index - middle), index))[:count]
    return tuple(strikes[index] for index in sorted(nearest))


def _told(line: QuoteLine) -> bool:
    return line.failed or (line.figures is not None and {"bid", "ask"} <= line.fields.keys())


def _volatility(lines: dict[str, QuoteLine]) -> float:
    """What the options at the money say, or a usual one."""
    found = [line.figures.implied_volatility for line in lines.values() if line.figures is not None]
    told = [volatility for volatility in found if volatility]
    return sum(told) / len(told) if told else VOLATILITY


def _listed(under: Instrument, spot: float, now: datetime, lines: list[QuoteLine]) -> QualifiedChain:
    ordered = sorted(lines, key=lambda line: (line.instrument.strike, line.instrument.right))
    return QualifiedChain(
        chain=Chain(
            underlying=under.symbol,
            spot=spot,
            time=now,
            multiplier=float(ordered[0].instrument.multiplier),
            options=tuple(_option(line) for line in ordered),
        ),
        instruments=tuple(line.instrument for line in ordered),
    )


def _option(line: QuoteLine) -> ChainOption:
    option, fields, figures = line.instrument, line.fields, line.figures
    return ChainOption(
        symbol=option.symbol,
        expiry=_day(option.expiry),
        strike=float(option.strike),
        right="C" if option.right == "C" else "P",
        bid=fields.get("bid"),
        ask=fields.get("ask"),
        last=fields.get("last"),
        delta=None if figures is None else figures.delta,
        gamma=None if figures is None else figures.gamma,
        vega=None if figures is None else figures.vega,
        theta=None if figures is None else figures.theta,
        implied_volatility=None if figures is None else figures.implied_volatility,
        open_interest=line.interest,
    )


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
