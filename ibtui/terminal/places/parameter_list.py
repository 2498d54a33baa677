"""The parameters of a strategy below the line that starts it: name, value, what it may be, what it is for."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ibtui.link.status import ParameterStatus
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.canvas import Line, Run

_VALUE = 8
"""Cells that a value has at least."""


def typed(text: str) -> dict[str, str]:
    """The values that stand on a line, whether or not it can be read as a command yet."""
    return {name: value for word in text.split() for name, equals, value in [word.partition("=")] if equals}


def parameter_rows(parameters: Sequence[ParameterStatus], text: str, width: int) -> list[Line]:
    """Lines for all of them with the values that `text` gives, wrapped and never cut."""
    values = typed(text)
    name = max((len(parameter.name) for parameter in parameters), default=0)
    return [
        line
        for parameter in parameters
        for line in _rows(parameter, values.get(parameter.name, parameter.default) or "–", name, width)
    ]


def _rows(parameter: ParameterStatus, value: str, name: int, width: int) -> list[Line]:
    room = max(len(value), _VALUE)
    indent = name + room + 6
    first, *more = textwrap.wrap(_about(parameter), max(width - indent - 1, 12)) or [""]
    named = (Run("  "), Run(parameter.name.ljust(name + 2)), Run(value.ljust(room + 2), "bright"), Run(first, "dim"))
    return [Line(named), *(Line((Run(" " * indent + part, "dim"),)) for part in more)]


def _about(parameter: ParameterStatus) -> str:
    bounds = f"{_number(parameter.low)} to {_number(parameter.high)}" if parameter.low is not None else parameter.kind
    return " · ".join(part for part in (bounds, ", ".join(parameter.choices), parameter.help) if part)


def _number(value: float | None) -> str:
    return "any" if value is None else fmt.quantity(value, 12)
