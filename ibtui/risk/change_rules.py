"""Whether a working order may take other terms: judged as the order it becomes, and bounded by what it protects."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.cover import together
from ibtui.domain.money import plain
from ibtui.domain.order import FOREIGN, Order, OrderIntent, OrderStatus
from ibtui.domain.refusal import Refusal
from ibtui.domain.words import trade_words
from ibtui.risk import gate
from ibtui.risk.collars import collar, exit_collar, moved_far
from ibtui.risk.doubt import in_doubt
from ibtui.risk.facts import Facts
from ibtui.risk.limits import GateLimits
from ibtui.risk.markets import fresh, trading
from ibtui.risk.reducing import reduces

Rule = gate.Rule


class Standing(Struct, frozen=True, kw_only=True):
    """A working order as it stands, with what bounds it."""

    order: Order
    """With the terms that were last asked for."""
    closable: Decimal
    """What its owner holds for sure that its side would close."""
    parent: Order | None = None
    family: tuple[Order, ...] = ()
    """The children of its parent, itself among them, done ones too."""
    children: tuple[Order, ...] = ()
    """Its own children that may still trade."""
    beside: tuple[Order, ...] = ()
    """Other live orders of the instrument that close what its owner holds."""

    @property
    def guards(self) -> bool:
        """It is a target, a stop or an exit, or a stop order that can only close what is held."""
        order = self.order
        return order.role != "entry" or (order.protective and 0 < order.remaining <= self.closable)

    @property
    def room(self) -> Decimal:
        """The most that may be left of it: what its parent has brought and may still bring; alone, what is held.

        What its siblings took and what other groups would close is taken off.
        """
        if self.parent is not None and self.parent.live:
            return self.parent.quantity - sum((child.filled for child in self.family), Decimal(0))
        return max(self.closable - _closing(self.order, self.beside), Decimal(0))


def unchangeable(order: Order) -> Refusal | None:
    """Why an order may not be changed at all, whatever its new terms; None when it may."""
    if not order.live:
        return Refusal("order_done", f"Order {order.ref} is {order.status} already: there is nothing to change.")
    if order.owner == FOREIGN:
        return Refusal("not_ours", f"Order {order.ref} was placed by another program; change it there or in TWS.")
    if order.status.unsure:
        return Refusal("unknown_order", f"Order {order.ref} is {order.status}: IB has to answer first.")
    return None


def check_change(
    standing: Standing,
    wanted: OrderIntent,
    facts: Facts,
    limits: GateLimits,
    lifted: Collection[Rule] = frozenset(),
) -> Refusal | None:
    """Why a working order may not become `wanted` now, or None when it may; `wanted` has its ref and all its new terms.

    Less of the same always may. During a halt what adds risk may not: an entry at another price, a wider stop. Rules in
    `lifted` are not asked: live none is.
    """
    order = standing.order
    open_facts = replace(facts, halted=False)
    told = facts if facts.connection != "active" else open_facts
    refusal = _first((gate.engine, gate.tradable, gate.quantity, gate.prices), wanted, told, limits)
    if refusal is not None:
        return refusal
    if wanted.quantity <= order.filled:
        return Refusal("bad_quantity", f"{plain(order.filled)} have traded already: the quantity must be more.")
    if not grows(order, wanted) and not _repriced(order, wanted):
        return None
    left = wanted.with_terms(quantity=wanted.quantity - order.filled)
    if standing.guards:
        return _exit(standing, left, facts, limits)
    return _entry(standing, wanted, left, facts, limits, lifted)


def grows(order: Order, wanted: OrderIntent) -> bool:
    """Whether there would be more of it."""
    return wanted.quantity > order.quantity


def adds(standing: Standing, wanted: OrderIntent, facts: Facts) -> bool:
    """Whether the change makes more risk of it: any but a smaller quantity, of an order that does not only reduce."""
    order = standing.order
    if standing.guards or not (grows(order, wanted) or _repriced(order, wanted)):
        return False
    return not reduces(wanted.with_terms(quantity=wanted.quantity - order.filled), facts)


def bared(standing: Standing, wanted: OrderIntent) -> str:
    """What the change takes a stop from, in words; empty when nothing."""
    order = standing.order
    if not (standing.guards and order.protective) or wanted.quantity >= order.quantity:
        return ""
    bare = standing.room - (wanted.quantity - order.filled)
    return f"{plain(bare)} {order.symbol} would stand without the stop {order.ref}" if bare > 0 else ""


def _first(rules: Iterable[Rule], intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    return next((refusal for rule in rules if (refusal := rule(intent, facts, limits)) is not None), None)


def _repriced(order: Order, wanted: OrderIntent) -> bool:
    return (order.limit_price, order.stop_price) != (wanted.limit_price, wanted.stop_price)


# entries: the order it becomes


def _entry(
    standing: Standing,
    whole: OrderIntent,
    left: OrderIntent,
    facts: Facts,
    limits: GateLimits,
    lifted: Collection[Rule],
) -> Refusal | None:
    if facts.halted and not reduces(left, facts):
        return Refusal(
            "halted", "Trading is halted: an entry cannot be changed, only cancelled; `resume` ends the halt."
        )
    open_facts = replace(facts, halted=False)
    if grows(standing.order, whole) and (doubt := in_doubt(left, open_facts, limits)) is not None:
        return doubt
    asked = (rule for rule in (gate.size, gate.hard, gate.value, gate.duplicate) if rule not in lifted)
    if refusal := _first(asked, whole, open_facts, limits):
        return refusal
    asked = (rule for rule in (gate.pace, trading, fresh, collar, gate.options) if rule not in lifted)
    if refusal := _first(asked, left, open_facts, limits):
        return refusal
    return _first((gate.bracket, exit_collar), _with_children(left, standing.children), open_facts, limits)


def _with_children(left: OrderIntent, children: Iterable[Order]) -> OrderIntent:
    """The entry with the prices of the target and the stop that hang on it."""
    found = {child.role: child for child in children}
    target, stop = found.get("target"), found.get("stop")
    return replace(left, target=target and target.limit_price, protect=stop and stop.stop_price)


# exits: what they protect


def _exit(standing: Standing, left: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    order = standing.order
    if left.quantity > order.remaining and (refusal := _too_much(standing, left, facts, limits)) is not None:
        return refusal
    if facts.halted and _widens(order, left):
        return Refusal(
            "halted",
            f"Trading is halted: the stop {_price(order.stop_price)} may move towards the market, not away from it.",
        )
    if standing.parent is not None and standing.parent.live and not standing.parent.filled:
        return _beside_parent(standing.parent, left, facts, limits)
    open_facts = replace(facts, halted=False)
    return collar(left, open_facts, limits) or moved_far(left, order, open_facts, limits)


def _too_much(standing: Standing, left: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    order = standing.order
    if standing.parent is None and not order.protective:
        return gate.reduce_only(replace(left, reduce_only=True), facts, limits)
    if left.quantity <= standing.room:
        return None
    return Refusal(
        "would_increase",
        f"{trade_words(left.side, left.quantity, left.symbol)} is more than it protects: "
        f"{order.ref} may {left.side} at most {plain(standing.room)}.",
    )


def _closing(order: Order, others: Iterable[Order]) -> Decimal:
    """What others would close where this one would: stops beside a stop, limits beside a limit; each group once."""
    beside = [
        other
        for other in others
        if other.ref != order.ref and other.side is order.side and other.status is not OrderStatus.WAITING
        if other.protective is order.protective and not (order.oca_group and other.oca_group == order.oca_group)
    ]
    return together(beside)


def _widens(order: Order, left: OrderIntent) -> bool:
    if order.stop_price is None or left.stop_price is None:
        return False
    return order.side.sign * (left.stop_price - order.stop_price) > 0


def _beside_parent(parent: Order, left: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """A child that waits is measured from the entry: as one of a new bracket."""
    entry = OrderIntent(
        ref=left.ref,
        owner=left.owner,
        terms=replace(parent.terms, symbol=left.symbol, quantity=left.quantity),
        target=left.limit_price,
        protect=left.stop_price,
    )
    return _first((gate.bracket, exit_collar), entry, facts, limits)


def _price(price: Decimal | None) -> str:
    return "?" if price is None else plain(price)
