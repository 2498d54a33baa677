"""What a strategy's file says of itself, read and not run: its docstring and the parameters that are written out."""

from __future__ import annotations

import ast
from typing import Any

from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param


def outline(data: bytes, name: str, file: str) -> type[Strategy]:
    """A class with the docstring and the parameters of the file's strategy, and none of its code.

    A parameter whose line is not made of plain values is left out. Raises SyntaxError, ValueError, RecursionError or
    MemoryError for what is no Python.
    """
    tree = ast.parse(data, file)
    known = _constants(tree.body)
    body: dict[str, Any] = {"__doc__": ""}
    found = _strategy(tree, name)
    if found is not None:
        body["__doc__"] = ast.get_docstring(found) or ""
        for line in found.body:
            body |= _declared(line, known)
    return type(found.name if found is not None else "Unknown", (Strategy,), body)


def _strategy(tree: ast.Module, name: str) -> ast.ClassDef | None:
    """The class that would be started: the one named as the file, or else the last."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.bases]
    wanted = name.replace("_", "").lower()
    named = [node for node in classes if node.name.replace("_", "").lower() == wanted]
    return next(iter(named or classes[::-1]), None)


def _assigned(line: ast.stmt) -> tuple[str, ast.expr] | None:
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None:
        return line.target.id, line.value
    if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
        return line.targets[0].id, line.value
    return None


def _constants(lines: list[ast.stmt]) -> dict[str, Any]:
    """Names that a module gives to plain values."""
    found: dict[str, Any] = {}
    for line in lines:
        if assigned := _assigned(line):
            try:
                found[assigned[0]] = ast.literal_eval(assigned[1])
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                found.pop(assigned[0], None)
    return found


def _declared(line: ast.stmt, known: dict[str, Any]) -> dict[str, Any]:
    """A parameter, or what the class says of its kind, by its name."""
    if (assigned := _assigned(line)) is None:
        return {}
    name, value = assigned
    if name in ("for_trader", "guards") and isinstance(value, ast.Constant) and isinstance(value.value, bool):
        return {name: value.value}
    if not isinstance(value, ast.Call) or _called(value.func) != "param":
        return {}
    try:
        words = {word.arg or "": _value(word.value, known) for word in value.keywords}
        return {name: param(*(_value(one, known) for one in value.args), **words)}
    except Exception:  # whatever a foreign line says costs that line
        return {}


def _called(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    return known[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)
