"""What a command line about the past chose: a strategy, its parameters, its bars."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from ibtui.backtest.settings import Settings
from ibtui.backtest.source import BarSource, read_signals
from ibtui.cli.contracts import reference
from ibtui.cli.sources import day, named_length, read_seconds, sources
from ibtui.config import check_limits, load, strategies_folder
from ibtui.domain.bar import BarHours
from ibtui.domain.currency import CURRENCIES, NO_RATES, ExchangeRates
from ibtui.domain.failure import IbtuiError
from ibtui.domain.limits import Limits, of_strategy, without
from ibtui.domain.reference.pairs import pair_in
from ibtui.domain.signal import Signal
from ibtui.domain.text.number import NotANumberError, read_number
from ibtui.recording.actions import DividendOrSplit, in_new_shares, read_actions
from ibtui.recording.bars import symbols_of
from ibtui.risk.margin_rule import margin_rule
from ibtui.risk.paper_ceilings import PaperRules
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import Parameter, Value, describe, traded, values
from ibtui.strategies.load import Loaded, find, look_at
from ibtui.strategies.mistake import sentence

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,20}")


class PastOptions(Struct, frozen=True, kw_only=True):
    """The options of `ibtui.cli.options.over_the_past`, as they were given."""

    data: tuple[str, ...]
    given: tuple[str, ...] = ()
    begin: str | None = None
    end: str | None = None
    bar: str | None = None
    hours: BarHours | None = None
    cash: float = 100_000.0
    currency: str = "USD"
    rates: tuple[str, ...] = ()
    commission: Literal["ib", "none"] = "ib"
    slippage: float = 0.0
    leverage: float = 2.0
    margin: tuple[str, ...] = ()
    borrow_fee: float = 0.0
    """Percent a year, as the other rates."""
    interest: float = 0.0
    credit_interest: float = 0.0
    options: Literal["none", "model"] = "none"
    volatility: float | None = None
    """A year's volatility for priced options, in percent; None takes the realised one."""
    limits: tuple[str, ...] = ()
    actions: str | None = None
    events: str | None = None
    profile: str = "paper"

    def settings(self, strategy: str, actions: tuple[DividendOrSplit, ...]) -> Settings:
        """What a run assumes; raises IbtuiError for a date or a limit that is none."""
        return Settings(
            cash=self.cash,
            currency=currency(self.currency),
            rates=rates(self.rates),
            commission=self.commission,
            slippage=self.slippage,
            leverage=self.leverage,
            margin=margin_rule(self.margin),
            borrow_fee=self.borrow_fee / 100,
            interest=self.interest / 100,
            credit_interest=self.credit_interest / 100,
            options=self.options,
            volatility=None if self.volatility is None else self.volatility / 100,
            dividends=in_new_shares(actions),
            splits=tuple(action for action in actions if action.kind == "split"),
            rules=rules(self.profile, strategy, self.limits),
            since=day(self.begin),
            hours=self.hours or load().profile(self.profile).bar_hours,
        )


class Chosen(Struct, frozen=True, kw_only=True):
    """Everything that a run over past data needs, as the options chose it."""

    strategy: type[Strategy]
    name: str
    sha256: str
    typed: dict[str, str]
    """Every parameter as a person would type it."""
    values: dict[str, Value]
    settings: Settings
    source: BarSource
    symbols: tuple[str, ...]
    """The symbols that the data has bars of."""
    events: Path | None

    @property
    def traded(self) -> tuple[str, ...]:
        """What the parameters say that it trades; nothing when they do not say."""
        return traded(self.strategy, self.values)

    def signals(self) -> tuple[Signal, ...]:
        """What `--events` names, oldest first; raises IbtuiError for what is no signal."""
        return read_signals(self.events)


def choose(name: str, typed: Sequence[str], past: PastOptions) -> Chosen:
    """Understand a command line; raises IbtuiError with one sentence for what does not fit."""
    loaded = load_strategy(name)
    given = parse_parameters(typed)
    actions = read_actions(Path(past.actions)) if past.actions else ()
    settings, until = past.settings(loaded.name, actions), day(past.end)
    named, hours = named_length(past.bar, given, loaded.strategy), settings.hours
    paths = sources(past.data, named, settings.since, until, past.profile, settings.hours)
    symbols = symbols_of(paths)
    seconds = read_seconds(paths, until, named)
    wanted = named or seconds
    if wanted < seconds:
        raise IbtuiError("bad_bar", f"The data has bars of {seconds} s; shorter ones cannot be made of them.")
    complete = complete_parameters(loaded.strategy, given, symbols, wanted)
    chosen = values(loaded.strategy, complete)
    trades = traded(loaded.strategy, chosen)
    if trades and not set(trades) & set(symbols):
        raise IbtuiError("no_bars", f"It trades {', '.join(trades[:6])}; the data holds {', '.join(symbols[:6])}.")
    instruments = reference(past.given, symbols, past.profile).all_of(trades or symbols, symbols)
    return Chosen(
        strategy=loaded.strategy,
        name=loaded.name,
        sha256=loaded.sha256,
        typed={
            parameter.name: complete.get(parameter.name, parameter.typed) for parameter in describe(loaded.strategy)
        },
        values=chosen,
        settings=msgspec.structs.replace(settings, instruments=instruments),
        source=BarSource(
            paths=paths,
            seconds=wanted,
            read_seconds=seconds,
            splits=tuple(action for action in actions if action.kind == "split"),
            end=until,
            symbols=symbols,
            instruments=tuple(instruments.values()),
            hours=hours,
        ),
        symbols=symbols,
        events=_events(past.events, paths),
    )


def _events(named: str | None, paths: Sequence[Path]) -> Path | None:
    """The signals to tell: those of the file that was named, else those of the recording that is run over."""
    if named is not None:
        return Path(named)
    return paths[0] if len(paths) == 1 and paths[0].is_dir() else None


def rules(profile: str, strategy: str, typed: Sequence[str]) -> PaperRules:
    """The limits that the desk of a profile has for a strategy, some of them as typed; raises IbtuiError."""
    known = load().profile(profile)
    given = parse_parameters(typed)
    names = [field.name for field in msgspec.structs.fields(Limits)]
    for name in given:
        if name not in names:
            words = f"There is no limit {name[:30]!r}. The limits are {', '.join(names)}."
            raise IbtuiError("bad_parameter", words)
    off = [name for name, text in given.items() if text.lower() == "none"]
    numbers = {name: _limit(name, text) for name, text in given.items() if name not in off}
    try:
        limits = msgspec.convert({**msgspec.to_builtins(known.limits), **numbers}, Limits, strict=False)
    except msgspec.ValidationError as error:
        raise IbtuiError("bad_parameter", f"A limit does not fit: {error}.") from None
    check_limits(limits, "The limit ")
    return PaperRules(
        limits=without(limits, off),
        strategy=of_strategy(known.strategies, strategy),
        groups={symbol: group for group, symbols in known.groups.items() for symbol in symbols},
        owner=strategy,
    )


def _limit(name: str, text: str) -> object:
    """A limit as the configuration would hold it; raises IbtuiError `bad_parameter` for what is no number."""
    if name == "symbols":
        return [word.strip().upper() for word in text.split(",")]
    if name in ("hours", "delayed_quotes"):
        return text
    try:
        return str(read_number(text))
    except NotANumberError as error:
        raise IbtuiError("bad_parameter", f"The limit {name} {error}; the word none switches it off.") from None


def currency(typed: str) -> str:
    """The code of a currency; raises IbtuiError `bad_parameter`."""
    code = typed.strip().upper()
    if code not in CURRENCIES:
        raise IbtuiError("bad_parameter", f"There is no currency {typed[:20]!r}: write one of {', '.join(CURRENCIES)}.")
    return code


def rates(typed: Sequence[str]) -> ExchangeRates:
    """`USD.JPY=150`, each pair once; raises IbtuiError `bad_parameter`."""
    found = NO_RATES
    for text in typed:
        name, _, price = text.partition("=")
        pair = pair_in(name.strip().upper())
        try:
            value = float(read_number(price))
        except NotANumberError:
            value = 0.0
        if pair is None or not value > 0:
            raise IbtuiError("bad_parameter", f"A rate is written PAIR=PRICE, as USD.JPY=150, not {text[:40]!r}.")
        found = found.learn(pair.base, pair.quote, value)
    return found


def load_strategy(name: str) -> Loaded:
    """The strategy of that name or path; a file that fails is one sentence with its line (strategy_failed)."""
    return _in_words(find, name)


def look_at_strategy(name: str) -> Loaded:
    """What the strategy of that name or path says of itself; nothing of a file is run."""
    return _in_words(look_at, name)


def _in_words(how: Callable[[str, Path], Loaded], name: str) -> Loaded:
    try:
        return how(name, strategies_folder())
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
