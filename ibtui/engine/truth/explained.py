"""What changes a position without an execution: a split, an expiry, an exercise or an assignment; each by its figures.

An execution of any program explains itself: it is in the expected quantity already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from msgspec import Struct

from ibtui.domain.cause import CauseKind
from ibtui.domain.instrument import Instrument, last_day
from ibtui.domain.options.chain import expires_at, option_name
from ibtui.domain.words import quantity_words

LARGEST_RATIO = 100
"""New or old shares on one side of a split."""
COST_NOISE = 0.003
"""Part of the price that the cost of a share may be off the ratio of a split: IB rounds it."""
MOST_OPTIONS = 10
"""Options on one underlying whose exercises are tried in every combination."""


class Explained(NamedTuple):
    """What explains a difference, as a kind and as a clause."""

    kind: CauseKind
    words: str


class Difference(Struct, frozen=True, kw_only=True):
    """A position whose count is not what was expected."""

    symbol: str
    instrument: Instrument | None
    expected: Decimal
    counted: Decimal
    cost_before: float | None = None
    """Of a unit, at the last whole count."""
    cost_now: float | None = None

    @property
    def moved(self) -> Decimal:
        return self.counted - self.expected

    @property
    def shrank(self) -> bool:
        """It came nearer to zero, and not past it."""
        return self.moved * self.expected < 0 and abs(self.moved) <= abs(self.expected)

    @property
    def words(self) -> str:
        """The change of a position in words: `100 -> 400`."""
        return f"{quantity_words(self.expected)} -> {quantity_words(self.counted)}"


def explanations(differences: Sequence[Difference], now: datetime) -> dict[str, Explained]:
    """By symbol, what explains the difference; those that nothing explains are not in it."""
    found = {one.symbol: Explained("split", words) for one in differences if (words := _split(one))}
    rest = [one for one in differences if one.symbol not in found]
    for stock in rest:
        found |= _delivered(stock, rest)
    for one in rest:
        if one.symbol not in found and one.counted == 0 and expired(one, now):
            found[one.symbol] = Explained("expiry", f"expired on {_expiry(one)}")
    return found


def expired(one: Difference, now: datetime) -> bool:
    """Whether the last day of a future or an option is over."""
    last = _expiry(one)
    return last is not None and now >= expires_at(last)


def _expiry(one: Difference) -> date | None:
    if one.instrument is None:
        name = option_name(one.symbol)
        return None if name is None else name.expiry
    return last_day(one.instrument.expiry)


def _split(one: Difference) -> str:
    """`split 4 for 1`: the same cost in another number of shares; a fraction of a share is paid out."""
    if one.instrument is None or one.instrument.sec_type != "STK" or not one.cost_before or not one.cost_now:
        return ""
    ratio = Fraction(one.cost_before / one.cost_now).limit_denominator(LARGEST_RATIO)
    if ratio in (0, 1) or ratio.numerator > LARGEST_RATIO:
        return ""
    if abs(one.cost_now * float(ratio) / one.cost_before - 1) > COST_NOISE:
        return ""
    shares = (one.expected * ratio.numerator / ratio.denominator).quantize(one.instrument.lot, ROUND_DOWN)
    return f"split {ratio.numerator} for {ratio.denominator}" if one.counted == shares else ""


def _delivered(stock: Difference, others: Iterable[Difference]) -> dict[str, Explained]:
    """Options whose exercise or assignment makes up the whole change of their underlying's stock."""
    if stock.instrument is None or stock.instrument.sec_type != "STK":
        return {}
    options = [one for one in others if one.shrank and _on(one, stock.instrument)][:MOST_OPTIONS]
    for chosen in product((True, False), repeat=len(options)):
        given = [one for one, taken in zip(options, chosen, strict=True) if taken]
        if given and sum(map(_units, given), Decimal(0)) == stock.moved:
            found = {one.symbol: _EXERCISED if one.expected > 0 else _ASSIGNED for one in given}
            named = " and ".join(f"{symbol} {how.words}" for symbol, how in found.items())
            return found | {stock.symbol: Explained(found[given[0].symbol].kind, named)}
    return {}


_EXERCISED = Explained("exercise", "exercised")
_ASSIGNED = Explained("assignment", "assigned")


def _on(one: Difference, under: Instrument) -> bool:
    item = one.instrument
    return item is not None and (item.sec_type, item.root, item.currency) == ("OPT", under.root, under.currency)


def _units(one: Difference) -> Decimal:
    """What exercising as many as are gone gives of the underlying, signed."""
    assert one.instrument is not None
    return one.moved * one.instrument.multiplier * (-1 if one.instrument.right == "C" else 1)
