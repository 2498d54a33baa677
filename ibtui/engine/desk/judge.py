"""What may go out now: the gate and the ceilings, told how the world stands at this moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from ibtui.config import Limits
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Change, Order, OrderIntent
from ibtui.domain.rate import Lately, Rate
from ibtui.domain.refusal import Refusal
from ibtui.engine.desk import changed_terms, stakes
from ibtui.engine.desk.ceilings import Limited
from ibtui.engine.desk.halt import Latch
from ibtui.engine.session import SessionPort
from ibtui.engine.truth.state import State
from ibtui.risk.change_rules import Standing, adds, bared, check_change, grows, unchangeable
from ibtui.risk.facts import Facts, Recent
from ibtui.risk.gate import barred, check, only_shown, said, without_session
from ibtui.risk.option_rules import uncovers
from ibtui.risk.reducing import reduces

SECOND = 1.0
"""What orders_per_second is counted over."""


@dataclass(eq=False, repr=False, kw_only=True)
class Judge:
    """Judges new orders and changes; it remembers what lately passed and how much was sent."""

    session: SessionPort
    state: State
    latch: Latch
    limits: Limits
    limited: Limited
    read_only: bool
    live: bool
    clock: Clock

    def __post_init__(self) -> None:
        self._recent: Lately[OrderIntent] = Lately(self.limits.duplicate_seconds)
        self._sent = Rate(self.limits.orders_per_second, SECOND)
        """Orders and changes that were written."""

    def check(self, intent: OrderIntent, without: Collection[str] = ()) -> tuple[str, ...]:
        """Raise IbtuiError when the gate refuses; orders in `without` are taken as cancelled.

        Returns in words what it passes only because it reduces a position.
        """
        _raise(only_shown(self.live))
        facts = self.facts(intent, without)
        _raise(check(intent, facts, self.limits))
        _raise(self.limited.refuses(intent, without, reduces=reduces(intent, facts)))
        return said(intent, facts, self.limits)

    def uncovers(self, intent: OrderIntent, without: Collection[str] = ()) -> Decimal:
        """Units of the underlying whose cover it takes from calls that are sold."""
        return uncovers(intent, self.facts(intent, without))

    def check_session(self) -> None:
        """Raise IbtuiError not_connected unless the session is active: what is held may not even be known."""
        _raise(without_session(self.session.state, halted=self.latch.halted is not None))

    def check_barred(self, intent: OrderIntent, without: Collection[str] = ()) -> None:
        """Raise IbtuiError when no order like this one may go out now, whatever its price and size."""
        _raise(barred(intent, self.facts(intent, without), self.limits))

    def facts(self, intent: OrderIntent, without: Collection[str] = ()) -> Facts:
        """What the gate judges an intent by, now."""
        state, symbol, now = self.state, intent.symbol, self.clock.monotonic()
        known = state.connection.state == "active"
        instrument = state.instruments.get(symbol)
        parts = stakes.parts(state, intent, now, without)
        return Facts(
            connection=self.session.state,
            halted=self.latch.halted is not None,
            read_only=self.read_only,
            instrument=instrument,
            quote=stakes.market(state, intent, parts),
            now=now,
            held=state.closable(symbol) if known else None,
            moved=state.positions.moved(symbol, now),
            closes_own=intent.reduce_only and self.limited.closes_own(intent, without),
            holds=state.holds.of([leg.symbol for leg in intent.combo] or [symbol]),
            orders=stakes.live(state, symbol, without),
            sent=self._sent.used(now),
            equity=None if state.account is None else state.account.net_liquidation,
            rate=1.0 if instrument is None else _number(state.rate(instrument.currency)),
            currency="" if state.account is None else state.account.currency,
            recent=self._lately(now, intent.ref),
            parts=parts,
            gross=stakes.gross(state, intent, parts),
            stakes=stakes.stakes(state, instrument, now, without, intent.ref),
        )

    def check_change(self, change: Change) -> tuple[Order, str]:
        """Raise IbtuiError when the change may not go out; else the order, and what it takes a stop from, in words."""
        order = self.state.orders.find(change.ref)
        _raise(unchangeable(order) or only_shown(self.live))
        found = self._standing(order)
        wanted = changed_terms.changed(found.order, change)
        without = (order.ref, *(child.ref for child in found.children))
        facts = self.facts(wanted, without)
        _raise(check_change(found, wanted, facts, self.limits) or self._limited_change(found, wanted, facts))
        return order, bared(found, wanted)

    def _standing(self, order: Order) -> Standing:
        return changed_terms.standing(
            self.state, self.session.changing(order.ref) or order, self.limited.own_holdings(order.owner)
        )

    def _limited_change(self, found: Standing, wanted: OrderIntent, facts: Facts) -> Refusal | None:
        """What the ceilings say of what may still trade; what only shrinks is not asked about."""
        if not (grows(found.order, wanted) or adds(found, wanted, facts)):
            return None
        left = wanted.with_terms(quantity=wanted.quantity - found.order.filled)
        reducing = found.guards or reduces(left, facts)
        return self.limited.refuses(left, (wanted.ref,), reduces=reducing, traded=found.order.filled)

    def children_first(self, order: Order, change: Change) -> list[Change]:
        """What its children have to become before it does."""
        return [] if change.quantity is None else changed_terms.too_large(self._standing(order), change.quantity)

    def changing(self, ref: str) -> bool:
        """Whether a change of an order was written that IB has not answered yet."""
        return self.session.changing(ref) is not None

    # what lately went out

    def remember(self, intent: OrderIntent) -> None:
        """It passed: the same again is a duplicate for a while."""
        self._recent.add(self.clock.monotonic(), intent)

    def forget_passed(self, ref: str) -> None:
        """An intent that had passed was not sent after all."""
        self._recent.drop(lambda intent: intent.ref == ref)

    def count(self, messages: int) -> None:
        """So many orders or changes were written now."""
        self._sent.count(self.clock.monotonic(), messages)

    def _lately(self, now: float, ref: str) -> tuple[Recent, ...]:
        """What passed, but for the order `ref` itself."""
        return tuple(Recent(intent, passed) for passed, intent in self._recent.since(now) if intent.ref != ref)


def _number(rate: float | None) -> float:
    return float("nan") if rate is None else rate


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise IbtuiError.of(refusal)
