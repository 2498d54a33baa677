"""Every execution once: repeats fall away, corrections replace, commissions join in whichever order they come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from ibtui.domain.combo import combo_price, combos_filled
from ibtui.domain.event import Commissioned
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument, traded_price
from ibtui.domain.order import FOREIGN, Order

_ZONES = timedelta(hours=27)
"""Two times of one execution that are read in different zones lie no further apart."""


class Taken(NamedTuple):
    """An execution that was stored, and the form that it corrects."""

    fill: Fill
    before: Fill | None


class Fills:
    """Executions by the id that all their corrections share."""

    def __init__(self) -> None:
        self._fills: dict[str, Fill] = {}
        self._by_ref: dict[str, list[str]] = {}
        self._by_owner: dict[str, list[str]] = {}
        self._early: dict[str, Commissioned] = {}
        """Commissions whose execution has not come yet, by execution id."""
        self._bearers: dict[str, str] = {}
        """By the execution id that IB tells, under which base its newest bearer is stored."""
        self._corrected: set[str] = set()

    def take(self, seen: Fill) -> Taken | None:
        """Store an execution; None when it is a repeat, or overtaken by a correction of it.

        An execution id that comes again at another time with another contract, side or order was given out again, by a
        gateway that began anew: another execution, stored under an id of its own.
        """
        fill = self._own_id(seen)
        known = self._fills.get(fill.base)
        early = self._early.pop(seen.exec_id, None)
        if early is not None:
            fill = _charged(fill, early)
        if known is not None:
            if known.owner != FOREIGN and fill.owner == FOREIGN:
                return None  # an execution of an order of ours stays with it, whatever a later message names
            if fill.revision < known.revision or (fill.exec_id == known.exec_id and _same(fill, known)):
                return None
            fill = _keep_commission(fill, known)
        self._store(fill, known)
        return Taken(fill, known)

    def charge(self, report: Commissioned) -> Fill | None:
        """Join a commission to its execution; None when that has not come, or when nothing changed."""
        known = self._fills.get(self._bearers.get(report.exec_id, ""))
        if known is None or told_id(known) != report.exec_id:
            self._early[report.exec_id] = report
            return None
        fill = _charged(known, report)
        if fill == known:
            return None
        self._fills[fill.base] = fill
        return fill

    def _own_id(self, fill: Fill) -> Fill:
        """The execution under an id that no other one has."""
        for mark in ("", f"{fill.ref}~", f"{fill.ref}-{fill.symbol}-{fill.time:%Y%m%d}~"):
            named = replace(fill, exec_id=f"{mark}{fill.exec_id}")
            known = self._fills.get(named.base)
            if known is None or _one(known, fill):
                return named
        return named

    def _store(self, fill: Fill, known: Fill | None) -> None:
        if known is not None and known.ref != fill.ref:
            self._by_ref[known.ref].remove(known.base)
            self._by_owner[known.owner].remove(known.base)
        if known is None or known.ref != fill.ref:
            self._by_ref.setdefault(fill.ref, []).append(fill.base)
            self._by_owner.setdefault(fill.owner, []).append(fill.base)
        if fill.quantity == 0 or fill.revision > 1 or (known is not None and fill.signed != known.signed):
            self._corrected.add(fill.ref)
        self._fills[fill.base] = fill
        self._bearers[told_id(fill)] = fill.base

    def corrected(self, ref: str) -> bool:
        """Whether IB took back or changed what an order had traded: reports from before are too high."""
        return ref in self._corrected

    def get(self, base: str) -> Fill | None:
        """The execution of that id in its latest form."""
        return self._fills.get(base)

    def of(self, ref: str) -> list[Fill]:
        """Fills of one order, in the order they came."""
        return [self._fills[base] for base in self._by_ref.get(ref, ())]

    def of_owner(self, owner: str) -> list[Fill]:
        """Fills of one owner, in the order they came."""
        return [self._fills[base] for base in self._by_owner.get(owner, ())]

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose fills there are, each owner once."""
        return tuple(self._by_owner)

    def total(self, order: Order) -> Decimal:
        """What an order has traded: of a combo whole ones, as far as every leg has traded."""
        if order.combo:
            return combos_filled(order.combo, self.of(order.ref))
        return sum((fill.quantity for fill in self._of(order)), Decimal(0))

    def average(self, order: Order, instruments: Mapping[str, Instrument]) -> float | None:
        """The average price an order has traded at."""
        if order.combo:
            return combo_price(order.combo, instruments, self.of(order.ref))
        fills, total = self._of(order), float(self.total(order))
        instrument = instruments.get(order.symbol)
        kind = "" if instrument is None else instrument.sec_type
        if any(fill.quantity and traded_price(fill.price, kind) is None for fill in fills):
            return None
        return sum(float(fill.quantity) * fill.price for fill in fills) / total if total else None

    def _of(self, order: Order) -> list[Fill]:
        """The fills of an order; a number that names another program's can have been given out before to a third."""
        fills = self.of(order.ref)
        if order.owner != FOREIGN:
            return fills
        return [fill for fill in fills if (fill.symbol, fill.side) == (order.symbol, order.side)]


def told_id(fill: Fill) -> str:
    """The execution id as IB tells it."""
    return fill.exec_id.rpartition("~")[2]


def _one(known: Fill, fill: Fill) -> bool:
    """Whether both are of one execution: of one moment, whatever else a message misread, or of one order."""
    if known.time == fill.time:
        return True
    if (known.symbol, known.side, known.ref) != (fill.symbol, fill.side, fill.ref):
        return False
    return known.owner != FOREIGN or abs(known.time - fill.time) < _ZONES


def _same(fill: Fill, known: Fill) -> bool:
    return (fill.quantity, fill.price, fill.side, fill.symbol, fill.ref) == (
        known.quantity,
        known.price,
        known.side,
        known.symbol,
        known.ref,
    )


def _keep_commission(fill: Fill, known: Fill) -> Fill:
    if fill.commission is None and fill.exec_id == known.exec_id:
        return replace(
            fill,
            commission=known.commission,
            commission_currency=known.commission_currency,
            realized_pnl=known.realized_pnl,
        )
    return fill


def _charged(fill: Fill, report: Commissioned) -> Fill:
    return replace(
        fill,
        commission=report.commission,
        commission_currency=report.currency,
        realized_pnl=report.realized_pnl,
    )
