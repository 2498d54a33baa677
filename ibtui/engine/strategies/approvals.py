"""Which strategy a name means, and whether its file may run: a person looks at every version of it once."""

from __future__ import annotations

from pathlib import Path

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.naming import meant
from ibtui.engine.strategies import trial as strategy_trial
from ibtui.engine.strategies.catalog import Catalog, Entry
from ibtui.engine.strategies.run_facts import Launch
from ibtui.engine.strategies.store import StrategyStore
from ibtui.link.worker import Load


class Approvals:
    """The catalogue, as far as its strategies may run."""

    def __init__(self, catalog: Catalog, store: StrategyStore, patience: float, memory: int) -> None:
        """`patience` is how long a trial may take, in seconds; `memory` is in MiB, 0 for a share of the machine."""
        self._catalog = catalog
        self._store = store
        self._patience = patience
        self._memory = memory

    def launch(self, name: str, entry: Entry, *, shadow: bool) -> Launch:
        """What a run of that name is started with."""
        sha256 = entry.sha256 if entry.file else ""
        return Launch(name=name, file=entry.file, sha256=sha256, memory=self._memory, shadow=shadow)

    async def known(self, name: str, write: str = "") -> Entry:
        """The strategy of that name as its file is now; raises IbtuiError `unknown_strategy`.

        `write` is the line that was meant, with `{}` where the name belongs.
        """
        await self._catalog.refresh()
        return self.entry(name, write)

    async def trial(self, name: str, parameters: dict[str, str]) -> None:
        """Have the strategy take the parameters without a run; raises IbtuiError when they do not fit.

        Nothing of a file that was not approved is run for that: raises IbtuiError `not_approved`.
        """
        entry = self.entry(name)
        self.check(entry)
        if self._is_new(entry):
            raise IbtuiError(
                "not_approved",
                f"{Path(entry.file).name} is new and nothing of it has run: what it takes is known when you start it, "
                f"or after `approve {entry.name}`.",
            )
        launch = self.launch(entry.name, entry, shadow=False)
        load = Load(name=launch.name, file=launch.file, sha256=launch.sha256, memory=launch.memory)
        await strategy_trial.trial(load, parameters, self._patience)

    def _is_new(self, entry: Entry) -> bool:
        return bool(entry.file) and not self._store.approved(entry.name)

    def check(self, entry: Entry) -> None:
        """The first start of a file approves it; a file that is another one since then wants a person's look."""
        if entry.unsafe:
            raise IbtuiError("unsafe_file", entry.failure)
        approved = self._store.approved(entry.name)
        if entry.file and approved and approved != entry.sha256:
            raise IbtuiError(
                "not_approved",
                f"{Path(entry.file).name} has changed since it was approved, or what it imports from its folder: "
                f"look at it, then `approve {entry.name}`.",
            )

    async def first_start(self, entry: Entry, again: bool) -> Entry:
        """The strategy as it says itself; a new file is approved by that, unless it is started `again`."""
        if not self._is_new(entry):
            return entry
        if again:
            raise IbtuiError("not_approved", f"{Path(entry.file).name} was never approved: `approve {entry.name}`.")
        self._store.approve(entry.name, entry.sha256)
        return await self.known(entry.name)

    async def approve(self, name: str) -> str:
        """Let a changed file run; raises IbtuiError `unknown_strategy`, or `no_file` for a built-in."""
        entry = self.approvable(await self.known(name))
        self._store.approve(entry.name, entry.sha256)
        await self._catalog.refresh()
        return f"{Path(entry.file).name} is approved as it is now (sha256 {entry.sha256[:12]})."

    def approvable(self, entry: Entry) -> Entry:
        """The strategy, if a file of it could be approved; raises IbtuiError: no_file, unsafe_file, bad_strategy."""
        if not entry.file:
            raise IbtuiError("no_file", f"{entry.name} is built in; there is no file to approve.")
        if entry.unsafe:
            raise IbtuiError("unsafe_file", entry.failure)
        if not entry.sha256:
            raise IbtuiError("bad_strategy", entry.failure)
        return entry

    def entry(self, name: str, write: str = "") -> Entry:
        """The strategy of that name, as it was last read; raises as `known` does."""
        entries = self._catalog.entries
        base = name.partition(".")[0]
        if base in entries:
            return entries[base]
        raise IbtuiError("unknown_strategy", f"There is no strategy {name[:20]!r}: {meant(base, entries, write)}")
