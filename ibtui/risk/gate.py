"""The pre-trade gate: one pure function that every order passes, which refuses whatever it cannot prove harmless."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.instrument import Instrument
from ibtui.domain.money import on_tick, plain
from ibtui.domain.order import Order, OrderIntent, OrderType, Side
from ibtui.risk import option_rules
from ibtui.risk.doubt import in_doubt
from ibtui.risk.facts import Facts, Refusal, reducible
from ibtui.risk.limits import Limits
from ibtui.risk.prices import facing, far_side, reference

CURRENCY_UNIT = 1_000
"""Quantities of currencies are counted in thousands."""
HUGE = Decimal("1e12")
"""Above this the remainder of a decimal division is no longer defined, and nothing trades."""
TRADABLE = frozenset({"STK", "FUT", "CASH", "OPT", "CRYPTO", "BAG"})

Rule = Callable[[OrderIntent, Facts, Limits], Refusal | None]


def check(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    """Why this order may not go out now, or None when it may; the first rule that refuses decides.

    An order that only reduces the position passes a halt and the number of open orders; one that is bound to reduce
    (`reduce_only`) also passes size, value and the age of the quote, since the position itself bounds it and a user
    must be able to get out.
    """
    for rule in RULES:
        refusal = rule(intent, facts, limits)
        if refusal is not None:
            return refusal
    return None


def reduces(intent: OrderIntent, facts: Facts) -> bool:
    """Whether the order can only make the position smaller, whatever else of ours fills."""
    if intent.target is not None or intent.protect is not None:
        return False
    if not finite(intent.quantity) or intent.quantity <= 0:
        return False
    if not intent.combo:
        return intent.quantity <= facts.reducible(intent.side)
    wanted = [(part, *part.trades(intent)) for part in facts.parts]
    return bool(wanted) and all(
        quantity <= reducible(side, part.held, part.moved, part.orders) for part, side, quantity in wanted
    )


def finite(number: Decimal) -> bool:
    return number.is_finite()


def _engine(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if facts.halted and not reduces(intent, facts):
        return Refusal("halted", "Trading is halted: only orders that reduce a position pass; `resume` ends the halt.")
    if facts.read_only:
        return Refusal("read_only", "This profile is read-only: set read_only = false in its configuration to trade.")
    if facts.connection != "active":
        return Refusal("not_connected", f"Not connected to IB ({facts.connection}): nothing was sent; wait for READY.")
    return None


def _tradable(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    instrument = facts.instrument
    if instrument is None or instrument.symbol != intent.symbol:
        return Refusal("untradeable", f"{intent.symbol} is not known to IB yet; check the symbol with `watch`.")
    if instrument.sec_type not in TRADABLE:
        return Refusal("untradeable", f"{intent.symbol} is of type {instrument.sec_type}, which cannot be traded here.")
    if not all(finite(step) and step > 0 for step in (instrument.tick, instrument.lot, instrument.multiplier)):
        return Refusal("untradeable", f"IB did not say in what steps {intent.symbol} is traded; look at it in TWS.")
    return option_rules.combined(intent, facts) if intent.combo or instrument.sec_type == "BAG" else None


def _quantity(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    lot = _instrument(facts).lot
    if not finite(intent.quantity) or intent.quantity <= 0:
        return Refusal("bad_quantity", f"The quantity must be a positive number, not {intent.quantity}.")
    if intent.quantity >= HUGE:
        return Refusal("too_large", f"The quantity {intent.quantity:.3e} is above anything that can be traded.")
    if intent.quantity % lot != 0:
        step = plain(lot)
        return Refusal("bad_quantity", f"The quantity {_shown(intent.quantity)} is not a multiple of {step}.")
    return None


def _prices(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    wanted = {OrderType.LMT: "limit_price", OrderType.STP: "stop_price"}.get(intent.type)
    for field, name in _PRICES.items():
        price: Decimal | None = getattr(intent, field)
        if price is None and field != wanted:
            continue
        if price is None:
            return Refusal("off_tick", f"A {intent.type} order needs a {name} price.")
        if field in ("limit_price", "stop_price") and field != wanted:
            return Refusal("off_tick", f"A {intent.type} order has no {name} price.")
        refusal = _on_grid(name, price, _instrument(facts))
        if refusal is not None:
            return refusal
    return None


_PRICES = {"limit_price": "limit", "stop_price": "stop", "target": "target", "protect": "stop-loss"}


def _on_grid(name: str, price: Decimal, instrument: Instrument) -> Refusal | None:
    if not finite(price) or (price <= 0 and instrument.sec_type != "BAG"):
        return Refusal("off_tick", f"The {name} price must be a positive number, not {price}.")
    if abs(price) >= HUGE:
        return Refusal("price_collar", f"The {name} price {price:.3e} is above anything that trades.")
    tick = instrument.step(price)
    if not on_tick(price, tick):
        return Refusal("off_tick", f"The {name} price {_shown(price)} is not a multiple of the tick {plain(tick)}.")
    return None


def _size(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if _bound(intent, facts):
        return None
    unit = CURRENCY_UNIT if _instrument(facts).sec_type == "CASH" else 1
    if not intent.quantity <= exact_limit(limits.order_quantity) * unit:
        ceiling = f"{limits.order_quantity * unit:,.0f}"
        return Refusal("too_large", f"The quantity {plain(intent.quantity)} is above the profile's limit {ceiling}.")
    return None


def _fresh(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if _bound(intent, facts):
        return None
    quote = facts.quote
    if quote is None or not quote.received > 0 or facing(intent, quote) is None:
        side = "ask" if intent.side is Side.BUY else "bid"
        return Refusal("stale_quote", f"There is no {side} for {intent.symbol} to measure the order against.")
    age = facts.now - quote.received
    if not age <= limits.quote_age:
        return Refusal(
            "stale_quote",
            f"The quote of {intent.symbol} is {age:.1f} s old; orders need one of at most {limits.quote_age:g} s.",
        )
    return None


def _value(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if _bound(intent, facts):
        return None
    # a sell limit below the bid trades at the bid or better, so the dearer of both bounds what changes hands
    prices = [p for p in (reference(intent, facts.quote), facing(intent, facts.quote)) if p is not None]
    value = _instrument(facts).value(intent.quantity, max(map(abs, prices), default=float("nan")))
    if not abs(value) <= limits.order_value:
        return Refusal(
            "too_large", f"The order is worth {value:,.2f}, above the profile's limit {limits.order_value:,.2f}."
        )
    return None


def _collar(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if intent.combo:
        return option_rules.collar(intent, facts, limits)
    market = far_side(intent.side, facts.quote)
    if market is None:
        return None  # only an order bound to reduce comes here without a market
    if intent.limit_price is not None:
        beyond = intent.side.sign * (float(intent.limit_price) / market - 1) * 100
        if not beyond <= limits.collar_percent:
            where = f"{beyond:.1f} % {'above the ask' if intent.side is Side.BUY else 'below the bid'} {market:g}"
            allowed = f"the collar is {limits.collar_percent:g} %"
            return Refusal("price_collar", f"The limit {plain(intent.limit_price)} lies {where}; {allowed}.")
    if intent.stop_price is not None and not intent.side.sign * (float(intent.stop_price) - market) > 0:
        where = f"not above the ask {market:g}" if intent.side is Side.BUY else f"not below the bid {market:g}"
        return Refusal("price_collar", f"The stop {plain(intent.stop_price)} is {where}: it would trigger at once.")
    return None


def _options(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if _bound(intent, facts):
        return None
    return option_rules.losses(intent, facts, limits, reduces=reduces(intent, facts))


def _duplicate(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    terms = _terms(intent)
    for recent in facts.recent:
        if recent.intent.owner == intent.owner and _terms(recent.intent) == terms:
            age = facts.now - recent.passed
            if not age >= limits.duplicate_seconds:
                return Refusal(
                    "duplicate", f"The same order was sent {age:.2f} s ago; wait {limits.duplicate_seconds:g} s."
                )
    return None


def _terms(intent: OrderIntent) -> tuple[object, ...]:
    prices = (intent.limit_price, intent.stop_price, intent.target, intent.protect)
    return (intent.symbol, intent.side, intent.quantity, intent.type, intent.oca_group, *prices)


def _open_orders(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if reduces(intent, facts):
        return None
    children = sum(price is not None for price in (intent.target, intent.protect))
    for side, more in ((intent.side, 1), (intent.side.other, children)):
        count = sum(order.side is side and order.owner != "other" for order in facts.orders) + more
        if more and not count <= limits.open_orders:
            sentence = (
                f"That would make {count} open {side} orders in {intent.symbol}; the limit is {limits.open_orders}."
            )
            return Refusal("too_many_orders", sentence)
    return None


def _bracket(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if intent.target is None and intent.protect is None:
        return None
    if intent.reduce_only:
        return Refusal("bad_bracket", "An order that only reduces cannot carry a target or a stop.")
    entry = reference(intent, facts.quote)
    if entry is None:
        return Refusal("bad_bracket", f"There is no price of {intent.symbol} to measure target and stop against.")
    above, below = ("above", "below") if intent.side is Side.BUY else ("below", "above")
    if intent.target is not None and not intent.side.sign * (float(intent.target) - entry) > 0:
        return Refusal("bad_bracket", f"The target {plain(intent.target)} must lie {above} the entry {entry:g}.")
    if intent.protect is not None and not intent.side.sign * (entry - float(intent.protect)) > 0:
        return Refusal("bad_bracket", f"The stop-loss {plain(intent.protect)} must lie {below} the entry {entry:g}.")
    return None


def _reduce_only(intent: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    if not intent.reduce_only or reduces(intent, facts) or facts.closes_own:
        return None
    left = plain(facts.reducible(intent.side))
    wish = f"{intent.side} {plain(intent.quantity)} {intent.symbol}"
    return Refusal(
        "would_increase", f"{wish} may only reduce the position, which leaves at most {left} to {intent.side}."
    )


RULES: tuple[Rule, ...] = (
    _engine,
    _tradable,
    in_doubt,
    _quantity,
    _prices,
    _size,
    _fresh,
    _value,
    _collar,
    _options,
    _duplicate,
    _open_orders,
    _bracket,
    _reduce_only,
)


def check_change(order: Order, wanted: OrderIntent, facts: Facts, limits: Limits) -> Refusal | None:
    """Why a working order may not become `wanted` now, or None when it may; `wanted` has its ref and all its new terms.

    Targets, stops and exits may change during a halt. A larger quantity is judged as the order it becomes.
    """
    if facts.halted and order.role == "entry":
        return Refusal(
            "halted", "Trading is halted: an entry cannot be changed, only cancelled; `resume` ends the halt."
        )
    if wanted.quantity <= order.filled:
        return Refusal("bad_quantity", f"{_shown(order.filled)} have traded already: the quantity must be more.")
    rules = CHANGE_RULES + (GROWTH_RULES if wanted.quantity > order.quantity else ())
    open_facts = replace(facts, halted=False)
    return next((refusal for rule in rules if (refusal := rule(wanted, open_facts, limits)) is not None), None)


CHANGE_RULES: tuple[Rule, ...] = (_engine, _tradable, _quantity, _prices, _collar)
GROWTH_RULES: tuple[Rule, ...] = (_size, _fresh, _value)


def _bound(intent: OrderIntent, facts: Facts) -> bool:
    """The position itself limits the order."""
    return intent.reduce_only and reduces(intent, facts)


def _instrument(facts: Facts) -> Instrument:
    assert facts.instrument is not None, "the rules run in order: an unknown instrument was refused before"
    return facts.instrument


def exact_limit(limit: float) -> Decimal:
    """A configured ceiling as a decimal; one that is not a number allows nothing."""
    return Decimal(str(limit)) if limit == limit else Decimal(0)


def _shown(number: Decimal) -> str:
    """A number in a sentence: one with an extreme exponent would be written out to millions of digits."""
    return plain(number) if -20 < number.adjusted() < 20 and len(number.as_tuple().digits) < 40 else f"{number:.3e}"
