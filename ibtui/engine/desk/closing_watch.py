"""Following closes to their end: stops go as far as a close has filled, and none is missing when it has not."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain import leaving
from ibtui.domain.cover import orphans, protection
from ibtui.domain.event import ConnectionChanged
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import YOU, Change, Order, OrderIntent, OrderStatus, Side, new_ref
from ibtui.domain.terms import OrderType, Terms, TimeInForce
from ibtui.domain.words import price_words, quantity_words
from ibtui.engine.desk.desk import Desk
from ibtui.engine.desk.waiting_words import is_open
from ibtui.engine.journal.journal import Journal
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State

_KEY = "closes"
_ZERO = Decimal(0)
_LATER = frozenset({"not_connected", "not_active", "no_answer", "reconnected", "stale_connection", "journal_failed"})
"""Why a stop could not be placed again now, which does not say that it cannot be later."""


class StopKept(Struct, frozen=True, kw_only=True):
    """A protective stop as it was when the close went out: as much as it takes to place it again."""

    ref: str
    owner: str
    price: Decimal
    quantity: Decimal
    group: str = ""


class CloseFollowed(Struct, frozen=True, kw_only=True):
    """One close of an instrument, perhaps of several orders, with the stops that guarded the position before it."""

    symbol: str
    owner: str
    side: Side
    refs: tuple[str, ...]
    stops: tuple[StopKept, ...]
    guarded: Decimal
    """How much of the position they guarded."""


class ClosingWatch:
    """Follows every exit that goes out, over reconnects and restarts, until it has ended and the stops fit again.

    A stop in a group shrinks at IB with the fill of the close that joined it. What is left to do here: a stop without
    a group is cancelled once the close works in an open market; stops that would do more than close what is left are
    reduced; a stop that went although its position is still there is placed again; exits of a flat position go.
    """

    def __init__(self, *, state: State, desk: Desk, journal: Journal, tasks: Tasks) -> None:
        self._state = state
        self._desk = desk
        self._journal = journal
        self._tasks = tasks
        self._closes = {close.symbol: close for close in _read(journal.latch(_KEY), state)}
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._told: set[str] = set()
        self._shrunk: dict[str, Decimal] = {}
        """By ref, the quantity that a stop was to be reduced to and may not be yet."""
        self._released: set[str] = set()
        """Refs of stops that were cancelled for a close at work; they come back when it ends before it has filled."""
        self._exchanged: set[str] = set()
        """Refs of stops for which smaller ones were placed."""
        listeners = state.listeners
        listeners.order.append(self._order_moved)
        listeners.fill.append(self._filled)
        listeners.position.append(self._look)
        listeners.reconciled.append(self._look_at_all)
        listeners.connection.append(self._connected)

    def follows(self, symbol: str) -> bool:
        """Whether a close of the instrument has not come to its end yet."""
        return symbol in self._closes

    def _connected(self, event: ConnectionChanged) -> None:
        if event.state == "active":
            self._look_at_all()

    def _look_at_all(self) -> None:
        for symbol in tuple(self._closes):
            self._look(symbol)

    def _filled(self, fill: Fill) -> None:
        self._look(fill.symbol)

    def _order_moved(self, order: Order) -> None:
        close = self._closes.get(order.symbol)
        if order.live and self._closes_something(order):
            if close is None or order.ref not in close.refs:
                self._follow(order, close)
        elif close is not None and self._given_up(order):
            self._forget_stop(close, order.ref)
        self._look(order.symbol)

    def _given_up(self, order: Order) -> bool:
        """Somebody cancelled it; not this, to let a close go first."""
        asked = order.ref in self._desk.asked and order.ref not in self._released
        return order.status is OrderStatus.CANCELLED and asked

    def _closes_something(self, order: Order) -> bool:
        """An exit; or of a strategy any order that can only reduce what it holds."""
        if not ours(order) or order.protective or order.combo or order.parent is not None or order.role == "target":
            return False
        if order.role == "exit" or order.owner == YOU:
            return order.role == "exit"
        held = self._held(order.owner, order.symbol)
        return order.side.sign * held < 0 and order.remaining <= abs(held)

    def _follow(self, order: Order, before: CloseFollowed | None) -> None:
        """A close went out, or one more order of it."""
        joined = before if before is not None and before.side is order.side else None
        owner = order.owner if joined is None or joined.owner == order.owner else YOU
        held, live = self._held(owner, order.symbol), self._live(owner, order.symbol)
        known = {stop.ref: stop for stop in joined.stops} if joined is not None else {}
        beside = leaving.guards(Decimal(-order.side.sign), live) if held * order.side.sign <= 0 else []
        for o in beside:
            if o.stop_price is not None and o.type == OrderType.STP:
                kept = StopKept(ref=o.ref, owner=o.owner, price=o.stop_price, quantity=o.remaining, group=o.oca_group)
                known.setdefault(o.ref, kept)
        guarded = min(protection(held, live), abs(held))
        self._keep(
            CloseFollowed(
                symbol=order.symbol,
                owner=owner,
                side=order.side,
                refs=(*(joined.refs if joined is not None else ()), order.ref),
                stops=tuple(known.values()),
                guarded=max(guarded, joined.guarded if joined is not None else _ZERO),
            )
        )

    def _forget_stop(self, close: CloseFollowed, ref: str) -> None:
        """Somebody cancelled this stop: it is not to come back."""
        gone = [stop for stop in close.stops if stop.ref == ref]
        if gone:
            kept = tuple(stop for stop in close.stops if stop.ref != ref)
            less = close.guarded - sum((stop.quantity for stop in gone), _ZERO)
            self._keep(replace(close, stops=kept, guarded=max(less, _ZERO)))

    def _keep(self, close: CloseFollowed) -> None:
        self._closes[close.symbol] = close
        self._write()

    def _done(self, symbol: str) -> None:
        del self._closes[symbol]
        self._told.discard(symbol)
        self._write()

    def _write(self) -> None:
        self._journal.set_latch(_KEY, msgspec.json.encode(list(self._closes.values())).decode())

    # what there is to do

    def _look(self, symbol: str) -> None:
        """Work on a close soon, after whatever is being told now; one thing after the other."""
        if symbol not in self._closes or self._state.connection.state != "active":
            return
        if symbol in self._busy:
            self._again.add(symbol)
            return
        self._busy.add(symbol)
        self._tasks.start("closes", self._work(symbol))

    async def _work(self, symbol: str) -> None:
        try:
            while True:
                self._again.discard(symbol)
                close = self._closes.get(symbol)
                if close is not None:
                    await self._settle(close)
                if symbol not in self._again:
                    return
        finally:
            self._busy.discard(symbol)

    async def _settle(self, close: CloseFollowed) -> None:
        """Do what is due now; the close is followed until nothing is any more."""
        orders = [order for ref in close.refs if (order := self._state.orders.get(ref)) is not None]
        if not all(self._counted(order) for order in orders):
            return  # an execution is on its way, which says what is held
        held, live = self._held(close.owner, close.symbol), self._live(close.owner, close.symbol)
        if held * close.side.sign >= 0:
            self._clear(close, held, live)
        elif any(order.live for order in orders):
            self._release(close, orders, held, live)
        elif await self._fit(close, held, live):
            self._done(close.symbol)

    def _counted(self, order: Order) -> bool:
        return self._state.fills.total(order) >= order.filled

    def _held(self, owner: str, symbol: str) -> Decimal:
        """What an owner holds; of the account with the fills that the broker's count may not contain yet."""
        limited = self._desk.limited
        if owner != YOU and not limited.for_trader(owner):
            holding = limited.holdings(owner).get(symbol)
            return _ZERO if holding is None else holding.quantity
        positions = self._state.positions
        return positions.held(symbol) + positions.moved(symbol, self._state.clock.monotonic())

    def _live(self, owner: str, symbol: str) -> list[Order]:
        """Live orders of ours that may close what an owner holds."""
        alone = owner != YOU and not self._desk.limited.for_trader(owner)
        live = self._state.orders.live(symbol)
        return [order for order in live if ours(order) and (not alone or order.owner == owner)]

    def _clear(self, close: CloseFollowed, held: Decimal, live: Iterable[Order]) -> None:
        """Nothing is left to close: exits that IB has not taken back would open a position."""
        left = [order for order in orphans(held, live) if order.ref not in self._desk.pursuit.refs]
        lone = [o for o in live if o.protective and o.role == "entry" and o.side is close.side and o not in left]
        known = {stop.ref for stop in close.stops}
        left += [order for order in lone if order.ref in known and order.ref not in self._desk.pursuit.refs]
        if left:
            self._cancel(left)
        elif not any(o.ref in known or o.ref in close.refs for o in live):
            self._done(close.symbol)

    def _release(self, close: CloseFollowed, orders: Iterable[Order], held: Decimal, live: Iterable[Order]) -> None:
        """The close works at market: a stop whose group it did not join goes, so that not both fill."""
        working = [order for order in orders if order.type == OrderType.MKT and order.status.at_work]
        joined = {order.oca_group for order in orders if order.oca_group}
        alone = [stop.ref for stop in close.stops if stop.group not in joined]
        if not working or not alone or not all(self._trades(order) for order in working):
            return
        if sum((o.remaining for o in working), _ZERO) < abs(held):
            return  # what is left of the position keeps its stop; it is reduced when the close has filled
        going = [o for o in live if o.ref in alone and o.ref not in self._desk.pursuit.refs]
        self._released.update(o.ref for o in going)
        self._cancel(going)

    def _trades(self, order: Order) -> bool:
        """Whether its market is surely open for it."""
        instrument = self._state.instruments.get(order.symbol)
        hours, now = self._state.hours.get(order.symbol), self._state.clock.now()
        quote = self._state.quotes.get(order.symbol)
        if instrument is None or (quote is not None and quote.halted):
            return False
        return is_open(instrument, hours, now, outside=order.outside_hours) is True

    async def _fit(self, close: CloseFollowed, held: Decimal, live: list[Order]) -> bool:
        """The close has ended: make the stops fit what is left; whether they do."""
        stops = [order for order in live if order.side is close.side]
        if any(order.protective and order.ref in self._desk.pursuit.refs for order in stops):
            return False  # it is being cancelled, and may have filled
        covered = protection(held, live)
        if covered > abs(held):
            await self._reduce(close, leaving.fitted(held, stops))
            return False
        if any(order.protective and order.status.unsure for order in stops):
            return False
        missing = min(close.guarded, abs(held)) - covered
        gone = [stop for stop in close.stops if self._is_gone(stop)]
        if missing <= 0:
            return True
        if not gone:
            self._state.log.say("ERROR", f"{quantity_words(missing)} {close.symbol} lost their stop: BARE")
            return True
        await self._place_again(close, gone[0], min(gone[0].quantity, missing))
        return False

    def _is_gone(self, stop: StopKept) -> bool:
        """It ended and did not do what it was for."""
        order = self._state.orders.get(stop.ref)
        return order is None or order.status.cut_short

    async def _reduce(self, close: CloseFollowed, fitted: Iterable[tuple[Order, Decimal]]) -> None:
        """Stops, and targets with them, that would do more than close what is left."""
        for order, left in fitted:
            if left:
                await self._shrink(close, order, order.filled + left)
            elif order.ref not in self._desk.pursuit.refs:
                self._cancel([order])

    async def _shrink(self, close: CloseFollowed, order: Order, quantity: Decimal) -> None:
        """Ask for it once; where IB refuses to change it, a smaller stop is placed and this one goes."""
        if order.quantity <= quantity or self._desk.changing(order.ref):
            return
        if self._shrunk.get(order.ref) == quantity:
            await self._exchange(close, order, quantity - order.filled)
            return
        self._shrunk[order.ref] = quantity
        try:
            await self._desk.modify(Change(ref=order.ref, quantity=quantity))
        except IbtuiError as error:
            self._fail(close, f"{order.ref} could not be reduced to {quantity_words(quantity)}", error)

    async def _exchange(self, close: CloseFollowed, order: Order, quantity: Decimal) -> None:
        """A smaller stop in the place of one that IB does not change; the new one comes first."""
        if order.protective and order.stop_price is not None and order.ref not in self._exchanged:
            self._exchanged.add(order.ref)
            stop = StopKept(ref=order.ref, owner=order.owner, price=order.stop_price, quantity=quantity)
            if await self._submit_stop(close, stop, quantity):
                self._cancel([order])

    async def _place_again(self, close: CloseFollowed, stop: StopKept, quantity: Decimal) -> None:
        """A stop went with a close that left a part of the position: as much as is missing comes back, once."""
        if await self._submit_stop(close, stop, quantity):
            at = price_words(stop.price, self._state.instruments.get(close.symbol))
            what = f"the stop of {quantity_words(quantity)} {close.symbol} at {at}"
            self._state.log.say("ORDER", f"{what} was placed again: its close ended before it had filled")

    async def _submit_stop(self, close: CloseFollowed, stop: StopKept, quantity: Decimal) -> bool:
        """Place a stop at the price of another, which is not placed again from then on; whether it went out."""
        intent = OrderIntent(
            ref=new_ref(),
            owner=stop.owner,
            terms=Terms(
                symbol=close.symbol,
                side=close.side,
                quantity=quantity,
                type=OrderType.STP,
                stop_price=stop.price,
                tif=TimeInForce.GTC,
            ),
            reduce_only=True,
        )
        sent = True
        try:
            await self._desk.submit(intent)
        except IbtuiError as error:
            at = price_words(stop.price, self._state.instruments.get(close.symbol))
            self._fail(close, f"the stop of {quantity_words(quantity)} {close.symbol} at {at} was not placed", error)
            sent = False
            if error.code in _LATER:
                return False
        current = self._closes.get(close.symbol, close)
        self._keep(replace(current, stops=tuple(other for other in current.stops if other.ref != stop.ref)))
        return sent

    def _fail(self, close: CloseFollowed, what: str, error: IbtuiError) -> None:
        """Tell it once; it is tried again when something changes."""
        if close.symbol not in self._told:
            self._told.add(close.symbol)
            self._state.log.say("ERROR", f"{what}: {error.message}")

    def _cancel(self, orders: Iterable[Order]) -> None:
        for order in orders:
            try:
                self._desk.cancel(order.ref)
            except IbtuiError as error:
                self._state.log.say("ERROR", f"{order.ref} could not be cancelled: {error.message}")


def _read(text: str | None, state: State) -> list[CloseFollowed]:
    """What the journal kept; a form that cannot be read is told, and costs only that."""
    try:
        return msgspec.json.decode(text, type=list[CloseFollowed]) if text else []
    except msgspec.MsgspecError as error:
        state.log.say("ERROR", f"Closes of before cannot be followed on: {error}. Look at the stops of your positions.")
        return []
