"""What a command line about the past chose: a strategy, its parameters, its bars."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from ibtui.backtest.limits import Ruled
from ibtui.backtest.settings import Settings
from ibtui.backtest.source import Source, read_signals
from ibtui.config import Limits, cache_folder, check_limits, load, strategies_folder
from ibtui.domain.bar import Bar, bar_seconds
from ibtui.domain.failure import IbtuiError
from ibtui.domain.limits import Ceilings
from ibtui.domain.signal import Signal
from ibtui.recording.actions import Action, in_new_shares, read_actions
from ibtui.recording.bars import read_bars, read_length, symbols_of
from ibtui.recording.export import write_bars
from ibtui.recording.folders import is_recording
from ibtui.recording.times import reader
from ibtui.strategies.base import Strategy
from ibtui.strategies.load import Loaded, find
from ibtui.strategies.mistake import sentence
from ibtui.strategies.parameters import Parameter, Value, describe, values

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,20}")


class Past(Struct, frozen=True, kw_only=True):
    """The options of `ibtui.cli.options.over_the_past`, as they were given."""

    data: tuple[str, ...]
    begin: str | None = None
    end: str | None = None
    bar: str | None = None
    cash: float = 100_000.0
    commission: Literal["ib", "none"] = "ib"
    slippage: float = 0.0
    leverage: float = 2.0
    options: Literal["none", "model"] = "none"
    volatility: float | None = None
    """In percent."""
    limits: tuple[str, ...] = ()
    actions: str | None = None
    events: str | None = None
    profile: str = "paper"

    def settings(self, strategy: str, actions: tuple[Action, ...]) -> Settings:
        """What a run assumes; raises IbtuiError for a date or a limit that is none."""
        return Settings(
            cash=self.cash,
            commission=self.commission,
            slippage=self.slippage,
            leverage=self.leverage,
            options=self.options,
            volatility=None if self.volatility is None else self.volatility / 100,
            dividends=in_new_shares(actions),
            ruled=ruled(self.profile, strategy, self.limits),
            since=day(self.begin),
        )


class Chosen(Struct, frozen=True, kw_only=True):
    """Everything a run needs."""

    strategy: type[Strategy]
    name: str
    sha256: str
    typed: dict[str, str]
    """Every parameter as a person would type it."""
    values: dict[str, Value]
    settings: Settings
    source: Source
    symbols: tuple[str, ...]
    """Of the data."""
    events: Path | None

    def signals(self) -> tuple[Signal, ...]:
        """What `--events` names, oldest first; raises IbtuiError for what is no signal."""
        return read_signals(self.events)


def choose(name: str, typed: Sequence[str], past: Past) -> Chosen:
    """Understand a command line; raises IbtuiError with one sentence for what does not fit."""
    loaded = load_strategy(name)
    given = parse_parameters(typed)
    actions = read_actions(Path(past.actions)) if past.actions else ()
    settings, until = past.settings(loaded.name, actions), day(past.end)
    paths = sources(past.data, past.bar, past.profile)
    symbols = symbols_of(paths)
    named = named_length(past.bar, given, loaded.strategy)
    seconds = _read_seconds(paths, until, named)
    wanted = named or seconds
    if wanted < seconds:
        raise IbtuiError("bad_bar", f"The data has bars of {seconds} s; shorter ones cannot be made of them.")
    complete = complete_parameters(loaded.strategy, given, symbols, wanted)
    return Chosen(
        strategy=loaded.strategy,
        name=loaded.name,
        sha256=loaded.sha256,
        typed={
            parameter.name: complete.get(parameter.name, parameter.typed) for parameter in describe(loaded.strategy)
        },
        values=values(loaded.strategy, complete),
        settings=settings,
        source=Source(
            paths=paths,
            seconds=wanted,
            read_seconds=seconds,
            splits=tuple(action for action in actions if action.kind == "split"),
            end=until,
        ),
        symbols=symbols,
        events=Path(past.events) if past.events else None,
    )


def ruled(profile: str, strategy: str, typed: Sequence[str]) -> Ruled:
    """The limits that the desk of a profile has for a strategy, some of them as typed; raises IbtuiError."""
    known = load().profile(profile)
    names = [field.name for field in msgspec.structs.fields(Limits)]
    given: dict[str, object] = {}
    for name, text in parse_parameters(typed).items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}."
            raise IbtuiError("bad_parameter", f"There is no limit {name[:30]!r}: {hint}")
        given[name] = [word.strip().upper() for word in text.split(",")] if name == "symbols" else text
    try:
        account = msgspec.convert({**msgspec.to_builtins(known.limits), **given}, Limits, strict=False)
    except msgspec.ValidationError as error:
        raise IbtuiError("bad_parameter", f"A limit does not fit: {error}.") from None
    check_limits(account, "The limit ")
    return Ruled(
        account=account,
        strategy=known.strategies.get(strategy, Ceilings()),
        groups={symbol: group for group, symbols in known.groups.items() for symbol in symbols},
    )


def _read_seconds(paths: Sequence[Path], until: datetime | None, named: int | None) -> int:
    """Length of the bars in the files; recordings are of ticks, which make bars of the length that is wanted."""
    if all(path.is_dir() for path in paths):
        return named or 60
    seconds, _ = read_length(read_bars([path for path in paths if not path.is_dir()], end=until))
    return seconds


def load_strategy(name: str) -> Loaded:
    """The strategy of that name or path; a file that fails is one sentence with its line (strategy_failed)."""
    try:
        return find(name, strategies_folder())
    except IbtuiError:
        raise
    except Exception as error:
        raise IbtuiError("strategy_failed", sentence(error)) from error


def parse_parameters(typed: Sequence[str]) -> dict[str, str]:
    """`fast=10`, each once; raises IbtuiError `bad_parameter`."""
    found: dict[str, str] = {}
    for text in typed:
        key, equals, value = text.partition("=")
        if not equals or not key.strip().isidentifier():
            raise IbtuiError("bad_parameter", f"A parameter is written name=value, not {text[:40]!r}.")
        found[key.strip()] = value.strip()
    return found


def complete_parameters(
    strategy: type[Strategy], given: Mapping[str, str], symbols: Sequence[str], seconds: int
) -> dict[str, str]:
    """What was typed, and the data's symbols and bar length for parameters that name them and were not typed."""
    complete = dict(given)
    left = [symbol for symbol in symbols if symbol not in given.values()]
    parameters = describe(strategy)
    singles = [p for p in parameters if p.kind == "symbol" and p.name not in given]
    if len(singles) == 1 and len(left) > 1 and not any(p.kind == "symbols" for p in parameters):
        listed = ", ".join(left[:6])
        raise IbtuiError(
            "bad_parameter", f"The data holds {listed}; choose one with --param {singles[0].name}={left[0]}."
        )
    for parameter in parameters:
        if parameter.name not in given:
            _complete(complete, parameter, left, symbols, seconds)
    return complete


def _complete(
    complete: dict[str, str], parameter: Parameter, left: list[str], symbols: Sequence[str], seconds: int
) -> None:
    if parameter.kind == "symbol" and left:
        complete[parameter.name] = left.pop(0)
    elif parameter.kind == "symbols":
        complete[parameter.name] = ",".join(symbols)
    elif parameter.kind == "bar":
        complete[parameter.name] = _length(seconds)


def _length(seconds: int) -> str:
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit}{name}"
    return f"{seconds}s"


def named_length(bar: str | None, given: Mapping[str, str], strategy: type[Strategy]) -> int | None:
    """Seconds of the bars that were asked for, by `--bar` or by the strategy's parameter; None when by neither."""
    named = next((given[p.name] for p in describe(strategy) if p.kind == "bar" and p.name in given), None)
    text = bar or named
    if text is None:
        return None
    try:
        return bar_seconds(text)
    except ValueError as error:
        raise IbtuiError("bad_bar", f"{str(error)[0].upper()}{str(error)[1:]}.") from None


def sources(data: Sequence[str], bar: str | None, profile: str) -> tuple[Path, ...]:
    """Files as named, or one with the bars that IB gave of symbols; raises IbtuiError `no_file` for neither."""
    words = [word for text in data for word in ([text] if Path(text).exists() else text.split(",")) if word.strip()]
    files = [Path(word.strip()) for word in words if Path(word.strip()).exists()]
    names = [word.strip() for word in words if not Path(word.strip()).exists()]
    for name in names:
        if not _SYMBOL.fullmatch(name):
            raise IbtuiError(
                "no_file", f"{name} is not there; give a CSV or Parquet file, or symbols such as AAPL,MSFT."
            )
    if files and names:
        raise IbtuiError("usage", f"{files[0]} is a file and {names[0]} is none; give files or symbols.")
    if names:
        return (_history(names, bar, profile),)
    return tuple(_flat(files))


def _flat(files: Iterable[Path]) -> Iterator[Path]:
    """Files, recordings, and the files of another folder by name."""
    for file in files:
        if not file.is_dir() or is_recording(file):
            yield file
            continue
        found = sorted(p for p in file.iterdir() if p.name.endswith((".csv", ".csv.gz", ".parquet", ".pq")))
        if not found:
            raise IbtuiError("no_file", f"The folder {file} holds no CSV or Parquet files.")
        yield from found


def _history(names: Sequence[str], bar: str | None, profile: str) -> Path:
    """A file of IB's last 5,000 bars of each symbol, by the engine of the profile."""
    from ibtui.cli.engines import caller
    from ibtui.link.messages import Bars, GetBars

    seconds = bar_seconds(bar or "1min")
    found: list[Bar] = []
    with caller(profile) as engine:
        for name in names:
            answer = engine.ask(GetBars(symbol=name, seconds=seconds, count=5_000))
            assert isinstance(answer, Bars)
            found += answer.bars
    found.sort(key=attrgetter("time"))
    file = cache_folder() / "history" / f"{'-'.join(names[:8])}-{seconds}.csv"
    write_bars(file, found)
    return file


def day(text: str | None) -> datetime | None:
    """A date or time as typed, aware; New York's when it does not say. Raises IbtuiError `usage`."""
    if text is None:
        return None
    try:
        return reader(text)(text)
    except ValueError:
        raise IbtuiError("usage", f"{text[:30]!r} is no date; write 2026-03-02.") from None
