"""What a strategy is made of: the bytes of its file and of the modules it imports from beside it, and their hash.

What was hashed is what runs: helpers are imported from these bytes, whatever becomes of the files meanwhile.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.files import read_plain

LARGEST = 1024 * 1024
"""The largest file of a strategy that is read, in bytes."""
MOST = 200
"""Files that one strategy may be made of."""


class StrategySource(Struct, frozen=True):
    """A strategy's file and its helpers, as they were read."""

    path: Path
    data: bytes
    helpers: dict[str, tuple[Path, bytes]]
    """By the name they are imported by."""

    @property
    def sha256(self) -> str:
        """Of the file; where there are helpers, of the hashes of all."""
        own = hashlib.sha256(self.data).hexdigest()
        if not self.helpers:
            return own
        parts = [f"{name} {hashlib.sha256(data).hexdigest()}" for name, (_, data) in sorted(self.helpers.items())]
        return hashlib.sha256("\n".join([own, *parts]).encode()).hexdigest()


def read_source(path: Path) -> StrategySource:
    """A strategy's file with what it imports from its folder, and what that imports.

    Raises IbtuiError: no_file, unsafe_file, too_long.
    """
    data = read_plain(path, LARGEST, own=True)
    helpers: dict[str, tuple[Path, bytes]] = {}
    left = list(_imported(data))
    while left:
        top = left.pop()
        if top in helpers or top == path.stem or top == "ibtui" or top in sys.stdlib_module_names:
            continue
        for name, file in _modules(path.parent, top):
            if len(helpers) >= MOST:
                raise IbtuiError("too_long", f"{path.name} is made of more than {MOST} files.")
            helpers[name] = file, read_plain(file, LARGEST, own=True)
            left += _imported(helpers[name][1])
    return StrategySource(path, data, helpers)


def _imported(data: bytes) -> Iterator[str]:
    """The first parts of the names that a module imports, wherever in it; none of one that is no Python."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def _modules(folder: Path, top: str) -> Iterator[tuple[str, Path]]:
    """The module of that name in the folder, or the package with all that is in it."""
    package = folder / top
    if (package / "__init__.py").is_file():
        for file in sorted(package.rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file
    elif (file := folder / f"{top}.py").is_file():
        yield top, file


class Helpers(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the helpers of one source from its bytes; with `strictly`, nothing else that lies in its folder."""

    def __init__(self, source: StrategySource, strictly: bool) -> None:
        self._source = source
        self._strictly = strictly

    def install(self) -> None:
        """In place of those of another source."""
        for finder in [one for one in sys.meta_path if isinstance(one, Helpers)]:
            sys.meta_path.remove(finder)
            for name in finder._source.helpers:
                sys.modules.pop(name, None)
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        helper = self._source.helpers.get(fullname)
        if helper is not None:
            origin = helper[0]
            package = origin.name == "__init__.py"
            spec = spec_from_loader(fullname, self, origin=str(origin), is_package=package)
            if spec is not None:
                spec.has_location = True
            return spec
        if self._strictly and path is None and any(True for _ in _modules(self._source.path.parent, fullname)):
            raise ImportError(
                f"{fullname} lies beside the strategy and is no part of what was approved: write `import {fullname}`"
            )
        return None

    def exec_module(self, module: ModuleType) -> None:
        file, data = self._source.helpers[module.__name__]
        exec(compile(data, str(file), "exec"), module.__dict__)
