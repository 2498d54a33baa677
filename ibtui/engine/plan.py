"""What a command would send, worked out and put in words before anything is sent. Pure: facts in, draft out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.commands.command import Close, Flatten, Start, Trade
from ibtui.domain.account import Account
from ibtui.domain.commission import commission
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import YOU, Order, OrderIntent, OrderType, Side, legs
from ibtui.domain.position import Effect, bare_after, effect, protection
from ibtui.domain.quote import Quote
from ibtui.engine.orders import ours
from ibtui.engine.wording import holding_words, price_words, quantity_words
from ibtui.link.messages import Plan, PlannedLeg
from ibtui.risk.doubt import doubtful
from ibtui.risk.prices import far_side, reference

SECONDS = 20.0
"""How long a plan may be looked at before it is sent."""
COLLAR_TICKS = 5
COLLAR_SHARE = 0.001
"""The market may move by five ticks or by a tenth of a percent, whichever is more, before a plan is out of date."""
WARNINGS = 3
HEAVY_PERCENT = 25.0
"""Of net liquidation, from which on an order's value is worth a warning."""


class Holding(Struct, frozen=True, kw_only=True):
    """One instrument as it stands now."""

    instrument: Instrument
    quote: Quote | None
    held: Decimal
    orders: tuple[Order, ...]
    """Live ones, anybody's."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What a command comes to, before it passed the gate."""

    orders: tuple[tuple[OrderIntent, Holding], ...]
    cancels: tuple[str, ...] = ()
    """Refs of orders that go first."""


class Draft(Struct, frozen=True, kw_only=True):
    """A plan with what carrying it out takes."""

    plan: Plan
    intents: tuple[OrderIntent, ...]
    cancels: tuple[str, ...]
    market: dict[str, tuple[Side, float | None]]
    """By symbol: the side that trades, and the price it faced when this was drawn up."""
    steps: dict[str, float]
    """By symbol: how far that price may move."""
    start: Start | None = None
    """The algorithm that is started instead of sending orders."""


def trade(command: Trade, holding: Holding, new_ref: Callable[[], str]) -> Wanted:
    """A buy or a sell, perhaps with target and stop."""
    intent = OrderIntent(
        ref=new_ref(),
        owner=YOU,
        symbol=command.symbol,
        side=command.side,
        quantity=command.quantity,
        type=command.type,
        limit_price=command.limit_price,
        stop_price=command.stop_price,
        tif=command.tif,
        target=command.target,
        protect=command.protect,
        despite_unknown=command.despite_unknown,
    )
    return Wanted(orders=((intent, holding),))


def close(command: Close, holding: Holding, new_ref: Callable[[], str]) -> Wanted:
    """An order against the position. A whole close at market takes back what would be left over against it."""
    if holding.held == 0:
        raise IbtuiError("no_position", f"You hold no {command.symbol}: there is nothing to close.")
    quantity = abs(holding.held) if command.quantity is None else command.quantity
    intent = replace(_exit(holding, quantity, new_ref()), despite_unknown=command.despite_unknown)
    if command.limit_price is not None:
        intent = replace(intent, type=OrderType.LMT, limit_price=command.limit_price)
    whole = quantity == abs(holding.held) and intent.type is OrderType.MKT
    left_over = tuple(order.ref for order in holding.orders if ours(order) and order.side is intent.side)
    return Wanted(orders=((intent, holding),), cancels=left_over if whole else ())


def flatten(command: Flatten, holdings: Sequence[Holding], new_ref: Callable[[], str]) -> Wanted:
    """Cancel every order of ours in these instruments, then close what is held of them at market."""
    held = tuple(
        (replace(_exit(holding, abs(holding.held), new_ref()), despite_unknown=command.despite_unknown), holding)
        for holding in holdings
        if holding.held != 0
    )
    if not held:
        what = "anything" if command.target == "all" else command.target
        raise IbtuiError("no_position", f"You do not hold {what}: there is nothing to flatten; `cancel` ends orders.")
    return Wanted(
        orders=held, cancels=tuple(order.ref for holding in holdings for order in holding.orders if ours(order))
    )


def _exit(holding: Holding, quantity: Decimal, ref: str) -> OrderIntent:
    return OrderIntent(
        ref=ref,
        owner=YOU,
        symbol=holding.instrument.symbol,
        side=Side.SELL if holding.held > 0 else Side.BUY,
        quantity=quantity,
        type=OrderType.MKT,
        reduce_only=True,
    )


def draft(wanted: Wanted, account: Account | None) -> Draft:
    """The plan in words and figures, for orders that passed the gate: their numbers are finite and of human size."""
    orders, cancels = wanted.orders, wanted.cancels
    first, holding = orders[0]
    value, percent = _worth(first, holding, account)
    steps = {intent.symbol: _step(intent, held) for intent, held in orders}
    warnings = [text for intent, held in orders for text in _warnings(intent, held, cancels, percent)]
    return Draft(
        plan=Plan(
            token="",
            sentence="\n".join(_sentence(intent, held.instrument) for intent, held in orders),
            legs=tuple(leg for intent, _ in orders for leg in _planned(intent)),
            effect=effect(holding.held, first.side, first.quantity),
            effect_sentence="\n".join(effect_words(held.held, i.side, i.quantity) for i, held in orders),
            value=value,
            currency=holding.instrument.currency,
            value_percent=percent,
            commission=_commission(orders),
            bare=sum((_bare(intent, held, cancels) for intent, held in orders), Decimal(0)),
            cancels=cancels,
            warnings=tuple(dict.fromkeys(warnings))[:WARNINGS],
            outcomes=tuple(text for intent, held in orders for text in _outcomes(intent, held, cancels)),
            seconds=SECONDS,
            collar_ticks=round(steps[first.symbol] / _tick(first, holding)),
        ),
        intents=tuple(intent for intent, _ in orders),
        cancels=cancels,
        market={intent.symbol: (intent.side, far_side(intent.side, held.quote)) for intent, held in orders},
        steps=steps,
    )


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


def _sentence(intent: OrderIntent, instrument: Instrument) -> str:
    price = {
        OrderType.MKT: "at market",
        OrderType.LMT: f"at {_price(intent.limit_price, instrument)} limit",
        OrderType.STP: f"at {_price(intent.stop_price, instrument)} stop",
    }[intent.type]
    until = "day" if intent.tif == "DAY" else "good till cancelled"
    words = f"{intent.side} {quantity_words(intent.quantity)} {intent.symbol} {price}, {until}"
    if intent.target is not None:
        words += f", target {_price(intent.target, instrument)}"
    if intent.protect is not None:
        words += f", stop {_price(intent.protect, instrument)}"
    return words


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


def _worth(intent: OrderIntent, holding: Holding, account: Account | None) -> tuple[float | None, float | None]:
    """The order's value in the instrument's currency, and its percentage of the account where they share one."""
    price = reference(intent, holding.quote)
    if price is None:
        return None, None
    value = holding.instrument.value(intent.quantity, price)
    if account is None or not account.net_liquidation or account.currency != holding.instrument.currency:
        return value, None
    return value, value / account.net_liquidation * 100


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
    tick = _tick(intent, holding)
    price = far_side(intent.side, holding.quote) or 0.0
    return max(COLLAR_TICKS, math.ceil(price * COLLAR_SHARE / tick)) * tick


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
    return replace(
        wanted,
        orders=tuple(
            (replace(intent, despite_unknown=bool(_in_doubt(intent, held, wanted.cancels))), held)
            for intent, held in wanted.orders
        ),
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
    found = [
        _flip(intent, holding),
        _over(intent, holding, cancels),
        _data(intent, holding),
        _crossing(intent, holding),
        f"{percent:.0f} % of net liquidation" if percent is not None and percent >= HEAVY_PERCENT else "",
    ]
    return [text for text in found if text]


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
