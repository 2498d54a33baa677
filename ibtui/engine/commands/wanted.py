"""What a command comes to, before it passed the gate: its orders, what goes first, what is left. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.commands.command import Close, Flatten, Trade
from ibtui.domain.coins import as_taken
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument, trades_at_zero
from ibtui.domain.order import YOU, Order, OrderIntent, OrderStatus, Side
from ibtui.domain.position import closing_side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import unaskable
from ibtui.domain.words import quantity_words
from ibtui.engine.desk import exits
from ibtui.engine.desk.exits import Aim
from ibtui.engine.desk.waiting_words import MarketNow
from ibtui.link.messages import Closing
from ibtui.risk.doubt import doubtful, named
from ibtui.risk.prices import far_side

COLLAR_TICKS = 5
COLLAR_SHARE = 0.001
"""The market may move by five ticks or by a tenth of a percent, whichever is more, before a plan is out of date."""
FARTHEST = Decimal("0.01")
"""Of the price: a limit for the hours outside goes no farther through the market."""


class InstrumentState(Struct, frozen=True, kw_only=True):
    """One instrument as it stands now."""

    instrument: Instrument
    quote: Quote | None
    held: Decimal
    orders: tuple[Order, ...]
    """Live orders of the instrument, whoever placed them."""
    market: MarketNow = MarketNow()


class CommandOrders(Struct, frozen=True, kw_only=True):
    """What a command comes to, before it passed the gate."""

    orders: tuple[tuple[OrderIntent, InstrumentState], ...]
    cancels: tuple[str, ...] = ()
    """Refs of orders that go first."""
    aims: tuple[Aim, ...] = ()
    """Of a close, what it is to come to: worked out again when it is sent."""
    left: tuple[Closing, ...] = ()
    """What of the positions it does not close, and why."""
    loose: tuple[Order, ...] = ()
    """Orders in instruments that are not held, which a flatten of all takes back."""
    outcomes: tuple[str, ...] = ()
    """What its sender has to say yes to once more."""


def trade(command: Trade, holding: InstrumentState, new_ref: Callable[[], str]) -> CommandOrders:
    """A buy or a sell, perhaps with target and stop."""
    return CommandOrders(orders=((intent_of(_as_taken(command, holding), new_ref()), holding),))


def _as_taken(command: Trade, holding: InstrumentState) -> Trade:
    """The same as IB takes it: money as a quantity, a coin's market order in money; IbtuiError `bad_quantity`."""
    instrument, terms = holding.instrument, command.terms
    if command.paid_in and command.paid_in != instrument.currency:
        raise IbtuiError(
            "bad_quantity", f"{instrument.symbol} is paid in {instrument.currency}, not {command.paid_in}."
        )
    terms = as_taken(terms, instrument, far_side(terms.side, holding.quote, instrument))
    if command.terms.cash is not None and not terms.quantity:
        money, lot = f"{command.terms.cash:,.2f} {instrument.currency}", quantity_words(instrument.lot)
        raise IbtuiError("bad_quantity", f"{money} do not reach for {lot} {instrument.symbol}, or it has no price now.")
    return replace(command, terms=terms)


def intent_of(command: Trade, ref: str) -> OrderIntent:
    """The order that a buy or a sell is, under this ref; IbtuiError `bad_order` for terms that nobody can ask for."""
    if why := unaskable(command.terms):
        raise IbtuiError("bad_order", why)
    return OrderIntent(
        ref=ref,
        owner=YOU,
        terms=command.terms,
        target=command.target,
        protect=command.protect,
        despite_unknown=command.despite_unknown,
    )


def close(
    command: Close, holding: InstrumentState, new_ref: Callable[[], str], *, alone: bool = False
) -> CommandOrders:
    """Orders against the position, in the groups of its stops, which stay until it is closed; `alone` in none."""
    held = abs(holding.held)
    if held == 0:
        raise IbtuiError("no_position", f"You hold no {command.symbol}: there is nothing to close.")
    aim = Aim(
        symbol=command.symbol,
        quantity=None if command.quantity == held else command.quantity,
        limit_price=command.limit_price,
        despite_unknown=command.despite_unknown,
        alone=alone,
    )
    if command.outside:
        aim = outside(aim, holding)
    most = exits.tradable(holding.instrument, held)
    if aim.quantity is None and not most:
        raise IbtuiError("bad_quantity", f"{command.symbol} {_odd(holding)}: nothing was sent; close it in TWS.")
    if aim.quantity is not None and not aim.quantity <= most:  # for the gate to refuse
        return CommandOrders(
            orders=((exits.order(aim, holding.instrument, holding.held, aim.quantity, new_ref()), holding),)
        )
    return closing((aim,), {command.symbol: holding}, new_ref)


def flatten(
    command: Flatten,
    holdings: Sequence[InstrumentState],
    new_ref: Callable[[], str],
    loose: Sequence[Order] = (),
    *,
    alone: bool = False,
) -> CommandOrders:
    """Take back what could open a position in these instruments, then close what is held of them at market.

    `loose` are orders of ours in instruments that are not held, which go too. Of all, an instrument with an UNKNOWN
    order that may have closed it already is left alone.
    """
    held = {holding.instrument.symbol: holding for holding in holdings if holding.held != 0}
    if not held:
        what = "anything" if command.target == "all" else command.target
        raise IbtuiError("no_position", f"You do not hold {what}: there is nothing to flatten; `cancel` ends orders.")
    aims = [
        Aim(symbol=symbol, cancel_entries=True, despite_unknown=command.despite_unknown, alone=alone) for symbol in held
    ]
    if command.outside:
        aims = [outside(aim, held[aim.symbol]) for aim in aims]
    unsure: list[Closing] = []
    if command.target == "all" and not command.despite_unknown:
        doubts = ((symbol, one, _doubt(one)) for symbol, one in held.items())
        unsure = [Closing(symbol=symbol, left=abs(one.held), why=why) for symbol, one, why in doubts if why]
    left = {closing.symbol for closing in unsure}
    wanted = closing([aim for aim in aims if aim.symbol not in left], held, new_ref)
    return replace(
        wanted,
        cancels=(*wanted.cancels, *(order.ref for order in loose)),
        loose=tuple(loose),
        left=(*wanted.left, *unsure),
    )


def closing(aims: Sequence[Aim], holdings: Mapping[str, InstrumentState], new_ref: Callable[[], str]) -> CommandOrders:
    """What these aims come to now, and what of each position is left."""
    orders: list[tuple[OrderIntent, InstrumentState]] = []
    cancels: list[str] = []
    left: list[Closing] = []
    for aim in aims:
        one = holdings[aim.symbol]
        orders += ((intent, one) for intent in exits.intents(aim, one.instrument, one.held, one.orders, new_ref))
        way = exits.in_the_way(aim, one.held, one.orders)
        cancels += (order.ref for order in way if order.status is not OrderStatus.UNKNOWN)
        odd = abs(one.held) - exits.tradable(one.instrument, one.held)
        if odd and aim.quantity is None:
            left.append(Closing(symbol=aim.symbol, left=odd, why=_odd(one)))
    return CommandOrders(orders=tuple(orders), aims=tuple(aims), cancels=tuple(cancels), left=tuple(left))


def outside(aim: Aim, holding: InstrumentState) -> Aim:
    """The same as a limit near the market that may trade outside regular hours, where the instrument takes one.

    Without a market to measure it by, or where there are no such hours, it stays what it was.
    """
    if not holding.market.takes_outside:
        return aim
    price = aim.limit_price if aim.limit_price is not None else near(holding)
    return aim if price is None else replace(aim, limit_price=price, outside=True)


def near(holding: InstrumentState) -> Decimal | None:
    """A price on the tick at which a close surely trades now unless the market runs: a collar's step through it."""
    side = closing_side(holding.held)
    market = far_side(side, holding.quote, holding.instrument)
    if market is None:
        return None
    tick = holding.instrument.step(market)
    through = Decimal(str(collar_step(holding.instrument, market)))
    if not trades_at_zero(holding.instrument.sec_type):
        through = min(through, Decimal(str(market)) * FARTHEST)
    rounding = ROUND_CEILING if side is Side.SELL else ROUND_FLOOR
    price = (Decimal(str(market)) + side.sign * through) / tick
    return price.to_integral_value(rounding) * tick


def collar_step(instrument: Instrument, price: float) -> float:
    """How far the market may move before a plan is out of date, a multiple of the tick."""
    tick = float(instrument.step(price))
    return max(COLLAR_TICKS, math.ceil(abs(price) * COLLAR_SHARE / tick)) * tick


def without(wanted: CommandOrders, refused: Mapping[str, IbtuiError]) -> CommandOrders:
    """What is left of several closes when some are refused: those positions stay, with the reason."""
    if not refused:
        return wanted
    kept = tuple((intent, holding) for intent, holding in wanted.orders if intent.symbol not in refused)
    held = {holding.instrument.symbol: abs(holding.held) for _, holding in wanted.orders}
    gone = {order.ref for _, holding in wanted.orders for order in holding.orders if order.symbol in refused}
    return replace(
        wanted,
        orders=kept,
        aims=tuple(aim for aim in wanted.aims if aim.symbol not in refused),
        cancels=tuple(ref for ref in wanted.cancels if ref not in gone),
        left=(
            *(closing for closing in wanted.left if closing.symbol not in refused),
            *(Closing(symbol=symbol, left=held[symbol], why=error.message) for symbol, error in refused.items()),
        ),
    )


def _doubt(holding: InstrumentState) -> str:
    """Why nothing may be closed of it without a person who looks: an UNKNOWN order may have closed it already."""
    found = doubtful(closing_side(holding.held), holding.orders)
    if not found:
        return ""
    names = " and ".join(f"{named(order)}, {order.ref}," for order in found)
    verb = "are" if len(found) > 1 else "is"
    symbol = holding.instrument.symbol
    return f"is left: {names} {verb} UNKNOWN and may close it too; `flatten {symbol}` shows both outcomes"


def _odd(holding: InstrumentState) -> str:
    odd = abs(holding.held) - exits.tradable(holding.instrument, holding.held)
    if holding.instrument.sec_type == "STK":
        return f"keeps {quantity_words(odd)}, as IB takes no fractions of a share from here"
    return f"keeps {quantity_words(odd)}, which is no whole lot of {quantity_words(holding.instrument.lot)}"


def together(orders: Sequence[tuple[OrderIntent, InstrumentState]]) -> list[tuple[OrderIntent, InstrumentState]]:
    """One order for each instrument: what those of a close come to together."""
    found: dict[str, tuple[OrderIntent, InstrumentState]] = {}
    for intent, holding in orders:
        before = found.get(intent.symbol)
        more = Decimal(0) if before is None else before[0].quantity
        found[intent.symbol] = (intent.with_terms(quantity=intent.quantity + more), holding)
    return list(found.values())


def bought_back(wanted: CommandOrders, root: str) -> Decimal:
    """Units of the underlying of the calls that are sold, which the same command closes."""
    calls = (
        (intent, one.instrument)
        for intent, one in wanted.orders
        if one.instrument.right == "C" and one.instrument.root == root and one.held < 0
    )
    return sum((intent.quantity * item.multiplier for intent, item in calls), Decimal(0))


def uncovering(wanted: CommandOrders, units: Mapping[str, Decimal]) -> CommandOrders:
    """With the word that these instruments, by symbol, are closed although that uncovers so many units of calls."""
    outcomes = tuple(
        f"closing {symbol} leaves calls on {quantity_words(left)} uncovered: their loss has no limit"
        for symbol, left in units.items()
    )
    return replace(bare_calls(wanted, units), outcomes=(*wanted.outcomes, *outcomes))


def bare_calls(wanted: CommandOrders, symbols: Collection[str]) -> CommandOrders:
    """The same without a sentence: the calls are bought back with it."""
    return replace(
        wanted,
        orders=tuple(
            (replace(i, despite_uncovered=i.symbol in symbols or i.despite_uncovered), held)
            for i, held in wanted.orders
        ),
        aims=tuple(
            replace(aim, despite_uncovered=aim.symbol in symbols or aim.despite_uncovered) for aim in wanted.aims
        ),
    )
