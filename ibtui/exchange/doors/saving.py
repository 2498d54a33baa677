"""An exchange as plain data, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ibtui.exchange.doors.door import ExchangeDoor
from ibtui.exchange.markets.combos import combo
from ibtui.exchange.moments import moment
from ibtui.exchange.orders.order import WorkingOrder, family
from ibtui.exchange.resuming import load_ledger, load_market, load_order, save_ledger, save_market, save_order
from ibtui.exchange.saved import Course, Saved, SavedChanges


class SavingDoor(ExchangeDoor):
    """The whole of an exchange as data, what changed since, and the way back."""

    def snapshot(self) -> Saved:
        """Everything that `restore` needs; raises RuntimeError within a listener."""
        if self._parts.outbox.delivering:
            raise RuntimeError("a listener cannot save the exchange")
        return Saved(
            seed=self._parts.seed,
            start=moment(self._parts.start),
            always_open=self._parts.always_open,
            orders=[save_order(order, self._parts.orders) for order in self._parts.orders.kept()],
            ended=[order.perm_id for order in self._parts.orders.ended()],
            executions=self._parts.clearing.executions(),
            **self._standing(),
        )

    @property
    def course(self) -> Course:
        """Where its lists of what happened in this session stand."""
        ended = self._parts.orders.ended()
        count = len(self._parts.clearing.executions())
        return Course(ended[0].perm_id if ended else 0, len(ended), self._parts.clearing.count - count, count)

    def changes(self, since: Course, touched: Iterable[int]) -> SavedChanges | None:
        """What happened since then, with every order named in `touched`; None when the session has turned meanwhile."""
        if self._parts.outbox.delivering:
            raise RuntimeError("a listener cannot save the exchange")
        if not self.course.follows(since):
            return None
        live = self._parts.orders.open()
        named = [order for number in touched if (order := self._parts.orders.get(number)) is not None]
        orders = {member.perm_id: member for order in (*live, *named) for member in family(order)}
        return SavedChanges(
            orders=[save_order(orders[number], self._parts.orders) for number in sorted(orders)],
            open={order.perm_id for order in live},
            ended=[order.perm_id for order in self._parts.orders.ended()[since.ended :]],
            executions=self._parts.clearing.executions()[since.executions :],
            **self._standing(),
        )

    def _standing(self) -> dict[str, Any]:
        placed, ranks = self._parts.orders.counts
        return {
            "now": self._parts.now,
            "combinations": self._parts.listings.combined(),
            "ledgers": [save_ledger(ledger) for ledger in self._parts.ledgers.values()],
            "markets": [save_market(market) for market in self._parts.markets.made()],
            "placed": placed,
            "ranks": ranks,
            "executed": self._parts.clearing.count,
            "hard_to_borrow": self._parts.locates.said(),
            "planned": list(self._parts.actions.planned),
        }

    def _resume(self, saved: Saved, ahead: int) -> None:
        for legs in saved.combinations:
            combo(self._parts.listings, legs)
        for kept in saved.markets:
            market = self._parts.market(kept.con_id)
            self._parts.markets.wake(market)
            load_market(kept, market)
        self._parts.ledgers |= {ledger.terms.id: load_ledger(ledger, self._parts.prices) for ledger in saved.ledgers}
        for con_id, hard in saved.hard_to_borrow.items():
            self._parts.locates.say(con_id, hard)
        self._parts.actions.planned = list(saved.planned)
        self._parts.clearing.resume(saved.executions, saved.executed + ahead)
        self._resume_orders(saved, ahead)

    def _resume_orders(self, saved: Saved, ahead: int) -> None:
        orders: dict[int, WorkingOrder] = {}
        for order in saved.orders:
            parent = None if order.ticket.parent is None else orders[order.ticket.parent]
            orders[order.perm_id] = load_order(order, self._parts.market(order.ticket.con_id), parent)
        self._parts.orders.resume(orders.values(), saved.ended, (saved.placed + ahead, saved.ranks))
        for order in saved.orders:
            if not orders[order.perm_id].done:
                self._parts.matching.resume(orders[order.perm_id], order.watched)
