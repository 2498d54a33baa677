"""Carrying out commands: each becomes a plan, a cancel, a switch; and one sentence on what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ibtui.commands.command import (
    NEEDS_PREVIEW,
    Accept,
    Adjust,
    Approve,
    Cancel,
    Command,
    Flatten,
    Halt,
    ListAlerts,
    NewOrders,
    Settle,
    Start,
    TellSince,
)
from ibtui.domain.dispatch import handlers
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import new_ref
from ibtui.engine.commands.accepting import Accepting
from ibtui.engine.commands.algorithms import Algorithms
from ibtui.engine.commands.cancels import Cancels
from ibtui.engine.commands.ids import CallerIds, Refs, check_id
from ibtui.engine.commands.plan import Draft
from ibtui.engine.commands.settling import Settling
from ibtui.engine.commands.switch import Switch
from ibtui.engine.commands.switches import SWITCHES, Switches
from ibtui.engine.commands.tokens import Tokens
from ibtui.engine.commands.trades import Trades
from ibtui.engine.journal.records import CallerRequest
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.alerts import Alerts
from ibtui.engine.session import SessionPort
from ibtui.engine.strategies.supervisor import Supervisor
from ibtui.engine.truth.since import Since
from ibtui.engine.truth.state import State
from ibtui.link.messages import Outcome, Plan


@dataclass(eq=False, repr=False, kw_only=True)
class Commands:
    """What people and scripts may ask for."""

    session: SessionPort
    state: State
    trades: Trades
    ids: CallerIds
    algorithms: Algorithms
    cancels: Cancels
    settling: Settling
    accepting: Accepting
    since: Since
    tokens: Tokens
    watchlist: Watchlist
    switch: Switch
    alerts: Alerts
    supervisor: Supervisor
    kept: Callable[[], Awaitable[None]]
    """Waits until what must survive everything is on the disk."""

    def __post_init__(self) -> None:
        self._switches = Switches(
            watchlist=self.watchlist, switch=self.switch, alerts=self.alerts, supervisor=self.supervisor
        )
        self._previews: dict[type, Callable[[Any], Awaitable[Draft]]] = {
            Start: self.algorithms.previewed,
            **dict.fromkeys(NEEDS_PREVIEW, self.trades.previewed),
            **dict.fromkeys((Accept, Adjust), self.accepting.previewed),
        }
        deeds: dict[type, Callable[[Any, bool], Awaitable[Outcome]]] = {
            **dict.fromkeys(NEEDS_PREVIEW, self._order),
            **dict.fromkeys((Accept, Adjust), self._accept),
            **dict.fromkeys(SWITCHES, self._switched),
            Cancel: self._cancel,
            Settle: self._settle,
            Start: self._started,
            Approve: self._approve,
            Halt: self._halt,
            TellSince: self._tell_since,
            ListAlerts: self._list_alerts,
        }
        self._deeds = handlers(Command, deeds)

    async def preview(self, command: Command, conversation: int, own_id: str = "") -> Plan:
        """What a command would send, with the token that sends it, under its caller's id where that has one.

        Raises IbtuiError when it may not be sent, `id_taken` when it was sent under that id.
        """
        if own_id:
            draft = await self._drawn(_asked(own_id, command))
        elif previewed := self._previews.get(type(command)):
            draft = await previewed(command)
        else:
            raise IbtuiError("bad_command", "This command needs no preview: it sends no new order.")
        token = self.tokens.mint(draft, conversation, self.session.epoch)
        return replace(draft.plan, token=token)

    async def send(self, token: str, conversation: int, *, wait: bool) -> Outcome:
        """Send what a preview showed."""
        draft = self.tokens.spend(token, conversation, self.session.epoch, self.state.quotes)
        if draft.start is not None:
            return await self._lasting(await self._start(draft.start, seen=True))
        if draft.acceptance is not None:
            return await self._lasting(await self.accepting.carry(draft.acceptance.command, draft.acceptance))
        if draft.asked is not None:
            return await self._once(draft.asked, wait, draft)
        return await self.trades.carry(draft, wait)

    async def do(self, command: Command, *, wait: bool, own_id: str = "") -> Outcome:
        """Carry out a command in one step; an order under its caller's `own_id` once, however often it is asked."""
        if own_id and not isinstance(command, (Cancel, Halt)):  # these are not doubled by asking twice
            return await self._once(_asked(own_id, command), wait)
        return await self._deeds[type(command)](command, wait)

    async def _order(self, command: NewOrders, wait: bool) -> Outcome:
        return await self._carry(command, await self._draft(command), wait)

    async def _accept(self, command: Accept | Adjust, wait: bool) -> Outcome:
        return await self._lasting(await self.accepting.carry(command))

    async def _switched(self, command: Command, wait: bool) -> Outcome:
        return Outcome(message=await self._switches.carry(command))

    async def _approve(self, command: Approve, wait: bool) -> Outcome:
        return await self._lasting(Outcome(message=await self.supervisor.approve(command.strategy)))

    async def _cancel(self, command: Cancel, wait: bool) -> Outcome:
        return await self.cancels.cancel(command.target, wait)

    async def _settle(self, command: Settle, wait: bool) -> Outcome:
        return await self.settling.settle(command.ref, command.reason)

    async def _started(self, command: Start, wait: bool) -> Outcome:
        return await self._lasting(await self._start(command))

    async def _halt(self, command: Halt, wait: bool) -> Outcome:
        return await self.switch.halt("by hand", wait)

    async def _tell_since(self, command: TellSince, wait: bool) -> Outcome:
        away = self.since.told()
        return Outcome(message=f"since you left: {away.words}", away=away)

    async def _list_alerts(self, command: ListAlerts, wait: bool) -> Outcome:
        return Outcome(message=self.alerts.words, alerts=self.alerts.listed)

    async def _start(self, start: Start, *, seen: bool = False) -> Outcome:
        """Start a strategy; why one was refused stays in the log."""
        try:
            return await self.algorithms.start(start, seen=seen)
        except IbtuiError as error:
            self.state.log.say("ERROR", f"start {start.strategy} refused: {error.message}")
            raise

    async def _lasting(self, outcome: Outcome) -> Outcome:
        """The answer, once what it says outlives the engine; raises IbtuiError journal_failed when it does not."""
        try:
            await self.kept()
        except IbtuiError as error:
            raise IbtuiError(error.code, f"{outcome.message} Only until the engine ends: {error.message}") from None
        return outcome

    # orders

    async def _draft(self, command: NewOrders, refs: Refs = new_ref) -> Draft | None:
        """None where a flatten finds nothing held: then it cancels."""
        if isinstance(command, Flatten) and not self.trades.held(command.target):
            return None
        return await self.trades.draft(command, refs)

    async def _carry(self, command: NewOrders, draft: Draft | None, wait: bool, refs: Refs = new_ref) -> Outcome:
        if draft is not None:
            return await self.trades.carry(draft, wait, refs)
        assert isinstance(command, Flatten)
        try:
            return await self.cancels.cancel(command.target, wait)
        except IbtuiError as error:
            if error.code not in ("no_order", "order_done"):
                raise
            what = "nothing" if command.target == "all" else f"no {command.target.upper()}"
            raise IbtuiError("no_order", f"You hold {what}, and no order of ours works there: all is flat.") from None

    async def _drawn(self, asked: CallerRequest) -> Draft:
        sent = await self.ids.sent(asked)
        if sent:
            raise IbtuiError("id_taken", f"{asked.id} was sent before, as {sent[0].ref}: look at Orders.")
        draft = await self.trades.previewed(asked.command, self.ids.refs(asked.id))
        return replace(draft, asked=asked)

    async def _once(self, asked: CallerRequest, wait: bool, shown: Draft | None = None) -> Outcome:
        """`shown` was previewed and is sent as it is."""

        async def draw(refs: Refs) -> Draft | None:
            return shown or await self._draft(asked.command, refs)

        async def carry(draft: Draft | None, refs: Refs) -> Outcome:
            return await self._carry(asked.command, draft, wait, refs)

        return await self.ids.once(asked, draw, carry, wait)


def _asked(own_id: str, command: Command) -> CallerRequest:
    """Raises IbtuiError `bad_id` for an id that is none, or that nothing can be sent under."""
    check_id(own_id)
    if not isinstance(command, NEEDS_PREVIEW):
        raise IbtuiError("bad_id", "An id goes with an order: buy, sell, close or flatten. Ask this without one.")
    return CallerRequest(id=own_id, command=command)
