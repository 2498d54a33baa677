"""A command of this program run beside the terminal: its progress while it runs, and what it said at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence
from typing import Any

from ibtui.domain.text.sanitize import sanitize

_LONGEST = 64 * 1024 * 1024
"""Bytes of one line that it may print."""


class Child:
    """`ibtui WORDS --json --progress json` as a process; read `progress`, `answer` and `complaint` whenever drawing."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = (*words, "--json", "--progress", "json")
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.progress: float | None = None
        """From 0 to 1; None while it is not known."""
        self.answer: dict[str, Any] | None = None
        self.complaint = ""
        self.over = False

    def start(self) -> None:
        """Run it; must be called in the event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def cancel(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
        elif self._process is None and self._task is not None:
            self._task.cancel()
            self.over = True

    async def _run(self) -> None:
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ibtui", *self._words),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_LONGEST,
                start_new_session=True,
            )
        except OSError as error:
            self.complaint, self.over = f"It could not be started: {error.strerror}.", True
            return
        assert self._process.stdout is not None
        watching = asyncio.create_task(self._watch())
        out = await self._process.stdout.read()
        await watching
        code = await self._process.wait()
        self._take(out, code)

    async def _watch(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            try:
                share = json.loads(line).get("progress")
            except (ValueError, AttributeError):
                self.complaint = sanitize(line.decode("utf-8", "replace"), 200)
            else:
                self.progress = share if isinstance(share, int | float) else None

    def _take(self, out: bytes, code: int) -> None:
        self.over = True
        try:
            found = json.loads(out)
        except ValueError:
            found = {}
        if code == 0 and isinstance(found, dict):
            self.answer = found
            return
        error = found.get("error") if isinstance(found, dict) else None
        cancelled = code in (130, -signal.SIGINT)
        said = str(error.get("message")) if isinstance(error, dict) else self.complaint
        self.complaint = "Cancelled." if cancelled else sanitize(said or f"It ended with exit code {code}.", 300)
