"""Parameters that take several values: `fast=5:50:5`, `stop=0:5:0.5`, `symbol=AAPL,MSFT`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.number import read_number
from ibtui.strategies.author.parameters import Parameter, describe

MOST = 10_000
"""The most values that one parameter may take in a sweep."""


class Axis(Struct, frozen=True):
    """One parameter and the values it takes, as a person would type them."""

    name: str
    values: tuple[str, ...]
    ordered: bool = True
    """Neighbours are alike: numbers in order."""


def split(strategy: type, typed: Mapping[str, str]) -> tuple[dict[str, str], tuple[Axis, ...]]:
    """What was typed, as parameters with one value and axes with several.

    Raises IbtuiError `bad_parameter` for a range that is none, or a value that does not fit.
    """
    known = {parameter.name: parameter for parameter in describe(strategy)}
    fixed, axes = {}, []
    for name, text in typed.items():
        values = _values(known[name], text) if name in known else (text,)
        if len(values) == 1:
            fixed[name] = values[0]
        else:
            axes.append(Axis(name, values, known[name].kind in ("int", "float")))
    return fixed, tuple(axes)


def _values(parameter: Parameter, text: str) -> tuple[str, ...]:
    """The values that a text names; every one fits the parameter."""
    if parameter.kind == "symbols":
        return (text,)
    parts = [part.strip() for part in text.split(",")] if "," in text else [text]
    numbers = parameter.kind in ("int", "float")
    found: list[str] = []
    for part in parts:
        found += _range(parameter, part) if numbers and ":" in part else [part]
    for value in found:
        parameter.parse(value)
    if len(set(found)) > 1 and parameter.kind == "bar":
        raise IbtuiError("bad_parameter", f"{parameter.name} can have one value in a sweep: run one for each length.")
    return tuple(dict.fromkeys(found))


def _range(parameter: Parameter, text: str) -> list[str]:
    """The numbers from, to and by, the last one included; steps of 1 for whole numbers."""
    words = text.split(":")
    if len(words) == 2 and parameter.kind == "int":
        words.append("1")
    try:
        low, high, step = (read_number(word, signed=True, grouped=False) for word in words)
    except ValueError:
        example = f"{parameter.name}=5:50:5" if parameter.kind == "int" else f"{parameter.name}=0:5:0.5"
        raise IbtuiError("bad_parameter", f"A range is from:to:step, as in {example}, not {text[:30]!r}.") from None
    if not (step > 0 and low <= high):
        raise IbtuiError("bad_parameter", f"{parameter.name}={text[:30]} goes nowhere: from:to:step goes upwards.")
    count = int((high - low) / step) + 1
    if count > MOST:
        raise IbtuiError("bad_parameter", f"{parameter.name} would take {count:,} values; at most {MOST:,}.")
    return [f"{(low + step * place).normalize():f}" for place in range(count)]


def size(axes: Sequence[Axis]) -> int:
    """How many points the grid of these axes has."""
    return prod(len(axis.values) for axis in axes)


def points(axes: Sequence[Axis]) -> Iterator[dict[str, str]]:
    """Every point of the grid, the last axis fastest."""
    names = [axis.name for axis in axes]
    for values in product(*(axis.values for axis in axes)):
        yield dict(zip(names, values, strict=True))


def point(axes: Sequence[Axis], number: int) -> dict[str, str]:
    """The point of that number of the grid, counted as `points` gives them."""
    found: dict[str, str] = {}
    for axis in reversed(axes):
        number, place = divmod(number, len(axis.values))
        found[axis.name] = axis.values[place]
    return {axis.name: found[axis.name] for axis in axes}
