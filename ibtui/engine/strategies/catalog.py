"""Which strategies there are: built-in ones and the user's files, each described by a worker, never imported here.

A file that was not approved as it is now is read and not run: a worker says what is written in it.
"""

from __future__ import annotations

import asyncio
import os
import re
import string
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct

from ibtui.domain.order import LONGEST_OWNER
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.worker_process import WorkerProcess
from ibtui.link.status import ParameterStatus
from ibtui.link.worker import Described, Failed, Finished, FromWorker, Load, Look

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LABEL = frozenset(f"{string.ascii_letters}{string.digits}_-")
MOST = 1_000
"""Files of the folder that are looked at for changes."""
_RESERVED = frozenset({"you", "other", "all"})


class Entry(Struct, frozen=True, kw_only=True):
    """One strategy that could be started, or why it cannot."""

    name: str
    file: str = ""
    """The file that it stands in; empty for a built-in."""
    sha256: str = ""
    summary: str = ""
    parameters: tuple[ParameterStatus, ...] = ()
    for_trader: bool = False
    guards: bool = False
    """It takes up the trader's own protective stops when it is started."""
    failure: str = ""
    """Why its file cannot be used, one sentence."""
    unsafe: bool = False
    """Others could write its file, or a folder above it."""
    ran: bool = True
    """What is said here was said by the running file; False where it was only read."""

    @property
    def previewed(self) -> bool:
        """A person is shown what it would do before it starts: it works on the person's own order or stops."""
        names = {parameter.name for parameter in self.parameters}
        return self.for_trader and (self.guards or {"symbol", "side", "quantity"} <= names)

    def run_name(self, name: str, parameters: dict[str, str]) -> str:
        """An execution algorithm without a label is named after what it works on: guard.AAPL."""
        if "." in name or not self.for_trader:
            return name
        symbol = next((p for p in self.parameters if p.kind == "symbol"), None)
        value = "" if symbol is None else parameters.get(symbol.name, symbol.default)
        room = max(LONGEST_OWNER - len(f"{name}."), 0)
        label = "".join(letter for letter in value if letter in _LABEL)[:room]
        return f"{name}.{label}" if label else name


class Catalog:
    """Every strategy by name, built-ins first, then files by name."""

    def __init__(self, folder: Path, patience: float, approved: Callable[[str], str], memory: int) -> None:
        self._folder = folder
        self._patience = patience
        self._approved = approved
        """The sha256 that a file of that name may run with."""
        self._memory = memory
        self._builtin: dict[str, Entry] = {}
        self._files: dict[str, Entry] = {}
        self._seen: object = None
        """How the folder stood when it was last read."""

    @property
    def entries(self) -> dict[str, Entry]:
        return {**self._builtin, **{name: one for name, one in self._files.items() if name not in self._builtin}}

    def for_trader(self, name: str) -> bool:
        """Whether a strategy is an execution algorithm: what it guards and closes is the account's position."""
        base = name.partition(".")[0]
        entry = self._builtin.get(base) or self._files.get(base)
        return entry is not None and entry.for_trader

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
        seen = await asyncio.to_thread(_facts, self._folder)
        if seen != self._seen:
            self._files = await self._read()
            self._seen = seen
        for name, entry in self._files.items():
            if entry.sha256 and not entry.ran and self._approved(name) == entry.sha256:
                self._files[name] = await self._run(entry)
        return [
            f"{self._files[name].file} has the name of a built-in strategy and is not used; rename it."
            for name in self._files
            if name in self._builtin
        ]

    async def _read(self) -> dict[str, Entry]:
        """What the files say of themselves, with nothing of them run."""
        found = await asyncio.to_thread(_listed, self._folder)
        named = {file.stem: str(file) for file in found if _NAME.fullmatch(file.stem) and file.stem not in _RESERVED}
        entries = {one.name: self._kept(one) for one in await self._look(named)}
        for file in found:
            if file.stem not in named:
                name = sanitize(file.stem, 32)
                failure = "Rename the file: a-z, 0-9 and _, a letter first."
                entries[name] = Entry(name=name, file=str(file), failure=failure)
        return dict(sorted(entries.items()))

    def _kept(self, read: Entry) -> Entry:
        """What is known of a file that is the one it was."""
        known = self._files.get(read.name)
        same = known is not None and known.sha256 == read.sha256 and known.file == read.file and not read.failure
        return known if known is not None and same else read

    async def _look(self, files: dict[str, str]) -> list[Entry]:
        """Each file as it was read; one that ends its reader costs itself."""
        entries: list[Entry] = []
        left = dict(files)
        while left:
            described, failure = await describe(Look(files=left), self._patience)
            entries += [_entry(one, left[one.name], ran=False) for one in described]
            for one in described:
                left.pop(one.name)
            if not failure:
                break
            if left:
                name, file = next(iter(left.items()))
                del left[name]
                entries.append(Entry(name=name, file=file, failure=f"Reading it failed: {failure}"))
        return entries

    async def _run(self, entry: Entry) -> Entry:
        """An approved file describes itself."""
        load = Load(name=entry.name, file=entry.file, sha256=entry.sha256, memory=self._memory)
        described, failure = await describe(load, self._patience)
        if described:
            return _entry(described[0], entry.file)
        return Entry(name=entry.name, file=entry.file, sha256=entry.sha256, failure=failure)


def _listed(folder: Path) -> list[Path]:
    """The files of strategies; those that begin with _ are none."""
    try:
        return sorted(file for file in folder.glob("*.py") if not file.stem.startswith("_"))
    except OSError:
        return []


def _facts(folder: Path) -> list[tuple[object, ...]]:
    """What shows that a file of the folder, or what it imports from there, is another one, or belongs to others."""
    return list(_stats(folder))


def _sources(folder: Path) -> Iterator[Path]:
    """The folder's files and those of its packages; what else lies below it is none of a strategy's."""
    for here, below, files in os.walk(folder):
        below[:] = sorted(name for name in below if os.path.isfile(os.path.join(here, name, "__init__.py")))
        yield from (Path(here, name) for name in sorted(files) if name.endswith(".py"))


def _stats(folder: Path) -> Iterator[tuple[object, ...]]:
    try:
        for path in [*folder.resolve().parents, folder, *islice(_sources(folder), MOST)]:
            found = path.stat()
            changed = () if path in folder.parents else (found.st_mtime_ns, found.st_ctime_ns, found.st_size)
            yield str(path), found.st_ino, found.st_uid, found.st_gid, found.st_mode, changed
    except OSError as error:
        yield (str(error),)


def _entry(described: Described, file: str, *, ran: bool = True) -> Entry:
    return Entry(
        name=described.name,
        file=file,
        sha256=described.sha256,
        summary=sanitize(described.summary, 120),
        parameters=described.parameters,
        for_trader=described.for_trader,
        guards=described.guards,
        failure=sanitize(described.failure),
        unsafe=described.unsafe,
        ran=ran,
    )


async def describe(load: Load | Look, seconds: float) -> tuple[list[Described], str]:
    """What a short-lived worker says to `load`: descriptions, or why there are none."""
    described: list[Described] = []
    failures: list[str] = []
    finished = asyncio.Event()

    def take(message: FromWorker) -> None:
        if isinstance(message, Described):
            described.append(message)
        elif isinstance(message, Failed):
            failures.append(sanitize(message.message))
        if isinstance(message, Failed | Finished) or (isinstance(load, Load) and load.name and described):
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
    if not failures and (not described or (isinstance(load, Look) and len(described) < len(load.files))):
        failures.append(f"Its import ended the process ({fault or worker.exit_words}).")
    return described, failures[0] if failures else ""
