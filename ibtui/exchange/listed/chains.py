"""Option chains: every expiry, strike and right of an underlying, listed only when someone asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from msgspec import Struct

from ibtui.domain.calendar.expiries import MONTH_CODES
from ibtui.domain.calendar.new_york import add_months, friday_from, third_friday, trading_day
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.pricing import Right
from ibtui.exchange.listed.catalogue import CHAINS, ChainRow
from ibtui.exchange.listed.grid import GridBand
from ibtui.exchange.listed.instruments import ContractQuery, Listing

WEEKS, MONTHS, LEAPS = 8, 24, 39
"""How far weekly and monthly expiries reach, and in months those that are listed years ahead."""
_FAR_MONTHS = (1, 6, 12)
"""The months of those: at no time is the last of them less than 30 months away."""
RIGHTS: tuple[Right, Right] = ("C", "P")

_FIRST_ID, _IDS = 800_000_000, 100_000_000
_EPOCH = date(2020, 1, 1)
_STRIKES = 10_000
_EXCHANGES = "SMART,AMEX,BATS,BOX,CBOE,CBOE2,EDGX,EMERALD,ISE,MERCURY,MIAX,NASDAQBX,NASDAQOM,PEARL,PHLX,PSE"
_PENNY = (GridBand(Decimal(0), Decimal("0.01")), GridBand(Decimal(3), Decimal("0.05")))
_CENTS = (GridBand(Decimal(0), Decimal("0.01")),)
_FUTURE = (GridBand(Decimal(0), Decimal("0.05")), GridBand(Decimal(10), Decimal("0.25")))


class ExpiryDay(NamedTuple):
    """One day on which options of a chain expire."""

    day: date
    trading_class: str
    under_con_id: int
    strikes: tuple[Decimal, ...]
    series: str
    """What the local symbols of its options begin with; a right and a strike follow."""


class OptionParameters(Struct, frozen=True, kw_only=True):
    """What can be combined under one trading class at one exchange."""

    exchange: str
    under_con_id: int
    trading_class: str
    multiplier: str
    expirations: tuple[str, ...]
    """The days on which options of it expire, as YYYYMMDD."""
    strikes: tuple[float, ...]


class RootChain:
    """The options of one root.

    A contract id holds what it names: the chain's range, the expiry's day, the strike in the chain's finest step, and
    the right.
    """

    def __init__(self, number: int, row: ChainRow, unders: list[Listing], level: float, today: date) -> None:
        """`unders` is the stock, or the futures by expiry; `level` is where the strikes are centred."""
        self.row, self._unders, self._level = row, unders, level
        self.bands = _FUTURE if row.sec_type == "FOP" else _CENTS if row.pennies else _PENNY
        self._first = _FIRST_ID + number * _IDS
        self.expiries: dict[date, ExpiryDay] = {}
        self._past: dict[date, ExpiryDay] = {}
        self.begin_day(today)

    def begin_day(self, day: date) -> None:
        """List what trades from a day on: new weeks and months come, and what has expired is found by id alone."""
        listed = {expiry.day: expiry for expiry in self._listed(day, self._level)}
        self._past |= {when: expiry for when, expiry in self.expiries.items() if when < day}
        self.expiries = {when: expiry for when, expiry in self.expiries.items() if when >= day} | listed
        self.expiries = dict(sorted(self.expiries.items()))

    def by_con_id(self, con_id: int) -> Listing | None:
        if not self._first <= con_id < self._first + _IDS:
            return None
        rest, right = divmod(con_id - self._first, 2)
        days, number = divmod(rest, _STRIKES)
        day = _EPOCH + timedelta(days=days)
        expiry = self.expiries.get(day) or self._past.get(day)
        strike = number * self.row.step
        return self._listing(expiry, strike, RIGHTS[right]) if expiry and strike in expiry.strikes else None

    def find(self, wanted: ContractQuery) -> Iterator[Listing]:
        """The options that agree with what is wanted, by expiry, strike and right."""
        row = self.row
        given = (wanted.root, row.root), (wanted.sec_type, row.sec_type), (wanted.currency, "USD")
        if not all(not want or want.upper() == have for want, have in given):
            return
        if wanted.exchange and wanted.exchange.upper() not in self._exchanges():
            return
        for expiry in self._expiries(wanted):
            for strike, right in self._terms(expiry, wanted):
                yield self._listing(expiry, strike, right)

    def parameters(self, under_con_id: int) -> list[OptionParameters]:
        """What can be combined, by exchange and trading class, for the options on one underlying."""
        classes: dict[str, list[ExpiryDay]] = {}
        for expiry in self.expiries.values():
            if expiry.under_con_id == under_con_id:
                classes.setdefault(expiry.trading_class, []).append(expiry)
        return [
            OptionParameters(
                exchange=exchange,
                under_con_id=under_con_id,
                trading_class=name,
                multiplier=str(self.row.multiplier),
                expirations=tuple(f"{expiry.day:%Y%m%d}" for expiry in expiries),
                strikes=tuple(sorted({float(strike) for expiry in expiries for strike in expiry.strikes})),
            )
            for exchange in self._exchanges()
            for name, expiries in classes.items()
        ]

    def _exchanges(self) -> list[str]:
        return _EXCHANGES.split(",") if self.row.sec_type == "OPT" else [self._unders[0].instrument.exchange]

    def _expiries(self, wanted: ContractQuery) -> list[ExpiryDay]:
        return [
            expiry
            for expiry in self.expiries.values()
            if (not wanted.expiry or f"{expiry.day:%Y%m%d}".startswith(wanted.expiry))
            and wanted.trading_class.upper() in ("", expiry.trading_class)
            and (not wanted.local_symbol or wanted.local_symbol.upper().startswith(expiry.series))
        ]

    def _terms(self, expiry: ExpiryDay, wanted: ContractQuery) -> Iterator[tuple[Decimal, Right]]:
        """The strikes and rights of one expiry that are wanted; a local symbol is compared before anything is made."""
        rest = wanted.local_symbol.upper().removeprefix(expiry.series)
        rights = [right for right in RIGHTS if wanted.right[:1].upper() in ("", right) and rest[:1] in ("", right)]
        for strike in expiry.strikes if rights else ():
            if (not wanted.strike or float(strike) == wanted.strike) and rest[1:] in ("", self._written(strike)):
                yield from ((strike, right) for right in rights)

    def _written(self, strike: Decimal) -> str:
        """A strike as it ends a local symbol."""
        return f"{strike.normalize():f}" if self.row.sec_type == "FOP" else f"{int(strike * 1000):08d}"

    def _series(self, friday: date, trading_class: str) -> str:
        """Of the month of its Friday, though a holiday may put its end into the month before."""
        if self.row.sec_type == "FOP":
            return f"{trading_class}{MONTH_CODES[friday.month - 1]}{friday.year % 10} "
        return f"{self.row.root:<6}{trading_day(friday):%y%m%d}"

    def _listed(self, today: date, level: float) -> Iterator[ExpiryDay]:
        """Weekly and monthly expiries, soonest first; far ones have only the coarse strikes."""
        fridays = {friday_from(today) + timedelta(weeks=week) for week in range(WEEKS)}
        months = [add_months(today.replace(day=1), month) for month in range(LEAPS + 1)]
        fridays |= {third_friday(month) for month in months[: MONTHS + 1]}
        fridays |= {third_friday(month) for month in months if month.month in _FAR_MONTHS}
        for friday in sorted(fridays):
            expiry = self._expiry(friday, today, level)
            if expiry is not None:
                yield expiry

    def _expiry(self, friday: date, today: date, level: float) -> ExpiryDay | None:
        day, week = trading_day(friday), (friday.day - 1) // 7 + 1
        futures = self.row.sec_type == "FOP"
        lives = (under for under in self._unders if not futures or under.instrument.expiry >= f"{day:%Y%m%d}")
        under = next(lives, None)
        if day < today or under is None or (futures and week == 5):
            return None
        name = self.row.root
        if futures and not (friday.month % 3 == 0 and week == 3):
            name = f"EW{week}"
        near = (day - today).days <= 7 * WEEKS
        return ExpiryDay(day, name, under.instrument.con_id, self._strikes(level, near), self._series(friday, name))

    def _strikes(self, level: float, near: bool) -> tuple[Decimal, ...]:
        """Fine steps around the money on near expiries, coarse ones to half and to twice the level on all."""
        row = self.row
        strikes = _multiples(row.far, level * 0.5, level * 1.6)
        if near:
            strikes |= _multiples(row.near, level * (1 - row.reach), level * (1 + row.reach))
        return tuple(sorted(strikes))

    def _listing(self, expiry: ExpiryDay, strike: Decimal, right: Right) -> Listing:
        row, futures = self.row, self.row.sec_type == "FOP"
        under = next(under for under in self._unders if under.instrument.con_id == expiry.under_con_id)
        number = ((expiry.day - _EPOCH).days * _STRIKES + int(strike / row.step)) * 2 + RIGHTS.index(right)
        local = f"{expiry.series}{right}{self._written(strike)}"
        return Listing(
            instrument=Instrument(
                symbol=local,
                con_id=self._first + number,
                sec_type="FOP" if futures else "OPT",
                root=row.root,
                exchange=under.instrument.exchange,
                currency="USD",
                local_symbol=local,
                trading_class=expiry.trading_class,
                expiry=f"{expiry.day:%Y%m%d}",
                strike=strike,
                right=right,
                multiplier=Decimal(row.multiplier),
                tick=Decimal("0.05" if futures else "0.01"),
                name=under.instrument.name,
            ),
            valid_exchanges=under.instrument.exchange if futures else _EXCHANGES,
            market_rule=row.market_rule,
            bands=() if row.pennies else self.bands,
            time_zone="US/Central" if futures else "US/Eastern",
            under_con_id=expiry.under_con_id,
            under_symbol=under.instrument.local_symbol if futures else row.root,
            under_sec_type="FUT" if futures else "STK",
            contract_month=f"{expiry.day:%Y%m}",
            makers=tuple(_EXCHANGES.split(",")[1:]) if not futures else (under.instrument.exchange,),
        )


def chains(rows: Iterable[tuple[Listing, float]], today: date) -> list[RootChain]:
    """Every chain whose underlying is among the listings, which come with the level of their prices."""
    unders: dict[str, list[tuple[Listing, float]]] = {}
    for listing, level in rows:
        if listing.instrument.sec_type in ("STK", "FUT"):
            unders.setdefault(listing.instrument.root, []).append((listing, level))
    return [
        RootChain(number, row, [listing for listing, _ in unders[row.root]], unders[row.root][0][1], today)
        for number, row in enumerate(CHAINS)
        if row.root in unders
    ]


def open_interest(listing: Listing, level: float) -> int:
    """Contracts open: most at round strikes near the money, the same all day."""
    item = listing.instrument
    distance = abs(float(item.strike) / level - 1)
    usual = (36_000 if item.strike % 10 == 0 else 12_000) / (1 + 900 * distance * distance)
    return int(usual * (0.5 + Random(item.con_id).random()))


def _multiples(step: Decimal, low: float, high: float) -> set[Decimal]:
    return {number * step for number in range(int(low / float(step)), int(high / float(step)) + 1)}
