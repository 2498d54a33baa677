"""Carrying out commands: each becomes a plan, a cancel, a switch; and one sentence on what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ibtui.commands.command import (
    Alert,
    Approve,
    Cancel,
    Close,
    Command,
    Flatten,
    Halt,
    Pause,
    Resume,
    Set,
    Start,
    Stop,
    Trade,
    Unalert,
    Unwatch,
    Watch,
)
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderIntent, OrderStatus, new_ref
from ibtui.engine import plan
from ibtui.engine.alerts import Alerts
from ibtui.engine.answers import Answers, acknowledged
from ibtui.engine.cancels import Cancels
from ibtui.engine.desk import Desk
from ibtui.engine.plan import Draft, Holding, Wanted
from ibtui.engine.session import Session
from ibtui.engine.state import State
from ibtui.engine.supervisor import Supervisor
from ibtui.engine.switch import Switch
from ibtui.engine.tokens import Tokens
from ibtui.engine.watchlist import Watchlist
from ibtui.engine.wording import order_words
from ibtui.link.messages import Outcome, Plan


class Commands:
    """What people and scripts may ask for."""

    def __init__(
        self,
        *,
        session: Session,
        state: State,
        desk: Desk,
        answers: Answers,
        tokens: Tokens,
        watchlist: Watchlist,
        switch: Switch,
        alerts: Alerts,
        supervisor: Supervisor,
    ) -> None:
        self._session = session
        self._state = state
        self._desk = desk
        self._answers = answers
        self._cancels = Cancels(state=state, desk=desk, answers=answers)
        self._tokens = tokens
        self._watchlist = watchlist
        self._switch = switch
        self._alerts = alerts
        self._supervisor = supervisor

    async def preview(self, command: Command, conversation: int) -> Plan:
        """What a command would send, with the token that sends it; raises IbtuiError when it may not be sent."""
        if not isinstance(command, (Trade, Close, Flatten)):
            raise IbtuiError("bad_command", "This command needs no preview: it sends no new order.")
        draft = await self._draft(command)
        token = self._tokens.mint(draft, conversation, self._session.epoch)
        return replace(draft.plan, token=token)

    async def send(self, token: str, conversation: int, *, wait: bool) -> Outcome:
        """Send what a preview showed."""
        return await self._carry(self._tokens.spend(token, conversation, self._session.epoch, self._state.quotes), wait)

    async def do(self, command: Command, *, wait: bool) -> Outcome:
        """Carry out a command in one step."""
        if isinstance(command, Flatten) and not self._held(command.target):
            return await self._cancels.cancel(command.target, wait)
        if isinstance(command, (Trade, Close, Flatten)):
            return await self._carry(await self._draft(command), wait)
        if isinstance(command, Cancel):
            return await self._cancels.cancel(command.target, wait)
        return Outcome(message=await self._switched(command))

    async def _switched(self, command: Command) -> str:
        match command:
            case Watch():
                return f"watching {', '.join(await self._watchlist.add(command.symbols))}"
            case Unwatch():
                return f"no longer watching {', '.join(self._watchlist.remove(command.symbols))}"
            case Start():
                return await self._switch.start(command.strategy, command.parameters, shadow=command.shadow)
            case Stop():
                return await self._switch.stop(command.strategy, command.then)
            case Pause():
                return self._supervisor.pause(command.strategy)
            case Approve():
                return await self._supervisor.approve(command.strategy)
            case Set():
                return await self._supervisor.change(command.strategy, command.parameters)
            case Halt():
                return await self._switch.halt("by hand")
            case Resume():
                return self._supervisor.resume(command.strategy) if command.strategy else self._switch.resume()
            case Alert():
                instrument = await self._watchlist.resolve(command.symbol)
                return self._alerts.add(instrument.symbol, above=command.above, price=command.price)
            case Unalert():
                return self._alerts.remove(command.target)
        raise IbtuiError("bad_command", "The engine does not know this command.")

    # new orders

    async def _draft(self, command: Trade | Close | Flatten) -> Draft:
        wanted = await self._wanted(command)
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

    def _held(self, target: str) -> bool:
        return any(self._state.positions.held(symbol) for symbol in self._symbols(target))

    def _holding(self, symbol: str) -> Holding:
        return Holding(
            instrument=self._state.instruments[symbol],
            quote=self._state.quotes.get(symbol),
            held=self._state.positions.held(symbol),
            orders=self._state.orders.live(symbol),
        )

    async def _carry(self, draft: Draft, wait: bool) -> Outcome:
        intents = draft.intents
        if draft.cancels:
            await self._take_back(draft.cancels)
            intents = tuple(kept for intent in intents if (kept := self._still(intent)) is not None)
        sent = [(intent, await self._desk.submit(intent)) for intent in intents]
        orders = [order for _, legs in sent for order in legs]
        answered = not wait or await self._answers.wait(lambda: all(map(self._is_answered, orders)))
        words = [
            f"{order_words(intent, self._state.instruments.get(intent.symbol))} {_fate(*self._now(legs[:1]))}"
            for intent, legs in sent
        ]
        message = "; ".join(words) or "nothing is left to close"
        return Outcome(message=message, orders=tuple(self._now(orders)), answered=answered)

    async def _take_back(self, refs: Sequence[str]) -> None:
        """Cancel what must be gone before a close; only a confirmed cancel makes the close safe from closing twice."""
        orders = [order for ref in refs if (order := self._state.orders.get(ref)) is not None and order.live]
        self._desk.cancel_all(orders)
        if not await self._answers.wait(lambda: all(order.status.done for order in self._now(orders))):
            left = ", ".join(order.ref for order in self._now(orders) if order.live)
            raise IbtuiError(
                "no_answer", f"IB has not confirmed the cancel of {left}: nothing was closed; look at Orders."
            )

    def _still(self, intent: OrderIntent) -> OrderIntent | None:
        """An exit for what is held now: an order that was to be cancelled may have filled first."""
        left = -intent.side.sign * self._state.positions.held(intent.symbol)
        return replace(intent, quantity=min(intent.quantity, left)) if left > 0 else None

    def _now(self, orders: Sequence[Order]) -> list[Order]:
        return self._state.orders.now(orders)

    def _is_answered(self, order: Order) -> bool:
        """The broker answered; an order that we gave up waiting for is not answered."""
        now = self._state.orders.get(order.ref) or order
        return acknowledged(self._state, now) and now.status is not OrderStatus.UNKNOWN


def _fate(first: Order) -> str:
    """`sent`, or what is known already."""
    if first.status in (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.UNKNOWN):
        status = "UNKNOWN" if first.status is OrderStatus.UNKNOWN else str(first.status)
        return f"{status}: {first.reason}" if first.reason else status
    return {OrderStatus.PENDING: "sent", OrderStatus.PARTLY_FILLED: "partly filled"}.get(
        first.status, str(first.status)
    )
