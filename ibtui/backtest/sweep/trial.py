"""One run of a sweep, wherever it happens: what is sent there, and what comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

import msgspec
from msgspec import Struct

from ibtui import __version__
from ibtui.backtest.result import Result
from ibtui.backtest.run import run
from ibtui.backtest.settings import Settings
from ibtui.backtest.source import BarSource, read_signals
from ibtui.backtest.statistics import Statistics, statistics
from ibtui.backtest.summary import TradeCounts
from ibtui.backtest.sweep.luck import Moments, moments
from ibtui.domain.failure import IbtuiError
from ibtui.recording.playing import Moment, began
from ibtui.strategies.author.parameters import traded, values
from ibtui.strategies.load import Loaded, find
from ibtui.strategies.mistake import sentence

HASHED = 64 * 1024 * 1024
"""Bytes of a file that is told by its bytes."""


class SweepTask(Struct, frozen=True, kw_only=True):
    """What every run of a sweep shares; small, and the same wherever the files can be read."""

    strategy: str
    """A built-in's name, or the path of a file."""
    folder: Path
    """The folder that the user's strategies are in."""
    sha256: str
    fixed: dict[str, str]
    source: BarSource
    settings: Settings
    events: Path | None = None

    @property
    def digest(self) -> str:
        """The same for what gives the same results: of strategy, data, settings and this program's version."""
        facts = [_facts(path) for path in (*self.source.paths, self.events) if path is not None]
        data = msgspec.json.encode([__version__, self, facts], enc_hook=str, order="deterministic")
        return hashlib.sha256(data).hexdigest()


def _facts(path: Path) -> list[str]:
    """What tells that data has changed: of files that are read quickly their bytes, of others size and time."""
    found = [str(path.resolve())]
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        facts = file.stat()
        small = file.is_file() and facts.st_size <= HASHED
        found.append(hashlib.sha256(file.read_bytes()).hexdigest() if small else f"{facts.st_size} {facts.st_mtime_ns}")
    return found


class Trial(Struct, frozen=True, kw_only=True):
    """One point, over all of the data or a part of it."""

    values: dict[str, str]
    begin: datetime | None = None
    end: datetime | None = None

    @property
    def key(self) -> str:
        """The same for the same run."""
        return msgspec.json.encode(self, order="deterministic").decode()


class TrialOutcome(Struct, frozen=True, kw_only=True):
    """What came of a trial."""

    trial: Trial
    statistics: Statistics | None = None
    """None when it did not run."""
    final_equity: float = 0.0
    fills: int = 0
    trades: TradeCounts = TradeCounts(closed=0, open=0)
    returns: Moments = Moments()
    """Moments of the daily returns, which tell luck from skill."""
    ruined: date | None = None
    """The day on which equity was at or below zero, which ended the run."""
    refused: str = ""
    """Why these values do not fit together."""
    failed: str = ""
    """What the strategy did wrong."""


def evaluate(task: SweepTask, trial: Trial) -> TrialOutcome:
    """Run a trial; a strategy's mistake is an outcome, data that cannot be read raises IbtuiError."""
    loaded = _loaded(task.strategy, task.folder, task.sha256)
    settings = msgspec.structs.replace(task.settings, since=trial.begin or task.settings.since)
    try:
        chosen = values(loaded.strategy, {**task.fixed, **trial.values})
        result = run(
            loaded.strategy,
            _until(task.source.of(traded(loaded.strategy, chosen), again=True), trial.end),
            chosen,
            settings,
            seconds=task.source.seconds,
            symbols=task.source.symbols,
            signals=read_signals(task.events),
        )
    except IbtuiError as error:
        if error.code != "bad_parameter":
            raise
        return TrialOutcome(trial=trial, refused=error.message)
    except Exception as error:
        return TrialOutcome(trial=trial, failed=sentence(error))
    return _outcome(trial, result)


def _outcome(trial: Trial, result: Result) -> TrialOutcome:
    return TrialOutcome(
        trial=trial,
        statistics=statistics(result),
        final_equity=round(result.final_equity, 2),
        fills=result.trades.fill_count,
        trades=TradeCounts(closed=result.trades.closed_count, open=result.open_trades),
        ruined=result.ruined,
        returns=moments(result),
    )


def _until(moments: Iterable[Moment], end: datetime | None) -> Iterable[Moment]:
    return moments if end is None else takewhile(lambda moment: began(moment) < end, moments)


@lru_cache(maxsize=4)
def _loaded(text: str, folder: Path, sha256: str) -> Loaded:
    loaded = find(text, folder)
    if loaded.sha256 != sha256:
        raise IbtuiError("changed_file", f"The strategy {loaded.name} is not the same where it runs; copy the file.")
    return loaded
