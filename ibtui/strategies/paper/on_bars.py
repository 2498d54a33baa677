"""The prices at which a bar fills an order.

A bar is its open first. An order that the open already satisfies trades there (a gap is honoured, also against a
stop). Inside the bar prices are taken to go from the open to the close without a jump, through the high and the low,
in an order that nobody knows: what every such path reaches is certain, and is taken; of what only some reach, the
worse is taken. So a stop that the bar reaches trades, and before a target; and a target of what was entered trades
where it is reached after the entry for certain:

| entered | a long's target is certain up to | a short's down to |
|---|---|---|
| before the bar, or at its open | the high | the low |
| inside it, by a stop: its far side is still to come | the high | the low |
| inside it, by a limit: its far side may be over | the close | the close |
"""

from __future__ import annotations

from ibtui.domain.bar import Bar
from ibtui.strategies.paper.working import Working


def at_open(order: Working, opened: float) -> float | None:
    """The price at which the open of a bar fills an order; None when it does not."""
    if order.kind == "MKT":
        return opened
    beyond = (opened - order.price) * order.sign
    if order.kind == "LMT":
        return opened if beyond <= 0 else None
    return opened if beyond >= 0 else None


def inside(order: Working, bar: Bar) -> float | None:
    """The price at which the rest of a bar fills an order that its open did not."""
    if order.kind == "LMT":
        reached = bar.low <= order.price if order.sign > 0 else bar.high >= order.price
    elif order.kind == "STP":
        reached = bar.high >= order.price if order.sign > 0 else bar.low <= order.price
    else:
        return None
    return order.price if reached else None


def after_entry(exit_: Working, entry: Working, bar: Bar) -> float | None:
    """The price at which an exit fills in the bar inside which its entry did; one beyond it already, there."""
    beyond = at_open(exit_, entry.price)
    if beyond is not None:
        return beyond
    if exit_.kind == "STP" or entry.kind == "STP":
        return inside(exit_, bar)
    return exit_.price if at_open(exit_, bar.close) is not None else None


def by_path(order: Working, opened: float) -> tuple[bool, float]:
    """Sorts orders inside a bar: stops first; and on each side of the open the nearer before the farther."""
    return order.kind != "STP", abs(order.price - opened)


def exits_by_path(entry: Working) -> list[Working]:
    """What an entry arms, sorted: what its price is beyond already, stops before targets; then the others so."""
    return sorted(entry.children, key=lambda one: (at_open(one, entry.price) is None, one.kind != "STP"))
