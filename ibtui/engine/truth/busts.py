"""Executions that the broker took back without a word: its complete list of the day's has them no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ibtui.broker.orders.amounts import disagree
from ibtui.domain.event import Reconciled
from ibtui.domain.fill import Fill
from ibtui.engine.truth.fills import told_id

if TYPE_CHECKING:
    from ibtui.engine.truth.state import State

LISTED = timedelta(hours=24)
"""IB lists the executions of the day; one that is older than this is missing there by right."""


def busted(state: State, event: Reconciled) -> Iterator[Fill]:
    """Corrections to zero of executions that a complete answer proves to be gone.

    That one is not listed proves nothing: a gateway that has just started lists too little. It is gone where the same
    answer reports of its order exactly what is left without it.
    """
    listed = {fill.base for fill in event.fills}
    for ref, reported in event.reported.items():
        order = state.orders.get(ref)
        if order is None or order.combo:
            continue
        fills = state.fills.of(ref)
        missing = [fill for fill in fills if _base(fill) not in listed and event.time - fill.time < LISTED]
        excess = state.fills.total(order) - reported
        if excess > 0 and (gone := _adding_up(missing, excess)):
            yield from (replace(fill, exec_id=told_id(fill), quantity=Decimal(0)) for fill in gone)


def unlike(state: State, event: Reconciled) -> Iterator[str]:
    """Sentences about orders that IB reports to have traded less than their executions, in two answers running."""
    gaps: dict[str, tuple[Decimal, Decimal]] = {}
    for ref, reported in event.reported.items():
        order = state.orders.get(ref)
        if order is None or state.fills.total(order) <= reported:
            continue
        gap = gaps[ref] = (reported, state.fills.total(order))
        if state.gaps.get(ref) == gap and ref not in state.told_gaps:
            state.told_gaps.add(ref)
            yield f"{ref} is {disagree(replace(order, filled=gap[1]), reported)}"
    state.told_gaps.intersection_update(gaps)
    state.gaps = gaps


def _base(fill: Fill) -> str:
    return replace(fill, exec_id=told_id(fill)).base


def _adding_up(fills: list[Fill], quantity: Decimal) -> list[Fill]:
    """The newest of `fills` that make up a quantity; none when they do not."""
    found: list[Fill] = []
    for fill in sorted(fills, key=lambda fill: fill.time, reverse=True):
        if sum((one.quantity for one in found), Decimal(0)) >= quantity:
            break
        found.append(fill)
    return found if sum((one.quantity for one in found), Decimal(0)) == quantity else []
