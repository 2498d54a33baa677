"""Carrying out commands: each becomes a plan, a cancel, a switch; and one sentence on what became of it."""

from __future__ import annotations

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
from ibtui.engine.alerts import Alerts
from ibtui.engine.algorithms import Algorithms
from ibtui.engine.cancels import Cancels
from ibtui.engine.session import Session
from ibtui.engine.state import State
from ibtui.engine.supervisor import Supervisor
from ibtui.engine.switch import Switch
from ibtui.engine.tokens import Tokens
from ibtui.engine.trades import Trades
from ibtui.engine.watchlist import Watchlist
from ibtui.link.messages import Outcome, Plan


class Commands:
    """What people and scripts may ask for."""

    def __init__(
        self,
        *,
        session: Session,
        state: State,
        trades: Trades,
        algorithms: Algorithms,
        cancels: Cancels,
        tokens: Tokens,
        watchlist: Watchlist,
        switch: Switch,
        alerts: Alerts,
        supervisor: Supervisor,
    ) -> None:
        self._session = session
        self._state = state
        self._trades = trades
        self._algorithms = algorithms
        self._cancels = cancels
        self._tokens = tokens
        self._watchlist = watchlist
        self._switch = switch
        self._alerts = alerts
        self._supervisor = supervisor

    async def preview(self, command: Command, conversation: int) -> Plan:
        """What a command would send, with the token that sends it; raises IbtuiError when it may not be sent."""
        if isinstance(command, Start):
            draft = await self._algorithms.previewed(command)
        elif isinstance(command, (Trade, Close, Flatten)):
            draft = await self._trades.previewed(command)
        else:
            raise IbtuiError("bad_command", "This command needs no preview: it sends no new order.")
        token = self._tokens.mint(draft, conversation, self._session.epoch)
        return replace(draft.plan, token=token)

    async def send(self, token: str, conversation: int, *, wait: bool) -> Outcome:
        """Send what a preview showed."""
        draft = self._tokens.spend(token, conversation, self._session.epoch, self._state.quotes)
        if draft.start is not None:
            return await self._algorithms.start(draft.start, seen=True)
        return await self._trades.carry(draft, wait)

    async def do(self, command: Command, *, wait: bool) -> Outcome:
        """Carry out a command in one step."""
        if isinstance(command, Flatten) and not self._trades.held(command.target):
            return await self._cancels.cancel(command.target, wait)
        if isinstance(command, (Trade, Close, Flatten)):
            return await self._trades.carry(await self._trades.draft(command), wait)
        if isinstance(command, Cancel):
            return await self._cancels.cancel(command.target, wait)
        if isinstance(command, Start):
            return await self._algorithms.start(command)
        if isinstance(command, Halt):
            return await self._switch.halt("by hand", wait)
        return Outcome(message=await self._switched(command))

    async def _switched(self, command: Command) -> str:
        match command:
            case Watch():
                return f"watching {', '.join(await self._watchlist.add(command.symbols))}"
            case Unwatch():
                return f"no longer watching {', '.join(self._watchlist.remove(command.symbols))}"
            case Stop():
                return await self._switch.stop(command.strategy, command.then)
            case Pause():
                return self._supervisor.pause(command.strategy)
            case Approve():
                return await self._supervisor.approve(command.strategy)
            case Set():
                return await self._supervisor.change(command.strategy, command.parameters)
            case Resume():
                return self._supervisor.resume(command.strategy) if command.strategy else self._switch.resume()
            case Alert():
                instrument = await self._watchlist.resolve(command.symbol)
                return self._alerts.add(instrument.symbol, above=command.above, price=command.price)
            case Unalert():
                return self._alerts.remove(command.target)
        raise IbtuiError("bad_command", "The engine does not know this command.")
