"""Finding a strategy's class: a built-in by name, or in a user's file, whose bytes are hashed before they run."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.naming import meant
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.builtin.names import BUILTIN, builtin
from ibtui.strategies.outline import outline
from ibtui.strategies.source import Helpers, StrategySource, read_source

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Loaded(Struct, frozen=True):
    """A strategy's class, its name and the sha256 of its source."""

    strategy: type[Strategy]
    name: str
    sha256: str


def find(text: str, folder: Path) -> Loaded:
    """The strategy that `text` names: a path to a file, a built-in, or a file of `folder`.

    Raises whatever the file raises, or IbtuiError: unknown_strategy, no_file, unsafe_file, bad_strategy.
    """
    file = _file(text, folder)
    return from_builtin(text) if file is None else from_file(file, file.stem)


def look_at(text: str, folder: Path) -> Loaded:
    """What the strategy that `text` names says of itself; nothing of a file is run.

    Raises SyntaxError and the like for what is no Python, or IbtuiError: unknown_strategy, no_file, unsafe_file.
    """
    file = _file(text, folder)
    return from_builtin(text) if file is None else read_file(file, file.stem)


def _file(text: str, folder: Path) -> Path | None:
    """The file that `text` names; None for a built-in."""
    if text.endswith(".py") or "/" in text:
        return Path(text).expanduser()
    if text in BUILTIN:
        return None
    path = folder / f"{text}.py"
    if _NAME.fullmatch(text) and path.is_file():
        return path
    known = [*BUILTIN, *(file.stem for file in sorted(folder.glob("*.py")) if not file.stem.startswith("_"))]
    sentence = f"There is no strategy {text[:40]!r}: {meant(text, known)}"
    raise IbtuiError("unknown_strategy", f"{sentence} Or give the path of a .py file.")


def from_builtin(name: str) -> Loaded:
    """A strategy that ships with the program; raises IbtuiError `unknown_strategy`."""
    if name not in BUILTIN:
        raise IbtuiError("unknown_strategy", f"There is no built-in strategy {name!r}.")
    strategy = builtin(name)
    source = Path(str(importlib.import_module(strategy.__module__).__file__)).read_bytes()
    return Loaded(strategy, name, hashlib.sha256(source).hexdigest())


def read_file(path: Path, name: str) -> Loaded:
    """What a user's file says of itself, with its hash: a class with docstring and parameters and no code.

    Raises SyntaxError and the like for what is no Python, or IbtuiError: no_file, unsafe_file, too_long.
    """
    return outlined(read_source(path), name)


def outlined(source: StrategySource, name: str) -> Loaded:
    """What a file that was read says of itself; raises SyntaxError and the like for what is no Python."""
    return Loaded(outline(source.data, name, str(source.path)), name, source.sha256)


def from_file(path: Path, name: str, sha256: str = "") -> Loaded:
    """A strategy in a user's file; with `sha256` only that very file with those very helpers.

    Raises whatever the file raises, or IbtuiError: no_file, unsafe_file, too_long, changed_file, bad_strategy.
    """
    source = read_source(path)
    digest = source.sha256
    if sha256 and sha256 != digest:
        raise IbtuiError(
            "changed_file", f"{path.name} is not the file that was approved; look at it, approve it again."
        )
    Helpers(source, strictly=bool(sha256)).install()
    module = ModuleType(f"ibtui_strategy_{name}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    # The bytes that were hashed are the bytes that run, whatever happens to the file meanwhile.
    exec(compile(source.data, str(path), "exec"), module.__dict__)
    return Loaded(_one_strategy(module, name, path.name), name, digest)


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
