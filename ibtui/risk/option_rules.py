"""The gate's rules for options and combos."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.money import plain
from ibtui.domain.order import YOU, OrderIntent, Side
from ibtui.domain.refusal import Measured, Refusal
from ibtui.domain.terms import OrderType
from ibtui.risk.facts import Facts
from ibtui.risk.limits import GateLimits
from ibtui.risk.options import Stake, largest_loss, short_expiries, uncovered
from ibtui.risk.prices import facing, reference

COMBINED = frozenset({"STK", "FUT", "OPT"})
"""What a combo can be made of."""


def combined(intent: OrderIntent, facts: Facts) -> Refusal | None:
    """Whether the legs of a combo are known and can be traded together."""
    items = [part.instrument for part in facts.parts]
    if len(items) < 2 or len(items) != len(intent.combo):
        return Refusal("bad_combo", f"The legs of {intent.symbol} are not known to IB yet; nothing was sent.")
    if not COMBINED.issuperset(item.sec_type for item in items):
        return Refusal("bad_combo", f"{intent.symbol} has a leg that cannot be part of a combo.")
    if len({(item.root, item.currency) for item in items}) > 1:
        return Refusal("bad_combo", "The legs of a combo must be of one underlying and one currency.")
    if intent.type not in (OrderType.MKT, OrderType.LMT):
        return Refusal("bad_combo", "A combo is sent at market or with a limit, not with a stop.")
    if intent.target is not None or intent.protect is not None:
        return Refusal("bad_combo", "A combo carries no target and no stop-loss.")
    return None


def collar(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """A combo may cost next to nothing, so its collar is a share of what its legs cost together, signs aside."""
    market = facing(intent, facts.quote)
    if market is None or intent.limit_price is None:
        return None
    beyond = intent.side.sign * (float(intent.limit_price) - market)
    allowed = facts.gross * limits.collar_percent / 100
    if beyond <= allowed:
        return None
    where = f"{beyond:.2f} {'above the ask' if intent.side is Side.BUY else 'below the bid'} {market:.2f}"
    words = f"The limit {plain(intent.limit_price)} lies {where}; the collar of its legs is {allowed:.2f}."
    return Refusal("price_collar", words, "collar_percent")


def uncovers(intent: OrderIntent, facts: Facts) -> Decimal:
    """Units of the underlying that calls which are sold would owe, and nothing would cover any more."""
    before, after = uncovered(facts.stakes), uncovered((*facts.stakes, *_traded(intent, facts)))
    return after if after > before else Decimal(0)


def closing(intent: OrderIntent, facts: Facts) -> Refusal | None:
    """An exit takes no cover from calls that are sold, unless a person was told what it leaves."""
    if (intent.despite_uncovered and intent.owner == YOU) or not (left := uncovers(intent, facts)):
        return None
    root = _traded(intent, facts)[0].instrument.root
    way = "buy the calls back first" + (", or look at a preview of it" if intent.owner == YOU else "")
    return Refusal(
        "uncovered", f"That would leave calls on {plain(left)} {root} uncovered, whose loss has no limit: {way}."
    )


def losses(intent: OrderIntent, facts: Facts, limits: GateLimits, *, reduces: bool) -> Refusal | None:
    """Calls that nothing covers are not sold, and what covers them is not either; other losses have a ceiling."""
    traded = _traded(intent, facts)
    if left := uncovers(intent, facts):
        return Refusal(
            "uncovered",
            f"That would leave calls on {plain(left)} {traded[0].instrument.root} uncovered, whose loss has no limit: "
            "hold the underlying, or buy a call that expires no earlier.",
        )
    return None if reduces else _loss(intent, facts, limits, traded)


def _loss(intent: OrderIntent, facts: Facts, limits: GateLimits, traded: tuple[Stake, ...]) -> Refusal | None:
    """The most that options sold can lose is bounded like the value of an order."""
    days = short_expiries(traded)
    if not days:
        return None  # what is bought loses what it costs
    if len(days) > 1:
        return Refusal("uncovered", "The options it sells expire on different days: its largest loss is not known.")
    price = reference(intent, facts.quote)
    assert facts.instrument is not None, "the rules run in order: an unknown instrument was refused before"
    paid = intent.side.sign * facts.instrument.value(intent.quantity, float("nan") if price is None else price)
    loss = largest_loss(traded, paid) * facts.rate
    if not loss <= limits.order_value:
        measured = Measured(loss, limits.order_value, "money", currency=facts.currency)
        words = "The order could lose {value}, above the profile's limit {limit}."
        return Refusal("too_large", words, "order_value", measured=measured)
    return None


def _traded(intent: OrderIntent, facts: Facts) -> tuple[Stake, ...]:
    """What the order would add to the account."""
    if not intent.combo:
        assert facts.instrument is not None, "the rules run in order: an unknown instrument was refused before"
        return (Stake(facts.instrument, intent.side.sign * intent.quantity),)
    wanted = ((part.instrument, *part.trades(intent)) for part in facts.parts)
    return tuple(Stake(item, side.sign * quantity) for item, side, quantity in wanted)
