"""A strategy's page of help: its docstring and its parameters."""

from __future__ import annotations

import inspect

from msgspec import Struct

from ibtui.domain.text.sanitize import sanitize
from ibtui.strategies.author.parameters import Parameter, describe
from ibtui.strategies.load import Loaded

LONGEST = 8_000


class ParameterRow(Struct, frozen=True, kw_only=True):
    """One parameter as it is read."""

    name: str
    default: str
    fits: str
    help: str


class Page(Struct, frozen=True, kw_only=True):
    """What there is to know before a strategy is started."""

    name: str
    text: str
    """The docstring of its class."""
    parameters: tuple[ParameterRow, ...]
    for_trader: bool
    sha256: str


def page(loaded: Loaded) -> Page:
    """The page of a strategy."""
    doc = inspect.cleandoc(loaded.strategy.__dict__.get("__doc__") or "It has no description.")
    return Page(
        name=loaded.name,
        text=sanitize(doc, LONGEST, lines=True),
        parameters=tuple(_row(parameter) for parameter in describe(loaded.strategy)),
        for_trader=loaded.strategy.for_trader,
        sha256=loaded.sha256,
    )


def _row(parameter: Parameter) -> ParameterRow:
    fits = parameter.kind
    if parameter.choices:
        fits = " | ".join(parameter.choices)  # type: ignore[assignment]
    elif parameter.low is not None and parameter.high is not None:
        fits = f"{parameter.low:g} to {parameter.high:g}"  # type: ignore[assignment]
    changes = ", may change while it runs" if parameter.changeable else ""
    return ParameterRow(name=parameter.name, default=parameter.typed, fits=fits, help=f"{parameter.help}{changes}")


def text_of(shown: Page) -> str:
    """The page for a terminal."""
    kind = " (an execution algorithm: it trades your own position)" if shown.for_trader else ""
    lines = [f"{shown.name}{kind}", "", *(f"  {line}".rstrip() for line in shown.text.splitlines()), "", "Parameters"]
    wide = max((len(row.name) for row in shown.parameters), default=0)
    most = max((len(row.default) for row in shown.parameters), default=0)
    room = max((len(row.fits) for row in shown.parameters), default=0)
    for row in shown.parameters:
        lines.append(f"  {row.name:<{wide}}  {row.default:>{most}}  {row.fits:<{room}}  {row.help}".rstrip())
    return "\n".join(lines)
