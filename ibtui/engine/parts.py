"""The engine's wiring: every part by name, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from ibtui.engine.binding import Binding
from ibtui.engine.clock_watch import ClockWatch
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
from ibtui.engine.door.clients import Clients
from ibtui.engine.door.questions import Questions
from ibtui.engine.door.server import Server
from ibtui.engine.door.view import View
from ibtui.engine.durable import Durable
from ibtui.engine.faults import Faults
from ibtui.engine.idle import Idle
from ibtui.engine.intake import Intake
from ibtui.engine.journal.contract_names import ContractNames
from ibtui.engine.market.archive import Archive
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.market.contracts import KeptContracts
from ibtui.engine.market.kept_bars import KeptBars
from ibtui.engine.market.past import PastBarCache
from ibtui.engine.market.recorder import Recorder
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.alerts import Alerts
from ibtui.engine.outside.calendar import Calendar
from ibtui.engine.outside.notify import Notifier
from ibtui.engine.outside.signals import Signals
from ibtui.engine.setting import Setting
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.catalog import Catalog
from ibtui.engine.strategies.engine_host import StrategyHost
from ibtui.engine.strategies.feed import Feed
from ibtui.engine.strategies.pulse import Timing
from ibtui.engine.strategies.runs import Runs
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.strategies.supervisor import Supervisor
from ibtui.engine.strategies.telling import Telling
from ibtui.engine.streams import Streams
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.fills import Fills
from ibtui.engine.truth.reconciler import Reconciler
from ibtui.engine.truth.recount import Recount
from ibtui.engine.truth.resync import Resync
from ibtui.engine.truth.since import Since
from ibtui.engine.truth.state import State


class Parts:
    """A table to be read from the top down: each part is made of parts above it, and nothing is set in it later.

    What a part must hear of it joins when it is made (`listeners`), so that the order here is the order in which parts
    are told of one change: the desk and what watches closes before strategies, strategies before alerts.
    """

    def __init__(self, setting: Setting, durable: Durable, end: Callable[[], None]) -> None:
        """`durable` is open already; `end` asks for the end of the engine."""
        profile, clock = setting.profile, setting.clock

        # the disk, and what is known of strategies before any of them runs
        self.journal = journal = durable.journal
        self.safety = safety = durable.safety
        self.binding = binding = Binding(journal, profile, setting.name)
        self.store = store = StrategyStore(journal)
        timing = Timing()
        self.catalog = catalog = Catalog(setting.strategies, timing.load, store.approved, profile.strategy_memory)

        # the truth, and what stops trading when it cannot be told
        self.fills = fills = Fills()
        self.books = books = Books(fills, store, catalog.for_trader, clock)
        self.state = state = State(clock, journal.write, setting.zone, fills=fills, books=books.holders)
        self.names = names = ContractNames(journal, state.listeners.instrument)
        self.latch = latch = Latch(journal, safety.kept)
        self.faults = faults = Faults(state, latch, clock, durable.troubles)
        self.tasks = tasks = Tasks(faults.failed)

        # the session
        self.intake = intake = Intake(clock, state, faults)
        self.session = session = setting.session_type(
            host=profile.host,
            port=profile.port,
            client_id=profile.client_id,
            paper=profile.mode == "paper",
            account=binding.account(),
            first_order_id=safety.order_id(profile.client_id) + 1,
            on_event=intake.take,
            recall=state.orders.get,
            known_name=names.of,
            clock=clock,
            headlines=profile.news or setting.demo,
        )
        self.tokens = tokens = Tokens(clock)
        self.clock_watch = ClockWatch(clock, state, tokens, session)
        self.reconciler = reconciler = Reconciler(session, state, tasks)

        # the desk
        self.answers = answers = Answers(state, clock, reconciler.begin)
        self.recount = Recount(state, reconciler.begin)
        self.watchlist = watchlist = Watchlist(session, state, journal, profile.watchlist)
        self.lows = lows = DayLows(journal, clock)
        self.limited = limited = Limited(
            state, clock, profile.limits, profile.groups, profile.strategies, books, lows.of
        )
        self.desk = desk = Desk(
            session=session,
            state=state,
            journal=journal,
            latch=latch,
            answers=answers,
            limits=profile.limits,
            limited=limited,
            read_only=profile.read_only,
            live=profile.mode == "live",
            client_id=profile.client_id,
            clock=clock,
            account=binding.account,
            reach=safety.reach,
            renew=watchlist.renew,
        )
        self.closing = closing = ClosingWatch(state=state, desk=desk, journal=journal, tasks=tasks)
        self.fitting = StopFitting(state=state, desk=desk, closing=closing, tasks=tasks)

        # outside
        self.notifier = notifier = Notifier(
            profile.notify, profile=setting.name, state=state, tasks=tasks, halts=latch.listeners
        )
        self.calendar = calendar = Calendar(
            setting.calendars, clock=clock, tell=state.signalled, say=partial(state.log.say, "ERROR")
        )
        self.signals = signals = Signals(state, clock)

        # strategies and the market
        self.bars = bars = LiveBars(clock)
        self.kept = kept = KeptBars(session, clock, profile.bar_hours, timedelta(minutes=profile.day_bar_minutes))
        self.past = past = PastBarCache(session, bars, clock, kept)
        self.contracts = contracts = KeptContracts(setting.folders.contracts, state.listeners.instrument, tasks)
        self.archive = archive = Archive(
            session, contracts.keeping(session.resolve), setting.folders.history, clock, hours=profile.bar_hours
        )
        self.host = host = StrategyHost(
            session=session,
            state=state,
            desk=desk,
            watchlist=watchlist,
            past=past,
            kept=kept,
            calendar=calendar,
            notifier=notifier,
        )
        self.runs = runs = Runs(host, catalog, books)
        self.telling = telling = Telling(host, runs, books, bars)
        self.supervisor = supervisor = Supervisor(
            host,
            catalog=catalog,
            store=store,
            books=books,
            runs=runs,
            bars=bars,
            clock=clock,
            timing=timing,
            memory=profile.strategy_memory,
        )
        self.losses = Losses(
            limited,
            lows,
            state,
            told=telling.on_losses,
            reached=lambda owner: supervisor.cancel_entries(owner) if owner else desk.cancel_entries(),
        )
        self.since = since = Since(state, journal, supervisor.statuses, latch.listeners)
        self.resync = Resync(state, partial(since.happened, "link"))
        self.recorder = recorder = Recorder(
            state=state,
            journal=journal,
            clock=clock,
            bars=bars,
            folder=setting.folders.recordings,
            profile=setting.name,
            resolve=watchlist.record,
        )
        self.feed = Feed(state, telling, recorder)
        self.alerts = alerts = Alerts(state, journal)
        self.streams = Streams(
            setting=setting,
            binding=binding,
            session=session,
            state=state,
            watchlist=watchlist,
            recorder=recorder,
            alerts=alerts,
            tasks=tasks,
            active=supervisor.on_session,
        )

        # commands
        self.cancels = cancels = Cancels(state=state, desk=desk, answers=answers)
        self.switch = switch = Switch(
            state=state, desk=desk, latch=latch, cancels=cancels, supervisor=supervisor, clock=clock
        )
        self.trades = trades = Trades(
            state=state,
            desk=desk,
            answers=answers,
            cancels=cancels,
            watchlist=watchlist,
            journal=journal,
            zone=profile.timezone,
        )
        self.algorithms = algorithms = Algorithms(
            state=state, desk=desk, answers=answers, switch=switch, watchlist=watchlist
        )
        self.settling = settling = Settling(session=session, state=state, journal=journal, clock=clock)
        self.accepting = accepting = Accepting(
            session=session, state=state, journal=journal, supervisor=supervisor, books=books, clock=clock
        )
        self.ids = ids = CallerIds(
            state=state,
            journal=journal,
            answers=answers,
            desk=desk,
            account=lambda: binding.account() or session.account,
        )
        self.commands = commands = Commands(
            session=session,
            state=state,
            trades=trades,
            ids=ids,
            algorithms=algorithms,
            cancels=cancels,
            settling=settling,
            since=since,
            accepting=accepting,
            tokens=tokens,
            watchlist=watchlist,
            switch=switch,
            alerts=alerts,
            supervisor=supervisor,
            kept=durable.kept,
        )
        self.checks = checks = Checks(cancels=cancels, settling=settling, supervisor=supervisor, switch=switch)

        # the door
        self.idle = idle = Idle(end, demo=setting.demo)
        self.clients = clients = Clients(state, counted=idle.count, terminals=since.terminals)
        self.view = view = View(
            name=setting.name,
            profile=profile,
            demo=setting.demo,
            state=state,
            latch=latch,
            clock=clock,
            supervisor=supervisor,
            watchlist=watchlist,
            clients=clients,
            recorder=recorder,
            pursuit=desk.pursuit,
            since=since,
            troubles=durable.troubles,
        )
        self.questions = questions = Questions(
            session=session,
            state=state,
            view=view,
            commands=commands,
            checks=checks,
            watchlist=watchlist,
            past=past,
            archive=archive,
            signals=signals,
            recorder=recorder,
            end=end,
        )
        self.server = Server(state=state, view=view, answer=questions.answer, tasks=tasks, clients=clients)
