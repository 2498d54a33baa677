"""What a command would send, worked out and put in words before anything is sent. Pure: facts in, draft out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.commands.command import Start
from ibtui.domain.account import Account
from ibtui.domain.commission import commission
from ibtui.domain.currency import NO_RATES, ExchangeRates
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderIntent, Side, legs
from ibtui.domain.position import effect
from ibtui.domain.terms import OrderType
from ibtui.domain.words import effect_words, holding_words, order_sentence, price_words, quantity_words
from ibtui.engine.commands.acceptance import Acceptance
from ibtui.engine.commands.plan_warnings import afterwards, splits, waits_for
from ibtui.engine.commands.plan_warnings import warnings as warnings_of
from ibtui.engine.commands.wanted import CommandOrders, InstrumentState, collar_step, near, together
from ibtui.engine.desk.exits import Aim
from ibtui.engine.journal.records import CallerRequest
from ibtui.link.messages import Closing, Plan, PlannedLeg, Worth
from ibtui.risk.doubt import doubtful
from ibtui.risk.prices import far_side, reference

SECONDS = 20.0
"""How long a plan may be looked at before it is sent."""
WARNINGS = 3


class Draft(Struct, frozen=True, kw_only=True):
    """A plan with what carrying it out takes."""

    plan: Plan
    intents: tuple[OrderIntent, ...]
    cancels: tuple[str, ...]
    market: dict[str, tuple[Side, float | None]]
    """By symbol: the side that trades, and the price it faced when this was drawn up."""
    steps: dict[str, float]
    """By symbol: how far that price may move."""
    instruments: dict[str, Instrument] = {}
    """What is traded, by symbol."""
    asked: CallerRequest | None = None
    """What its caller asked for under an id of its own."""
    acceptance: Acceptance | None = None
    """What is said of a held instrument instead of sending orders."""
    start: Start | None = None
    """The algorithm that is started instead of sending orders."""
    aims: tuple[Aim, ...] = ()
    left: tuple[Closing, ...] = ()
    loose: tuple[Order, ...] = ()
    said: tuple[str, ...] = ()
    """What its orders pass only because they reduce a position."""
    unsure: tuple[str, ...] = ()
    """Refs of the UNKNOWN orders whose outcomes the plan names."""


def draft(wanted: CommandOrders, account: Account | None, said: Sequence[str] = ()) -> Draft:
    """The plan in words and figures, for orders that passed the gate: their numbers are finite and of human size."""
    orders, cancels, whole = wanted.orders, wanted.cancels, together(wanted.orders)
    first, holding = whole[0]
    totals = _totals(orders)
    value, currency = _value_of(totals, holding)
    worth = _worth(totals, account)
    percent = _percent(worth, account)
    steps = {intent.symbol: _step(intent, held) for intent, held in orders}
    warnings = [*said, *(text for intent, held in whole for text in warnings_of(intent, held, cancels, percent))]
    warnings += splits(orders, wanted.aims)
    return Draft(
        plan=Plan(
            token="",
            sentence="\n".join(_sentence(intent, held, alone=len(orders) == 1) for intent, held in orders),
            legs=tuple(leg for intent, _ in orders for leg in _planned(intent)),
            effect=effect(holding.held, first.side, first.quantity),
            effect_sentence="\n".join((*(_effect_line(i, held, whole) for i, held in whole), *_leaves(wanted.left))),
            value=value,
            currency=currency,
            account_value=worth,
            account_currency="" if account is None else account.currency,
            value_percent=percent,
            totals=totals if len(orders) > 1 and value is None else (),
            commission=_commission(orders, NO_RATES if account is None else account.rates),
            bare=sum((afterwards(intent, held, cancels).bare for intent, held in whole), Decimal(0)),
            cancels=cancels,
            warnings=tuple(dict.fromkeys(warnings))[:WARNINGS],
            outcomes=(
                *(text for intent, held in whole for text in _outcomes(intent, held, cancels)),
                *wanted.outcomes,
            ),
            seconds=SECONDS,
            offer=_offer(whole),
            collar_ticks=round(steps[first.symbol] / _tick(first, holding)),
        ),
        intents=tuple(intent for intent, _ in orders),
        cancels=cancels,
        aims=wanted.aims,
        left=wanted.left,
        loose=wanted.loose,
        said=tuple(said),
        unsure=tuple(order.ref for intent, held in whole for order in _in_doubt(intent, held, cancels)),
        market={
            intent.symbol: (intent.side, far_side(intent.side, held.quote, held.instrument)) for intent, held in orders
        },
        steps=steps,
        instruments={intent.symbol: held.instrument for intent, held in orders},
    )


def _effect_line(
    intent: OrderIntent, holding: InstrumentState, whole: Sequence[tuple[OrderIntent, InstrumentState]]
) -> str:
    words = effect_words(holding.held, intent.side, intent.quantity)
    return words if len(whole) == 1 else f"{words} {intent.symbol}"


def _leaves(left: Sequence[Closing]) -> list[str]:
    return [f"LEAVES {closing.symbol}: {closing.why}" for closing in left]


def _sentence(intent: OrderIntent, holding: InstrumentState, *, alone: bool) -> str:
    """The order in words; among others with what it is worth."""
    instrument = holding.instrument
    words = order_sentence(
        intent,
        instrument,
        outside=intent.outside_hours,
        waits=waits_for(intent, holding),
        target=intent.target,
        protect=intent.protect,
    )
    if alone:
        return words
    value = _value(intent, holding)
    return f"{words} · {'value unknown' if value is None else f'{value:,.2f} {instrument.currency}'}"


def _offer(orders: Sequence[tuple[OrderIntent, InstrumentState]]) -> str:
    """What the same command would send with the word `outside`, where that may trade sooner."""
    found = [
        (holding, price)
        for intent, holding in orders
        if intent.reduce_only and intent.type == OrderType.MKT and holding.market.takes_outside
        if holding.market.waits and holding.market.waits_outside != holding.market.waits
        if (price := near(holding)) is not None
    ]
    if not found:
        return ""
    at = " and ".join(dict.fromkeys(f"{price_words(p, h.instrument)} for {h.instrument.symbol}" for h, p in found))
    when = found[0][0].market.waits_outside or "now"
    return f"`outside` sends a limit instead, {at}, which may trade {when.replace('until', 'from')}"


def _planned(intent: OrderIntent) -> tuple[PlannedLeg, ...]:
    return tuple(PlannedLeg(role=leg.role, terms=leg.terms) for leg in legs(intent))


def _value(intent: OrderIntent, holding: InstrumentState) -> float | None:
    """The order's value in the instrument's currency, None without a price."""
    price = reference(intent, holding.quote)
    return None if price is None else holding.instrument.value(intent.quantity, price)


def _totals(orders: Sequence[tuple[OrderIntent, InstrumentState]]) -> tuple[Worth, ...]:
    """What the orders are worth together in each currency; nothing while the price of one is not known."""
    sums: dict[str, float] = {}
    for intent, holding in orders:
        value = _value(intent, holding)
        if value is None:
            return ()
        currency = holding.instrument.currency
        sums[currency] = sums.get(currency, 0.0) + value
    return tuple(Worth(value=value, currency=currency) for currency, value in sums.items())


def _value_of(totals: Sequence[Worth], holding: InstrumentState) -> tuple[float | None, str]:
    """The orders' value in the currency that they share, and that currency."""
    return (totals[0].value, totals[0].currency) if len(totals) == 1 else (None, holding.instrument.currency)


def _worth(totals: Sequence[Worth], account: Account | None) -> float | None:
    """All of it in the account's currency; None while a price or an exchange rate is not known."""
    if account is None or not totals:
        return None
    parts = [account.worth(total.value, total.currency) for total in totals]
    return None if None in parts else sum(part for part in parts if part is not None)


def _percent(worth: float | None, account: Account | None) -> float | None:
    if worth is None or account is None or not account.net_liquidation:
        return None
    return worth / account.net_liquidation * 100


def _commission(wanted: Sequence[tuple[OrderIntent, InstrumentState]], rates: ExchangeRates) -> float | None:
    """Of all first legs together; unknown when one of them has no price or the currencies differ."""
    total = 0.0
    for intent, holding in wanted:
        price = reference(intent, holding.quote)
        if price is None or holding.instrument.currency != wanted[0][1].instrument.currency:
            return None
        total += commission(holding.instrument, float(intent.quantity), price, rates)
    return round(total, 2)


def _step(intent: OrderIntent, holding: InstrumentState) -> float:
    """How far the market may move, a multiple of the tick."""
    return collar_step(holding.instrument, far_side(intent.side, holding.quote, holding.instrument) or 0.0)


def _tick(intent: OrderIntent, holding: InstrumentState) -> float:
    """The price step where the order would trade."""
    return float(holding.instrument.step(far_side(intent.side, holding.quote, holding.instrument) or 0.0))


def previewed(wanted: CommandOrders) -> CommandOrders:
    """The orders as a preview may send them: beside the UNKNOWN ones whose outcomes it names."""
    unsure = {intent.symbol for intent, held in wanted.orders if _in_doubt(intent, held, wanted.cancels)}
    return replace(
        wanted,
        orders=tuple((replace(i, despite_unknown=i.symbol in unsure), held) for i, held in wanted.orders),
        aims=tuple(replace(aim, despite_unknown=aim.symbol in unsure) for aim in wanted.aims),
    )


def _in_doubt(intent: OrderIntent, holding: InstrumentState, cancels: Sequence[str]) -> tuple[Order, ...]:
    return doubtful(intent.side, (order for order in holding.orders if order.ref not in cancels))


def _outcomes(intent: OrderIntent, holding: InstrumentState, cancels: Sequence[str]) -> tuple[str, ...]:
    """Where the position may end because orders on the same side are UNKNOWN."""
    found = _in_doubt(intent, holding, cancels)
    if not found:
        return ()
    alone = holding.held + intent.side.sign * intent.quantity
    both = alone + intent.side.sign * sum(order.remaining for order in found)
    names = f"the UNKNOWN {' and '.join(f'{order.side} {quantity_words(order.remaining)}' for order in found)}"
    fill, none = ("fills", "it does not") if len(found) == 1 else ("fill", "they do not")
    return f"if {names} {fill} too: {_after_words(both)}", f"if {none}: {_after_words(alone)}"


def _after_words(held: Decimal) -> str:
    return holding_words(held).removeprefix("a ") if held else "flat"
