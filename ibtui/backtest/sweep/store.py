"""What is known already, one line of JSON a run: an interrupted sweep goes on where it was."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from ibtui.backtest.sweep.trial import Trial, TrialOutcome
from ibtui.domain.failure import IbtuiError


class OutcomeStore:
    """Outcomes of one task in a file; `file` None keeps nothing. Raises IbtuiError `no_file` when it cannot write."""

    def __init__(self, file: Path | None) -> None:
        self._known: dict[str, TrialOutcome] = {}
        self._file = None
        if file is None:
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._file = file.open("a+b")
            self._read()
        except OSError as error:
            raise IbtuiError("no_file", f"{file} cannot be written: {error.strerror}.") from None

    def _read(self) -> None:
        """Every whole line; one that a crash cut off is run again."""
        assert self._file is not None
        self._file.seek(0)
        data = self._file.read()
        for line in data.splitlines():
            try:
                outcome = msgspec.json.decode(line, type=TrialOutcome)
            except msgspec.DecodeError:
                continue
            self._known[outcome.trial.key] = outcome
        if data and not data.endswith(b"\n"):
            self._file.write(b"\n")

    def get(self, trial: Trial) -> TrialOutcome | None:
        """What came of a trial before."""
        return self._known.get(trial.key)

    def add(self, outcome: TrialOutcome) -> None:
        """Keep an outcome, on disk before this returns."""
        self._known[outcome.trial.key] = outcome
        if self._file is not None:
            self._file.write(msgspec.json.encode(outcome) + b"\n")
            self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
