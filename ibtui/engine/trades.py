"""New orders of people and scripts: drawn up, checked, sent, and one sentence on what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ibtui.commands.command import Close, Flatten, Trade
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderIntent, OrderStatus, new_ref
from ibtui.engine import plan
from ibtui.engine.answers import Answers, acknowledged
from ibtui.engine.cancels import Cancels
from ibtui.engine.desk import Desk
from ibtui.engine.plan import Draft, Holding, Wanted
from ibtui.engine.state import State
from ibtui.engine.watchlist import Watchlist
from ibtui.engine.wording import order_words
from ibtui.link.messages import Outcome


class Trades:
    """Draws up what a trade, a close or a flatten comes to, and sends it through the desk."""

    def __init__(self, *, state: State, desk: Desk, answers: Answers, cancels: Cancels, watchlist: Watchlist) -> None:
        self._state = state
        self._desk = desk
        self._answers = answers
        self._cancels = cancels
        self._watchlist = watchlist

    async def draft(self, command: Trade | Close | Flatten) -> Draft:
        """What a command would send; raises IbtuiError when it may not be sent."""
        return self._checked(await self._wanted(command))

    async def previewed(self, command: Trade | Close | Flatten) -> Draft:
        """What a command would send after a look at it: also beside the UNKNOWN orders whose outcomes are named."""
        return self._checked(plan.previewed(await self._wanted(command)))

    def _checked(self, wanted: Wanted) -> Draft:
        for intent, _ in wanted.orders:
            self._desk.check(intent, without=wanted.cancels)
        return plan.draft(wanted, self._state.account)

    async def _wanted(self, command: Trade | Close | Flatten) -> Wanted:
        if isinstance(command, Flatten):
            holdings = [self._holding(symbol) for symbol in self._symbols(command.target)]
            return plan.flatten(command, holdings, new_ref)
        instrument = await self._watchlist.quoted(command.symbol)
        holding = self._holding(instrument.symbol)
        if isinstance(command, Close):
            return plan.close(replace(command, symbol=instrument.symbol), holding, new_ref)
        return plan.trade(replace(command, symbol=instrument.symbol), holding, new_ref)

    def _symbols(self, target: str) -> list[str]:
        """The instruments that a target names: all that we hold or have orders in, or one."""
        if target != "all":
            return [target.upper()] if target.upper() in self._state.instruments else []
        held = [position.symbol for position in self._state.positions.all()]
        return list(dict.fromkeys([*held, *(order.symbol for order in self._cancels.live("all"))]))

    def held(self, target: str) -> bool:
        """Whether there is a position in what the target names."""
        return any(self._state.positions.held(symbol) for symbol in self._symbols(target))

    def _holding(self, symbol: str) -> Holding:
        return Holding(
            instrument=self._state.instruments[symbol],
            quote=self._state.quotes.get(symbol),
            held=self._state.positions.held(symbol),
            orders=self._state.orders.live(symbol),
        )

    async def carry(self, draft: Draft, wait: bool) -> Outcome:
        """Send what a draft holds; `wait` for the broker's answer."""
        intents, instruments = draft.intents, self._state.instruments
        if draft.cancels:
            await self._take_back(draft.cancels)
            intents = tuple(kept for intent in intents if (kept := self._still(intent)) is not None)
        sent = [(intent, await self._desk.submit(intent)) for intent in intents]
        orders = [order for _, legs in sent for order in legs]
        answered = not wait or await self._answers.wait(lambda: all(map(self._is_answered, orders)))
        words = [
            f"{order_words(intent, instruments.get(intent.symbol))} {_fate(*self._state.orders.now(legs[:1]))}"
            for intent, legs in sent
        ]
        message = "; ".join(words) or "nothing is left to close"
        return Outcome(message=message, orders=tuple(self._state.orders.now(orders)), answered=answered)

    async def _take_back(self, refs: Sequence[str]) -> None:
        """Cancel what must be gone before a close; only a confirmed cancel makes the close safe from closing twice."""
        orders = [order for ref in refs if (order := self._state.orders.get(ref)) is not None and order.live]
        self._desk.cancel_all(orders)
        if not await self._answers.wait(lambda: all(order.status.done for order in self._state.orders.now(orders))):
            left = ", ".join(order.ref for order in self._state.orders.now(orders) if order.live)
            raise IbtuiError(
                "no_answer", f"IB has not confirmed the cancel of {left}: nothing was closed; look at Orders."
            )

    def _still(self, intent: OrderIntent) -> OrderIntent | None:
        """An exit for what is held now: an order that was to be cancelled may have filled first."""
        left = -intent.side.sign * self._state.positions.held(intent.symbol)
        return replace(intent, quantity=min(intent.quantity, left)) if left > 0 else None

    def _is_answered(self, order: Order) -> bool:
        """The broker answered; an order that we gave up waiting for is not answered."""
        current = self._state.orders.get(order.ref) or order
        return acknowledged(self._state, current) and current.status is not OrderStatus.UNKNOWN


def _fate(first: Order) -> str:
    """`sent`, or what is known already."""
    if first.status in (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.UNKNOWN):
        status = "UNKNOWN" if first.status is OrderStatus.UNKNOWN else str(first.status)
        return f"{status}: {first.reason}" if first.reason else status
    return {OrderStatus.PENDING: "sent", OrderStatus.PARTLY_FILLED: "partly filled"}.get(
        first.status, str(first.status)
    )
