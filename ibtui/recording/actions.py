"""Corporate actions in a file: dividends and splits, and bars of before a split in new shares.

A CSV with the columns date (the ex-day), symbol, kind (`dividend` or `split`) and amount: money for each share, or how
many new shares one becomes (4 for four for one, 0.1 for one for ten). Prices of a file with splits in its actions must
be those of their day; prices that are adjusted already need no splits.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from math import prod
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.number import read_number
from ibtui.domain.text.sanitize import sanitize

Kind = Literal["dividend", "split"]
Group = tuple[Bar, ...]
_COLUMNS = ("date", "symbol", "kind", "amount")


class DividendOrSplit(Struct, frozen=True, kw_only=True):
    """One dividend or split, carried out when its day begins in New York."""

    day: date
    symbol: str
    kind: Kind
    amount: float


def read_actions(file: Path) -> tuple[DividendOrSplit, ...]:
    """The actions of a file by day; raises IbtuiError `no_file`, and `bad_data` with file and line."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            rows = csv.reader(opened)
            names = [name.strip().lower() for name in next(rows, [])]
            missing = [name for name in _COLUMNS if name not in names]
            if missing:
                raise IbtuiError("bad_data", f"{file.name} has no column {', '.join(missing)}.")
            places = [names.index(name) for name in _COLUMNS]
            found = [_action(file, line, row, places) for line, row in enumerate(rows, 2) if row]
    except OSError as error:
        raise IbtuiError("no_file", f"{file} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise IbtuiError("bad_data", f"{file.name} cannot be read: {error}.") from None
    return tuple(sorted(found, key=lambda action: action.day))


def _action(file: Path, line: int, row: list[str], places: Sequence[int]) -> DividendOrSplit:
    try:
        day, symbol, kind, amount = (row[place].strip() for place in places)
        number = float(read_number(amount))
        if kind.lower() not in ("dividend", "split") or not number > 0:
            raise ValueError("a dividend or a split with a positive amount")
        return DividendOrSplit(
            day=date.fromisoformat(day[:10]),
            symbol=sanitize(symbol, 40).upper(),
            kind=kind.lower(),  # type: ignore[arg-type]
            amount=number,
        )
    except (ValueError, IndexError):
        shown = sanitize(",".join(row), 60)
        sentence = f"{file.name} line {line} is no dividend and no split: {shown}."
        raise IbtuiError("bad_data", sentence) from None


def in_new_shares(actions: Sequence[DividendOrSplit]) -> tuple[DividendOrSplit, ...]:
    """The dividends, by day, for each share as it is after every split."""
    return tuple(
        DividendOrSplit(
            day=one.day, symbol=one.symbol, kind=one.kind, amount=one.amount / _later(actions, one.symbol, one.day)
        )
        for one in actions
        if one.kind == "dividend"
    )


def after_splits(groups: Iterable[Group], actions: Sequence[DividendOrSplit]) -> Iterator[Group]:
    """Bars as they look from after every split: prices of before are divided, volumes multiplied."""
    ahead = [one for one in actions if one.kind == "split"]
    factors = {one.symbol: _later(ahead, one.symbol, date.min) for one in ahead}
    for group in groups:
        if ahead:
            day = exchange_day(group[0].time)
            while ahead and ahead[0].day <= day:
                del ahead[0]
            factors = {symbol: _later(ahead, symbol, date.min) for symbol in factors} if ahead else {}
        yield tuple(_scaled(bar, factors[bar.symbol]) if bar.symbol in factors else bar for bar in group)


def _later(actions: Iterable[DividendOrSplit], symbol: str, day: date) -> float:
    """New shares that one share of a day has become by the end."""
    return prod(one.amount for one in actions if one.kind == "split" and one.symbol == symbol and one.day > day)


def _scaled(bar: Bar, factor: float) -> Bar:
    open_, high, low, close = (price / factor for price in bar[2:6])
    return Bar(bar.symbol, bar.time, open_, high, low, close, bar.volume * factor)
