"""Commands under an id of their caller's: sent once however often they are asked, over restarts and a lost journal.

The refs of their orders follow from the account and the id, so that IB's own lists of orders tell what was sent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import count
from weakref import WeakValueDictionary

from msgspec.structs import replace

from ibtui.commands.command import Close, Flatten, Trade
from ibtui.commands.written import written
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, ref_from
from ibtui.domain.words import order_words, quantity_words
from ibtui.engine.commands.fitting import fits
from ibtui.engine.commands.plan import Draft
from ibtui.engine.desk.answers import Answers, acknowledged
from ibtui.engine.desk.desk import Desk
from ibtui.engine.journal import records
from ibtui.engine.journal.journal import Journal
from ibtui.engine.journal.records import CallerRequest
from ibtui.engine.truth.state import State
from ibtui.engine.wording import fate_words
from ibtui.link.messages import Closing, Outcome

MOST = 200
"""Orders that one command may come to under one id."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_LEGS = ("", "-x", "-t", "-s")
"""What the refs of one intent's orders end with."""

Refs = Callable[[], str]
"""Gives the ref of the next order."""


def check_id(text: str) -> None:
    """Raise IbtuiError `bad_id` for what cannot be one."""
    if not _ID.fullmatch(text):
        raise IbtuiError(
            "bad_id", f"An id is 1 to 64 letters, digits, and . _ : - behind the first, not {text[:70]!r}."
        )


class CallerIds:
    """Knows what was sent under an id, and lets a command through that was not."""

    def __init__(
        self, *, state: State, journal: Journal, answers: Answers, desk: Desk, account: Callable[[], str]
    ) -> None:
        self._state = state
        self._journal = journal
        self._answers = answers
        self._desk = desk
        self._account = account
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def refs(self, own_id: str) -> Refs:
        """The refs of the orders of one command, the first of them first; IbtuiError `not_connected` while the account
        is not known."""
        account, number = self._known_account(), count()

        def following() -> str:
            if (n := next(number)) == MOST:
                raise IbtuiError(
                    "bad_order", f"One id stands for at most {MOST} orders: ask for the rest under another."
                )
            return ref_from(account, own_id, str(n))

        return following

    async def once(
        self,
        asked: CallerRequest,
        draw: Callable[[Refs], Awaitable[Draft | None]],
        carry: Callable[[Draft | None, Refs], Awaitable[Outcome]],
        wait: bool,
    ) -> Outcome:
        """What `carry` makes of what `draw` drew up, or how the orders stand that were sent under the id before.

        Raises IbtuiError `id_taken` where the id stands for other terms, and what `draw` and `carry` raise: nothing
        was sent under the id then, and it may be asked again.
        """
        lock = self._locks.setdefault(asked.id, asyncio.Lock())
        async with lock:
            orders = await self.sent(asked)
            if not orders:
                draft = await draw(self.refs(asked.id))
                orders = self._told(asked, self._shown(asked.id))  # a reconcile may have shown them meanwhile
            if not orders:
                self._desk.forget(self._all_refs(asked.id))
                await self._journal.commit(records.asked(self.refs(asked.id)(), asked))
                return await carry(draft, self.refs(asked.id))
        return await self._again(asked, orders, wait)

    async def sent(self, asked: CallerRequest) -> list[Order]:
        """The orders of these terms under this id, none when nothing was sent; raises IbtuiError `id_taken`."""
        before, written_down = await self._journal.asked_under(self._all_refs(asked.id))
        shown = self._shown(asked.id)
        refs = {order.ref for order in shown}
        orders = [*(order for order in written_down if order.ref not in refs), *shown]
        if not orders and any(self._state.fills.of(ref) for ref in self._all_refs(asked.id)):
            raise IbtuiError(
                "id_taken", f"{asked.id} was sent before: IB tells of its executions and not of its order; see the log."
            )
        return self._told(asked, orders, before)

    def _told(self, asked: CallerRequest, orders: list[Order], before: CallerRequest | None = None) -> list[Order]:
        if not orders:
            return orders
        if before is not None:
            same, stands = _terms(before.command) == _terms(asked.command), written(before.command)
        else:
            same, stands = fits(asked.command, orders), ", ".join(self._words(order) for order in orders)
        if not same:
            raise IbtuiError(
                "id_taken",
                f"The id {asked.id} stands for `{stands}` and not for `{written(asked.command)}`: nothing was sent; "
                "take another id for another order.",
            )
        return orders

    def _shown(self, own_id: str) -> list[Order]:
        """What the engine knows under an id, the journal lost or not."""
        found = (self._state.orders.get(ref) for ref in self._all_refs(own_id))
        return [order for order in found if order is not None]

    async def _again(self, asked: CallerRequest, orders: Sequence[Order], wait: bool) -> Outcome:
        """How orders stand that were sent before; `wait` for those that IB has not answered yet."""
        now = self._state.orders.now
        if wait:
            await self._answers.wait(lambda: all(acknowledged(self._state, order) for order in now(orders)))
        stand = now(orders)
        words = "; ".join(f"{self._words(order)} {fate_words(order)}" for order in stand if order.parent is None)
        closings = tuple(self._left(asked.command, stand))
        words += "".join(f"; {closing.symbol} {closing.why}" for closing in closings)
        return Outcome(
            message=f"{asked.id} was sent before, nothing was sent now: {words}",
            orders=tuple(stand),
            answered=not any(order.status.unsure for order in stand) or not wait,
            closings=closings,
            repeated=True,
        )

    def _left(self, command: Trade | Close | Flatten, orders: Sequence[Order]) -> Iterator[Closing]:
        """Positions that a whole close was to end and that its orders do not: the engine may have died between them."""
        if isinstance(command, Trade) or (isinstance(command, Close) and command.quantity is not None):
            return
        for position in self._state.positions.all():
            working = sum(order.remaining for order in orders if order.symbol == position.symbol and order.live)
            left = abs(self._state.positions.held(position.symbol)) - working
            if _names(command, position.symbol) and left > 0:
                why = f"{quantity_words(left)} is held and not closed under this id: close it under another"
                yield Closing(symbol=position.symbol, left=left, why=why)

    def _words(self, order: Order) -> str:
        return order_words(order, self._state.instruments.get(order.symbol))

    def _all_refs(self, own_id: str) -> list[str]:
        account = self._known_account()
        return [ref_from(account, own_id, str(n)) + leg for n in range(MOST) for leg in _LEGS]

    def _known_account(self) -> str:
        account = self._account()
        if not account:
            raise IbtuiError("not_connected", "The account is not known before the first connection: nothing was sent.")
        return account


def _names(command: Close | Flatten, symbol: str) -> bool:
    named = command.symbol if isinstance(command, Close) else command.target
    return named == "all" or named.upper() == symbol


def _terms(command: Trade | Close | Flatten) -> Trade | Close | Flatten:
    """A command without what a person says about sending it."""
    return replace(command, despite_unknown=False)
