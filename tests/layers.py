"""The layer of a test: `unit`, `socket` or `process`, by what it can reach by name.

A test that names what opens a connection is of the layer `socket`, one that names what starts a program of the layer
`process`, whether it names it itself or through its fixtures, its class, the helpers of its module or those of a stage
module. So a new file needs no mark, and none can be forgotten; a test that says it is `unit` by mistake fails.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent

STARTS = {
    "process": (
        "subprocess", "multiprocessing", "pty", "os.fork", "asyncio.create_subprocess_exec", "ibtui.backtest.sweep",
        "ibtui.engine.engine", "ibtui.engine.strategies.supervisor", "ibtui.engine.worker_process",
        "ibtui.engine.outside.calendar", "ibtui.engine.outside.notify", "ibtui.engine.outside.reading",
        "ibtui.terminal.child", "builtins.exec", "tests.clients", "tests.processes",
    ),
    "socket": (
        "socket", "asyncio.open_connection", "asyncio.open_unix_connection", "asyncio.start_server",
        "asyncio.start_unix_server", "ibtui.gateway.server", "ibtui.gateway.serving", "ibtui.gateway.testing",
        "ibtui.link.client",
    ),
}  # fmt: skip
"""What a test of a layer names, with all that is below it; the first layer that fits is the test's."""


class Module(NamedTuple):
    """What the source of a module says of its names."""

    uses: dict[str, frozenset[str]]
    """Dotted names that a top-level definition mentions, fixtures among them."""

    imports: dict[str, str]
    """The dotted name that an imported name stands for."""


@cache
def layer(module: str, names: tuple[str, ...]) -> str:
    """The layer of a test that begins with these names of its module: its function, its class and its fixtures."""
    reached = _reached(module, names)
    for name, starts in STARTS.items():
        if any(f"{one}.".startswith(f"{start}.") for one in reached for start in starts):
            return name
    return "unit"


def _reached(module: str, names: tuple[str, ...]) -> set[str]:
    """Every dotted name that can be reached, names of the tests' own modules among them."""
    todo = [module, *(lead for name in names for lead in _leads(module, name))]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += _next(name)
    return seen


@cache
def _next(name: str) -> tuple[str, ...]:
    """What a dotted name of a module of the tests leads to."""
    module, _, own = name.rpartition(".")
    source = _source(module)
    return tuple(lead for used in source.uses.get(own, ()) for lead in _leads(module, used)) if source else ()


def _leads(module: str, used: str) -> Iterator[str]:
    """The dotted name of what a name means in a module: imported, its own, built in, or a fixture of its folders."""
    source = _source(module)
    first, _, rest = used.partition(".")
    if source is None:
        return
    if first in source.imports:
        yield ".".join(filter(None, (source.imports[first], rest)))
    elif first in source.uses:
        yield f"{module}.{first}"
    elif hasattr(builtins, first):
        yield f"builtins.{first}"
    else:
        yield from _fixture(module, first)


def _fixture(module: str, name: str) -> Iterator[str]:
    """The fixture of that name in the nearest folder that has one."""
    folder = module.rpartition(".")[0]
    while folder:
        source = _source(f"{folder}.conftest")
        if source is not None and name in source.uses:
            yield f"{folder}.conftest.{name}"
            return
        folder = folder.rpartition(".")[0]


@cache
def _source(module: str) -> Module | None:
    """What a module of the tests says; None for any other."""
    file = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    if not module.startswith("tests.") or not file.is_file():
        return None
    tree = ast.parse(file.read_text())
    uses = {name: _mentioned(node) for node in tree.body for name in _defined(node)}
    return Module(uses, dict(_imported(tree)))


def _defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every imported name, wherever in the module, with the dotted name that it stands for."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    first = alias.name.partition(".")[0]
                    yield (alias.asname, alias.name) if alias.asname else (first, first)
            case ast.ImportFrom(module=str(module), names=names):
                for alias in names:
                    yield alias.asname or alias.name, f"{module}.{alias.name}"


def _mentioned(node: ast.AST) -> frozenset[str]:
    """Names, dotted as they are written, those of annotations too, and arguments, which may be fixtures."""
    found = set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.arg(arg=name):
                found.add(name)
            case ast.Attribute():
                found.add(ast.unparse(part))
    return frozenset(found)
