"""Execution algorithms that a person starts: what one would do, in words first, and in place of which order.

An algorithm that replaces an order never trades beside it: the order is cancelled, IB confirms that, and only what is
left of it is worked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.commands.command import Start
from ibtui.domain.failure import IbtuiError
from ibtui.domain.money import plain
from ibtui.domain.order import YOU, Order, OrderIntent, Side
from ibtui.domain.terms import OrderType, Terms
from ibtui.domain.words import order_words, trade_words
from ibtui.engine.commands import plan
from ibtui.engine.commands.guarding import Guarding, values_of
from ibtui.engine.commands.plan import Draft
from ibtui.engine.commands.switch import Switch
from ibtui.engine.commands.wanted import CommandOrders, InstrumentState
from ibtui.engine.desk.answers import Answers
from ibtui.engine.desk.desk import Desk
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.truth.state import State
from ibtui.link.messages import Outcome


class AlgorithmTask(Struct, frozen=True, kw_only=True):
    """What an algorithm is to trade."""

    side: Side
    quantity: Decimal
    symbol: str


class Algorithms:
    """Previews and starts strategies, those first that work on a person's own position or order."""

    def __init__(self, *, state: State, desk: Desk, answers: Answers, switch: Switch, watchlist: Watchlist) -> None:
        self._state = state
        self._desk = desk
        self._answers = answers
        self._switch = switch
        self._watchlist = watchlist
        self._guards = Guarding(state=state, switch=switch, watchlist=watchlist)
        self._replacing: set[str] = set()

    async def previewed(self, start: Start) -> Draft:
        """What an algorithm would do; raises IbtuiError when it may not start, or needs no preview."""
        if not (await self._switch.known(start.strategy)).previewed or start.shadow:
            raise IbtuiError("bad_command", "This command needs no preview: it sends no new order.")
        entry = await self._switch.ready(start.strategy, start.parameters)
        if entry.guards:
            return await self._guards.previewed(start, entry)
        values = values_of(entry, start.parameters)
        task = await self._task(values)
        assert task is not None
        if start.replaces:
            start = replace(start, replaces=self._replaced(start, task).ref)
            self._check_room(start, task)
        await self._switch.trial(start.strategy, start.parameters)
        return self._draft(start, values, task)

    async def start(self, start: Start, *, seen: bool = False) -> Outcome:
        """Start a strategy; one that replaces an order, once that is confirmed as cancelled.

        `seen` after a preview, which has tried its parameters. Raises IbtuiError; `unknown` when the order that was to
        be replaced may still trade.
        """
        if (await self._switch.known(start.strategy)).guards and not start.shadow:
            return await self._guards.start(start, seen=seen)
        if not start.replaces:
            return Outcome(message=await self._run(start))
        entry = await self._switch.ready(start.strategy, start.parameters)
        task = await self._task(values_of(entry, start.parameters))
        if not seen:
            await self._switch.trial(start.strategy, start.parameters)
        order = self._replaced(start, task, least=seen)
        assert task is not None
        self._check_room(start, task)
        self._replacing.add(order.ref)
        try:
            gone = await self._cancelled(order)
        finally:
            self._replacing.discard(order.ref)
        return await self._take_over(start, task, gone)

    async def _run(self, start: Start) -> str:
        return await self._switch.start(start.strategy, start.parameters, shadow=start.shadow)

    async def _task(self, values: dict[str, str]) -> AlgorithmTask | None:
        """What the parameters say it trades; None for an algorithm that works on the position as it is."""
        if not {"symbol", "side", "quantity"} <= values.keys():
            return None
        try:
            side, quantity = Side(values["side"].upper()), Decimal(values["quantity"])
        except (ValueError, ArithmeticError):
            raise IbtuiError("bad_parameter", "side is buy or sell, quantity a whole number.") from None
        if not quantity.is_finite() or quantity <= 0:
            raise IbtuiError("bad_parameter", f"quantity must be more than 0, not {values['quantity'][:20]}.")
        instrument = await self._watchlist.quoted(values["symbol"])
        return AlgorithmTask(side=side, quantity=quantity, symbol=instrument.symbol)

    # the order in whose place it trades

    def _replaced(self, start: Start, task: AlgorithmTask | None, *, least: bool = False) -> Order:
        """The order that is replaced; raises IbtuiError when that one cannot be worked, or not by this.

        `least` takes what is left of it where that has become less than what is asked for.
        """
        order = self._state.orders.find(start.replaces)
        if start.shadow:
            raise IbtuiError("bad_parameter", f"In shadow {start.strategy} sends nothing: it cannot replace an order.")
        if task is None:
            raise IbtuiError("bad_parameter", f"{start.strategy} works no orders; chase, twap and vwap do.")
        self._check_workable(order)
        if (order.symbol, order.side) != (task.symbol, task.side):
            request = trade_words(task.side, task.quantity, task.symbol)
            raise IbtuiError("bad_parameter", f"{request} cannot take the place of {self._words(order)}.")
        if task.quantity > order.remaining and not least:
            left = f"{plain(order.remaining)} of {self._words(order)}"
            raise IbtuiError("bad_quantity", f"Only {left} are left: {plain(task.quantity)} would be more.")
        return order

    def _check_room(self, start: Start, task: AlgorithmTask) -> None:
        """Raise IbtuiError where the algorithm could not send: the order that it replaces would be gone for nothing."""
        request = OrderIntent(
            ref="",
            owner=start.strategy,
            terms=Terms(symbol=task.symbol, side=task.side, quantity=task.quantity, type=OrderType.MKT),
        )
        self._desk.check_barred(request, (start.replaces,))

    def _check_workable(self, order: Order) -> None:
        words = self._words(order)
        if not order.live:
            raise IbtuiError("order_done", f"{words} is {order.status} already: there is nothing left to work.")
        if order.owner != YOU:
            raise IbtuiError("not_ours", f"{words} belongs to {order.owner}: only an order of your own can be worked.")
        if order.status.unsure:
            raise IbtuiError("unknown_order", f"{words} is {order.status}: IB has to answer first.")
        if order.combo:
            raise IbtuiError("not_workable", f"{words} is a combo: it cannot be worked.")
        if order.role == "target":
            raise IbtuiError(
                "not_workable", f"{words} is a target, tied to its stop: cancel it, then work the position instead."
            )
        if order.protective:
            raise IbtuiError(
                "not_workable", f"{words} guards a position: cancelled, it would stand bare; guard it instead."
            )
        if self._state.orders.children(order.ref):
            raise IbtuiError(
                "not_workable",
                f"{words} brings a target or a stop, which would go with it: cancel those first and guard the "
                "position afterwards, or leave it as it is.",
            )
        if order.ref in self._replacing:
            raise IbtuiError("not_workable", f"{words} is being replaced already.")

    async def _cancelled(self, order: Order) -> Order:
        """The order once IB has confirmed its end."""
        words, now = self._words(order), self._state.orders.now
        gone: Callable[[], bool] = lambda: now([order])[0].status.done  # noqa: E731
        self._desk.cancel(order.ref)
        await self._answers.wait(gone)
        (after,) = now([order])
        if not after.status.proved:
            raise IbtuiError(
                "unknown",
                f"IB has not confirmed that {words} is cancelled: nothing was started, and the cancel is asked for on.",
            )
        return after

    async def _take_over(self, start: Start, task: AlgorithmTask, gone: Order) -> Outcome:
        words = self._words(gone)
        traded = f" after {plain(gone.filled)} traded" if gone.filled else ""
        quantity = min(task.quantity, Decimal(math.floor(gone.remaining)))
        if quantity <= 0:
            message = f"{words} traded before it was cancelled: nothing is left, {start.strategy} was not started."
            return Outcome(message=message, orders=(gone,))
        parameters = {**start.parameters, "quantity": plain(quantity)}
        try:
            sentence = await self._run(replace(start, parameters=parameters))
        except IbtuiError as error:
            raise IbtuiError(
                error.code, f"{words} is cancelled{traded}, and {start.strategy} did not start: {error.message}"
            ) from None
        return Outcome(message=f"{words} is cancelled{traded}; {sentence}", orders=(gone,))

    # in words

    def _draft(self, start: Start, values: dict[str, str], task: AlgorithmTask) -> Draft:
        holding = self._holding(task.symbol)
        cancels = (start.replaces,) if start.replaces else ()
        intent = OrderIntent(
            ref="",
            owner=YOU,
            terms=Terms(symbol=task.symbol, side=task.side, quantity=task.quantity, type=OrderType.MKT),
        )
        drawn = plan.draft(CommandOrders(orders=((intent, holding),), cancels=cancels), self._state.account)
        settings = " ".join(f"{name}={value}" for name, value in values.items() if name not in _TERMS)
        lines = [f"{trade_words(task.side, task.quantity, task.symbol)} by {start.strategy}: {settings}"]
        if start.replaces:
            lines.append(f"in place of {self._words(self._state.orders.find(start.replaces))}, cancelled first")
        return replace(
            drawn,
            plan=replace(drawn.plan, sentence="\n".join(lines), legs=(), commission=None, outcomes=(), collar_ticks=0),
            intents=(),
            market={},
            steps={},
            start=start,
        )

    def _holding(self, symbol: str) -> InstrumentState:
        state = self._state
        return InstrumentState(
            instrument=state.instruments[symbol],
            quote=state.quotes.get(symbol),
            held=state.positions.held(symbol),
            orders=state.orders.live(symbol),
        )

    def _words(self, order: Order) -> str:
        """`SELL 100 AAPL LMT 190.25`."""
        return order_words(order, self._state.instruments.get(order.symbol))


_TERMS = ("symbol", "side", "quantity", "bar")
