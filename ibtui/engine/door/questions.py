"""Answering clients: each question of the link goes to the part that knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ibtui.domain.dispatch import handlers
from ibtui.domain.instrument import Instrument
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.commands.checks import Checks
from ibtui.engine.commands.commands import Commands
from ibtui.engine.door.view import View
from ibtui.engine.market.archive import Archive
from ibtui.engine.market.past import PastBarCache
from ibtui.engine.market.recorder import Recorder
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.signals import Signals
from ibtui.engine.session import SessionPort
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State
from ibtui.link import messages
from ibtui.link.status import Status

LONGEST_PATTERN = 64


@dataclass(eq=False, repr=False, kw_only=True)
class Questions:
    """One method for each kind of question, which also gets the number of the conversation that it came in."""

    session: SessionPort
    state: State
    view: View
    commands: Commands
    checks: Checks
    watchlist: Watchlist
    past: PastBarCache
    archive: Archive
    signals: Signals
    recorder: Recorder
    end: Callable[[], None]

    def __post_init__(self) -> None:
        answers: dict[type, Callable[[Any, int], Awaitable[messages.Answer]]] = {
            messages.GetStatus: self._status,
            messages.Preview: self._preview,
            messages.Send: self._send,
            messages.Do: self._do,
            messages.Check: self._check,
            messages.Search: self._search,
            messages.GetBars: self._bars,
            messages.GetHistory: self._history,
            messages.Tell: self._tell,
            messages.Record: self._record,
            messages.StopRecording: self._stop_recording,
            messages.GetRecording: self._recording,
            messages.Shutdown: self._shutdown,
        }
        self._answers = handlers(messages.Ask, answers)

    async def answer(self, ask: messages.Ask, conversation: int) -> messages.Answer:
        """The answer to one question; raises IbtuiError where it must be refused."""
        return await self._answers[type(ask)](ask, conversation)

    async def _status(self, ask: messages.GetStatus, conversation: int) -> Status:
        return self.view.status()

    async def _preview(self, ask: messages.Preview, conversation: int) -> messages.Plan:
        return await self.commands.preview(ask.command, conversation, own_id=ask.id)

    async def _send(self, ask: messages.Send, conversation: int) -> messages.Outcome:
        return await self.commands.send(ask.token, conversation, wait=ask.wait)

    async def _do(self, ask: messages.Do, conversation: int) -> messages.Outcome:
        return await self.commands.do(ask.command, wait=ask.wait, own_id=ask.id)

    async def _check(self, ask: messages.Check, conversation: int) -> messages.Outcome:
        return messages.Outcome(message=await self.checks.check(ask.command))

    async def _history(self, ask: messages.GetHistory, conversation: int) -> messages.History:
        return await self.archive.answer(ask.symbol, ask.seconds, ask.begin, ask.end, ask.hours)

    async def _tell(self, ask: messages.Tell, conversation: int) -> messages.Told:
        return messages.Told(count=self.signals.take(ask.signals))

    async def _record(self, ask: messages.Record, conversation: int) -> messages.Recording:
        return await self.recorder.start(ask.symbols, ask.bars)

    async def _stop_recording(self, ask: messages.StopRecording, conversation: int) -> messages.Recording:
        return await self.recorder.stop()

    async def _recording(self, ask: messages.GetRecording, conversation: int) -> messages.Recording:
        return self.recorder.told()

    async def _search(self, ask: messages.Search, conversation: int) -> messages.Found:
        found = await self.session.search(sanitize(ask.pattern, LONGEST_PATTERN))
        return messages.Found(matches=tuple(map(_match, found)))

    async def _bars(self, ask: messages.GetBars, conversation: int) -> messages.Bars:
        instrument = await self.watchlist.resolve(ask.symbol)
        bars = await self.past.bars(instrument, ask.seconds, ask.count)
        return messages.Bars(symbol=instrument.symbol, seconds=ask.seconds, bars=bars)

    async def _shutdown(self, ask: messages.Shutdown, conversation: int) -> messages.Ended:
        staying = sum(ours(order) for order in self.state.orders.all_live())
        self.end()
        if self.view.demo:
            return messages.Ended(message="The demo has ended: nothing is left running.")
        orders = {0: "no order of ours works", 1: "1 order of ours stays"}.get(
            staying, f"{staying} orders of ours stay"
        )
        return messages.Ended(message=f"The engine has ended; {orders} at IB.")


def _match(instrument: Instrument) -> messages.Match:
    return messages.Match(
        symbol=instrument.symbol,
        name=instrument.name,
        sec_type=instrument.sec_type,
        exchange=instrument.primary_exchange or instrument.exchange,
        currency=instrument.currency,
        expiry=instrument.expiry,
    )
