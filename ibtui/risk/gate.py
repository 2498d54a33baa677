"""The pre-trade gate: one pure function that every order passes, which refuses whatever it cannot prove harmless."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal

from ibtui.domain.currency import money_words, unknown_rate
from ibtui.domain.hold import ways_out
from ibtui.domain.instrument import Instrument, trades_at_zero
from ibtui.domain.limits import MOST, MOST_EQUITY
from ibtui.domain.money import on_tick, plain
from ibtui.domain.order import OrderIntent, Side
from ibtui.domain.refusal import Measured, Refusal
from ibtui.domain.terms import OrderType
from ibtui.domain.words import trade_words
from ibtui.risk import option_rules
from ibtui.risk.collars import collar, exit_collar, far_exit
from ibtui.risk.doubt import in_doubt
from ibtui.risk.facts import Facts, reducible
from ibtui.risk.limits import GateLimits
from ibtui.risk.markets import fresh, passed, trading, trusted
from ibtui.risk.prices import facing, reference
from ibtui.risk.reducing import bound, exact_limit, gets_out, others_words, reduces, shown

CURRENCY_UNIT = 1_000
"""Quantities of currencies are counted in thousands."""
HUGE = Decimal("1e12")
"""Above this the remainder of a decimal division is no longer defined, and nothing trades."""
TRADABLE = frozenset({"STK", "FUT", "CASH", "OPT", "CRYPTO", "BAG"})

Rule = Callable[[OrderIntent, Facts, GateLimits], Refusal | None]


def check(
    intent: OrderIntent, facts: Facts, limits: GateLimits, lifted: Collection[Rule] = frozenset()
) -> Refusal | None:
    """Why this order may not go out now, or None when it may; the first rule that refuses decides.

    An order that only reduces the position passes a halt, the number of open orders, the orders of a second, and a
    market that is halted at its exchange or not of now; one that is bound to reduce (`reduce_only`) also passes size,
    value and the age of the quote, since the position itself bounds it and a user must be able to get out. Rules in
    `lifted` are not asked: live none is.
    """
    for rule in RULES:
        refusal = None if rule in lifted else rule(intent, facts, limits)
        if refusal is not None:
            return refusal
    return None


def said(intent: OrderIntent, facts: Facts, limits: GateLimits) -> tuple[str, ...]:
    """Of an order that passes: what it passes only because it reduces a position, in words."""
    return tuple(filter(None, (passed(intent, facts), far_exit(intent, facts, limits))))


def engine(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """Whether this engine may send at all; a lost connection comes before a halt, and both are told."""
    unconnected = without_session(facts.connection, halted=facts.halted)
    if unconnected is not None:
        return unconnected
    if facts.halted and not reduces(intent, facts):
        return Refusal("halted", "Trading is halted: only orders that reduce a position pass; `resume` ends the halt.")
    if facts.read_only:
        return Refusal("read_only", "This profile is read-only: set read_only = false in its configuration to trade.")
    return None


def only_shown(live: bool) -> Refusal | None:
    """Why nothing is sent for a live profile; None for paper."""
    if not live:
        return None
    return Refusal("read_only", "A live profile only shows: trading real money cannot be armed yet. Use paper.")


def without_session(connection: str, *, halted: bool) -> Refusal | None:
    """Why nothing new may be sent in this state of the session, a halt told beside it; None when it is active."""
    if connection == "active":
        return None
    also = " Trading is halted, too; `resume` ends the halt." if halted else ""
    return Refusal("not_connected", f"{_NOT_ACTIVE[connection]}: nothing was sent; wait for READY.{also}")


_NOT_ACTIVE = {
    "disconnected": "Not connected to IB",
    "connecting": "Not connected to IB yet",
    "reconciling": "IB has not told yet what is held and what works",
}


def barred(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """Why no order at all of this side may go out in the instrument now, whatever its price and size; None if one may.

    What is asked before an order is taken back to make room for others.
    """
    return engine(intent, facts, limits) or held(intent, facts, limits) or in_doubt(intent, facts, limits)


def held(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """In an instrument whose books do not agree only what makes IB's count of it smaller."""
    if not facts.holds or reduces(intent, facts):
        return None
    hold = facts.holds[0]
    return Refusal(
        "held",
        f"{hold.words}. Only orders that reduce what IB counts pass; {ways_out(hold.symbol)}.",
    )


def tradable(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """Whether the instrument is known and is one that can be traded here."""
    instrument = facts.instrument
    if instrument is None or instrument.symbol != intent.symbol:
        return Refusal("untradeable", f"{intent.symbol} is not known to IB yet; check the symbol with `watch`.")
    if instrument.sec_type not in TRADABLE:
        return Refusal("untradeable", f"{intent.symbol} is of type {instrument.sec_type}, which cannot be traded here.")
    if not all(step.is_finite() and step > 0 for step in (instrument.tick, instrument.lot, instrument.multiplier)):
        return Refusal("untradeable", f"IB did not say in what steps {intent.symbol} is traded; look at it in TWS.")
    return option_rules.combined(intent, facts) if intent.combo or instrument.sec_type == "BAG" else None


def quantity(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """A positive number of whole lots."""
    lot = _instrument(facts).lot
    if not intent.quantity.is_finite() or intent.quantity <= 0:
        return Refusal("bad_quantity", f"The quantity must be a positive number, not {intent.quantity}.")
    if intent.quantity >= HUGE:
        return Refusal("too_large", f"The quantity {intent.quantity:.3e} is above anything that can be traded.")
    if intent.quantity % lot != 0:
        step = plain(lot)
        return Refusal("bad_quantity", f"The quantity {shown(intent.quantity)} is not a multiple of {step}.")
    return None


def prices(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """The prices that its type needs and no others, each on the grid."""
    wanted = _NEEDED.get(intent.type)
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


_NEEDED: dict[str, str] = {OrderType.LMT: "limit_price", OrderType.STP: "stop_price"}
_PRICES = {"limit_price": "limit", "stop_price": "stop", "target": "target", "protect": "stop-loss"}


def _on_grid(name: str, price: Decimal, instrument: Instrument) -> Refusal | None:
    if not price.is_finite() or (price <= 0 and not trades_at_zero(instrument.sec_type)):
        return Refusal("off_tick", f"The {name} price must be a positive number, not {price}.")
    if abs(price) >= HUGE:
        return Refusal("price_collar", f"The {name} price {price:.3e} is above anything that trades.")
    tick = instrument.step(price)
    if not on_tick(price, tick):
        return Refusal("off_tick", f"The {name} price {shown(price)} is not a multiple of the tick {plain(tick)}.")
    return None


def size(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """No larger than the profile allows one order to be."""
    if bound(intent, facts):
        return None
    unit = CURRENCY_UNIT if _instrument(facts).sec_type == "CASH" else 1
    if not intent.quantity <= exact_limit(limits.order_quantity) * unit:
        measured = Measured(intent.quantity, limits.order_quantity * unit)
        return Refusal(
            "too_large",
            "The quantity {value} is above the profile's limit {limit}.",
            "order_quantity",
            measured=measured,
        )
    return None


def hard(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """What no order may be, whatever is configured or not."""
    if bound(intent, facts):
        return None
    instrument = _instrument(facts)
    unit = CURRENCY_UNIT if instrument.sec_type == "CASH" else 1
    most = Decimal(MOST["order_quantity"]) * unit
    if intent.quantity > most:
        words = "The quantity {value} is above {limit}, which no limit may allow."
        return Refusal("too_large", words, "order_quantity", measured=Measured(intent.quantity, float(most)))
    worth = max(_worth(intent, facts), instrument.value(intent.quantity, facts.gross)) * facts.rate
    if facts.equity is not None and worth > MOST_EQUITY * max(facts.equity, 0.0):
        return Refusal(
            "too_large",
            f"The order is worth {money_words(worth, facts.currency)}: above {MOST_EQUITY:g} times net liquidation, "
            f"{money_words(facts.equity, facts.currency)}, which no limit may allow.",
        )
    return None


def pace(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """Not more orders within a second than the profile allows; what only reduces is not held up."""
    count = 1 + sum(price is not None for price in (intent.target, intent.protect))
    most = min(limits.orders_per_second, MOST["orders_per_second"])
    if facts.sent + count <= most or gets_out(intent, facts):
        return None
    return Refusal(
        "too_fast",
        "{value} orders and changes went out within a second; the limit orders_per_second is {limit}: "
        "try again in a moment.",
        "orders_per_second",
        measured=Measured(facts.sent, most),
    )


def value(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """Worth no more than the profile allows one order to be, in the account's currency."""
    if bound(intent, facts):
        return None
    own = _worth(intent, facts)
    if own != own and not trusted(facts.quote) and gets_out(intent, facts):
        return None  # what has no price where nothing trades can still be closed
    if own == own and facts.rate != facts.rate:
        return None if gets_out(intent, facts) else unrated(intent, facts)
    worth = own * facts.rate
    if not worth <= limits.order_value:
        measured = Measured(worth, limits.order_value, "money", currency=facts.currency)
        currency = _instrument(facts).currency
        also = "" if currency == facts.currency or own != own else f"{money_words(own, currency)}, "
        words = f"The order is worth {also}{{value}}, above the profile's limit {{limit}}."
        return Refusal("too_large", words, "order_value", measured=measured)
    return None


def unrated(intent: OrderIntent, facts: Facts) -> Refusal:
    """What is said of an order in a currency whose rate nobody knows: no limit can be held against it."""
    currency = _instrument(facts).currency
    words = f"{intent.symbol} trades in {currency}, and {unknown_rate(currency, facts.currency)}; nothing was sent."
    return Refusal("no_rate", words, "order_value")


def _worth(intent: OrderIntent, facts: Facts) -> float:
    """The most that changes hands, in the instrument's currency; not a number without a price.

    A sell limit below the bid trades at the bid or better, so the dearer of both counts.
    """
    market = intent, facts.quote, facts.instrument
    near = [p for p in (reference(*market), facing(*market)) if p is not None]
    worth = abs(_instrument(facts).value(intent.quantity, max(map(abs, near), default=float("nan"))))
    return worth if intent.cash is None else max(worth, float(intent.cash))


def options(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """What selling options, or what covers them, could lose."""
    if bound(intent, facts):
        return option_rules.closing(intent, facts)
    return option_rules.losses(intent, facts, limits, reduces=reduces(intent, facts))


def duplicate(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """Not the same order again at once."""
    terms = _terms(intent)
    for recent in facts.recent:
        if recent.intent.owner == intent.owner and _terms(recent.intent) == terms:
            age = facts.now - recent.passed
            if not age >= limits.duplicate_seconds:
                measured = Measured(age, limits.duplicate_seconds, "seconds")
                words = "The same order was sent {value} ago; wait {limit}."
                return Refusal("duplicate", words, "duplicate_seconds", measured=measured)
    return None


def _terms(intent: OrderIntent) -> tuple[object, ...]:
    prices = (intent.limit_price, intent.stop_price, intent.target, intent.protect)
    return (intent.symbol, intent.side, intent.quantity, intent.type, intent.oca_group, *prices)


def _open_orders(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    if reduces(intent, facts):
        return None
    children = sum(price is not None for price in (intent.target, intent.protect))
    for side, more in ((intent.side, 1), (intent.side.other, children)):
        count = sum(order.side is side and order.owner != "other" for order in facts.orders) + more
        if more and not count <= limits.open_orders:
            words = f"That would make {{value}} open {side} orders in {intent.symbol}; the limit is {{limit}}."
            return Refusal("too_many_orders", words, "open_orders", measured=Measured(count, limits.open_orders))
    return None


def bracket(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """A target and a stop on their sides of the entry."""
    if intent.target is None and intent.protect is None:
        return None
    if intent.reduce_only:
        return Refusal("bad_bracket", "An order that only reduces cannot carry a target or a stop.")
    entry = reference(intent, facts.quote, facts.instrument)
    if entry is None:
        return Refusal("bad_bracket", f"There is no price of {intent.symbol} to measure target and stop against.")
    above, below = ("above", "below") if intent.side is Side.BUY else ("below", "above")
    if intent.target is not None and not intent.side.sign * (float(intent.target) - entry) > 0:
        return Refusal("bad_bracket", f"The target {plain(intent.target)} must lie {above} the entry {entry:g}.")
    if intent.protect is not None and not intent.side.sign * (entry - float(intent.protect)) > 0:
        return Refusal("bad_bracket", f"The stop-loss {plain(intent.protect)} must lie {below} the entry {entry:g}.")
    return None


def reduce_only(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """No more than the position leaves to close; a stop guards all of it, whatever rests on its other side."""
    if not intent.reduce_only or reduces(intent, facts) or facts.closes_own:
        return None
    if intent.type == OrderType.STP and intent.quantity <= reducible(intent.side, facts.held, facts.moved, ()):
        return None
    left = plain(facts.reducible(intent.side))
    request = trade_words(intent.side, intent.quantity, intent.symbol)
    sentence = f"{request} may only reduce the position, which leaves at most {left} to {intent.side}."
    return Refusal("would_increase", f"{others_words(intent, facts)}{sentence}")


RULES: tuple[Rule, ...] = (
    engine,
    tradable,
    held,
    in_doubt,
    quantity,
    prices,
    reduce_only,
    size,
    hard,
    pace,
    trading,
    fresh,
    value,
    collar,
    options,
    duplicate,
    _open_orders,
    bracket,
    exit_collar,
)


def _instrument(facts: Facts) -> Instrument:
    assert facts.instrument is not None, "the rules run in order: an unknown instrument was refused before"
    return facts.instrument
