"""What a command would send, worked out and put in words before anything is sent. Pure: facts in, draft out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.commands.command import Start
from ibtui.domain.account import Account
from ibtui.domain.commission import commission
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderIntent, OrderType, Side, legs
from ibtui.domain.position import Effect, bare_after, effect, protection
from ibtui.engine.exits import Aim
from ibtui.engine.orders import ours
from ibtui.engine.records import Asked
from ibtui.engine.stop_split import divisible, shared
from ibtui.engine.wanted import Holding, Wanted, collar_step, near, together
from ibtui.engine.wording import holding_words, price_words, quantity_words
from ibtui.link.messages import Closing, Plan, PlannedLeg, Worth
from ibtui.risk.doubt import doubtful
from ibtui.risk.prices import far_side, reference

SECONDS = 20.0
"""How long a plan may be looked at before it is sent."""
WARNINGS = 3
HEAVY_PERCENT = 25.0
"""Of net liquidation, from which on an order's value is worth a warning."""


class Draft(Struct, frozen=True, kw_only=True):
    """A plan with what carrying it out takes."""

    plan: Plan
    intents: tuple[OrderIntent, ...]
    cancels: tuple[str, ...]
    market: dict[str, tuple[Side, float | None]]
    """By symbol: the side that trades, and the price it faced when this was drawn up."""
    steps: dict[str, float]
    """By symbol: how far that price may move."""
    asked: Asked | None = None
    """What its caller asked for under an id of its own."""
    start: Start | None = None
    """The algorithm that is started instead of sending orders."""
    aims: tuple[Aim, ...] = ()
    left: tuple[Closing, ...] = ()
    loose: tuple[Order, ...] = ()
    said: tuple[str, ...] = ()
    """What its orders pass only because they reduce a position."""


def draft(wanted: Wanted, account: Account | None, said: Sequence[str] = ()) -> Draft:
    """The plan in words and figures, for orders that passed the gate: their numbers are finite and of human size."""
    orders, cancels, whole = wanted.orders, wanted.cancels, together(wanted.orders)
    first, holding = whole[0]
    totals = _totals(orders)
    value, currency, percent = _worth(totals, holding, account)
    steps = {intent.symbol: _step(intent, held) for intent, held in orders}
    warnings = [*said, *(text for intent, held in whole for text in _warnings(intent, held, cancels, percent))]
    warnings += _splits(orders, wanted.aims)
    return Draft(
        plan=Plan(
            token="",
            sentence="\n".join(_sentence(intent, held, alone=len(orders) == 1) for intent, held in orders),
            legs=tuple(leg for intent, _ in orders for leg in _planned(intent)),
            effect=effect(holding.held, first.side, first.quantity),
            effect_sentence="\n".join((*(_effect_line(i, held, whole) for i, held in whole), *_leaves(wanted.left))),
            value=value,
            currency=currency,
            value_percent=percent,
            totals=totals if len(orders) > 1 and value is None else (),
            commission=_commission(orders),
            bare=sum((_bare(intent, held, cancels) for intent, held in whole), Decimal(0)),
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
        market={intent.symbol: (intent.side, far_side(intent.side, held.quote)) for intent, held in orders},
        steps=steps,
    )


def _effect_line(intent: OrderIntent, holding: Holding, whole: Sequence[tuple[OrderIntent, Holding]]) -> str:
    words = effect_words(holding.held, intent.side, intent.quantity)
    return words if len(whole) == 1 else f"{words} {intent.symbol}"


def _leaves(left: Sequence[Closing]) -> list[str]:
    return [f"LEAVES {closing.symbol}: {closing.why}" for closing in left]


def effect_words(held: Decimal, side: Side, quantity: Decimal) -> str:
    """What the order does to the position, the verb in capitals."""
    after = held + side.sign * quantity
    return _EFFECTS[effect(held, side, quantity)](held, after)


_EFFECTS: dict[Effect, Callable[[Decimal, Decimal], str]] = {
    "opens": lambda held, after: f"OPENS {holding_words(after)}",
    "adds": lambda held, after: f"ADDS to {holding_words(held)}, becomes {quantity_words(abs(after))}",
    "reduces": lambda held, after: f"REDUCES {holding_words(held)} to {quantity_words(abs(after))}",
    "closes": lambda held, after: f"CLOSES {holding_words(held)}",
    "flips": lambda held, after: f"FLIPS from {_side_words(held)} to {_side_words(after)}",
}


def _side_words(held: Decimal) -> str:
    return f"{'long' if held > 0 else 'short'} {quantity_words(abs(held))}"


def _sentence(intent: OrderIntent, holding: Holding, *, alone: bool) -> str:
    """The order in words; among others with what it is worth."""
    instrument = holding.instrument
    price = {
        OrderType.MKT: "at market",
        OrderType.LMT: f"at {_price(intent.limit_price, instrument)} limit",
        OrderType.STP: f"at {_price(intent.stop_price, instrument)} stop",
    }[intent.type]
    until = "day" if intent.tif == "DAY" else "good till cancelled"
    words = f"{intent.side} {quantity_words(intent.quantity)} {intent.symbol} {price}, {until}"
    if intent.outside_hours:
        words += ", also outside regular hours"
    waits = _waits(intent, holding)
    if waits:
        words += f", waits {waits}"
    if intent.target is not None:
        words += f", target {_price(intent.target, instrument)}"
    if intent.protect is not None:
        words += f", stop {_price(intent.protect, instrument)}"
    if alone:
        return words
    value = _value(intent, holding)
    return f"{words} · {'value unknown' if value is None else f'{value:,.2f} {instrument.currency}'}"


def _waits(intent: OrderIntent, holding: Holding) -> str:
    """Until when an order waits for its market; a stop waits for its price first."""
    if intent.type is OrderType.STP:
        return ""
    return holding.market.waits_outside if intent.outside_hours else holding.market.waits


def _offer(orders: Sequence[tuple[OrderIntent, Holding]]) -> str:
    """What the same command would send with the word `outside`, where that may trade sooner."""
    found = [
        (holding, price)
        for intent, holding in orders
        if intent.reduce_only and intent.type is OrderType.MKT and holding.market.takes_outside
        if holding.market.waits and holding.market.waits_outside != holding.market.waits
        if (price := near(holding)) is not None
    ]
    if not found:
        return ""
    at = " and ".join(dict.fromkeys(f"{_price(p, h.instrument)} for {h.instrument.symbol}" for h, p in found))
    when = found[0][0].market.waits_outside or "now"
    return f"`outside` sends a limit instead, {at}, which may trade {when.replace('until', 'from')}"


def _price(price: Decimal | None, instrument: Instrument) -> str:
    return "?" if price is None else price_words(price, instrument)


def _planned(intent: OrderIntent) -> tuple[PlannedLeg, ...]:
    return tuple(
        PlannedLeg(
            role=leg.role,
            side=leg.side,
            quantity=leg.quantity,
            symbol=leg.symbol,
            type=leg.type,
            limit_price=leg.limit_price,
            stop_price=leg.stop_price,
            tif=leg.tif,
        )
        for leg in legs(intent)
    )


def _value(intent: OrderIntent, holding: Holding) -> float | None:
    """The order's value in the instrument's currency, None without a price."""
    price = reference(intent, holding.quote)
    return None if price is None else holding.instrument.value(intent.quantity, price)


def _totals(orders: Sequence[tuple[OrderIntent, Holding]]) -> tuple[Worth, ...]:
    """What the orders are worth together in each currency; nothing while the price of one is not known."""
    sums: dict[str, float] = {}
    for intent, holding in orders:
        value = _value(intent, holding)
        if value is None:
            return ()
        currency = holding.instrument.currency
        sums[currency] = sums.get(currency, 0.0) + value
    return tuple(Worth(value=value, currency=currency) for currency, value in sums.items())


def _worth(
    totals: Sequence[Worth], holding: Holding, account: Account | None
) -> tuple[float | None, str, float | None]:
    """The orders' value, its currency, and its percentage of the account where they share one."""
    if len(totals) != 1:
        return None, holding.instrument.currency, None
    (total,) = totals
    if account is None or not account.net_liquidation or account.currency != total.currency:
        return total.value, total.currency, None
    return total.value, total.currency, total.value / account.net_liquidation * 100


def _commission(wanted: Sequence[tuple[OrderIntent, Holding]]) -> float | None:
    """Of all first legs together; unknown when one of them has no price or the currencies differ."""
    total = 0.0
    for intent, holding in wanted:
        price = reference(intent, holding.quote)
        if price is None or holding.instrument.currency != wanted[0][1].instrument.currency:
            return None
        total += commission(holding.instrument, float(intent.quantity), price)
    return round(total, 2)


def _step(intent: OrderIntent, holding: Holding) -> float:
    """How far the market may move, a multiple of the tick."""
    return collar_step(holding.instrument, far_side(intent.side, holding.quote) or 0.0)


def _tick(intent: OrderIntent, holding: Holding) -> float:
    """The price step where the order would trade."""
    return float(holding.instrument.step(far_side(intent.side, holding.quote) or 0.0))


def _bare(intent: OrderIntent, holding: Holding, cancels: Sequence[str]) -> Decimal:
    """What would stand without a protective stop afterwards."""
    return bare_after(
        holding.held,
        intent.side,
        intent.quantity,
        _kept(holding, cancels),
        protected=intent.protect is not None,
    )


def _kept(holding: Holding, cancels: Sequence[str]) -> list[Order]:
    """Live orders that are not cancelled first."""
    return [order for order in holding.orders if order.ref not in cancels]


def previewed(wanted: Wanted) -> Wanted:
    """The orders as a preview may send them: beside the UNKNOWN ones whose outcomes it names."""
    unsure = {intent.symbol for intent, held in wanted.orders if _in_doubt(intent, held, wanted.cancels)}
    return replace(
        wanted,
        orders=tuple((replace(i, despite_unknown=i.symbol in unsure), held) for i, held in wanted.orders),
        aims=tuple(replace(aim, despite_unknown=aim.symbol in unsure) for aim in wanted.aims),
    )


def _in_doubt(intent: OrderIntent, holding: Holding, cancels: Sequence[str]) -> tuple[Order, ...]:
    return doubtful(intent.side, (order for order in holding.orders if order.ref not in cancels))


def _outcomes(intent: OrderIntent, holding: Holding, cancels: Sequence[str]) -> tuple[str, ...]:
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


def _warnings(intent: OrderIntent, holding: Holding, cancels: Sequence[str], percent: float | None) -> list[str]:
    """The worst first."""
    heavy = percent is not None and percent >= HEAVY_PERCENT and not intent.reduce_only
    found = [
        _flip(intent, holding),
        _stays(intent, holding) if intent.reduce_only else _over(intent, holding, cancels),
        _data(intent, holding),
        _hours(intent, holding),
        _crossing(intent, holding),
        f"{percent:.0f} % of net liquidation" if heavy else "",
    ]
    return [text for text in found if text]


def _stays(intent: OrderIntent, holding: Holding) -> str:
    """What orders of other programs would do to what a close leaves; ours go with it."""
    others = [order for order in holding.orders if not ours(order) and order.side is intent.side]
    after = holding.held + intent.side.sign * intent.quantity
    over = sum((order.remaining for order in others), Decimal(0)) - abs(after)
    if over <= 0:
        return ""
    names = " and ".join(f"{order.type} {order.side} {quantity_words(order.remaining)}" for order in others)
    one = len(others) == 1
    end = holding_words(intent.side.sign * over)
    stay, them = ("stays", "it") if one else ("stay", "them")
    return f"{names} of another program {stay} and would open {end}: cancel {them} there"


def _flip(intent: OrderIntent, holding: Holding) -> str:
    if effect(holding.held, intent.side, intent.quantity) != "flips":
        return ""
    more = "sells more than you hold" if intent.side is Side.SELL else "buys more than you are short"
    return f"it {more}: {effect_words(holding.held, intent.side, intent.quantity)}"


def _over(intent: OrderIntent, holding: Holding, cancels: Sequence[str]) -> str:
    if holding.held * intent.side.sign >= 0:
        return ""
    after = max(abs(holding.held) - intent.quantity, Decimal(0))
    over = protection(holding.held, _kept(holding, cancels)) - after
    return f"{intent.symbol} stops would cover {quantity_words(over)} more than is left: OVER" if over > 0 else ""


def _splits(orders: Sequence[tuple[OrderIntent, Holding]], aims: Sequence[Aim]) -> list[str]:
    """That a close of a part, which waits for its market, takes a part of the stop with it, or why both may fill."""
    found = []
    for aim in aims:
        mine = [(intent, holding) for intent, holding in orders if intent.symbol == aim.symbol]
        if aim.quantity is None or not mine or not any(_waits(intent, holding) for intent, holding in mine):
            continue
        intents, holding = [intent for intent, _ in mine], mine[0][1]
        over = shared(holding.held, intents, holding.orders)
        if not over:
            continue
        if not aim.alone and divisible(holding.held, intents, holding.orders) is not None:
            found.append(f"the stop is split: {quantity_words(over)} of it go with this order, the rest stays")
        else:
            end = holding_words(intents[0].side.sign * over)
            found.append(
                f"where the market opens beyond the stop both may fill: {end}; close the whole to rule that out"
            )
    return found


def _hours(intent: OrderIntent, holding: Holding) -> str:
    if holding.market.known or intent.type is OrderType.STP or intent.combo:
        return ""
    return f"IB has not said when {intent.symbol} trades: it may wait for its market to open"


def _data(intent: OrderIntent, holding: Holding) -> str:
    quote = holding.quote
    if quote is None or far_side(intent.side, quote) is None:
        return f"no market is known for {intent.symbol}"
    if quote.halted:
        return f"{intent.symbol} is halted at its exchange"
    return f"prices of {intent.symbol} are {quote.kind}" if quote.kind != "real-time" else ""


def _crossing(intent: OrderIntent, holding: Holding) -> str:
    """A limit well through the market is legal up to the collar, and rarely meant."""
    market = far_side(intent.side, holding.quote)
    if market is None or intent.limit_price is None:
        return ""
    beyond = intent.side.sign * (float(intent.limit_price) / market - 1) * 100
    where = "above the ask" if intent.side is Side.BUY else "below the bid"
    return f"the limit is {beyond:.1f} % {where}: it trades at once" if beyond >= 0.5 else ""
