"""An engine: one profile's parts, put together, started, and ended whatever happens."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

from ibtui import __version__
from ibtui.broker.session import Session as BrokerSession
from ibtui.config import Folders, Profile, strategies_folder
from ibtui.domain.calendar.clock import Clock, SystemClock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.disk import cure
from ibtui.engine.durable import Durable
from ibtui.engine.journal import records
from ibtui.engine.journal.journal import Recovered
from ibtui.engine.lock import Lock
from ibtui.engine.outside.signals import watch
from ibtui.engine.parts import Parts
from ibtui.engine.setting import Setting
from ibtui.engine.steady_clock import SteadyClock
from ibtui.engine.truth.retold import retold
from ibtui.engine.written_log import write_clean

log = logging.getLogger(__name__)


class Engine:
    """One profile's engine; start it, wait until it has ended, stop it."""

    parts: Parts
    """The parts of the engine, made when it starts."""

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
        self.setting = Setting(
            name=name,
            profile=profile,
            folders=folders,
            clock=SteadyClock(clock or SystemClock()),
            strategies=strategies or strategies_folder(),
            demo=demo,
            session_type=session_type,
        )
        self.durable = Durable(self.setting)
        self._lock = Lock(folders)
        self._ended = asyncio.Event()
        self._started = False

    async def start(self) -> Path:
        """Take the profile, listen and begin to connect; returns the socket's path.

        Raises IbtuiError engine_running, journal_failed, wrong_account or start_failed.
        """
        self._lock.take()
        try:
            recovered = self.durable.open(self.setting.day_began())
            self.parts = Parts(self.setting, self.durable, self.end)
            self._recover(recovered)
            self._begin_log()
            await self.parts.server.start(self._lock.socket)
        except BaseException as error:
            await self.durable.close()
            self._lock.release()
            if isinstance(error, OSError):
                raise IbtuiError("start_failed", f"The engine does not start ({error}): {cure(error)}") from error
            raise
        self._started = True
        self._lock.announce(self.setting.clock.now(), self.setting.demo)
        self._run()
        return self._lock.socket

    def end(self) -> None:
        """Let `run_until_ended` return, so that the process stops the engine."""
        self._ended.set()

    async def run_until_ended(self) -> None:
        """Wait for a client's shutdown, for `end`, or for a demo that nobody looks at."""
        await self._ended.wait()

    async def stop(self) -> None:
        """End every part within 5 s; working orders stay at the broker. Idempotent."""
        if not self._started:
            return
        self._started = False
        parts = self.parts
        parts.idle.close()
        parts.answers.close()
        parts.recount.close()
        parts.resync.close()
        for name, ending, seconds in (
            ("strategies", parts.supervisor.close, 2.5),
            ("recording", parts.recorder.close, 1.0),
            ("session", parts.session.close, 0.5),
            ("server", parts.server.close, 0.5),
            ("tasks", parts.tasks.close, 0.5),
            ("archive", parts.archive.close, 0.5),
        ):
            try:
                async with asyncio.timeout(seconds):
                    await ending()
            except Exception:  # one part that cannot end must not keep the others from it
                log.exception("%s did not end cleanly", name)
        parts.desk.pursuit.close()  # strategies cancel their entries while they end
        self.durable.journal.write(records.note("RUN_END"))
        await self.durable.close()
        self._lock.release()
        self._ended.set()

    def _recover(self, recovered: Recovered) -> None:
        """Go on from the engine before this one."""
        parts = self.parts
        parts.state.recover(recovered)
        parts.state.log.refill(retold(recovered, self.setting.day_began()))
        parts.state.keep(parts.journal)
        parts.since.recover(recovered)
        parts.resync.recovered()

    def _begin_log(self) -> None:
        state, survival = self.parts.state, self.durable.survival
        begun = records.note("RUN_START", program=__version__, pid=os.getpid(), profile=self.setting.name)
        self.durable.journal.write(begun)
        for words in survival.told:
            state.log.say("ERROR", words)
        for reason in survival.halts:
            state.log.say("ERROR", reason)
            self.parts.latch.add(self.setting.clock.now(), reason)

    def _run(self) -> None:
        """Begin everything that goes on by itself."""
        parts = self.parts
        parts.tasks.start("session", parts.session.run())
        parts.tasks.start("strategies", parts.supervisor.describe_all())
        parts.tasks.start("losses", parts.losses.run())
        parts.tasks.start("clock", parts.clock_watch.run())
        if self.setting.calendars:
            parts.tasks.start("calendar", parts.calendar.run())
        for file in self.setting.signal_files:
            parts.tasks.start("signals", watch(file, parts.signals, parts.state, self.setting.clock))
        parts.recorder.resume()
        parts.clients.begin()


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
