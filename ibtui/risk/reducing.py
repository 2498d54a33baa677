"""What an order can only do to a position: make it smaller; and numbers as the rules read and write them."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.money import plain
from ibtui.domain.order import FOREIGN, OrderIntent
from ibtui.risk.facts import Facts, reducible


def reduces(intent: OrderIntent, facts: Facts) -> bool:
    """Whether the order can only make the position smaller, whatever else of ours fills."""
    if intent.target is not None or intent.protect is not None:
        return False
    if not intent.quantity.is_finite() or intent.quantity <= 0:
        return False
    if not intent.combo:
        return intent.quantity <= facts.reducible(intent.side)
    wanted = [(part, *part.trades(intent)) for part in facts.parts]
    return bool(wanted) and all(
        quantity <= reducible(side, part.held, part.moved, part.orders) for part, side, quantity in wanted
    )


def bound(intent: OrderIntent, facts: Facts) -> bool:
    """Whether the position itself limits the order: it was asked only to reduce, and it does."""
    return intent.reduce_only and reduces(intent, facts)


def gets_out(intent: OrderIntent, facts: Facts) -> bool:
    """Whether it only makes a position smaller: the account's, or as an exit what its strategy holds itself."""
    return reduces(intent, facts) or (intent.reduce_only and facts.closes_own)


def others_words(intent: OrderIntent, facts: Facts) -> str:
    """What a refusal begins with where orders of other programs trade a part of the position already; empty if none."""
    ours = tuple(order for order in facts.orders if order.owner != FOREIGN)
    taken = reducible(intent.side, facts.held, facts.moved, ours) - facts.reducible(intent.side)
    return f"Other programs' orders {intent.side} {plain(taken)} of it, cancel them there: " if taken else ""


def exact_limit(limit: float) -> Decimal:
    """A configured ceiling as a decimal; one that is not a number allows nothing."""
    return Decimal(str(limit)) if limit == limit else Decimal(0)


def shown(number: Decimal) -> str:
    """A number in a sentence: one with an extreme exponent would be written out to millions of digits."""
    return plain(number) if -20 < number.adjusted() < 20 and len(number.as_tuple().digits) < 40 else f"{number:.3e}"
