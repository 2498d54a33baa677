"""How far a price may lie from the market: a limit beyond the other side, a stop or a target on its own side."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.instrument import trades_at_zero
from ibtui.domain.money import plain
from ibtui.domain.order import Order, OrderIntent, Side
from ibtui.domain.refusal import Measured, Refusal
from ibtui.domain.terms import OrderType
from ibtui.risk import option_rules
from ibtui.risk.facts import Facts
from ibtui.risk.limits import GateLimits
from ibtui.risk.markets import trusted
from ibtui.risk.prices import away, beyond, far_side, reference
from ibtui.risk.reducing import gets_out, reduces


def collar(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """A limit not far through the market, and a stop that does not trigger at once.

    What only reduces is not measured against a market that nobody can trade at: a halted, delayed or frozen one.
    """
    if intent.combo:
        return option_rules.collar(intent, facts, limits)
    market = far_side(intent.side, facts.quote, facts.instrument)
    if market is None or (not trusted(facts.quote) and gets_out(intent, facts)):
        return None  # without a market only an order bound to reduce comes here
    if intent.limit_price is not None:
        through = beyond(intent.side, intent.limit_price, market, facts.instrument, limits.collar_percent)
        if not through <= limits.collar_percent:
            where = f"{{value}} {'above the ask' if intent.side is Side.BUY else 'below the bid'} {market:g}"
            words = f"The limit {plain(intent.limit_price)} lies {where}; the collar is {{limit}}."
            measured = Measured(through, limits.collar_percent, "percent", 1)
            return Refusal("price_collar", words, "collar_percent", measured=measured)
    if intent.stop_price is not None and not intent.side.sign * (float(intent.stop_price) - market) > 0:
        where = f"not above the ask {market:g}" if intent.side is Side.BUY else f"not below the bid {market:g}"
        return Refusal("price_collar", f"The stop {plain(intent.stop_price)} is {where}: it would trigger at once.")
    return None


def exit_collar(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """A stop or a target so far away that it is none: of a bracket measured from its entry, alone from the market.

    A stop that only reduces the position passes, with that said: see `far_exit`.
    """
    entry = reference(intent, facts.quote, facts.instrument)
    for name, price in (("target", intent.target), ("stop-loss", intent.protect)):
        if price is not None and (far := _far(name, price, entry, "the entry", facts, limits)):
            return far
    if intent.stop_price is not None and not reduces(intent, facts):
        market = far_side(intent.side, facts.quote, facts.instrument)
        return _far("stop", intent.stop_price, market, "the market", facts, limits)
    return None


def moved_far(intent: OrderIntent, before: Order, facts: Facts, limits: GateLimits) -> Refusal | None:
    """The same for an exit that is changed; where no market is known it is measured from where it stood."""
    for name, price, old in (
        ("stop", intent.stop_price, before.stop_price),
        ("target", intent.limit_price, before.limit_price),
    ):
        if price is None or price == old:
            continue
        market = far_side(intent.side, facts.quote, facts.instrument)
        where = "where it stood" if market is None else "the market"
        stood = None if old is None else float(old)
        far = _far(name, price, stood if market is None else market, where, facts, limits)
        if far is not None:
            return far
    return None


def far_exit(intent: OrderIntent, facts: Facts, limits: GateLimits) -> str:
    """Words on the price of an order that only reduces and passes beyond the exit collar; else empty."""
    price = intent.stop_price if intent.type == OrderType.STP else intent.limit_price
    if intent.combo or price is None or not reduces(intent, facts):
        return ""
    name = "stop" if intent.type == OrderType.STP else "limit"
    far = _far(name, price, far_side(intent.side, facts.quote, facts.instrument), "the market", facts, limits)
    return "" if far is None else far.sentence.removesuffix(".")


def _far(name: str, price: Decimal, near: float | None, where: str, facts: Facts, limits: GateLimits) -> Refusal | None:
    item = facts.instrument
    if near is None or not (near > 0 or (item is not None and trades_at_zero(item.sec_type))):
        return None
    distance = away(price, near, item, limits.exit_collar_percent)
    if distance <= limits.exit_collar_percent:
        return None
    words = f"The {name} {plain(price)} lies {{value}} from {where} {near:g}; the exit collar is {{limit}}."
    measured = Measured(distance, limits.exit_collar_percent, "percent", 0)
    return Refusal("price_collar", words, "exit_collar_percent", measured=measured)
