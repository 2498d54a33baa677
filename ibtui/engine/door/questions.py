"""Answering clients: each question of the link goes to the part that knows."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.domain.instrument import Instrument
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.commands.checks import Checks
from ibtui.engine.commands.commands import Commands
from ibtui.engine.door.view import View
from ibtui.engine.market.archive import Archive
from ibtui.engine.market.past import Past
from ibtui.engine.market.recorder import Recorder
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.signals import Signals
from ibtui.engine.session import Session
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State
from ibtui.link.messages import (
    Answer,
    Ask,
    Bars,
    Check,
    Do,
    Ended,
    Found,
    GetBars,
    GetHistory,
    GetRecording,
    GetStatus,
    Match,
    Outcome,
    Preview,
    Record,
    Search,
    Send,
    Shutdown,
    StopRecording,
    Tell,
    Told,
)

LONGEST_PATTERN = 64


class Questions:
    """One method for each kind of question."""

    def __init__(
        self,
        *,
        session: Session,
        state: State,
        view: View,
        commands: Commands,
        checks: Checks,
        watchlist: Watchlist,
        past: Past,
        archive: Archive,
        signals: Signals,
        recorder: Recorder,
        end: Callable[[], None],
    ) -> None:
        self._session = session
        self._state = state
        self._view = view
        self._commands = commands
        self._checks = checks
        self._watchlist = watchlist
        self._past = past
        self._archive = archive
        self._signals = signals
        self._recorder = recorder
        self._end = end

    async def answer(self, ask: Ask, conversation: int) -> Answer:
        """The answer to one question; raises IbtuiError where it must be refused."""
        match ask:
            case GetStatus():
                return self._view.status()
            case Preview():
                return await self._commands.preview(ask.command, conversation, own_id=ask.id)
            case Send():
                return await self._commands.send(ask.token, conversation, wait=ask.wait)
            case Do():
                return await self._commands.do(ask.command, wait=ask.wait, own_id=ask.id)
            case Check():
                return Outcome(message=await self._checks.check(ask.command))
            case Search():
                return await self._search(ask.pattern)
            case GetBars():
                return await self._bars(ask)
            case GetHistory():
                return await self._archive.answer(ask.symbol, ask.seconds, ask.begin, ask.end)
            case Tell():
                return Told(count=self._signals.take(ask.signals))
            case Record():
                return await self._recorder.start(ask.symbols, ask.bars)
            case StopRecording():
                return await self._recorder.stop()
            case GetRecording():
                return self._recorder.told()
            case Shutdown():
                return self._shutdown()

    async def _search(self, pattern: str) -> Found:
        found = await self._session.search(sanitize(pattern, LONGEST_PATTERN))
        return Found(matches=tuple(map(_match, found)))

    async def _bars(self, ask: GetBars) -> Bars:
        instrument = await self._watchlist.resolve(ask.symbol)
        bars = await self._past.bars(instrument, ask.seconds, ask.count)
        return Bars(symbol=instrument.symbol, seconds=ask.seconds, bars=bars)

    def _shutdown(self) -> Ended:
        staying = sum(ours(order) for order in self._state.orders.all_live())
        self._end()
        if self._view.demo:
            return Ended(message="The demo has ended: nothing is left running.")
        orders = {0: "no order of ours works", 1: "1 order of ours stays"}.get(
            staying, f"{staying} orders of ours stay"
        )
        return Ended(message=f"The engine has ended; {orders} at IB.")


def _match(instrument: Instrument) -> Match:
    return Match(
        symbol=instrument.symbol,
        name=instrument.name,
        sec_type=instrument.sec_type,
        exchange=instrument.primary_exchange or instrument.exchange,
        currency=instrument.currency,
        expiry=instrument.expiry,
    )
