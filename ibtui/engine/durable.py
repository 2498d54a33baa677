"""What outlives an engine: the journal, the safety file behind it, and what is agreed between both."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial

from ibtui.domain.order import new_ref
from ibtui.engine.journal.journal import Journal, Recovered
from ibtui.engine.journal.safety import Safety
from ibtui.engine.setting import Setting
from ibtui.engine.survival import Survival
from ibtui.engine.troubles import Troubles


class Durable:
    """Opened before anything else of an engine is made, and closed after everything else has ended."""

    def __init__(self, setting: Setting) -> None:
        self.troubles = Troubles()
        folders, told = setting.folders, self.troubles.tell
        self.journal = Journal(folders.journal, setting.clock, new_ref(), partial(told, "journal"))
        self.safety = Safety(folders.state, partial(told, "safety file"))
        self.survival = Survival(self.journal, self.safety)

    def open(self, since: datetime) -> Recovered:
        """Read what the engine before knew, agree, and begin to write; orders that ended before `since` stay on disk.

        Raises IbtuiError `journal_failed` or `wrong_account`.
        """
        recovered = self.journal.open(since)
        self.survival.open()
        self.journal.start()
        self.safety.start()
        self.survival.start()
        return recovered

    async def kept(self) -> None:
        """Wait until what must survive everything is in both files; raises IbtuiError `journal_failed`."""
        await asyncio.gather(self.journal.commit(), self.safety.kept())

    async def close(self) -> None:
        """Write what is queued, then close the files."""
        await self.journal.close()
        await self.safety.close()
