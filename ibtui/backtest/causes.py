"""What changes a position over the past without an order, and when futures end there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from ibtui.domain.calendar.expiries import MONTH_CODES, gas_expiry, gold_expiry, oil_expiry, vix_expiry
from ibtui.domain.calendar.new_york import monthly_expiry
from ibtui.domain.instrument import Instrument, last_day
from ibtui.domain.reference.futures import future_name
from ibtui.recording.actions import DividendOrSplit

_INDEXES = ("ES", "MES", "NQ", "MNQ", "RTY", "M2K", "EMD", "YM", "MYM")
_METALS = ("GC", "MGC", "SI", "HG")
_RULES: Mapping[str, Callable[[date], date]] = {
    **dict.fromkeys(_INDEXES, monthly_expiry),
    **dict.fromkeys(_METALS, gold_expiry),
    **dict.fromkeys(("VX", "VXM"), vix_expiry),
    "CL": oil_expiry,
    "NG": gas_expiry,
}
"""By root, the last day to trade of a contract month; where a root has none here, only IB's word ends it."""


class TripCauses:
    """What happened to one round trip beside its fills."""

    __slots__ = ("_paid", "_payments", "_words")

    def __init__(self) -> None:
        self._payments = 0
        self._paid = 0.0
        self._words: list[str] = []

    def pay(self, money: float) -> None:
        """A dividend was received, or paid by a short."""
        self._payments += 1
        self._paid += money

    def add(self, words: str) -> None:
        """Something else happened, a clause."""
        self._words.append(words)

    @property
    def words(self) -> str:
        """`2 dividends +50.00; expired on 2026-12-18`."""
        many = "" if self._payments == 1 else "s"
        paid = [f"{self._payments:,} dividend{many} {self._paid:+,.2f}"] if self._payments else []
        return "; ".join((*paid, *self._words))


def split_words(amount: float) -> str:
    """`split 4 for 1`, `split 1 for 10`."""
    return f"split {amount:g} for 1" if amount >= 1 else f"split 1 for {1 / amount:g}"


def future_ends(instrument: Instrument, near: date) -> date | None:
    """The last day to trade of a future: IB's word, else the rule of its root, of the month nearest to a day.

    None for what is no future, and where neither says it.
    """
    if instrument.sec_type != "FUT":
        return None
    told, named = last_day(instrument.expiry), future_name(instrument.symbol)
    rule = None if named is None else _RULES.get(named.root)
    if told is not None or rule is None or named is None:
        return told
    digits = 10 ** len(named.year)
    year = near.year // digits * digits + int(named.year)
    month = MONTH_CODES.index(named.month) + 1
    years = (one for one in (year - digits, year, year + digits) if one > 0)
    return min((rule(date(one, month, 1)) for one in years), key=lambda day: abs((day - near).days))


def prices_words(traded: Iterable[Instrument], actions: Iterable[DividendOrSplit]) -> str:
    """What the prices of shares are taken to be, and what is paid on them; empty where none are traded."""
    if not any(one.sec_type == "STK" for one in traded):
        return ""
    kinds = Counter[str](action.kind for action in actions)
    if not kinds:
        return "prices as in the data, adjusted or not · no dividends (--actions)"
    prices = f"prices in new shares by {_counted(kinds, 'split')}" if kinds["split"] else "prices as in the data"
    return f"{prices} · {_counted(kinds, 'dividend')} of the file"


def _counted(kinds: Mapping[str, int], kind: str) -> str:
    """`2 splits`, `no dividends`."""
    return f"{kinds[kind] or 'no'} {kind}{'' if kinds[kind] == 1 else 's'}"
