"""Carrying out closes: each instrument on its own and at once, and what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.broker.errors import locks_group
from ibtui.domain import leaving
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderIntent, OrderStatus
from ibtui.domain.position import closing_side
from ibtui.domain.words import order_words, quantity_words
from ibtui.engine.commands.ids import Refs
from ibtui.engine.commands.plan import Draft
from ibtui.engine.desk import exits
from ibtui.engine.desk.answers import Answers, answered
from ibtui.engine.desk.desk import Desk
from ibtui.engine.desk.exits import Aim
from ibtui.engine.desk.stop_split import StopSplit
from ibtui.engine.desk.waiting_words import held_until, moment_words, waits
from ibtui.engine.journal.journal import Journal
from ibtui.engine.truth.state import State
from ibtui.engine.wording import fate_words
from ibtui.link.messages import Closing, Outcome
from ibtui.risk.doubt import doubtful


class _Came(Struct):
    """What came of one instrument so far."""

    symbol: str
    held: Decimal = Decimal(0)
    """Before anything was sent, without its sign."""
    sent: Decimal = Decimal(0)
    orders: list[Order] = []
    words: list[str] = []
    whys: list[str] = []
    answered: bool = True
    code: str = ""
    """Of the refusal that kept it from being sent."""


class Closes:
    """Takes back what would double with a close, then sends it in the groups of the stops, which stay."""

    def __init__(self, *, state: State, desk: Desk, answers: Answers, journal: Journal, zone: str) -> None:
        """`zone` is the one that times are told in."""
        self._state = state
        self._desk = desk
        self._answers = answers
        self._zone = zone
        self._split = StopSplit(state=state, desk=desk, answers=answers, journal=journal)
        self.alone = False
        """IB let no order into the group of a stop: from then on closes go beside it."""

    async def carry(self, draft: Draft, wait: bool, refs: Refs) -> Outcome:
        """Close what the aims of a draft name, side by side; `refs` gives each order its own.

        A failure in one instrument is told as its outcome; where there is only one it is raised.
        """
        alone = len(draft.aims) == 1 and not draft.left
        closes = asyncio.gather(*(self._close(aim, wait, refs, alone=alone) for aim in draft.aims))
        stuck = await self._take_back(draft.loose, wait)
        came = await closes
        told = {closing.symbol: closing for closing in draft.left}
        closings = [self._told(one, told.pop(one.symbol, None)) for one in came]
        closings += (*told.values(), *stuck)
        words = [text for one in came for text in one.words]
        words += draft.plan.warnings
        words += [f"{closing.symbol}{_joint(closing.why)}{closing.why}" for closing in closings if closing.why]
        return Outcome(
            message="; ".join(words) or "nothing is left to close",
            orders=tuple(self._state.orders.now(order for one in came for order in one.orders)),
            answered=all(one.answered for one in came),
            closings=tuple(closings),
        )

    def _told(self, came: _Came, before: Closing | None) -> Closing:
        """What is told of an instrument; `before` says what no whole lot of it was."""
        now = self._state.orders.now(came.orders)
        refused = [order for order in now if order.status is OrderStatus.REJECTED]
        lost = sum((order.remaining for order in refused), Decimal(0))
        closing = before or Closing(symbol=came.symbol)
        whys = [*came.whys, *filter(None, (closing.why,)), *map(self._refused, refused)]
        whys += [_unsure(order) for order in self._beside(came)]
        left = max(came.held - (came.sent - lost), Decimal(0)) if came.whys or lost else closing.left
        waits = [text for order in now if (text := self._waits(order))]
        return replace(
            closing,
            sent=came.sent - lost,
            left=left,
            why="; ".join(dict.fromkeys(whys)),
            waits=waits[0] if waits else "",
            code="" if came.orders else came.code,
        )

    def _beside(self, came: _Came) -> tuple[Order, ...]:
        """UNKNOWN orders on the side of a close that went out: they may fill beside it."""
        if not came.orders:
            return ()
        sent = {order.ref for order in came.orders}
        found = doubtful(came.orders[0].side, self._state.orders.live(came.symbol))
        return tuple(order for order in found if order.ref not in sent)

    def _refused(self, order: Order) -> str:
        """What IB had against an order, and what that means for the position."""
        if not order.oca_group or not locks_group(order.reason):
            return order.reason
        self.alone = True
        return (
            f"was not closed: IB takes no order into the group of its stop, which is still there ({order.reason}); "
            "close again: it is sent beside the stop then, which goes when that works"
        )

    def _waits(self, order: Order) -> str:
        """Until when a live order waits for its market."""
        instrument = self._state.instruments.get(order.symbol)
        if not order.live or order.filled or instrument is None:
            return ""
        hours, now = self._state.hours.get(order.symbol), self._state.clock.now()
        said = held_until(order.reason)
        if said is not None:
            return f"until {moment_words(said, now, self._zone)}"
        return waits(instrument, hours, now, self._zone, outside=order.outside_hours)

    def _halted(self, order: Order) -> str:
        """That a live order waits for the end of a halt at its exchange."""
        quote = self._state.quotes.get(order.symbol)
        halted = quote is not None and quote.halted and order.live and not order.filled
        return f"until trading in {order.symbol}, which is halted, goes on" if halted else ""

    def _words(self, order: Order) -> str:
        """One order and how it stands."""
        until = self._waits(order) or self._halted(order)
        fate = f"waits {until}" if until and order.status is not OrderStatus.UNKNOWN else fate_words(order)
        if until and leaving.guards(self._state.positions.held(order.symbol), self._state.orders.live(order.symbol)):
            fate += ", the stop stays until it fills"
        return f"{order_words(order, self._state.instruments.get(order.symbol))} {fate}"

    async def _close(self, aim: Aim, wait: bool, refs: Refs, *, alone: bool) -> _Came:
        came = _Came(aim.symbol, held=abs(self._state.positions.held(aim.symbol)))
        try:
            await self._clear(aim)
            for intent in await self._divided(aim, self._intents(aim, refs)):
                await self._send(intent, came)
        except IbtuiError as error:
            if alone and not came.orders:
                raise
            came.code = error.code
            came.whys.append(error.message)
        if wait:
            came.answered = await self._answers.wait(lambda: all(answered(self._state, o) for o in came.orders))
        came.words = [self._words(order) for order in self._state.orders.now(came.orders)]
        return came

    async def _clear(self, aim: Aim) -> None:
        """Take back what goes first. Only a confirmed cancel makes a close safe from closing twice; what could only
        open the position again does not keep it from being closed, and an UNKNOWN order may never be confirmed.
        """
        held = self._state.positions.held(aim.symbol)
        way = exits.in_the_way(aim, held, self._state.orders.live(aim.symbol))
        if not way:
            return
        self._desk.cancel_all(way)
        sure = [order for order in way if order.status is not OrderStatus.UNKNOWN]
        await self._answers.wait(lambda: all(order.status.done for order in self._state.orders.now(sure)))
        side = closing_side(held)
        stuck = [order.ref for order in self._state.orders.now(sure) if order.live and order.side is side]
        if stuck:
            raise IbtuiError(
                "no_answer",
                f"IB has not confirmed the cancel of {', '.join(stuck)}: nothing was closed; look at Orders.",
            )

    async def _take_back(self, orders: Sequence[Order], wait: bool) -> list[Closing]:
        """Cancel orders in instruments that are not held; those that may still open something."""
        self._desk.cancel_all(orders)
        sure = [order for order in orders if order.status is not OrderStatus.UNKNOWN]
        now = self._state.orders.now
        if wait:
            await self._answers.wait(lambda: all(order.status.done for order in now(sure)))
        return [
            Closing(symbol=order.symbol, why=_unsure(order))
            for order in now(orders)
            if order.live and (wait or order.status is OrderStatus.UNKNOWN)
        ]

    def _intents(self, aim: Aim, refs: Refs) -> tuple[OrderIntent, ...]:
        """For what is held and guarded now: an order that was to be cancelled may have filled first."""
        held, orders = self._state.positions.held(aim.symbol), self._state.orders.live(aim.symbol)
        return exits.intents(aim, self._state.instruments[aim.symbol], held, orders, refs)

    async def _divided(self, aim: Aim, intents: tuple[OrderIntent, ...]) -> tuple[OrderIntent, ...]:
        """A part that waits for its market takes a part of the stop with it: at the open both could fill."""
        instrument, held = self._state.instruments[aim.symbol], self._state.positions.held(aim.symbol)
        hours, now = self._state.hours.get(aim.symbol), self._state.clock.now()
        if aim.quantity is None or aim.alone or not waits(instrument, hours, now, self._zone, outside=aim.outside):
            return intents
        return await self._split.beside(intents, held)

    async def _send(self, intent: OrderIntent, came: _Came) -> None:
        came.orders += await self._desk.submit(intent)
        came.sent += intent.quantity


def _unsure(order: Order) -> str:
    state = "UNKNOWN" if order.status is OrderStatus.UNKNOWN else "not confirmed as cancelled"
    return f"{order.side} {quantity_words(order.remaining)}, {order.ref}, is {state} and may still open a position"


def _joint(why: str) -> str:
    """Between an instrument and what is said of it: a sentence of its own stands behind a colon."""
    return ": " if why[:1].isupper() else " "
