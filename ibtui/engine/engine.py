"""An engine: one profile's session, desk, journal, state, strategies and socket, put together and run."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from ibtui import __version__
from ibtui.broker.session import Session as BrokerSession
from ibtui.config import Folders, Profile, strategies_folder
from ibtui.domain.calendar.clock import Clock, SystemClock
from ibtui.domain.event import ConnectionChanged, Event, RoundTrip, Signalled
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import new_ref
from ibtui.domain.quote import Quote
from ibtui.domain.text.disk import cure
from ibtui.engine.commands.accepting import Accepting
from ibtui.engine.commands.algorithms import Algorithms
from ibtui.engine.commands.cancels import Cancels
from ibtui.engine.commands.checks import Checks
from ibtui.engine.commands.commands import Commands
from ibtui.engine.commands.ids import CallerIds
from ibtui.engine.commands.settling import Settling
from ibtui.engine.commands.switch import Switch
from ibtui.engine.commands.tokens import Tokens
from ibtui.engine.commands.trades import Trades
from ibtui.engine.desk.answers import Answers
from ibtui.engine.desk.ceilings import Limited
from ibtui.engine.desk.closing_watch import ClosingWatch
from ibtui.engine.desk.day_lows import DayLows
from ibtui.engine.desk.desk import Desk
from ibtui.engine.desk.halt import Latch
from ibtui.engine.desk.losses import Losses
from ibtui.engine.desk.stop_fitting import StopFitting
from ibtui.engine.door.questions import Questions
from ibtui.engine.door.server import Server
from ibtui.engine.door.view import View
from ibtui.engine.journal import records
from ibtui.engine.journal.contract_names import ContractNames
from ibtui.engine.journal.journal import Journal
from ibtui.engine.journal.safety import Safety
from ibtui.engine.lock import Lock
from ibtui.engine.market.archive import Archive
from ibtui.engine.market.bars import Bars
from ibtui.engine.market.past import Past
from ibtui.engine.market.recorder import Recorder
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.alerts import Alerts
from ibtui.engine.outside.calendar import Calendar
from ibtui.engine.outside.notify import Notifier
from ibtui.engine.outside.signals import Signals, watch
from ibtui.engine.steady_clock import ClockWatch, SteadyClock
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.catalog import Catalog
from ibtui.engine.strategies.engine_host import StrategyHost
from ibtui.engine.strategies.pulse import Timing
from ibtui.engine.strategies.store import Store
from ibtui.engine.strategies.supervisor import Supervisor
from ibtui.engine.survival import ACCOUNT, Survival
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.fills import Fills
from ibtui.engine.truth.recount import Recount
from ibtui.engine.truth.resync import Resync
from ibtui.engine.truth.retold import retold
from ibtui.engine.truth.since import Since
from ibtui.engine.truth.state import State
from ibtui.engine.written_log import write_clean

DEMO_FUTURE = "ES"
"""Root of the future whose nearest quarter the demo watches."""
IDLE_DEMO = 1800.0
"""Seconds after which a demo that nobody looks at ends."""
_OUTSIDE = frozenset({"request", "strategies", "calendar", "signals", "news"})
"""Parts that read what is foreign, a client's question or a file: one that breaks is told and stops nothing else."""

log = logging.getLogger(__name__)


class Engine:
    """One profile's engine; start it, wait until it has ended, stop it."""

    def __init__(
        self,
        name: str,
        profile: Profile,
        folders: Folders,
        *,
        demo: bool = False,
        clock: Clock | None = None,
        strategies: Path | None = None,
        session_type: Callable[..., BrokerSession] = BrokerSession,
    ) -> None:
        self.name = name
        self.profile = profile
        self._demo = demo
        self._clock = SteadyClock(clock or SystemClock())
        self._lock = Lock(folders)
        self._folders = folders
        self._journal = Journal(folders.journal, self._clock, new_ref(), self._journal_told)
        self._safety = Safety(folders.state, self._safety_told)
        self._survival = Survival(self._journal, self._safety)
        self._strategies = strategies or strategies_folder()
        self._session_type = session_type
        self._tasks = Tasks(self._failed)
        self._ended = asyncio.Event()
        self._idle: asyncio.TimerHandle | None = None
        self._troubles: dict[str, str] = {}
        self._watching: asyncio.Task[None] | None = None
        self._started = False

    async def start(self) -> Path:
        """Take the profile, listen and begin to connect; returns the socket's path.

        Raises IbtuiError engine_running, journal_failed, wrong_account or start_failed.
        """
        self._lock.take()
        try:
            recovered = self._journal.open(self._day_began())
            self._survival.open()
            self._journal.start()
            self._safety.start()
            self._survival.start()
            self._compose()
            self.state.recover(recovered)
            self.state.log.refill(retold(recovered, self._day_began()))
            self.state.keep(self._journal)
            self.since.recover(recovered)
            self.resync.recovered()
            self._begin_log()
            await self._server.start(self._lock.socket)
        except BaseException as error:
            await self._journal.close()
            await self._safety.close()
            self._lock.release()
            if isinstance(error, OSError):
                raise IbtuiError("start_failed", f"The engine does not start ({error}): {cure(error)}") from error
            raise
        self._started = True
        self._lock.announce(self._clock.now(), self._demo)
        self._tasks.start("session", self.session.run())
        self._tasks.start("strategies", self.supervisor.describe_all())
        self._tasks.start("losses", self.losses.run())
        self._tasks.start("clock", self._clock_watch.run())
        self._listen_outside()
        self.recorder.resume()
        self._count_clients()
        return self._lock.socket

    def end(self) -> None:
        """Let `run_until_ended` return."""
        self._ended.set()

    async def run_until_ended(self) -> None:
        """Wait for a client's shutdown, for `end`, or for a demo that nobody looks at."""
        await self._ended.wait()

    async def stop(self) -> None:
        """End every part within 5 s; working orders stay at the broker. Idempotent."""
        if not self._started:
            return
        self._started = False
        if self._idle is not None:
            self._idle.cancel()
        self.answers.close()
        self.recount.close()
        self.resync.close()
        for name, ending, seconds in (
            ("strategies", self.supervisor.close, 2.5),
            ("recording", self.recorder.close, 1.0),
            ("session", self.session.close, 0.5),
            ("server", self._server.close, 0.5),
            ("tasks", self._tasks.close, 0.5),
            ("archive", self.archive.close, 0.5),
        ):
            try:
                async with asyncio.timeout(seconds):
                    await ending()
            except Exception:  # one part that cannot end must not keep the others from it
                log.exception("%s did not end cleanly", name)
        self.desk.pursuit.close()  # strategies cancel their entries while they end
        self._journal.write(records.note("RUN_END"))
        await self._journal.close()
        await self._safety.close()
        self._lock.release()
        self._ended.set()

    # putting it together

    def _compose(self) -> None:
        profile, clock, journal = self.profile, self._clock, self._journal
        store = Store(journal)
        timing = Timing()
        self._catalog = Catalog(self._strategies, timing.load, store.approved, profile.strategy_memory)
        fills = Fills()
        self.books = Books(fills, store, self._catalog.for_trader, clock)
        self.lows = DayLows(journal, clock)
        self.state = State(clock, journal.write, ZoneInfo(profile.timezone), fills=fills, books=self.books.holders)
        self._tokens = Tokens(clock)
        self._clock_watch = ClockWatch(clock, self._time_jumped, lambda text: self.state.log.say("INFO", text))
        self.latch = Latch(journal, self._safety.kept, self._halted)
        names = ContractNames(journal)
        self.state.listeners.instrument.append(names.seen)
        self.session = self._session_type(
            host=profile.host,
            port=profile.port,
            client_id=profile.client_id,
            paper=profile.mode == "paper",
            account=self._bound_account(),
            first_order_id=self._safety.order_id(profile.client_id) + 1,
            on_event=self._on_event,
            recall=self.state.orders.get,
            known_name=names.of,
            clock=clock,
            headlines=profile.news or self._demo,
        )
        self.answers = Answers(self.state, clock, self._ask_broker)
        self.recount = Recount(self.state, self._ask_broker)
        self.watchlist = Watchlist(self.session, self.state, journal, profile.watchlist)
        limited = Limited(
            self.state, clock, profile.limits, profile.groups, profile.strategies, self.books, self.lows.of
        )
        self.desk = Desk(
            session=self.session,
            state=self.state,
            journal=journal,
            latch=self.latch,
            answers=self.answers,
            limits=profile.limits,
            limited=limited,
            read_only=profile.read_only,
            live=profile.mode == "live",
            client_id=profile.client_id,
            clock=clock,
            account=self._bound_account,
            reach=self._safety.reach,
            renew=self.watchlist.renew,
        )
        self.closing = ClosingWatch(state=self.state, desk=self.desk, journal=journal, tasks=self._tasks)
        self.since = Since(self.state, journal, lambda: self.supervisor.statuses())
        self.resync = Resync(self.state, lambda text: self.since.happened("link", text))
        StopFitting(state=self.state, desk=self.desk, closing=self.closing, tasks=self._tasks)
        self._compose_signals()
        self._compose_strategies(store, timing)
        self._compose_recorder()
        self.alerts = Alerts(self.state, journal)
        self._compose_server()
        self.state.listeners.connection.append(self._connection_changed)

    def _compose_strategies(self, store: Store, timing: Timing) -> None:
        bars = Bars(self._clock)
        self.past = Past(self.session, bars, self._clock)
        host = StrategyHost(
            session=self.session,
            state=self.state,
            desk=self.desk,
            watchlist=self.watchlist,
            past=self.past,
            calendar=self.calendar,
            notifier=self.notifier,
        )
        self.supervisor = Supervisor(
            host,
            catalog=self._catalog,
            store=store,
            books=self.books,
            bars=bars,
            clock=self._clock,
            timing=timing,
            memory=self.profile.strategy_memory,
        )
        self.losses = Losses(
            self.desk.limited, self.lows, self.state, told=self.supervisor.on_losses, reached=self._lost
        )
        self.archive = Archive(self.session, self.session.resolve, self._folders.history, self._clock)
        listeners = self.state.listeners
        listeners.quote.append(self._quoted)
        listeners.order.append(self.supervisor.on_order)
        listeners.fill.append(self.supervisor.on_fill)
        listeners.signal.append(self.supervisor.on_signal)
        listeners.position.append(self.supervisor.on_position)
        self.state.holds.listeners.append(self.supervisor.on_hold)

    def _compose_recorder(self) -> None:
        self.recorder = Recorder(
            state=self.state,
            journal=self._journal,
            clock=self._clock,
            bars=self.supervisor.bars,
            folder=self._folders.recordings,
            profile=self.name,
            resolve=self.watchlist.record,
        )
        listeners = self.state.listeners
        listeners.order.append(self.recorder.on_fact)
        listeners.fill.append(self.recorder.on_fact)
        listeners.signal.append(self.recorder.on_fact)
        listeners.decision.append(self.recorder.on_decision)
        listeners.connection.append(self.recorder.on_connection)
        listeners.said.append(self.recorder.on_said)

    def _compose_signals(self) -> None:
        profile, state = self.profile, self.state
        self.signals = Signals(state, self._clock)
        self.notifier = Notifier(profile.notify, profile=self.name, state=state, tasks=self._tasks)
        self.calendar = Calendar(
            tuple(Path(name).expanduser() for name in profile.calendars),
            clock=self._clock,
            tell=state.signalled,
            say=lambda text: state.log.say("ERROR", text),
        )

    def _compose_server(self) -> None:
        view = View(
            name=self.name,
            profile=self.profile,
            demo=self._demo,
            state=self.state,
            latch=self.latch,
            clock=self._clock,
            strategies=self.supervisor.statuses,
            lines=lambda: self.watchlist.lines,
            clients=lambda: self._server.clients,
            recording=lambda: len(self.recorder.symbols),
            cancelling=lambda: self.desk.pursuit.counts,
            away=self.since.told,
            trouble=lambda: " ".join(filter(None, self._troubles.values())),
        )
        cancels = Cancels(state=self.state, desk=self.desk, answers=self.answers)
        switch = Switch(
            state=self.state,
            desk=self.desk,
            latch=self.latch,
            cancels=cancels,
            supervisor=self.supervisor,
            clock=self._clock,
        )
        trades = Trades(
            state=self.state,
            desk=self.desk,
            answers=self.answers,
            cancels=cancels,
            watchlist=self.watchlist,
            journal=self._journal,
            zone=self.profile.timezone,
        )
        algorithms = Algorithms(
            state=self.state, desk=self.desk, answers=self.answers, switch=switch, watchlist=self.watchlist
        )
        settling = Settling(session=self.session, state=self.state, journal=self._journal, clock=self._clock)
        commands = Commands(
            session=self.session,
            state=self.state,
            trades=trades,
            ids=CallerIds(
                state=self.state,
                journal=self._journal,
                answers=self.answers,
                desk=self.desk,
                account=lambda: self._bound_account() or self.session.account,
            ),
            algorithms=algorithms,
            cancels=cancels,
            settling=settling,
            since=self.since,
            accepting=Accepting(
                session=self.session,
                state=self.state,
                journal=self._journal,
                supervisor=self.supervisor,
                books=self.books,
                clock=self._clock,
            ),
            tokens=self._tokens,
            watchlist=self.watchlist,
            switch=switch,
            alerts=self.alerts,
            supervisor=self.supervisor,
            kept=self._lasting,
        )
        self.questions = Questions(
            session=self.session,
            state=self.state,
            view=view,
            commands=commands,
            checks=Checks(cancels=cancels, settling=settling, supervisor=self.supervisor, switch=switch),
            watchlist=self.watchlist,
            past=self.past,
            archive=self.archive,
            signals=self.signals,
            recorder=self.recorder,
            end=self.end,
        )
        self._server = Server(
            state=self.state,
            view=view,
            answer=self.questions.answer,
            tasks=self._tasks,
            counted=self._count_clients,
            terminals=self.since.terminals,
        )

    def _listen_outside(self) -> None:
        if self.profile.calendars:
            self._tasks.start("calendar", self.calendar.run())
        for name in self.profile.signal_files:
            file = Path(name).expanduser()
            self._tasks.start("signals", watch(file, self.signals, self.state, self._clock))

    # what happens

    def _on_event(self, event: Event) -> None:
        if isinstance(event, RoundTrip) and event.time:
            self._clock_watch.heard(event.time)
        try:
            self.state.apply(event)
        except Exception as error:  # an event that cannot be applied leaves a state nobody may trade on
            self._failed("news" if isinstance(event, Signalled) else "state", error)

    def _quoted(self, quote: Quote) -> None:
        """Bars and recording take the same moment, so that a recording played back makes the same bars."""
        moment = self.recorder.moment()
        self.supervisor.on_quote(quote, moment)
        self.recorder.on_quote(quote, moment)

    def _connection_changed(self, event: ConnectionChanged) -> None:
        if event.state == "active":
            if not self._bound_account():
                self._journal.set_latch(ACCOUNT, self.session.account)
            if self._watching is not None:
                self._watching.cancel()
            self._watching = self._tasks.start("watchlist", self._watch())
        self.supervisor.on_session(event.state == "active")

    async def _watch(self) -> None:
        if self._demo:
            today = self._clock.now().astimezone(ZoneInfo(self.profile.timezone)).date()
            await self.watchlist.add_front(DEMO_FUTURE, today)
        for symbol in self.alerts.symbols:
            self.watchlist.use(symbol)
        await self.watchlist.refresh(self.recorder.stream)

    def _ask_broker(self) -> None:
        if self.session.state == "active":
            self._tasks.start("reconcile", self._reconcile())

    async def _reconcile(self) -> None:
        try:
            await self.session.reconcile()
        except IbtuiError as error:
            self.state.log.say("ERROR", error.message)

    def _failed(self, name: str, error: BaseException) -> None:
        """A part raised: say so, and let nothing that adds risk go out until a person has looked.

        What broke over foreign input costs itself alone.
        """
        log.error("%s failed", name, exc_info=error)
        text = f"{name} failed inside ({type(error).__name__}: {error}); its log has the details"
        self.state.log.say("ERROR", text)
        if name not in _OUTSIDE:
            self.latch.set(self._clock.now(), text)
            self.state.touch("session")

    def _time_jumped(self, what: str) -> None:
        """What was seen before may be old: previews, markets and the proof that IB answers are, and IB is asked."""
        self.state.log.say("ERROR", f"{what}; IB is asked for everything again")
        self._tokens.forget()
        self.state.outdate()
        self.session.distrust(f"{what[0].upper()}{what[1:]}; asking IB for everything again.")

    def _halted(self, reason: str) -> None:
        self.notifier.notify("halt", f"Halted: {reason}")
        self.since.happened("halt", f"halted: {reason}")

    def _lost(self, owner: str) -> None:
        """A limit of the daily loss was reached: what may still add risk is taken back."""
        if owner:
            self.supervisor.cancel_entries(owner)
        else:
            self.desk.cancel_entries()

    async def _lasting(self) -> None:
        """Wait until what must survive everything is in both of its files; raises IbtuiError journal_failed."""
        await asyncio.gather(self._journal.commit(), self._safety.kept())

    def _journal_told(self, failure: str) -> None:
        self._disk_told("journal", failure)

    def _safety_told(self, failure: str) -> None:
        self._disk_told("safety file", failure)

    def _disk_told(self, file: str, failure: str) -> None:
        self._troubles[file] = failure
        self.state.log.say("ERROR" if failure else "INFO", failure or f"the {file} is written again")
        self.state.touch("session")

    def _bound_account(self) -> str:
        """The account of this profile's journal, or the one the profile names."""
        bound, named = self._journal.latch(ACCOUNT) or "", self.profile.account
        if bound and named and bound != named:
            raise IbtuiError(
                "wrong_account",
                f"The journal of profile {self.name!r} belongs to account {bound}, not {named}: "
                "give the other account a profile of its own.",
            )
        return named or bound

    def _day_began(self) -> datetime:
        """The last midnight in the profile's zone, in UTC."""
        zone = ZoneInfo(self.profile.timezone)
        return datetime.combine(self._clock.now().astimezone(zone).date(), time(), zone).astimezone(UTC)

    def _begin_log(self) -> None:
        self._journal.write(records.note("RUN_START", program=__version__, pid=os.getpid(), profile=self.name))
        for words in self._survival.told:
            self.state.log.say("ERROR", words)
        for reason in self._survival.halts:
            self.state.log.say("ERROR", reason)
            self.latch.add(self._clock.now(), reason)

    def _count_clients(self) -> None:
        self.state.touch("session")
        if not self._demo:
            return
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._server.clients == 0 and self._started:
            self._idle = asyncio.get_running_loop().call_later(IDLE_DEMO, self.end)


async def serve(
    name: str, profile: Profile, folders: Folders, *, demo: bool = False, ready: Callable[[Path], None]
) -> None:
    """Run an engine until a client, SIGTERM or SIGINT ends it; `ready` is told the socket once it listens.

    A second signal ends the process at once. Raises what `Engine.start` raises.
    """
    os.umask(0o077)
    write_clean()
    engine = Engine(name, profile, folders, demo=demo)
    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def end() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        engine.end()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        ready(await engine.start())
        await engine.run_until_ended()
    finally:
        await engine.stop()
