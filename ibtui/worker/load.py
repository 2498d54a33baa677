"""What a worker says of the strategy it was told to load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize
from ibtui.files import untrusted
from ibtui.link.status import ParameterStatus
from ibtui.link.worker import Described, Load, Look
from ibtui.strategies.author.parameters import describe
from ibtui.strategies.builtin.names import BUILTIN
from ibtui.strategies.load import Loaded, from_builtin, from_file, outlined
from ibtui.strategies.mistake import sentence
from ibtui.strategies.source import StrategySource, read_source


def load(wanted: Load) -> Loaded:
    """Import what `wanted` names; raises whatever the file raises, or IbtuiError with one sentence."""
    if wanted.file:
        return from_file(Path(wanted.file), wanted.name, wanted.sha256)
    return from_builtin(wanted.name)


def describe_builtins() -> Iterator[Described]:
    """The descriptions of every built-in strategy."""
    for name in BUILTIN:
        yield described(from_builtin(name))


def look(wanted: Look) -> Iterator[Described]:
    """What the files say of themselves, with nothing of them run."""
    for name, file in wanted.files.items():
        path = Path(file)
        try:
            yield described(outlined(_trusted(path), name))
        except IbtuiError as error:
            unsafe = error.code == "unsafe_file"
            yield Described(name=name, summary="", sha256="", parameters=(), failure=error.message, unsafe=unsafe)
        except Exception as error:  # what is no Python is told; it is not the engine's trouble
            yield Described(name=name, summary="", sha256="", parameters=(), failure=sentence(error))


def _trusted(path: Path) -> StrategySource:
    """A file with what it imports from its folder; IbtuiError `unsafe_file` where somebody else could change them."""
    if why := untrusted(path):
        raise IbtuiError("unsafe_file", why)
    source = read_source(path)
    if why := next((why for helper, _ in source.helpers.values() if (why := untrusted(helper))), ""):
        raise IbtuiError("unsafe_file", why)
    return source


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
            ParameterStatus(
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
