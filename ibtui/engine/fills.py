"""Every execution once: repeats fall away, corrections replace, commissions join in whichever order they come."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.combo import combo_price, combos_filled
from ibtui.domain.event import Commissioned
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order


class Fills:
    """Executions by the id that all their corrections share."""

    def __init__(self) -> None:
        self._fills: dict[str, Fill] = {}
        self._by_ref: dict[str, list[str]] = {}
        self._by_owner: dict[str, list[str]] = {}
        self._early: dict[str, Commissioned] = {}
        """Commissions whose execution has not come yet, by execution id."""

    def take(self, fill: Fill) -> Fill | None:
        """Store an execution; the stored form when it is new or corrects one, None when it is a repeat or overtaken."""
        known = self._fills.get(fill.base)
        early = self._early.pop(fill.exec_id, None)
        if early is not None:
            fill = replace(fill, commission=early.commission, realized_pnl=early.realized_pnl)
        if known is not None:
            if _revision(fill) < _revision(known) or (fill.exec_id == known.exec_id and _same(fill, known)):
                return None
            fill = _keep_commission(fill, known)
        else:
            self._by_ref.setdefault(fill.ref, []).append(fill.base)
            self._by_owner.setdefault(fill.owner, []).append(fill.base)
        self._fills[fill.base] = fill
        return fill

    def charge(self, report: Commissioned) -> Fill | None:
        """Join a commission to its execution; None when that has not come, or when nothing changed."""
        base = report.exec_id.rpartition(".")[0] or report.exec_id
        known = self._fills.get(base)
        if known is None or known.exec_id != report.exec_id:
            self._early[report.exec_id] = report
            return None
        fill = replace(known, commission=report.commission, realized_pnl=report.realized_pnl)
        if fill == known:
            return None
        self._fills[base] = fill
        return fill

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
        """Whose fills there are."""
        return tuple(self._by_owner)

    def total(self, order: Order) -> Decimal:
        """What an order has traded: of a combo whole ones, as far as every leg has traded."""
        if order.combo:
            return combos_filled(order.combo, self.of(order.ref))
        return sum((fill.quantity for fill in self.of(order.ref)), Decimal(0))

    def average(self, order: Order, instruments: Mapping[str, Instrument]) -> float | None:
        """The average price an order has traded at."""
        if order.combo:
            return combo_price(order.combo, instruments, self.of(order.ref))
        fills, total = self.of(order.ref), float(self.total(order))
        return sum(float(fill.quantity) * fill.price for fill in fills) / total if total else None


def _revision(fill: Fill) -> int:
    digits = fill.exec_id.rpartition(".")[2]
    return int(digits) if digits.isdigit() else 0


def _same(fill: Fill, known: Fill) -> bool:
    return (fill.quantity, fill.price, fill.side) == (known.quantity, known.price, known.side)


def _keep_commission(fill: Fill, known: Fill) -> Fill:
    if fill.commission is None and fill.exec_id == known.exec_id:
        return replace(fill, commission=known.commission, realized_pnl=known.realized_pnl)
    return fill
