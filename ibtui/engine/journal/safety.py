"""The safety file: what must survive everything, beside the journal and without it, on the disk before the answer."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.disk import cure
from ibtui.engine.journal.safety_copies import Copies, Kept

KEPT_SECONDS = 1.0
"""Who asks whether a change is on the disk is told no after this time."""
RETRY_SECONDS = 5.0
"""After the disk refused a change."""
ORDER_IDS = 200
"""Order ids that are noted at once as used, so that an order seldom waits for this file."""

Settle = Callable[[OSError | None], None]


class Safety:
    """Small texts by key, and order ids; changed in memory at once, on the disk by a thread of its own.

    `on_failure` is called in the event loop's thread with one sentence when the disk refused a change, and with an
    empty one when it takes them again.
    """

    def __init__(self, folder: Path, on_failure: Callable[[str], None]) -> None:
        self._copies = Copies(folder)
        self._on_failure = on_failure
        self._events: Callable[[], int] = lambda: 0
        self._kept = Kept()
        self._on_disk = self._kept
        self._newest: Kept | None = None
        """In the writer's thread: what is to be written."""
        self._failing = False
        self._queue: queue.SimpleQueue[tuple[Kept, Settle] | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> tuple[Kept | None, list[str]]:
        """What the last engine kept, None when there is nothing, and what is wrong with the file, a phrase each.

        Raises IbtuiError `journal_failed` when another version of ibtui wrote it.
        """
        found, wrong = self._copies.read()
        self._kept = found or Kept()
        self._on_disk = self._kept
        return found, wrong

    def begin(self, kept: Kept, events: Callable[[], int] = lambda: 0) -> None:
        """Write the first state of this engine and wait for it: both copies stand then.

        `events` tells from then on how many events the journal has on the disk.

        Raises IbtuiError `journal_failed` when the disk refuses.
        """
        self._events = events
        self._kept = replace(kept, number=self._kept.number)
        try:
            for _ in self._copies.paths:
                self._kept = replace(self._kept, number=self._kept.number + 1)
                self._copies.write(self._kept)
        except OSError as error:
            raise IbtuiError("journal_failed", f"{self._sentence(error)} The engine does not start.") from None
        self._on_disk = self._kept

    def start(self) -> None:
        """Take changes; call in the event loop that will await them."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="safety", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Write what is queued, then end."""
        thread, self._thread = self._thread, None
        if thread is not None:
            if self._kept.events < self._events():
                self._change()
            self._queue.put(None)
            await asyncio.to_thread(thread.join, KEPT_SECONDS)

    def text(self, key: str) -> str:
        """The text of that key; empty when there is none."""
        return self._kept.texts.get(key, "")

    def put(self, key: str, text: str) -> None:
        """Change a text, now in memory and as soon as possible on the disk."""
        if self.text(key) != text:
            self._change(texts={**self._kept.texts, key: text})

    async def kept(self) -> None:
        """Return once every change is on the disk; raises IbtuiError `journal_failed`, also after 1 s."""
        if self._on_disk is self._kept:
            return
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put((self._kept, self._settling(written)))
        try:
            async with asyncio.timeout(KEPT_SECONDS):
                await written
        except TimeoutError:
            words = f"The safety file took longer than {KEPT_SECONDS:g} s to write"
            raise IbtuiError("journal_failed", f"{words}: look at the disk, then try again.") from None

    def order_id(self, client_id: int) -> int:
        """The largest order id that may have been used; 0 when none."""
        return self._kept.order_ids.get(str(client_id), 0)

    async def reach(self, client_id: int, order_id: int) -> None:
        """Return once the disk holds that this order id may be used; raises IbtuiError `journal_failed`."""
        client = str(client_id)
        if order_id + ORDER_IDS // 2 > self.order_id(client_id):  # early, so that an order seldom waits
            self._change(order_ids={**self._kept.order_ids, client: order_id + ORDER_IDS})
        if order_id > self._on_disk.order_ids.get(client, 0):
            await self.kept()

    def _change(self, **changed: object) -> None:
        self._kept = replace(self._kept, number=self._kept.number + 1, events=self._events(), **changed)
        self._queue.put((self._kept, lambda error: None))

    def _settling(self, written: asyncio.Future[None]) -> Settle:
        def settle(error: OSError | None) -> None:
            if written.done():
                return
            if error is None:
                written.set_result(None)
            else:
                written.set_exception(IbtuiError("journal_failed", self._sentence(error)))

        return settle

    def _sentence(self, error: OSError) -> str:
        return f"The safety file {self._copies.paths[0]} cannot be written: {cure(error)}"

    # the writer thread

    def _work(self) -> None:
        refused: Kept | None = None
        going = True
        while going:
            kept, waiting = refused, list[Settle]()
            with contextlib.suppress(queue.Empty):
                going = self._take(self._queue.get(timeout=RETRY_SECONDS if refused else None), waiting)
                while going and not self._queue.empty():
                    going = self._take(self._queue.get(), waiting)
            kept = self._newest or kept
            self._newest = None
            if kept is not None:
                refused = None if self._write(kept, waiting) else kept

    def _take(self, entry: tuple[Kept, Settle] | None, waiting: list[Settle]) -> bool:
        if entry is not None:
            self._newest = entry[0]
            waiting.append(entry[1])
        return entry is not None

    def _write(self, kept: Kept, waiting: list[Settle]) -> bool:
        error: OSError | None = None
        try:
            self._copies.write(kept)
        except OSError as refused:
            error = refused
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._settle, kept, waiting, error)
        return error is None

    # back in the loop

    def _settle(self, kept: Kept, waiting: list[Settle], error: OSError | None) -> None:
        if error is None:
            self._on_disk = kept
        turned, self._failing = self._failing is not (error is not None), error is not None
        if turned:
            self._on_failure("" if error is None else self._sentence(error))
        for settle in waiting:
            settle(error)
