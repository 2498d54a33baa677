"""What an engine says, held against the word of the gateways that took its orders: every lie as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ibtui.domain.order import FOREIGN, Order, OrderStatus
from ibtui.exchange.told.reports import OrderReport
from ibtui.link.status import Status
from tests.machine.world import Misfortunes, Placed

OPEN = ("PendingSubmit", "PreSubmitted", "Submitted")
NEVER = ("never reached", "nothing was sent")


def at_any_moment(world: Misfortunes, status: Status) -> list[str]:
    """What must not be said however much is still under way: no end without proof, no fill that was none, no twin."""
    placed = world.placed()
    found = [f"{ref} was sent {len(copies)} times" for ref, copies in placed.items() if len(copies) > 1]
    ours = {order.ref: order for order in status.orders if order.owner != FOREIGN}
    for order in ours.values():
        found.extend(_end(world, order, placed.get(order.ref, [None])[0]))
    return found


def _end(world: Misfortunes, order: Order, placed: Placed | None) -> Iterator[str]:
    """Lies about one order."""
    report = placed.report if placed is not None else None
    traded = Decimal(0) if report is None else report.filled
    if placed is not None and any(words in order.reason for words in NEVER):
        yield f"{order.ref} is said to be {order.reason!r}, and it is at the gateway"
    if order.ref in world.corrected:
        return  # that it traded less is news that may be under way, and then how it stands is a matter of taste
    if order.ref in world.lost or (placed is not None and report is None):
        return  # what became of it nobody knows
    if order.filled > traded:
        yield f"{order.ref} has traded {order.filled}, says the engine, and it is {traded}"
    if order.status is OrderStatus.FILLED and traded != order.quantity:
        yield f"{order.ref} is filled, says the engine, and it is {traded} of {order.quantity}"
    works = placed is not None and report is not None and report.state in OPEN and world.standing(placed)
    if order.status in (OrderStatus.CANCELLED, OrderStatus.REJECTED) and placed is not None:
        if works:
            yield f"{order.ref} is {order.status} ({order.reason}), says the engine, and it works"
        if traded != order.filled:
            yield f"{order.ref} is {order.status} with {order.filled}, says the engine, and it traded {traded}"
    if order.status is OrderStatus.ENDED and works:
        yield f"{order.ref} has ended ({order.reason}), says the engine, and it works"


def once_settled(world: Misfortunes, status: Status) -> list[str]:
    """What must be so when nothing is wrong any more and time has passed."""
    found = at_any_moment(world, status)
    if status.connection.state != "active":
        found.append(f"the session is {status.connection.state}: {status.connection.reason}")
    known = {order.ref: order for order in status.orders}
    for ref, copies in world.placed().items():
        report = copies[0].report
        if report is not None and world.standing(copies[0]) and ref not in world.lost:
            found.extend(_stands(world, ref, known.get(ref), report))
    found.extend(_positions(world, status))
    return found


def _stands(world: Misfortunes, ref: str, order: Order | None, report: OrderReport) -> Iterator[str]:
    if report.state not in OPEN:
        earlier = report.time.date() < world.stage.clock.now().date()
        if earlier and order is not None and order.status is OrderStatus.UNKNOWN:
            return  # of what ended on an earlier day IB tells nothing any more
        if order is not None and order.live and ref not in world.corrected:
            yield f"{ref} is {report.state}, and the engine still says {order.status} ({order.reason})"
        elif order is not None and order.status is not OrderStatus.ENDED and order.filled != report.filled:
            yield f"{ref} traded {report.filled}, and the engine says {order.filled}"
        return
    if report.state == "PendingSubmit":
        if order is None or order.status is not OrderStatus.UNKNOWN:
            yield f"{ref} is held at IB, and the engine says {order and order.status}"
    elif order is None or not order.live or order.status is OrderStatus.UNKNOWN:
        yield f"{ref} is {report.state}, and the engine says {order and (order.status, order.reason)}"
    elif order.filled != report.filled or order.quantity != report.ticket.quantity:
        said = f"{order.filled} of {order.quantity}"
        yield f"{ref} has filled {report.filled} of {report.ticket.quantity}, and the engine says {said}"


def _positions(world: Misfortunes, status: Status) -> Iterator[str]:
    held = {position.symbol: position for position in status.positions}
    truth = world.stage.positions()
    doubted = {hold.symbol for hold in status.holds}
    for symbol in sorted((held.keys() | truth.keys()) - doubted):
        said = held[symbol].quantity if symbol in held else Decimal(0)
        if said != truth.get(symbol, Decimal(0)):
            yield f"{symbol} is {truth.get(symbol, 0)}, and the engine says {said}"
