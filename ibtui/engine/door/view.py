"""What the engine says of itself: the session for the header, the status for scripts, and frames for the terminal."""

from __future__ import annotations

import os

from msgspec import Struct

from ibtui.config import Profile
from ibtui.domain.ability import HALTED_BECAUSE, SessionState, session_state
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.hold import holds_words
from ibtui.domain.quote import Quote
from ibtui.engine.desk.halt import Latch
from ibtui.engine.desk.pursuit import Pursuit
from ibtui.engine.door.clients import Clients
from ibtui.engine.market.recorder import Recorder
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.strategies.supervisor import Supervisor
from ibtui.engine.troubles import Troubles
from ibtui.engine.truth.changes import Changes
from ibtui.engine.truth.since import Since
from ibtui.engine.truth.state import State
from ibtui.link.messages import Frame, SessionHeader
from ibtui.link.status import ConnectionStatus, QuoteStatus, Status


class View(Struct, frozen=True, kw_only=True):
    """Where the facts come from that clients are shown."""

    name: str
    profile: Profile
    demo: bool
    state: State
    latch: Latch
    clock: Clock
    supervisor: Supervisor
    watchlist: Watchlist
    clients: Clients
    recorder: Recorder
    pursuit: Pursuit
    since: Since
    troubles: Troubles

    def session(self) -> SessionHeader:
        """Can I send, with what, and if not why."""
        state, halted = self.state, self.latch.halted
        word = self._state()
        return SessionHeader(
            profile=self.name,
            mode=self.profile.mode,
            demo=self.demo,
            state=word,
            since=halted.since if halted is not None and word == "halted" else state.since,
            reason=self.reason(),
            connection=state.connection.state,
            halted=None if halted is None else halted.since,
            positions_known=state.positions.whole,
            round_trip=state.round_trip,
            read_only=self._read_only,
            host=self.profile.host,
            port=self.profile.port,
            client_id=self.profile.client_id,
            server_version=state.connection.server_version,
            timezone=self.profile.timezone,
            lines=self.watchlist.lines,
            history_requests=state.history_requests,
            clients=self.clients.count,
            recording=len(self.recorder.symbols),
            cancelling=self.pursuit.counts,
            queued=state.queued,
            holds=state.holds.all(),
        )

    def reason(self) -> str:
        """Why nothing, or not everything, goes out: a sentence for each cause, the worst first."""
        halted, connection = self.latch.halted, self.state.connection
        causes = [
            self.troubles.words,
            "" if connection.state == "active" else connection.reason or f"The session is {connection.state}.",
            "" if halted is None else f"{HALTED_BECAUSE}{halted.reason}",
            holds_words(self.state.holds.all()),
        ]
        return " ".join(cause for cause in causes if cause)

    def status(self) -> Status:
        """The whole state in one object."""
        state, connection = self.state, self.state.connection
        now = self.clock.monotonic()
        return Status(
            profile=self.name,
            mode=self.profile.mode,
            state=self._state(),
            reason=self.reason(),
            pid=os.getpid(),
            connection=ConnectionStatus(
                state=connection.state,
                host=self.profile.host,
                port=self.profile.port,
                server_version=connection.server_version,
                client_id=self.profile.client_id,
                reason=connection.reason,
            ),
            account=state.account,
            quotes=tuple(_quote(quote, now) for quote in state.quotes.values()),
            positions=state.positions.shown(),
            orders=tuple(state.orders),
            strategies=self.supervisor.statuses(),
            cancelling=self.pursuit.counts,
            queued=state.queued,
            halted=self.latch.halted is not None,
            read_only=self._read_only,
            positions_known=state.positions.whole,
            holds=state.holds.all(),
            lines=self.watchlist.lines,
            history_requests=state.history_requests,
        )

    def frame(self, changes: Changes, after: int) -> tuple[Frame, int]:
        """What a client has not seen, and the last log line in it; the marks are taken down."""
        frame = self._snapshot(after) if changes.snapshot else self._difference(changes, after)
        changes.clear()
        return frame, self.state.log.last

    def _state(self) -> SessionState:
        return session_state(self.state.connection.state, halted=self.latch.halted is not None)

    @property
    def _read_only(self) -> bool:
        return self.profile.read_only or self.profile.mode == "live"

    def _snapshot(self, after: int) -> Frame:
        state = self.state
        lines, gap = state.log.after(after)
        away = self.since.told()
        return Frame(
            snapshot=True,
            gap=gap,
            session=self.session(),
            account=state.account,
            instruments=tuple(state.instruments.values()),
            watchlist=state.watchlist,
            quotes=tuple(state.quotes.values()),
            positions=state.positions.shown(),
            orders=tuple(state.orders),
            strategies=self.supervisor.statuses(),
            log=lines,
            away=away if away.fresh and away.happenings else None,
        )

    def _difference(self, changes: Changes, after: int) -> Frame:
        state, parts = self.state, changes.parts
        lines, gap = state.log.after(after) if "log" in parts else ((), False)
        return Frame(
            gap=gap or changes.missed,
            session=self.session() if "session" in parts else None,
            account=state.account if "account" in parts else None,
            instruments=tuple(state.instruments[symbol] for symbol in sorted(changes.instruments)),
            watchlist=state.watchlist if "watchlist" in parts else None,
            quotes=tuple(quote for symbol in changes.quotes if (quote := state.quotes.get(symbol)) is not None),
            positions=state.positions.shown() if "positions" in parts else None,
            orders=tuple(order for ref in changes.orders if (order := state.orders.get(ref)) is not None),
            strategies=self.supervisor.statuses() if "strategies" in parts else None,
            log=lines,
            fills=tuple(fill for base in changes.fills if (fill := state.fills.get(base)) is not None),
            signals=tuple(changes.signals),
        )


def _quote(quote: Quote, now: float) -> QuoteStatus:
    return QuoteStatus(
        symbol=quote.symbol,
        bid=quote.bid,
        ask=quote.ask,
        last=quote.last,
        age=round(now - quote.received, 3) if quote.received else None,
        kind=quote.kind,
    )
