"""What a worker says of the strategy it was told to load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ibtui.domain.text import sanitize
from ibtui.link.status import Parameter
from ibtui.link.worker import Described, Load
from ibtui.strategies.builtin import BUILTIN
from ibtui.strategies.load import Loaded, from_builtin, from_file
from ibtui.strategies.parameters import describe


def load(wanted: Load) -> Loaded:
    """Import what `wanted` names; raises whatever the file raises, or IbtuiError with one sentence."""
    if wanted.file:
        return from_file(Path(wanted.file), wanted.name, wanted.sha256)
    return from_builtin(wanted.name)


def describe_builtins() -> Iterator[Described]:
    """Every built-in strategy."""
    for name in BUILTIN:
        yield described(from_builtin(name))


def described(loaded: Loaded) -> Described:
    """What the engine shows of a strategy."""
    strategy = loaded.strategy
    lines = (strategy.__dict__.get("__doc__") or "").strip().splitlines()
    return Described(
        name=loaded.name,
        summary=sanitize(lines[0] if lines else "", 120),
        sha256=loaded.sha256,
        for_trader=strategy.for_trader,
        guards=strategy.guards,
        parameters=tuple(
            Parameter(
                name=parameter.name,
                kind=parameter.kind,
                default=parameter.typed,
                low=parameter.low,
                high=parameter.high,
                help=sanitize(parameter.help, 120),
                choices=parameter.choices,
                changeable=parameter.changeable,
            )
            for parameter in describe(strategy)
        ),
    )
