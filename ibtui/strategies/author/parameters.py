"""Typed, bounded parameters: one line in a strategy's class feeds its start line, its help and its checks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, Self, TypeVar, cast, overload

from ibtui.domain.bar import bar_seconds
from ibtui.domain.calendar.daytime import FITS, DayTime
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import SYMBOL
from ibtui.domain.text.naming import nearest
from ibtui.domain.text.number import NotANumberError, read_number

Kind = Literal["int", "float", "text", "bar", "symbol", "symbols", "time", "flag"]
Value = int | float | str | bool | tuple[str, ...]

T = TypeVar("T", int, float, str, bool, tuple[str, ...])

_KINDS: dict[type, Kind] = {bool: "flag", int: "int", float: "float", str: "text", tuple: "symbols"}
_FLAGS = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}
_LONGEST_TEXT = 80


class Parameter:
    """One parameter of a strategy's class; on an instance its name reads the value of this run."""

    def __init__(
        self,
        default: Value,
        low: float | None,
        high: float | None,
        kind: Kind,
        hint: str,
        choices: tuple[str, ...] = (),
        changeable: bool = False,
    ) -> None:
        self.name = ""
        self.default = default
        self.low = low
        self.high = high
        self.kind = kind
        self.help = hint
        self.choices = choices
        """The only words that a text may be; empty allows any."""
        self.changeable = changeable
        """It may be given another value while the strategy runs."""
        self.parse(self.typed)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...
    def __get__(self, instance: object | None, owner: type) -> Self | Value:
        return self if instance is None else self.default

    @property
    def typed(self) -> str:
        """The default as a person would type it."""
        if isinstance(self.default, bool):
            return "on" if self.default else "off"
        if isinstance(self.default, tuple):
            return ",".join(self.default)
        if isinstance(self.default, float) and math.isfinite(self.default):
            return f"{Decimal(str(self.default)):f}"
        return str(self.default)

    def parse(self, text: str) -> Value:
        """The value of what was typed; IbtuiError `bad_parameter` says what fits."""
        text = text.strip()
        if self.kind in ("int", "float"):
            return self._number(text)
        if self.kind == "flag":
            if text.lower() not in _FLAGS:
                raise self._wrong("must be on or off", text)
            return _FLAGS[text.lower()]
        if self.kind == "bar":
            return self._bar(text)
        if self.kind == "symbol":
            return self._symbol(text)
        if self.kind == "symbols":
            return tuple(dict.fromkeys(self._symbol(word.strip()) for word in text.split(",") if word.strip()))
        if self.kind == "time":
            try:
                return DayTime.read(text).words
            except ValueError:
                raise self._wrong(f"must be {FITS}", text) from None
        if self.choices and text not in self.choices:
            raise self._wrong(f"must be one of {', '.join(self.choices)}", text)
        if len(text) > _LONGEST_TEXT or not text.isprintable():
            raise self._wrong(f"must be at most {_LONGEST_TEXT} printable characters", text)
        return text

    def _number(self, text: str) -> int | float:
        whole = self.kind == "int"
        rule = f"must be {'a whole number' if whole else 'a number'}{self._range()}"
        try:
            exactly = read_number(text, signed=True, whole=whole, grouped=False)
        except NotANumberError as error:
            raise self._wrong(rule, text, error.instead) from None
        number = int(exactly) if whole else float(exactly)
        if self._outside(number):
            raise self._wrong(rule, text)
        return number

    def _outside(self, number: float) -> bool:
        return (self.low is not None and number < self.low) or (self.high is not None and number > self.high)

    def _range(self) -> str:
        if self.low is not None and self.high is not None:
            return f" from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f" of {self.low:g} or more"
        return "" if self.high is None else f" of at most {self.high:g}"

    def _symbol(self, text: str) -> str:
        if not SYMBOL.fullmatch(text.upper()):
            raise self._wrong("must be a symbol such as AAPL or EUR.USD", text)
        return text.upper()

    def _bar(self, text: str) -> str:
        try:
            bar_seconds(text)
        except ValueError:
            raise self._wrong("must be a bar length such as 1s, 5min, 1h or 1d", text) from None
        return text.lower()

    def _wrong(self, rule: str, text: str, instead: str = "") -> IbtuiError:
        hint = f"; write {instead}" if instead else ""
        return IbtuiError("bad_parameter", f"{self.name or 'The default'} {rule}, not {text[:20]!r}{hint}.")


def param(
    default: T,
    low: float | None = None,
    high: float | None = None,
    *,
    kind: Kind | None = None,
    help: str = "",  # noqa: A002 - the word an author expects
    choices: tuple[str, ...] = (),
    changeable: bool = False,
) -> T:
    """Declare a parameter: `fast: int = param(10, 2, 100, help="bars in the fast average")`.

    The kind follows from the default (int, float, flag for a bool, text for a str, symbols for a tuple of names, typed
    as AAPL,MSFT); say `kind="bar"`, `kind="symbol"` or `kind="time"` for those. Bounds are inclusive; `choices` are the
    only words of a text. A `changeable` one may get another value while the strategy runs, and must be read where it is
    used, not kept from `on_start`. Raises IbtuiError when the default itself does not fit.
    """
    parameter = Parameter(default, low, high, kind or _KINDS[type(default)], help, choices, changeable)
    return cast("T", parameter)


def describe(strategy: type) -> tuple[Parameter, ...]:
    """The parameters of a strategy's class in the order they are written, inherited ones first."""
    found: dict[str, Parameter] = {}
    for base in reversed(strategy.__mro__):
        for name, attribute in vars(base).items():
            if isinstance(attribute, Parameter):
                found[name] = attribute
    return tuple(found.values())


def values(strategy: type, typed: Mapping[str, str]) -> dict[str, Value]:
    """Every parameter's value, as typed or else its default; IbtuiError `bad_parameter` names the first mistake."""
    known = {parameter.name: parameter for parameter in describe(strategy)}
    for name in typed:
        if name not in known:
            raise _unknown(name, list(known))
    return {
        name: parameter.parse(typed[name]) if name in typed else parameter.default for name, parameter in known.items()
    }


def traded(strategy: type, chosen: Mapping[str, Value]) -> tuple[str, ...]:
    """The symbols that a run with these values trades, in the order of its parameters, each once."""
    found: list[str] = []
    for parameter in describe(strategy):
        value = chosen[parameter.name]
        if parameter.kind == "symbol":
            found.append(str(value))
        elif parameter.kind == "symbols" and isinstance(value, tuple):
            found += value
    return tuple(dict.fromkeys(found))


def bar_length(strategy: type, chosen: Mapping[str, Value]) -> int:
    """Seconds of the bars that a run with these values decides on; a minute when no parameter says."""
    named = (str(chosen[parameter.name]) for parameter in describe(strategy) if parameter.kind == "bar")
    return bar_seconds(next(named, "1min"))


def _unknown(name: str, known: list[str]) -> IbtuiError:
    near = nearest(name, known)
    hint = f"did you mean {near[0]!r}? " if near else ""
    takes = f"It takes {', '.join(known)}." if known else "It takes none."
    return IbtuiError("bad_parameter", f"There is no parameter {name[:20]!r}: {hint}{takes}")
