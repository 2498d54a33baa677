"""The desk of orders that no broker sees, over the past and in shadow: it refuses what the desk refuses live.

The rules are the desk's own, asked in its order: a strategy's largest position, the gate, the ceilings of the account,
those of the strategy.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.limits import OFF, Limits
from ibtui.domain.order import Change, Order, OrderIntent, OrderStatus, legs
from ibtui.domain.rate import Lately, Rate
from ibtui.domain.refusal import Refusal
from ibtui.risk import gate
from ibtui.risk.change_rules import Standing, adds, check_change, grows, unchangeable
from ibtui.risk.facts import Facts, Recent
from ibtui.risk.paper_ceilings import PaperCeilings, PaperRules
from ibtui.risk.paper_facts import PaperWorld, paper_facts, trades
from ibtui.risk.positions import check_own
from ibtui.risk.reducing import reduces

SECOND = 1.0
"""What orders_per_second is counted over."""


class PaperDesk:
    """Judges each new order and each change, and counts what went out."""

    def __init__(self, rules: PaperRules, world: PaperWorld) -> None:
        self._rules = rules
        self._world = world
        self._limits = limits = rules.limits
        self._lifted = _lifted(limits)
        self._recent: Lately[OrderIntent] = Lately(limits.duplicate_seconds)
        self._sent = Rate(limits.orders_per_second, SECOND)
        self._ceilings = PaperCeilings(rules, world)
        self.limits_loss = self._ceilings.limits_loss
        """Somebody has a limit on the loss of a day: `look` may find that it was reached."""
        self.begin_day = self._ceilings.begin_day
        self.look = self._ceilings.look

    # new orders

    def refuses(self, intent: OrderIntent, worth: float | None, now: datetime) -> Refusal | None:
        """Why an order may not go out, None when it may; one that may is counted. Its prices are on the grid.

        `worth` is the account's equity, None while it is not known.
        """
        seconds = now.timestamp()
        facts = paper_facts(
            intent,
            self._world,
            seconds,
            equity=worth,
            sent=self._sent.used(seconds),
            recent=tuple(Recent(one, passed) for passed, one in self._recent.since(seconds)),
        )
        refusal = (
            self._too_large(intent, facts)
            or gate.check(intent, facts, self._limits, self._lifted)
            or (None if reduces(intent, facts) else self._ceilings.refuses(intent, facts, worth, now))
        )
        if refusal is None:
            self._passed(intent, now, seconds)
        return refusal

    def _passed(self, intent: OrderIntent, now: datetime, seconds: float) -> None:
        self._recent.add(seconds, intent)
        self._sent.count(seconds, len(legs(intent)))
        if not intent.reduce_only:
            self._ceilings.passed(now)

    def _too_large(self, intent: OrderIntent, facts: Facts) -> Refusal | None:
        """The strategy's own limit on a position, which live is asked before the desk."""
        most = self._rules.strategy.position_quantity
        if most is None and not self._rules.bounded:
            return None
        asked = (
            check_own(one.side, one.quantity, one.item, one.held, one.orders, most, reduce_only=intent.reduce_only)
            for one in trades(intent, facts)
        )
        return next((refusal for refusal in asked if refusal is not None), None)

    # changes

    def refuses_change(self, change: Change, order: Order, worth: float | None, now: datetime) -> Refusal | None:
        """Why a working order may not take other terms, None when it may; the new prices are on the grid."""
        if (done := unchangeable(order)) is not None:
            return done
        seconds = now.timestamp()
        terms = change.applied(order.terms)
        wanted = OrderIntent(ref=order.ref, owner=order.owner, terms=terms, reduce_only=order.role != "entry")
        found = self._standing(order)
        without = (order.ref, *(child.ref for child in found.children))
        facts = paper_facts(
            wanted,
            self._world,
            seconds,
            equity=worth,
            sent=self._sent.used(seconds),
            recent=tuple(Recent(one, passed) for passed, one in self._recent.since(seconds) if one.ref != order.ref),
            without=without,
        )
        refusal = (
            self._grown(order, wanted, facts)
            or check_change(found, wanted, facts, self._limits, self._lifted)
            or self._limited_change(found, wanted, facts, worth, now)
        )
        if refusal is None:
            self._sent.count(seconds)
        return refusal

    def _grown(self, order: Order, wanted: OrderIntent, facts: Facts) -> Refusal | None:
        if order.role not in ("entry", "exit") or not grows(order, wanted):
            return None
        return self._too_large(wanted, facts)

    def _limited_change(
        self, found: Standing, wanted: OrderIntent, facts: Facts, worth: float | None, now: datetime
    ) -> Refusal | None:
        if not (grows(found.order, wanted) or adds(found, wanted, facts)) or found.guards or reduces(wanted, facts):
            return None
        return self._ceilings.refuses(wanted, facts, worth, now, found.order.ref)

    def _standing(self, order: Order) -> Standing:
        live = tuple(self._world.orders(order.symbol))
        held = Decimal(str(self._world.positions().get(order.symbol, 0)))
        parent = next((one for one in live if one.ref == order.parent), None)
        if parent is None and order.parent is not None:
            parent = replace(order, ref=order.parent, parent=None, role="entry", status=OrderStatus.FILLED)
        return Standing(
            order=order,
            closable=max(-order.side.sign * held, Decimal(0)),
            parent=parent,
            family=tuple(one for one in live if order.parent is not None and one.parent == order.parent),
            children=tuple(one for one in live if one.parent == order.ref),
            beside=live,
        )


def _lifted(limits: Limits) -> frozenset[gate.Rule]:
    """Rules that are not asked since a limit of theirs is off: no hard ceiling takes its place on paper."""
    off = {name for name, value in OFF.items() if getattr(limits, name) == value}
    rules = {gate.hard: {"order_quantity", "order_value"}, gate.pace: {"orders_per_second"}}
    return frozenset(rule for rule, names in rules.items() if names & off)
