"""Import a strategy: a built-in by name, or the user's file by path."""

from __future__ import annotations

import hashlib
import importlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text import sanitize
from ibtui.link.status import Parameter
from ibtui.link.worker import Described, Load
from ibtui.strategies.base import Strategy
from ibtui.strategies.builtin import BUILTIN
from ibtui.strategies.parameters import describe


class Loaded(Struct, frozen=True):
    """A strategy's class and what the engine shows of it."""

    strategy: type[Strategy]
    described: Described


def load(wanted: Load) -> Loaded:
    """Import what `wanted` names; raises whatever the file raises, or IbtuiError with one sentence."""
    if wanted.file:
        return _from_file(wanted)
    if wanted.name not in BUILTIN:
        raise IbtuiError("unknown_strategy", f"There is no built-in strategy {wanted.name!r}.")
    return _builtin(wanted.name, BUILTIN[wanted.name])


def describe_builtins() -> Iterator[Described]:
    """Every built-in strategy."""
    for name, strategy in BUILTIN.items():
        yield _builtin(name, strategy).described


def _builtin(name: str, strategy: type[Strategy]) -> Loaded:
    module = importlib.import_module(strategy.__module__)
    source = Path(str(module.__file__)).read_bytes()
    return Loaded(strategy, _described(name, strategy, hashlib.sha256(source).hexdigest()))


def _from_file(wanted: Load) -> Loaded:
    path = Path(wanted.file)
    source = _read_own(path)
    digest = hashlib.sha256(source).hexdigest()
    if wanted.sha256 and wanted.sha256 != digest:
        raise IbtuiError(
            "changed_file", f"{path.name} is not the file that was approved; look at it, approve it again."
        )
    module = ModuleType(f"ibtui_strategy_{wanted.name}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    # The bytes that were hashed are the bytes that run, whatever happens to the file meanwhile.
    exec(compile(source, str(path), "exec"), module.__dict__)
    strategy = _one_strategy(module, wanted.name, path.name)
    return Loaded(strategy, _described(wanted.name, strategy, digest))


def _read_own(path: Path) -> bytes:
    """The file's bytes, unless somebody else could have written them."""
    try:
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            if facts.st_uid not in (os.geteuid(), 0) or facts.st_mode & stat.S_IWOTH:
                raise IbtuiError("unsafe_file", f"{path.name} can be written by others; run: chmod go-w {path.name}.")
            return file.read()
    except OSError as error:
        raise IbtuiError("no_file", f"{path.name} cannot be read: {error.strerror}.") from None


def _one_strategy(module: ModuleType, name: str, file: str) -> type[Strategy]:
    found = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Strategy) and item.__module__ == module.__name__
    ]
    wanted = name.replace("_", "").lower()
    named = [item for item in found if item.__name__.replace("_", "").lower() == wanted]
    if len(named) == 1:
        return named[0]
    if not found:
        raise IbtuiError("bad_strategy", f"{file} has no subclass of Strategy; write one.")
    if len(found) > 1:
        names = ", ".join(item.__name__ for item in found)
        best = "".join(word.capitalize() for word in name.split("_"))
        raise IbtuiError("bad_strategy", f"{file} has {len(found)} strategies ({names}); name one of them {best}.")
    return found[0]


def _described(name: str, strategy: type[Strategy], digest: str) -> Described:
    lines = (strategy.__dict__.get("__doc__") or "").strip().splitlines()
    return Described(
        name=name,
        summary=sanitize(lines[0] if lines else "", 120),
        sha256=digest,
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
