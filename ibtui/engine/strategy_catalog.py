"""Which strategies there are: built-in ones and the user's files, each described by a worker, never imported here."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

from msgspec import Struct

from ibtui.domain.text import sanitize
from ibtui.engine.worker_process import WorkerProcess
from ibtui.link.status import Parameter
from ibtui.link.worker import Described, Failed, Finished, FromWorker, Load

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_RESERVED = frozenset({"you", "other", "all"})


class Entry(Struct, frozen=True, kw_only=True):
    """One strategy that could be started, or why it cannot."""

    name: str
    file: str = ""
    """Empty for a built-in."""
    sha256: str = ""
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    for_trader: bool = False
    guards: bool = False
    """It takes up the trader's own protective stops when it is started."""
    failure: str = ""
    """Why its file cannot be used, one sentence."""

    @property
    def previewed(self) -> bool:
        """A person is shown what it would do before it starts: it works on the person's own order or stops."""
        names = {parameter.name for parameter in self.parameters}
        return self.for_trader and (self.guards or {"symbol", "side", "quantity"} <= names)


class Catalog:
    """Every strategy by name, built-ins first, then files by name."""

    def __init__(self, folder: Path, patience: float) -> None:
        self._folder = folder
        self._patience = patience
        self._builtin: dict[str, Entry] = {}
        self._files: dict[str, Entry] = {}

    @property
    def entries(self) -> dict[str, Entry]:
        return {**self._builtin, **{name: one for name, one in self._files.items() if name not in self._builtin}}

    def learn(self, described: Described, file: str) -> None:
        """Take what a worker just said about a strategy."""
        entries = self._files if file else self._builtin
        entries[described.name] = _entry(described, file)

    async def refresh(self) -> list[str]:
        """Describe what is new or has changed; returns sentences about what is in the way."""
        if not self._builtin:
            described, failure = await describe(Load(name=""), self._patience)
            self._builtin = {one.name: _entry(one, "") for one in described}
            if failure:
                return [f"The built-in strategies cannot be loaded: {failure}"]
        files = sorted(self._folder.glob("*.py")) if self._folder.is_dir() else []
        # One after the other: the machine has other work, and a strategy's import may take all it can get.
        self._files = {file.stem: await self._file(file) for file in files if not file.stem.startswith("_")}
        return [
            f"{self._files[name].file} has the name of a built-in strategy and is not used; rename it."
            for name in self._files
            if name in self._builtin
        ]

    async def _file(self, file: Path) -> Entry:
        name = sanitize(file.stem, 32)
        if not _NAME.fullmatch(file.stem) or file.stem in _RESERVED:
            return Entry(name=name, file=str(file), failure="Rename the file: a-z, 0-9 and _, a letter first.")
        try:
            digest = hashlib.sha256(await asyncio.to_thread(file.read_bytes)).hexdigest()
        except OSError as error:
            return Entry(name=name, file=str(file), failure=f"The file cannot be read: {error.strerror}.")
        known = self._files.get(name)
        if known is not None and known.sha256 == digest:
            return known
        described, failure = await describe(Load(name=name, file=str(file)), self._patience)
        if described:
            return _entry(described[0], str(file))
        return Entry(name=name, file=str(file), sha256=digest, failure=failure)


def _entry(described: Described, file: str) -> Entry:
    return Entry(
        name=described.name,
        file=file,
        sha256=described.sha256,
        summary=sanitize(described.summary, 120),
        parameters=described.parameters,
        for_trader=described.for_trader,
        guards=described.guards,
    )


async def describe(load: Load, seconds: float) -> tuple[list[Described], str]:
    """What a short-lived worker says to `load`: descriptions, or why there are none."""
    described: list[Described] = []
    failures: list[str] = []
    finished = asyncio.Event()

    def take(message: FromWorker) -> None:
        if isinstance(message, Described):
            described.append(message)
        elif isinstance(message, Failed):
            failures.append(sanitize(message.message))
        if isinstance(message, Failed | Finished) or (load.name and described):
            finished.set()

    try:
        worker = await WorkerProcess.spawn(take, finished.set)
    except OSError as error:
        return [], f"its process could not be started: {error.strerror}."
    worker.say(load)
    try:
        async with asyncio.timeout(seconds):
            await finished.wait()
    except TimeoutError:
        failures.append(f"Its import did not end within {seconds:g} s.")
    finally:
        fault = worker.fault
        worker.end()
        await worker.ended.wait()
    if not described and not failures:
        failures.append(f"Its import ended the process ({fault or worker.exit_words}).")
    return described, failures[0] if failures else ""
